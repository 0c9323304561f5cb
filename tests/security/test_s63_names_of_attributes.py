"""S63: the name of an attribute has 1 to 255 bytes, at every depth, wherever custom attributes are accepted."""

from typing import Any

import pytest

from dynamo.format import MAX_NAME_BYTES
from tests.api import Api
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, refusals
from tests.schema import walk

LONGEST = ["x" * 255, "é" * 127 + "x", "😀" * 63 + "xyz"]
TOO_LONG = ["", "x" * 256, "é" * 128, "😀" * 64, "x" * 1000, "x" * 65_535, "x" * 65_536, "x" * 200_000]


def nested(name: str) -> list[tuple[Any, list[str]]]:
    """Attributes with a name at several depths, and the path that an error about it has."""
    deep: Any = {name: 1}
    for level in range(25):
        deep = [deep] if level % 2 else {"in": deep}
    return [
        ({name: 1}, ["attributes"]),
        ({"a": {name: 1}}, ["attributes", "a"]),
        ({"a": [{"b": {name: {}}}]}, ["attributes", "a"]),
        ({"deep": deep}, ["attributes", "deep"]),
    ]


@pytest.fixture
def ways(ada: Person) -> list[tuple[str, list[str], dict[str, Any]]]:
    """Every mutation that accepts attributes, where in its input, and the rest of the input."""
    account = {"provider": "g", "providerAccountId": "1", "type": "oauth"}
    return [
        ("createUser", [], {}),
        ("createUsers", ["users", "0"], {}),
        ("updateUser", [], {"by": {"userId": "ada"}}),
        ("linkAccount", [], {"user": {"userId": "ada"}, **account}),
        ("updateAccountTokens", [], {"by": {"id": ada.account_id}}),
        ("createSession", [], {"user": {"userId": "ada"}}),
        ("updateSession", [], {"by": {"id": ada.session_id}}),
        ("registerUser", ["user"], {"account": account}),
        ("registerUser", ["account"], {"user": {}, "account": account}),
        ("registerUser", ["session"], {"user": {}, "account": account}),
    ]


def holding(at: list[str], given: dict[str, Any], attributes: Any) -> dict[str, Any]:
    """An input with these attributes in one of its parts."""
    if not at:
        return given | {"attributes": attributes}
    if at[0] == "users":
        return given | {"users": [{"attributes": attributes}]}
    return given | {at[0]: given.get(at[0], {}) | {"attributes": attributes}}


def test_s63_every_way_is_known(ways: list[tuple[str, list[str], dict[str, Any]]]) -> None:
    """A mutation that begins to accept JSON must be added to the list."""
    taking = {
        name
        for name, field in walk.roots("Mutation").items()
        if any(True for _ in walk.replaced(field.args["input"].type, ("JSON",), [1]))
    }
    assert {name for name, _, _ in ways} == taking


@pytest.mark.parametrize("name", TOO_LONG, ids=lambda name: f"{len(name.encode())} bytes")
async def test_s63_a_longer_name_is_refused_in_its_place(
    api: Api, raw: RawTable, ways: list[tuple[str, list[str], dict[str, Any]]], name: str
) -> None:
    before = raw.items()
    for mutation, at, given in ways:
        for attributes, path in nested(name):
            refused = await api.change(mutation, walk.refused(mutation), **holding(at, given, attributes))
            assert refusals(refused) == [("INVALID", at + path)], mutation
            assert len(str(refused)) < 400
    assert raw.items() == before


@pytest.mark.parametrize("name", LONGEST, ids=["ascii", "two bytes each", "four bytes each"])
async def test_s63_the_longest_is_stored_and_read(api: Api, ada: Person, name: str) -> None:
    assert len(name.encode()) == MAX_NAME_BYTES
    for attributes, _ in nested(name):
        made = await api.changed("updateUser", "user { attributes }", by={"userId": "ada"}, attributes=attributes)
        assert made["user"]["attributes"].items() >= attributes.items()
    assert (await api.data('{ user(by: {userId: "ada"}) { name } }'))["user"] == {"name": "Ada"}
