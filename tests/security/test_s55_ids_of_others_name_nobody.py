"""S55: a mutation rejects a global id that this server did not make. The cases are generated from the schema."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    get_named_type,
    get_nullable_type,
)

from dynamo import models
from dynamo.settings import TableSettings
from resolvers.bulk import ROWS
from resolvers.global_ids import GlobalIds, has_form_of_id
from tests.api import SECRET, Api, make_api
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, api_key, passkey, refusals
from tests.schema import walk

OTHER = GlobalIds(["the-secret-key-of-another-server-or-one-that-was-retired"])
LIKELY_RAW_IDS = [
    "ada",
    "5f1c9a3e-7a55-4c3b-9a6e-0d3c8f7e2b11",
    "5f1c9a3e7a554c3b9a6e0d3c8f7e2b11",
    "auth0|5f7c8ec7c33c6c004bbafe82",
    "2819c223-7f76-453a-919d-413861904646=",
    "dXNlcjoxMjM0NTY3ODkwMTIzNDU2",
    "MTIzNDU2NzhbIlVzZXJz",
    base64.urlsafe_b64encode(bytes(range(48))).decode(),
    base64.b64encode(b"12345678" + b'{"User":"ada"}').decode(),
    base64.b64encode(b"12345678" + b'["user","ada"]').decode(),
    '["User","ada"]',
    "User:ada",
    "ﬁ",
    "a",
    "=",
    "A" * 800,
]


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an id in the input of a mutation."""

    mutation: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join((self.mutation, *self.path))


def places(mutation: str, type_: GraphQLInputType, path: tuple[str, ...] = ()) -> Iterator[Place]:
    """All places of ids in inputs."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            row = ("0",) if name == ROWS else ()
            yield from places(mutation, field.type, (*path, name, *row))
    elif named.name == "ID":
        yield Place(mutation, path)


PLACES = [
    place for mutation, field in walk.roots("Mutation").items() for place in places(mutation, field.args["input"].type)
]
RAW = [place for place in PLACES if place.path[-1] == "userId"]
NAMING = [place for place in PLACES if place not in RAW]


def input_around(place: Place) -> str:
    """The name of the input type that a place is in."""
    type_: GraphQLInputType = walk.roots("Mutation")[place.mutation].args["input"].type
    for name in place.path[:-1]:
        type_ = type_ if name.isdigit() else walk.fields_of(type_)[name].type
    return str(get_named_type(type_).name)


NEW = [place for place in RAW if not input_around(place).endswith("By")]


def record_named_by(place: Place) -> Any:
    """A record of the kind whose id belongs at a place."""
    none: frozenset[str] = frozenset()
    match input_around(place):
        case "UserBy":
            return models.User("ada", None, None, None, None, {}, none)
        case "ApiKeyBy":
            return models.ApiKey("k", "", (), "", models.EPOCH, None, None, None)
        case "AccountBy":
            return models.Account("ada", "github", "ada-at-github", "oauth", {}, none)
        case "AuthenticatorBy":
            return models.Authenticator("ada", "key1", "key1", "", 0, models.DeviceType.MULTI_DEVICE, True, None, {})
        case "SessionBy":
            return models.Session("ada", "t", models.EPOCH, {}, none)
    raise AssertionError(place)


def spoilt(id: str) -> dict[str, str]:
    """Ways in which an id can be changed or cut."""
    ways = {
        "cut": id[:-3],
        "padded": id + "=" * (-len(id) % 4 or 4),
        "with a line break": id + "\n",
        "in the other alphabet": base64.b64encode(base64.urlsafe_b64decode(id + "=" * (-len(id) % 4))).decode(),
        "with another signature": ("B" if id[0] == "A" else "A") + id[1:],
    }
    return {how: text for how, text in ways.items() if text != id}


def whole(type_: GraphQLInputType, path: tuple[str, ...], value: str) -> Any:
    """A sample of an input with a value at a path."""
    if not path:
        return value
    nullable: Any = get_nullable_type(type_)
    name, *rest = path
    if isinstance(nullable, GraphQLList):
        return [whole(nullable.of_type, tuple(rest) if name.isdigit() else path, value)]
    assert isinstance(nullable, GraphQLInputObjectType)
    others = {} if nullable.is_one_of else walk.sample(nullable)
    return {**others, name: whole(nullable.fields[name].type, tuple(rest), value)}


async def refused(api: Api, place: Place, value: str) -> list[tuple[str, list[str]]]:
    """The errors of a mutation with a value at a place."""
    type_ = walk.roots("Mutation")[place.mutation].args["input"].type
    given: dict[str, Any] = whole(type_, place.path, value)
    if "keep" in place.path and place.mutation != "mergeUsers":
        row = given["users"][0] if place.mutation in walk.bulk() else given
        row["user"] = {"userId": "ada"}
    return refusals(await api.change(place.mutation, walk.refused(place.mutation), **given))


def test_s55_the_places_of_ids_are_found() -> None:
    assert {str(place) for place in NEW} == {
        "createUser.userId",
        "createUsers.users.0.userId",
        "registerUser.user.userId",
    }
    named = {"deleteUser.by.id", "deleteSession.by.id", "deleteSessions.keep.id", "linkAccount.user.id"}
    assert named <= {str(place) for place in NAMING}
    assert {"deleteUser.by.userId", "linkAccount.user.userId"} <= {str(place) for place in RAW if place not in NEW}


@pytest.mark.parametrize("place", NAMING, ids=str)
async def test_s55_a_change_by_an_id_that_is_not_ours_says_so_and_does_nothing(
    api: Api, ada: Person, raw: RawTable, place: Place
) -> None:
    """A text counts as a raw id only if it cannot be a global one. Otherwise an existing user would be reported as
    missing."""
    record = record_named_by(place)
    before = raw.items()
    ours = GlobalIds([SECRET]).id_of(record)
    for how, id in {"foreign": OTHER.id_of(record), **spoilt(ours)}.items():
        assert ("INVALID", list(place.path)) in await refused(api, place, id), how
    assert raw.items() == before


@pytest.mark.parametrize("place", NAMING, ids=str)
async def test_s55_a_change_by_an_id_of_another_type_or_by_no_id_says_so_and_does_nothing(
    api: Api, ada: Person, raw: RawTable, place: Place
) -> None:
    key = await passkey(api, ada, "key1")
    api_key_id, _ = await api_key(api, ["USERS_READ"])
    kind = GlobalIds([SECRET]).open_id(GlobalIds([SECRET]).id_of(record_named_by(place)))
    assert kind is not None
    ids = {
        "User": ada.id,
        "Account": ada.account_id,
        "Session": ada.session_id,
        "Authenticator": key,
        "ApiKey": api_key_id,
    }
    before = raw.items()
    for id in ("garbage", "", "ada", *(id for type, id in ids.items() if type != kind.type)):
        assert ("INVALID", list(place.path)) in await refused(api, place, id), id
    assert raw.items() == before


@pytest.mark.parametrize("place", [place for place in RAW if place not in NEW], ids=str)
async def test_s55_a_global_id_is_no_raw_one(api: Api, ada: Person, raw: RawTable, place: Place) -> None:
    """Even if it is that of the user who is meant: it would otherwise depend on the server which of the two it is."""
    before = raw.items()
    for id in (ada.id, ada.account_id, *spoilt(ada.id).values()):
        assert ("INVALID", list(place.path)) in await refused(api, place, id)
    assert raw.items() == before


@pytest.mark.parametrize("place", NEW, ids=str)
async def test_s55_nobody_is_given_a_raw_id_that_is_a_global_one(
    api: Api, ada: Person, raw: RawTable, place: Place
) -> None:
    before = raw.items()
    theirs = OTHER.id_of(models.User("ada", None, None, None, None, {}, frozenset()))
    for id in (ada.id, ada.account_id, ada.session_id, theirs, *spoilt(ada.id).values()):
        assert ("INVALID", list(place.path)) in await refused(api, place, id)
    assert raw.items() == before


@pytest.mark.parametrize("user_id", LIKELY_RAW_IDS, ids=range(len(LIKELY_RAW_IDS)))
def test_s55_no_raw_id_is_taken_for_a_global_one(user_id: str) -> None:
    assert not has_form_of_id(user_id)


async def test_s55_raw_ids_of_any_shape_name_their_users(api: Api) -> None:
    for user_id in LIKELY_RAW_IDS:
        made = await api.changed("createUser", "user { id }", userId=user_id)
        for by in ({"userId": user_id}, {"id": made["user"]["id"]}):
            changed = await api.changed("updateUser", "user { userId }", by=by, name="x")
            assert changed["user"]["userId"] == user_id


async def test_s55_an_id_of_a_retired_key_deletes_nobody_and_says_why(table_settings: TableSettings, api: Api) -> None:
    made = await api.changed("createUser", "user { id }", userId="ada")
    rotated = make_api(table_settings, ids=OTHER)
    payload = await rotated.change("deleteUser", "user { id }", by={"id": made["user"]["id"]})
    assert refusals(payload) == [("INVALID", ["by", "id"])]
    assert "secret key that is not listed" in payload["userErrors"][0]["message"]
    assert (await rotated.data('{ user(by: {userId: "ada"}) { userId } }'))["user"] == {"userId": "ada"}
