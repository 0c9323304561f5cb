"""How mutations name what they change: by any key of its type, read consistently, and only by keys that the caller may
look up by. The cases are generated from the schema."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLInputType, GraphQLNonNull, get_named_type

from dynamo import accounts, models, users
from dynamo.client import Table
from resolvers.global_ids import GlobalIds
from tests.api import SECRET, Api
from tests.counting_proxy import CountingProxy
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, api_key, key_with, passkey, passkey_input, refusals, sign_up
from tests.schema import walk

BOBS_ACCOUNT = GlobalIds([SECRET]).id_of(models.Account("bob", "github", "bob-at-github", "oauth", {}, frozenset()))
GITLAB = {"provider": "gitlab", "providerAccountId": "1", "type": "oauth"}
BESIDE: Mapping[str, dict[str, Any]] = {
    "updateUser": {"name": "New"},
    "linkAccount": GITLAB,
    "createAuthenticator": {name: value for name, value in passkey_input("ada", "key9").items() if name != "user"},
    "updateSession": {"expires": walk.LATER},
    "updateAuthenticatorCounter": {"counter": 7},
    "updateAccountTokens": {"accessToken": "new"},
    "unlinkAccount": {"force": True},
    "deleteAuthenticator": {"force": True},
    "moveAccount.by": {"to": {"userId": "bob"}, "force": True},
    "moveAccount.to": {"by": {"id": BOBS_ACCOUNT}, "force": True},
    "mergeUsers.keep": {"lose": {"userId": "bob"}},
    "mergeUsers.lose": {"keep": {"userId": "bob"}},
}
"""What each mutation, or each place in one, needs besides the object that it names."""


@dataclass(frozen=True, slots=True)
class Place:
    """A required input field that names an object."""

    mutation: str
    field: str
    type: GraphQLInputType
    """The input type, such as `UserBy`."""

    @property
    def kind(self) -> str:
        """The name of the input type."""
        return get_named_type(self.type).name

    def __str__(self) -> str:
        return f"{self.mutation}.{self.field}"

    def given(self, by: dict[str, Any]) -> dict[str, Any]:
        """A complete input that names this object."""
        return {self.field: by, **BESIDE.get(str(self), BESIDE.get(self.mutation, {}))}


def places() -> Iterator[Place]:
    """Every place of the schema."""
    for mutation, definition in walk.roots("Mutation").items():
        for name, field in walk.fields_of(definition.args["input"].type).items():
            named = get_named_type(field.type)
            if isinstance(field.type, GraphQLNonNull) and isinstance(named, GraphQLInputObjectType) and named.is_one_of:
                yield Place(mutation, name, named)


PLACES = list(places())
OF_USERS = [place for place in PLACES if place.kind == "UserBy"]


def natural(person: Person) -> dict[str, dict[str, Any]]:
    """The keys that name a person and need a lookup."""
    return {
        "email": {"email": person.email},
        "account": {"account": person.account},
        "sessionToken": {"sessionToken": person.token},
    }


NOBODY: dict[str, dict[str, Any]] = {
    "email": {"email": "no@example.com"},
    "account": {"account": {"provider": "github", "providerAccountId": "no"}},
    "sessionToken": {"sessionToken": "no"},
}


@pytest.fixture(autouse=True)
async def second_person(api: Api, request: pytest.FixtureRequest) -> None:
    """The person from whom, or to whom, an account is moved, or with whom somebody is merged."""
    callspec = getattr(request.node, "callspec", None)
    place = callspec and callspec.params.get("place")
    if isinstance(place, Place) and place.mutation in ("moveAccount", "mergeUsers"):
        await sign_up(api, "bob")


async def keys_of(api: Api, ada: Person, kind: str) -> dict[str, dict[str, Any]]:
    """Every key of an object of Ada's."""
    match kind:
        case "UserBy":
            return {"id": {"id": ada.id}, "userId": {"userId": ada.name}, **natural(ada)}
        case "AccountBy":
            return {"id": {"id": ada.account_id}, "account": {"account": ada.account}}
        case "SessionBy":
            return {"id": {"id": ada.session_id}, "sessionToken": {"sessionToken": ada.token}}
        case "AuthenticatorBy":
            return {"id": {"id": await passkey(api, ada, "key1")}, "credentialId": {"credentialId": "key1"}}
        case "ApiKeyBy":
            return {"id": {"id": (await api_key(api, ["USERS_READ"]))[0]}}
    raise AssertionError(kind)


CASES = [(place, key) for place in PLACES for key in walk.fields_of(place.type)]


@pytest.mark.parametrize(("place", "key"), CASES, ids=str)
async def test_a_mutation_finds_what_it_changes_by_every_key(
    api: Api, ada: Person, raw: RawTable, place: Place, key: str
) -> None:
    by = (await keys_of(api, ada, place.kind))[key]
    before = raw.items()
    assert refusals(await api.change(place.mutation, "__typename", **place.given(by))) == []
    assert raw.items() != before or place.mutation == "enableUser"


@pytest.mark.parametrize("place", OF_USERS, ids=str)
async def test_nobody_is_found_by_a_key_that_nobody_has(api: Api, ada: Person, raw: RawTable, place: Place) -> None:
    before = raw.items()
    for key, by in NOBODY.items():
        payload = await api.change(place.mutation, "__typename", **place.given(by))
        # To delete a user who is not there is no error.
        expected = [] if place.mutation == "deleteUser" else [("NOT_FOUND", [place.field, key])]
        assert refusals(payload) == expected
    assert raw.items() == before


WRITING = ("USERS_WRITE", "ACCOUNTS_WRITE", "SESSIONS_WRITE")


@pytest.mark.parametrize("place", OF_USERS, ids=str)
async def test_a_program_that_may_not_read_users_learns_nothing_by_a_key(
    counted_api: Api, ada: Person, raw: RawTable, proxy: CountingProxy, place: Place
) -> None:
    """Neither from the response nor from what is read: only the program's own key is, and the account to be moved."""
    program = counted_api.acting_as(await key_with(counted_api, *WRITING))
    await program.data("{ caller { kind } }")
    before = raw.items()
    for key, by in natural(ada).items():
        seen = []
        for named in (by, NOBODY[key]):
            proxy.reset()
            payload = await program.change(place.mutation, "__typename", **place.given(named))
            assert refusals(payload) == [("FORBIDDEN", [place.field, key])]
            seen.append((payload, proxy.operations))
        assert seen[0] == seen[1]
        assert seen[0][1] == ["GetItem"] * (2 if place.mutation == "moveAccount" else 1)
    assert raw.items() == before


async def test_an_id_needs_no_permission_to_read(api: Api, ada: Person) -> None:
    program = api.acting_as(await key_with(api, *WRITING))
    for by in ({"id": ada.id}, {"userId": "ada"}):
        assert refusals(await program.change("updateUser", "__typename", by=by, name="New")) == []


@pytest.mark.parametrize("place", OF_USERS, ids=str)
async def test_a_user_who_gave_up_an_email_is_not_changed_by_it(
    api: Api, ada: Person, raw: RawTable, monkeypatch: pytest.MonkeyPatch, place: Place
) -> None:
    """The index is eventually consistent: it may still find them."""
    stale = await users.find_by_email(api.table, ada.email)
    await api.changed("updateUser", "__typename", by={"userId": "ada"}, email="new@example.com")

    async def find_by_email(table: Table, email: str) -> list[models.User]:
        return stale

    monkeypatch.setattr(users, "find_by_email", find_by_email)
    before = raw.items()
    payload = await api.change(place.mutation, "__typename", **place.given({"email": ada.email}))
    assert place.mutation == "deleteUser" or refusals(payload) == [("NOT_FOUND", [place.field, "email"])]
    assert raw.items() == before


async def test_a_user_whose_account_was_unlinked_is_not_changed_by_it(
    api: Api, ada: Person, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = await accounts.find(api.table, "github", ada.provider_account_id)
    await api.changed("unlinkAccount", "__typename", by={"account": ada.account}, force=True)

    async def find(table: Table, provider: str, provider_account_id: str) -> list[models.Account]:
        return stale

    monkeypatch.setattr(accounts, "find", find)
    before = raw.items()
    payload = await api.change("updateUser", "__typename", by={"account": ada.account}, name="New")
    assert refusals(payload) == [("NOT_FOUND", ["by", "account"])]
    assert raw.items() == before


async def test_a_person_names_themselves_by_every_key(api: Api, ada: Person) -> None:
    asking = api.acting_as(ada.token)
    for key, by in (await keys_of(api, ada, "UserBy")).items():
        made = await asking.changed("updateUser", "user { name }", by=by, name=key)
        assert made["user"] == {"name": key}


async def test_an_api_key_is_looked_up_by_its_id(api: Api, ada: Person) -> None:
    key_id, secret = await api_key(api, ["USERS_READ"])
    document = "query($by: ApiKeyBy!) { apiKey(by: $by) { id name revokedAt } }"
    assert (await api.data(document, {"by": {"id": key_id}}))["apiKey"]["id"] == key_id
    for id in (ada.id, "garbage"):
        assert await api.data(document, {"by": {"id": id}}) == {"apiKey": None}
    assert await api.acting_as(secret).codes(document, {"by": {"id": key_id}}) == ["FORBIDDEN"]


async def test_a_lookup_by_the_id_of_something_else_finds_nothing(api: Api, ada: Person) -> None:
    """As `node` does for an id of nothing."""
    key = await passkey(api, ada, "key1")
    ids = {"user": ada.id, "account": ada.account_id, "session": ada.session_id, "authenticator": key}
    for field in ids:
        document = f"query($id: ID!) {{ {field}(by: {{id: $id}}) {{ id }} }}"
        for kind, id in ids.items():
            assert (await api.data(document, {"id": id}))[field] == ({"id": id} if kind == field else None)
