"""S54: a create that is repeated tells nobody what is stored, and shows no secret to who may not see it."""

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from dynamo.seeds import Seed
from dynamo.settings import TableSettings
from resolvers.global_ids import GlobalIds
from tests.api import SECRET, Api, make_api
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, key_with, passkey_input, refusals

LATER = "2037-01-01T00:00:00.000Z"
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
CREATE_KEY: dict[str, Any] = {"name": "deploy", "scopes": ["USERS_READ"], "idempotencyKey": KEY}
ACCOUNT = {"provider": "google", "providerAccountId": "g1", "type": "oidc"}
WRITING = ("USERS_WRITE", "ACCOUNTS_WRITE", "SESSIONS_WRITE", "TOKENS_WRITE")
READING = {
    "createUser": "USERS_READ",
    "linkAccount": "ACCOUNTS_READ",
    "createSession": "SESSIONS_READ",
    "createAuthenticator": "ACCOUNTS_READ",
}

PLAIN: list[tuple[str, Mapping[str, Any]]] = [
    ("createUser", {"userId": "new", "email": "new@example.com", "name": "New", "attributes": {"plan": "pro"}}),
    ("linkAccount", {"user": {"userId": "ada"}, **ACCOUNT, "scope": "openid", "attributes": {"login": "ada"}}),
    (
        "createSession",
        {"user": {"userId": "ada"}, "sessionToken": "s1", "expires": LATER, "attributes": {"device": "phone"}},
    ),
    ("createAuthenticator", passkey_input("ada", "bmV3a2V5")),
]
"""Creates whose content a key with the scope to read it may see."""
SECRETS: list[tuple[str, Mapping[str, Any]]] = [
    ("createUser", {"userId": "new", "attributes": {"pin_code": "1234", "password": "hunter2"}}),
    ("linkAccount", {"user": {"userId": "ada"}, **ACCOUNT, "accessToken": "at"}),
    ("linkAccount", {"user": {"userId": "ada"}, **ACCOUNT, "refreshToken": "rt"}),
    ("linkAccount", {"user": {"userId": "ada"}, **ACCOUNT, "idToken": "it"}),
    ("linkAccount", {"user": {"userId": "ada"}, **ACCOUNT, "attributes": {"client_secret": "cs"}}),
    (
        "createSession",
        {"user": {"userId": "ada"}, "sessionToken": "s1", "expires": LATER, "attributes": {"otp": "123456"}},
    ),
]
"""Creates whose content only `secrets:read` shows."""


def guesses(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The content that is stored, and others."""
    guessed = {"name", "type", "scope", "accessToken", "refreshToken", "idToken", "credentialPublicKey", "transports"}
    changed = [{**given, name: "wrong"} for name in given if name in guessed]
    return [given, *changed, *([{**given, "attributes": {"x": "wrong"}}] if "attributes" in given else [])]


async def answers(api: Api, mutation: str, given: Mapping[str, Any]) -> set[str]:
    """The whole responses to several guesses."""
    found = set()
    for guess in guesses(given):
        name = f"{mutation[0].upper()}{mutation[1:]}Input"
        document = (
            f"mutation($i: {name}!) {{ {mutation}(input: $i) {{ __typename userErrors {{ code message path }} }} }}"
        )
        found.add(repr((await api.answer(document, {"i": dict(guess)}))["data"]))
    return found


@pytest.mark.parametrize(("mutation", "given"), [*PLAIN, *SECRETS])
@pytest.mark.parametrize("keyed", [False, True], ids=["without-key", "with-key"])
async def test_s54_who_may_not_read_is_refused_whatever_they_guess(
    api: Api, ada: Person, mutation: str, given: Mapping[str, Any], keyed: bool
) -> None:
    await api.changed(mutation, "__typename", **given)
    blind = api.acting_as(await key_with(api, *WRITING))
    (told,) = await answers(blind, mutation, {**given, **({"idempotencyKey": KEY} if keyed else {})})
    assert "TAKEN" in told


@pytest.mark.parametrize(("mutation", "given"), SECRETS)
async def test_s54_who_may_not_read_secrets_is_refused_whatever_they_guess(
    api: Api, ada: Person, mutation: str, given: Mapping[str, Any]
) -> None:
    await api.changed(mutation, "__typename", **given)
    (told,) = await answers(api.acting_as(await key_with(api, "ADAPTER")), mutation, given)
    assert "TAKEN" in told
    reader = api.acting_as(await key_with(api, "ADAPTER", "SECRETS_READ"))
    await reader.changed(mutation, "__typename", **given)


@pytest.mark.parametrize(("mutation", "given"), PLAIN)
async def test_s54_who_may_read_may_repeat(api: Api, ada: Person, mutation: str, given: Mapping[str, Any]) -> None:
    await api.changed(mutation, "__typename", **given)
    reader = api.acting_as(await key_with(api, *WRITING, READING[mutation]))
    await reader.changed(mutation, "__typename", **given)


@pytest.mark.parametrize(("mutation", "given"), [*PLAIN, *SECRETS])
async def test_s54_who_may_not_read_may_repeat_what_they_did_themselves(
    api: Api, ada: Person, raw: RawTable, mutation: str, given: Mapping[str, Any]
) -> None:
    blind = api.acting_as(await key_with(api, *WRITING))
    for _ in range(2):
        await blind.changed(mutation, "__typename", **given, idempotencyKey=KEY)


async def test_s54_a_registration_of_ones_own_is_known_without_reading(
    api: Api, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also once DynamoDB has forgotten it."""
    monkeypatch.setattr(Seed, "request_token", lambda _self, _turn=0: str(uuid.uuid4()))
    given = {"user": {"email": "new@example.com"}, "account": {**ACCOUNT, "accessToken": "at"}, "session": {}}
    blind = api.acting_as(await key_with(api, *WRITING))
    first = await blind.changed("registerUser", "session { token }", **given, idempotencyKey=KEY)
    assert await blind.changed("registerUser", "session { token }", **given, idempotencyKey=KEY) == first


async def test_s54_a_registration_of_ones_own_shows_no_secret_that_others_stored_since(api: Api) -> None:
    given = {"user": {"email": "new@example.com"}, "account": ACCOUNT, "session": {"sessionToken": "s1"}}
    blind = api.acting_as(await key_with(api, *WRITING))
    await blind.changed("registerUser", "session { token }", **given, idempotencyKey=KEY)
    await api.changed("updateSession", "__typename", by={"sessionToken": "s1"}, attributes={"refresh_token": "r"})
    document = "mutation($i: RegisterUserInput!) { registerUser(input: $i) { session { token secretAttributes } } }"
    assert await blind.codes(document, {"i": {**given, "idempotencyKey": KEY}}) == ["FORBIDDEN"]


class TestSecretsOfApiKeys:
    """A repetition shows the secret of an API key again, to nobody else and not for ever."""

    async def create(self, api: Api, **given: Any) -> Any:
        return await api.change("createApiKey", "apiKey { id } secret", **CREATE_KEY | given)

    async def test_s54_only_the_same_caller_with_the_same_key_gets_it(self, api: Api) -> None:
        first = await self.create(api)
        assert await self.create(api) == first
        other = api.acting_as(await key_with(api, "ADMIN"))
        secrets = [
            first["secret"],
            (await self.create(other))["secret"],
            (await self.create(api, idempotencyKey=KEY[::-1]))["secret"],
            (await self.create(other, idempotencyKey=KEY[::-1]))["secret"],
        ]
        assert len({secret.partition("_")[2] for secret in secrets}) == 4
        assert len({secret.rpartition("_")[2] for secret in secrets}) == 4

    @pytest.mark.parametrize("given", [{"name": "other"}, {"scopes": ["ADMIN"]}, {"expires": LATER}])
    async def test_s54_other_content_does_not(self, api: Api, given: Mapping[str, Any]) -> None:
        await self.create(api)
        refused = await self.create(api, **given)
        assert (refused["apiKey"], refused["secret"]) == (None, None)
        assert refusals(refused) == [("INVALID", ["idempotencyKey"])]

    async def test_s54_nobody_gets_it_once_the_key_is_revoked(self, api: Api) -> None:
        first = await self.create(api)
        await api.changed("revokeApiKey", "apiKey { id }", by={"id": first["apiKey"]["id"]})
        again = await self.create(api)
        assert again == {"apiKey": first["apiKey"], "secret": None, "userErrors": []}
        assert await api.acting_as(first["secret"]).codes("{ caller { kind } }") == ["UNAUTHENTICATED"]

    async def test_s54_nobody_gets_it_once_the_key_has_expired(self, api: Api, raw: RawTable) -> None:
        await self.create(api, expires=LATER)
        (item,) = raw.items()
        raw.put(item | {"expiresAt": {"S": "2020-01-01T00:00:00.000Z"}})
        assert (await self.create(api, expires=LATER))["secret"] is None

    async def test_s54_another_server_makes_another(self, api: Api, table_settings: TableSettings) -> None:
        first = await self.create(api)
        rotated = make_api(table_settings, ids=GlobalIds(["another secret of a server", SECRET]))
        assert (await self.create(rotated))["secret"] not in (None, first["secret"])

    async def test_s54_it_is_derived_from_the_whole_seed(self) -> None:
        ids = GlobalIds([SECRET])
        seeds = [
            ids.seed(caller, mutation, key)
            for caller in ("key:1", "key:12")
            for mutation in ("createApiKey", "createUser")
            for key in (KEY, "2" + KEY)
        ]
        assert len({seed.hex(32, "secret") for seed in seeds}) == len(seeds)
        assert len({seeds[0].hex(8, purpose) for purpose in ("secret", "api key", "session", "claim")}) == 4


async def test_s51_of_two_callers_with_one_token_one_gets_it(api: Api, ada: Person, bob: Person) -> None:
    """Also if both repeat their creates."""
    callers = [(api.acting_as(await key_with(api, "ADAPTER")), user) for user in ("ada", "bob")]

    async def sign_in(caller: Api, user: str) -> Any:
        given = {"user": {"userId": user}, "sessionToken": "one-token", "expires": LATER, "idempotencyKey": KEY}
        return await caller.change("createSession", "session { userId }", **given)

    (first, user), (second, other) = callers
    assert (await sign_in(first, user))["userErrors"] == []
    for _ in range(2):
        assert refusals(await sign_in(second, other)) == [("TAKEN", ["sessionToken"])]
        assert (await sign_in(first, user))["session"] == {"userId": user}


async def test_s31_of_equal_creates_by_many_callers_one_object_comes(api: Api, ada: Person, raw: RawTable) -> None:
    callers = [api.acting_as(await key_with(api, "ADAPTER")) for _ in range(4)]
    before = len(raw.items())
    for mutation, given in PLAIN:
        payloads = await asyncio.gather(
            *(caller.change(mutation, "__typename", **given, idempotencyKey=KEY) for caller in callers)
        )
        assert [payload["userErrors"] for payload in payloads] == [[]] * 4
    # The user and their lock, the account and its lock, the session, the passkey and its lock.
    assert len(raw.items()) == before + 7
