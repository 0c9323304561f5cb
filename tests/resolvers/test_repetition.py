"""A create with an idempotency key is done once, however often and whenever it is sent."""

import asyncio
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from dynamo.seeds import Seed
from dynamo.settings import TableSettings
from resolvers import inputs
from resolvers.repetition import LONGEST_KEY, SHORTEST_KEY
from schema.build import GRAPHQL_SCHEMA
from tests.api import Api, make_api
from tests.clean_table import assert_clean
from tests.conftest import MakeTable
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.resolvers.creates import CREATES, EXPIRES, Create, Write
from tests.resolvers.people import key_with, refusals
from tests.schema import walk

KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
AT_ONCE = 20
REUSED = [("INVALID", ["idempotencyKey"])]

BOBS = {"provider": "github", "providerAccountId": "bob-at-github"}

every_create = pytest.mark.parametrize("create", CREATES, ids=[f"{n}-{c}" for n, c in enumerate(CREATES)])


@pytest.fixture(autouse=True)
def people(raw: RawTable) -> None:
    """The users that inputs name."""
    put_people(raw)


def put_people(raw: RawTable) -> None:
    """Store the users that inputs name, and an account of one of them with its lock."""
    with raw.together():
        for name in ("ada", "bob"):
            odd_rows.user_without_email(raw, name, None)
        odd_rows.account(raw, "bob", *BOBS.values())
        lock = f"LOCK#ACCOUNT#6#{'#'.join(BOBS.values())}"
        raw.put(raw.keys(lock, lock) | {"type": text("LOCK"), "owner": text("bob"), "claim": text("0")})


@pytest.fixture(autouse=True)
def time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No two sessions expire at the same time by default."""
    after = count(1)
    monkeypatch.setattr(
        inputs, "default_expiry", lambda: datetime(2037, 1, 1, tzinfo=UTC) + timedelta(seconds=next(after))
    )


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB has forgotten every transaction, as it does after ten minutes."""
    monkeypatch.setattr(Seed, "request_token", lambda _self, _turn=0: str(uuid.uuid4()))


async def send(api: Api, create: Create, given: Mapping[str, Any] | None = None, key: str | None = KEY) -> Any:
    """Send a create with an idempotency key, and return its payload."""
    whole = dict(create.given if given is None else given) | ({"idempotencyKey": key} if key else {})
    return await api.change(create.mutation, create.selection, **whole)


async def write(api: Api, mutation: str, given: Mapping[str, Any], payload: Mapping[str, Any]) -> None:
    """Execute a mutation about what a create has created."""

    def filled(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: filled(member) for name, member in value.items()}
        return ids[0] if value == "$ID" else value

    ids = [part["id"] for part in payload.values() if isinstance(part, dict) and "id" in part]
    await api.changed(mutation, "__typename", **filled(given))


def test_every_mutation_that_takes_a_key_is_tried() -> None:
    assert GRAPHQL_SCHEMA.mutation_type is not None
    taking = {
        name
        for name, field in walk.roots("Mutation").items()
        if "idempotencyKey" in walk.sample(field.args["input"].type)
    }
    others = {name for name in taking if not name.startswith(("create", "register", "link"))}
    assert {create.mutation for create in CREATES} == taking - others
    # `tests/resolvers/test_repetition_beside_newer_changes.py` tries these.
    assert others == {"useVerificationToken", "rotateSession", "deleteUser"}
    # Each row of `createUsers` has a key, as `tests/resolvers/test_many_users.py` tries.
    creates = {name for name in walk.roots("Mutation") if name.startswith(("create", "register", "link"))}
    assert creates - {"createUsers"} <= taking


@every_create
async def test_a_repetition_has_the_same_payload_and_stores_nothing(
    api: Api, table_settings: TableSettings, raw: RawTable, create: Create
) -> None:
    """It makes no difference which process gets it."""
    first = await send(api, create)
    assert first["userErrors"] == []
    stored = raw.items()
    for process in (api, make_api(table_settings)):
        assert await send(process, create) == first
    assert raw.items() == stored


@every_create
async def test_a_key_costs_no_request_more(
    counted_api: Api, make_table: MakeTable, proxy: CountingProxy, create: Create
) -> None:
    proxy.reset()
    await send(counted_api, create)
    with_key = proxy.operations
    settings = make_table()
    put_people(RawTable(settings))
    proxy.reset()
    without = make_api(settings.model_copy(update={"dynamodb_endpoint_url": proxy.endpoint_url}))
    assert (await send(without, create, key=None))["userErrors"] == []
    assert with_key == proxy.operations


@every_create
async def test_of_many_at_once_all_have_the_same_payload(
    api: Api, table_settings: TableSettings, raw: RawTable, create: Create
) -> None:
    before = len(raw.items())
    payloads = await asyncio.gather(*(send(api, create) for _ in range(AT_ONCE)))
    assert payloads[0]["userErrors"] == []
    assert all(payload == payloads[0] for payload in payloads)
    alone = len(raw.items()) - before
    # Another key, another object, with as many items.
    if create.derived and "email" not in str(create.given):
        await send(api, create, key=KEY[::-1])
        assert len(raw.items()) - before == 2 * alone
    await assert_clean(api.table)


@every_create
async def test_the_same_key_with_other_content_is_invalid_and_stores_nothing(
    api: Api, raw: RawTable, create: Create
) -> None:
    await send(api, create)
    stored = raw.items()
    tried = 0
    for what, given in create.others():
        assert refusals(await send(api, create, given)) == REUSED, what
        assert raw.items() == stored, what
        tried += 1
    assert tried >= len(create.given)


@every_create
async def test_the_key_of_another_caller_is_another_key(api: Api, create: Create) -> None:
    first = await send(api, create)
    assert first["userErrors"] == []
    other = api.acting_as(await key_with(api, "ADMIN"))
    second = await send(other, create)
    if not create.derived:
        # What names itself is the same for everybody who may read it.
        assert second == first
    elif second["userErrors"]:
        assert [code for code, _ in refusals(second)] == ["TAKEN"]
    else:
        assert not set(texts(first)) & set(texts(second)) - {"New", "ada", "deploy"}
        assert await send(other, create) == second


def texts(payload: Any) -> list[str]:
    """The ids, tokens and secrets of a payload."""
    if isinstance(payload, dict):
        named = {name: value for name, value in payload.items() if name in ("id", "userId", "token", "secret")}
        return [*filter(None, named.values()), *(text for value in payload.values() for text in texts(value))]
    return []


async def test_the_same_key_in_another_mutation_is_another_key(api: Api) -> None:
    mutations = {create.mutation: create for create in CREATES}
    for create in mutations.values():
        if create.mutation != "registerUser":
            assert (await send(api, create))["userErrors"] == []


@every_create
@pytest.mark.parametrize("answered", [False, True], ids=["request", "answer"])
async def test_a_repetition_gets_what_was_lost(
    api: Api, proxied_settings: TableSettings, proxy: CountingProxy, raw: RawTable, create: Create, answered: bool
) -> None:
    once = proxied_settings.model_copy(update={"dynamodb_max_attempts": 1})
    proxy.reset()
    proxy.drop_next("TransactWriteItems", answered=answered)
    name = create.mutation
    document = f"mutation($i: {create.type.name}!) {{ {name}(input: $i) {{ __typename }} }}"
    lost = await make_api(once).codes(document, {"i": {**create.given, "idempotencyKey": KEY}})
    assert lost == ["SERVICE_UNAVAILABLE"]
    stored = raw.items()
    first = await send(api, create)
    assert first["userErrors"] == []
    assert (raw.items() == stored) == answered
    assert await send(api, create) == first


@pytest.mark.parametrize("create", [create for create in CREATES if create.change is not None], ids=str)
async def test_a_repetition_after_a_change_undoes_nothing(api: Api, raw: RawTable, create: Create) -> None:
    assert create.change is not None
    first = await send(api, create)
    await write(api, *create.change, first)
    stored = raw.items()
    again = await send(api, create)
    assert raw.items() == stored
    if create.mutation == "createApiKey":
        # The secret of a key is not shown again once the key was revoked.
        assert again["secret"] is None
        assert again["apiKey"]["id"] == first["apiKey"]["id"]
        assert again["apiKey"]["revokedAt"] is not None
    elif create.timed:
        assert again["userErrors"] == []
    else:
        assert again == first


@pytest.mark.parametrize("create", [create for create in CREATES if create.delete is not None], ids=str)
async def test_a_repetition_after_a_deletion_creates_nothing(api: Api, raw: RawTable, create: Create) -> None:
    assert create.delete is not None
    first = await send(api, create)
    await write(api, *create.delete, first)
    stored = raw.items()
    again = await send(api, create)
    assert raw.items() == stored
    # The time when a user was created is stored, too. It is gone with the user, and with it the first transaction.
    if create.timed or create.mutation == "createUser":
        assert refusals(again) == REUSED
    else:
        assert again == first


@every_create
async def test_after_ten_minutes_what_is_stored_is_compared(
    api: Api, raw: RawTable, create: Create, forgotten: None
) -> None:
    first = await send(api, create)
    stored = raw.items()
    assert await send(api, create) == first
    assert raw.items() == stored
    if create.change is None:
        return
    await write(api, *create.change, first)
    stored = raw.items()
    again = await send(api, create)
    assert raw.items() == stored
    if create.mutation in ("linkAccount", "registerUser", "createSession", "createApiKey"):
        # The id of an account or a session shows with what it was created, and an API key can only be revoked.
        assert again["userErrors"] == []
    elif create.derived:
        assert refusals(again) == REUSED
    else:
        assert [code for code, _ in refusals(again)] == ["TAKEN"]


@every_create
async def test_after_ten_minutes_a_deletion_is_forgotten(
    api: Api, raw: RawTable, create: Create, forgotten: None
) -> None:
    first = await send(api, create)
    if create.delete is None:
        return
    await write(api, *create.delete, first)
    again = await send(api, create)
    assert again["userErrors"] == []
    assert texts(again) == texts(first)


@pytest.mark.parametrize("create", [create for create in CREATES if create.derived], ids=str)
async def test_after_ten_minutes_a_derived_id_is_still_not_given_twice(
    api: Api, raw: RawTable, create: Create, forgotten: None
) -> None:
    await send(api, create)
    stored = raw.items()
    for what, given in create.others():
        # An id of one's own, another user and another name for the session need no id from the key.
        if what.rpartition(".")[2] in ("userId", "sessionToken", "user"):
            continue
        assert refusals(await send(api, create, given)) == REUSED, what
        assert raw.items() == stored, what


@pytest.mark.parametrize("create", [create for create in CREATES if not create.derived], ids=str)
async def test_what_names_itself_can_be_repeated_without_a_key(api: Api, raw: RawTable, create: Create) -> None:
    first = await send(api, create, key=None)
    stored = raw.items()
    payloads = await asyncio.gather(*(send(api, create, key=None) for _ in range(3)))
    assert payloads == [first] * 3
    assert raw.items() == stored


@pytest.mark.parametrize(
    "create",
    [create for create in CREATES if not create.derived and create.mutation != "createVerificationToken"],
    ids=str,
)
async def test_what_names_itself_stays_taken_for_other_content(api: Api, raw: RawTable, create: Create) -> None:
    await send(api, create, key=None)
    stored = raw.items()
    for what, given in create.others():
        if what.rpartition(".")[2] not in (
            "userId",
            "no userId",
            "provider",
            "providerAccountId",
            "credentialId",
            "sessionToken",
            "no sessionToken",
            "no session",
        ):
            assert [code for code, _ in refusals(await send(api, create, given, key=None))] == ["TAKEN"], what
            assert raw.items() == stored, what


@every_create
async def test_a_key_of_another_form_is_invalid(api: Api, raw: RawTable, create: Create) -> None:
    stored = raw.items()
    for key in ("", "x" * (SHORTEST_KEY - 1), "x" * (LONGEST_KEY + 1), "x" * 20 + " ", "ä" * 20, "\0" * 20):
        assert refusals(await api.change(create.mutation, "__typename", **create.given, idempotencyKey=key)) == REUSED
    assert raw.items() == stored


@pytest.mark.parametrize("key", ["x" * SHORTEST_KEY, "~!" * (LONGEST_KEY // 2)])
async def test_a_key_of_any_printable_characters_counts(api: Api, key: str) -> None:
    (create,) = [create for create in CREATES if create.mutation == "createApiKey"]
    assert await send(api, create, key=key) == await send(api, create, key=key)


async def test_a_rejection_leaves_the_key_free(api: Api) -> None:
    given = {"user": {"userId": "ada"}, "provider": "github", "providerAccountId": "bob-at-github", "type": "oauth"}
    refused = await api.change("linkAccount", "account { id }", **given, idempotencyKey=KEY)
    assert refusals(refused) == [("TAKEN", ["providerAccountId"])]
    await api.changed(
        "unlinkAccount",
        "__typename",
        by={"account": BOBS},
        force=True,
    )
    await api.changed("linkAccount", "account { id }", **given, idempotencyKey=KEY)


BARRED = ("disableUser", {"by": {"userId": "ada"}}), ("enableUser", {"by": {"userId": "ada"}})
TAKEN_AWAY = ("deleteUser", {"by": {"userId": "bob"}})


@pytest.mark.parametrize(
    ("before", "mutation", "given", "code", "after"),
    [
        (BARRED[0], "createSession", {"user": {"userId": "ada"}, "sessionToken": "s-new"}, "DISABLED", BARRED[1]),
        (None, "linkAccount", {"user": {"userId": "ada"}, **BOBS, "type": "oauth"}, "TAKEN", TAKEN_AWAY),
    ],
)
async def test_a_rejection_leaves_the_key_free_even_if_an_attempt_was_lost(
    api: Api,
    proxied_settings: TableSettings,
    proxy: CountingProxy,
    raw: RawTable,
    before: Write | None,
    mutation: str,
    given: Mapping[str, Any],
    code: str,
    after: Write,
) -> None:
    """The token of the transaction was used up, so that the lost attempt does nothing later."""
    if before is not None:
        await api.changed(before[0], "__typename", **before[1])
    if mutation == "linkAccount":
        # As if the index did not show it yet.
        raw.put({**(raw.get("USER#bob", "ACCOUNT#github#bob-at-github") or {}), "GSI1PK": text("HIDDEN")})
    repeating = make_api(proxied_settings)
    proxy.reset()
    proxy.haunt_next("TransactWriteItems")
    refused = await repeating.change(mutation, "__typename", **given, idempotencyKey=KEY)
    assert [error for error, _ in refusals(refused)] == [code]
    await api.changed(after[0], "__typename", **after[1])
    first = await api.changed(mutation, "__typename", **given, idempotencyKey=KEY)
    stored = raw.items()
    assert proxy.deliver_ghosts() == [400]
    assert await api.changed(mutation, "__typename", **given, idempotencyKey=KEY) == first
    assert raw.items() == stored


async def test_a_session_that_has_expired_is_no_repetition(api: Api, raw: RawTable) -> None:
    create = next(create for create in CREATES if create.mutation == "createSession" and create.derived)
    made = await send(api, create)
    sort = f"SESSION#{made['session']['token']}"
    item = raw.get("USER#ada", sort)
    assert item is not None
    raw.put(item | {"expires": {"N": "1"}})
    assert refusals(await send(api, create)) == REUSED


TOKEN = {"identifier": "ada@example.com", "token": "t1"}


class TestUse:
    """A verification token that is used with an idempotency key."""

    @pytest.fixture(autouse=True)
    async def stored(self, api: Api) -> None:
        """Store the verification token that the tests use."""
        await api.changed("createVerificationToken", "__typename", **TOKEN, expires=EXPIRES)

    async def use(self, api: Api, key: str | None = KEY, **given: Any) -> Any:
        whole = TOKEN | given | ({"idempotencyKey": key} if key else {})
        made = await api.changed("useVerificationToken", "verificationToken { identifier token expires }", **whole)
        return made["verificationToken"]

    async def test_a_repetition_gets_the_token_again_and_nobody_else_does(self, api: Api) -> None:
        first = await self.use(api)
        assert first == {**TOKEN, "expires": EXPIRES}
        assert await self.use(api) == first
        for key in (KEY[::-1], None):
            assert await self.use(api, key) is None
        assert await self.use(api.acting_as(await key_with(api, "TOKENS_WRITE", "SECRETS_READ"))) is None

    async def test_of_many_at_once_all_get_it_by_one_use(self, api: Api, raw: RawTable) -> None:
        used = await asyncio.gather(*(self.use(api) for _ in range(AT_ONCE)))
        assert used == [{**TOKEN, "expires": EXPIRES}] * AT_ONCE
        assert raw.get("VT#ada@example.com", "VT#t1") is None

    async def test_of_many_keys_one_gets_it(self, api: Api) -> None:
        used = await asyncio.gather(*(self.use(api, str(uuid.uuid4())) for _ in range(AT_ONCE)))
        assert sum(one is not None for one in used) == 1

    async def test_the_key_counts_for_one_token(self, api: Api) -> None:
        await self.use(api)
        assert await self.use(api, token="t2") is None
        await api.changed("createVerificationToken", "__typename", **TOKEN | {"token": "t2"}, expires=EXPIRES)
        assert (await self.use(api, token="t2"))["token"] == "t2"

    async def test_a_token_that_was_stored_again_is_left_alone(self, api: Api, raw: RawTable) -> None:
        await self.use(api)
        await api.changed("createVerificationToken", "__typename", **TOKEN, expires=EXPIRES)
        stored = raw.items()
        assert await self.use(api) is not None
        assert raw.items() == stored
        assert await self.use(api, None) is not None

    async def test_once_the_token_would_have_expired_there_is_nothing_to_repeat(self, api: Api, raw: RawTable) -> None:
        await self.use(api)
        (note,) = [item for item in raw.items() if item["pk"]["S"].startswith("USE#")]
        assert sorted(note) == ["expires", "pk", "sk"]
        raw.put(note | {"expires": {"N": "1"}})
        assert await self.use(api) is None

    async def test_a_key_costs_no_request_more(self, api: Api, counted_api: Api, proxy: CountingProxy) -> None:
        proxy.reset()
        await self.use(counted_api)
        assert proxy.operations == ["BatchGetItem", "TransactWriteItems"]
        proxy.reset()
        await self.use(counted_api)
        assert proxy.operations == ["BatchGetItem"]

    async def test_a_wrong_token_leaves_nothing(self, api: Api, raw: RawTable) -> None:
        stored = raw.items()
        assert await self.use(api, token="wrong") is None
        assert raw.items() == stored

    @pytest.mark.parametrize("answered", [False, True], ids=["request", "answer"])
    async def test_a_repetition_gets_what_was_lost(
        self, api: Api, proxied_settings: TableSettings, proxy: CountingProxy, answered: bool
    ) -> None:
        once = make_api(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1}))
        proxy.reset()
        proxy.drop_next("TransactWriteItems", answered=answered)
        document = "mutation($i: UseVerificationTokenInput!) { useVerificationToken(input: $i) { __typename } }"
        assert await once.codes(document, {"i": {**TOKEN, "idempotencyKey": KEY}}) == ["SERVICE_UNAVAILABLE"]
        assert await self.use(api) == {**TOKEN, "expires": EXPIRES}
