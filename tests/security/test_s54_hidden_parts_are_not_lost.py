"""S54: a caller who sees only a part of an attribute cannot write it, because the hidden part would be lost.

Reading, changing and writing back is the usual way to change one member. Null removes the whole attribute.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from graphql import GraphQLInputObjectType

from schema.build import GRAPHQL_SCHEMA
from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import Item, RawTable, number, text
from tests.resolvers.people import key_with, refusals

TOKEN = "4f9a0b12-opaque-of-ada"
SCOPES = ("USERS_READ", "USERS_WRITE", "ACCOUNTS_READ", "ACCOUNTS_WRITE", "SESSIONS_READ", "SESSIONS_WRITE")
SECRET = {"access_token": text("xoxp-1-opaque-text"), "scope": text("chat")}
OWN_TOKEN = "the item's own token"
PARTLY: dict[str, dict[str, Any]] = {
    "a map": {"M": {"id": text("U1"), **SECRET}},
    "a map of maps": {"M": {"id": text("U1"), "slack": {"M": {"authed": {"M": SECRET}}}}},
    "a list": {"L": [text("one"), text("Bearer 0123456789abcdef0123456789abcdef")]},
    "a list of maps": {"L": [{"M": {"id": text("U1")}}, {"M": SECRET}]},
    "a list in a map": {"M": {"all": {"L": [{"M": SECRET}]}}},
    "a map of nothing else": {"M": {"access_token": text("xoxp-1-opaque-text")}},
    OWN_TOKEN: {"M": {"id": text("U1"), "from": text(TOKEN)}},
}
"""Attributes of which a part is shown."""
OTHERS: dict[str, dict[str, Any] | None] = {
    "absent": None,
    "text": text("x"),
    "a number": number(1),
    "a map of which all is shown": {"M": {"id": text("U1")}},
    "a list of which all is shown": {"L": [text("one")]},
}
NEW: dict[str, Any] = {
    "what was shown": {"id": "U1", "scope": "chat"},
    "what is stored": {"id": "U1", "access_token": "xoxp-1-opaque-text", "scope": "chat"},
    "text": "x",
    "nothing": {},
    "no": False,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A mutation that sets custom attributes of a stored object, and the object's place."""

    mutation: str
    given: Mapping[str, Any]
    place: tuple[str, str]
    kept: tuple[str, ...]
    """The number of requests for a caller who sees everything."""
    more: tuple[str, ...] = ()
    """The number of additional requests for a map or list, for callers without `secrets:read`."""

    def __str__(self) -> str:
        return f"{self.mutation} {' '.join(self.given)}"


ONCE = ("TransactWriteItems", "GetItem")
GITHUB = {"account": {"provider": "github", "providerAccountId": "1"}}
CHANGES = [
    Change("updateUser", {"by": {"userId": "ada"}}, ("USER#ada", "USER#ada"), ONCE, ONCE),
    Change(
        "updateUser",
        {"by": {"userId": "ada"}, "email": "new@example.com"},
        ("USER#ada", "USER#ada"),
        ("BatchGetItem", "Query", *ONCE),
    ),
    Change("updateSession", {"by": {"sessionToken": TOKEN}}, ("USER#ada", f"SESSION#{TOKEN}"), ("Query", *ONCE)),
    Change("updateAccountTokens", {"by": GITHUB}, ("USER#ada", "ACCOUNT#github#1"), ("Query", *ONCE)),
]
every_change = pytest.mark.parametrize("change", CHANGES, ids=str)


def test_s54_every_change_of_attributes_is_tried() -> None:
    inputs = {
        name
        for name, type_ in GRAPHQL_SCHEMA.type_map.items()
        if isinstance(type_, GraphQLInputObjectType) and "attributes" in type_.fields
    }
    new = {name for name in inputs if name.startswith(("Create", "New", "Register", "Link"))}
    assert {f"{change.mutation[0].upper()}{change.mutation[1:]}Input" for change in CHANGES} == inputs - new


def put(raw: RawTable, change: Change, **attributes: dict[str, Any] | None) -> None:
    """Store Ada with an account that contains `TOKEN` too, and a session, with attributes on the object to change."""
    odd_rows.user(raw, "ada", "ada@example.com")
    odd_rows.account(raw, "ada", "github", "1", access_token=text(TOKEN))
    odd_rows.session(raw, "ada", TOKEN, number(4_000_000_000))
    given = {name: value for name, value in attributes.items() if value is not None}
    raw.put(item(raw, change) | given)


def item(raw: RawTable, change: Change) -> Item:
    found = raw.get(*change.place)
    assert found is not None
    return found


async def set_to(api: Api, change: Change, **attributes: Any) -> list[tuple[str, list[str]]]:
    return refusals(await api.change(change.mutation, "__typename", **change.given, attributes=attributes))


@pytest.mark.parametrize(
    ("change", "stored"),
    # A user item has no token of its own.
    [pair for pair in product(CHANGES, PARTLY) if pair[0].mutation != "updateUser" or pair[1] != OWN_TOKEN],
    ids=str,
)
async def test_s54_an_attribute_that_is_partly_hidden_is_written_by_those_who_see_it(
    api: Api, raw: RawTable, change: Change, stored: str
) -> None:
    """Whatever the new value is, because a result that depends on it would confirm a guess."""
    put(raw, change, kept=PARTLY[stored], plan=text("free"))
    before = item(raw, change)
    program = api.acting_as(await key_with(api, *SCOPES))
    for value in NEW.values():
        for others in ({}, {"plan": "paid"}):
            assert await set_to(program, change, **others, kept=value) == [("INVALID", ["attributes", "kept"])]
            assert item(raw, change) == before
    assert await set_to(program, change, plan="paid") == []
    assert item(raw, change)["kept"] == before["kept"]
    seeing = api.acting_as(await key_with(api, *SCOPES, "SECRETS_READ"))
    assert await set_to(seeing, change, kept={"id": "U2"}) == []
    assert item(raw, change)["kept"] == {"M": {"id": text("U2")}}


@every_change
async def test_s54_it_can_be_cleared_as_a_whole_and_then_be_set(api: Api, raw: RawTable, change: Change) -> None:
    put(raw, change, kept=PARTLY["a map"])
    program = api.acting_as(await key_with(api, *SCOPES))
    assert await set_to(program, change, kept=None) == []
    assert item(raw, change)["kept"] == {"NULL": True}
    assert await set_to(program, change, kept={"id": "U2"}) == []


@every_change
@pytest.mark.parametrize("stored", OTHERS)
async def test_s54_what_is_shown_whole_is_written(api: Api, raw: RawTable, change: Change, stored: str) -> None:
    program = api.acting_as(await key_with(api, *SCOPES))
    for value in NEW.values():
        put(raw, change, kept=OTHERS[stored])
        assert await set_to(program, change, kept=value) == []


@every_change
async def test_s54_so_is_what_is_hidden_whole(api: Api, raw: RawTable, change: Change) -> None:
    """Nobody writes back what was hidden completely: a key may set a password that it cannot read."""
    put(raw, change, password_hash=text("old"), recovery_codes={"L": [text("1234-5678")]})
    program = api.acting_as(await key_with(api, *SCOPES))
    assert await set_to(program, change, password_hash="new", recovery_codes=["8765-4321"]) == []


@every_change
@pytest.mark.parametrize("names", [1, 18, 19, 200])
async def test_s54_however_many_are_written(api: Api, raw: RawTable, change: Change, names: int) -> None:
    put(raw, change, kept=PARTLY["a map"])
    program = api.acting_as(await key_with(api, *SCOPES))
    others = {f"a{number}": number for number in range(names - 1)}
    assert await set_to(program, change, **others, kept="x") == [("INVALID", ["attributes", "kept"])]
    assert await set_to(program, change, **others, kept=None) == []


@pytest.mark.parametrize(
    ("change", "stored", "seeing"),
    list(product(CHANGES, ["text", "a map of which all is shown"], [False, True])),
    ids=str,
)
async def test_s54_it_costs_a_request_only_where_a_users_map_or_list_is_replaced(
    counted_api: Api, api: Api, raw: RawTable, proxy: CountingProxy, change: Change, stored: str, seeing: bool
) -> None:
    put(raw, change, kept=OTHERS[stored])
    program = counted_api.acting_as(await key_with(api, *SCOPES, *(["SECRETS_READ"] if seeing else [])))
    await program.data("{ caller { kind } }")
    proxy.reset()
    assert await set_to(program, change, kept="x") == []
    more = change.more if stored != "text" and not seeing else ()
    assert tuple(proxy.operations) == ("GetItem", *change.kept, *more)
