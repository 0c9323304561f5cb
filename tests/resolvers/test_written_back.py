"""A value that is read from `attributes` and written back is stored as it was, of whatever type it is."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from dynamo import format, round_trip
from dynamo.wire.attribute_values import wire_value
from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.every_kind import EVERY_KIND, PLAIN
from tests.interop.raw import RawTable, number, text
from tests.resolvers.people import key_with
from tests.security.test_s54_hidden_parts_are_not_lost import CHANGES, ONCE, SCOPES, Change, item, put, set_to

every_change = pytest.mark.parametrize("change", CHANGES, ids=str)
NAMES = {f"a{place}": kind for place, kind in enumerate(EVERY_KIND)}
STORED = {name: EVERY_KIND[kind] for name, kind in NAMES.items()}
OTHERS: dict[str, Any] = {
    "another text": "b",
    "an empty text": "",
    "a number": 5,
    "a list": ["x"],
    "an object": {"x": 1},
}
"""Values of JSON that other types than their own may be shown as."""
SHOWN_ALIKE = {repr(""): {"empty text"}, repr(5): {"almost a whole number"}}
"""What is kept because it is shown as one of these values."""
SHOWN = """user(by: {userId: "ada"}) {
  attributes accounts { nodes { attributes } } sessions(includeExpired: true) { nodes { attributes } }
}"""


@pytest.fixture(params=[False, True], ids=["a key", "a key that sees secrets"])
async def program(request: pytest.FixtureRequest, api: Api) -> Api:
    """A program that reads and writes everything; one of two also sees secrets."""
    return api.acting_as(await key_with(api, *SCOPES, *(["SECRETS_READ"] if request.param else [])))


async def shown(api: Api, change: Change) -> dict[str, Any]:
    """What `attributes` of the object of a change returns."""
    user = (await api.data(f"{{ {SHOWN} }}"))["user"]
    match change.mutation:
        case "updateSession":
            found = user["sessions"]["nodes"][0]["attributes"]
        case "updateAccountTokens":
            found = user["accounts"]["nodes"][0]["attributes"]
        case _:
            found = user["attributes"]
    return {name: found[name] for name in found if name in STORED}


def custom(raw: RawTable, change: Change, names: Mapping[str, Any] = STORED) -> dict[str, Any]:
    """Stored attributes of the object of a change, with sets sorted."""
    return {name: ordered(value) for name, value in item(raw, change).items() if name in names}


def ordered(value: dict[str, Any]) -> dict[str, Any]:
    """A value of DynamoDB with its sets sorted, and its numbers in one notation."""
    ((type_, content),) = value.items()
    match type_:
        case "N":
            return {type_: Decimal(content)}
        case "NS":
            return {type_: sorted(map(Decimal, content))}
        case "SS" | "BS":
            return {type_: sorted(content)}
        case "L":
            return {type_: [ordered(member) for member in content]}
        case "M":
            return {type_: {name: ordered(member) for name, member in content.items()}}
    return value


@every_change
async def test_all_that_was_read_is_written_back_as_it_was(
    api: Api, raw: RawTable, program: Api, change: Change
) -> None:
    put(raw, change, **STORED)
    before = custom(raw, change)
    read = await shown(program, change)
    assert read.keys() == STORED.keys()
    assert await set_to(program, change, **read) == []
    assert custom(raw, change) == before


async def test_each_value_is_written_back_as_it_was(api: Api, raw: RawTable, program: Api) -> None:
    """One at a time, where a condition decides whether the user has to be read."""
    change = CHANGES[0]
    put(raw, change, **STORED)
    before = custom(raw, change)
    for name, value in (await shown(program, change)).items():
        assert await set_to(program, change, **{name: value}) == []
        assert custom(raw, change) == before, NAMES[name]


async def test_a_stored_value_is_replaced_by_any_other(api: Api, raw: RawTable) -> None:
    change = CHANGES[0]
    for value in OTHERS.values():
        put(raw, change, **STORED)
        for name in STORED:
            assert await set_to(api, change, **{name: value}) == []
        wanted = ordered(wire_value(format.to_storable(value)))
        kept = {NAMES[name] for name, stored in custom(raw, change).items() if stored != wanted}
        assert kept == SHOWN_ALIKE.get(repr(value), set()), value


async def test_the_parts_that_stay_are_stored_as_they_were(api: Api, raw: RawTable) -> None:
    change = CHANGES[0]
    numbers = {"NS": ["1", "2"]}
    stored = {"M": {"tags": {"SS": ["a", "b"]}, "list": {"L": [numbers, text("x")]}, "plan": text("free")}}
    put(raw, change, kept=stored)
    given = {"tags": ["a", "b"], "list": [[1, 2], "y", "z"], "plan": "pro", "new": [1]}
    assert await set_to(api, change, kept=given) == []
    kept = {"tags": {"SS": ["a", "b"]}, "list": {"L": [numbers, text("y"), text("z")]}, "plan": text("pro")}
    assert ordered(item(raw, change)["kept"]) == ordered({"M": {**kept, "new": {"L": [number(1)]}}})


@pytest.mark.parametrize(
    ("stored", "given", "more"),
    [
        (text("x"), "y", ()),
        (text("x"), 5, ()),
        (number(4), 5, ()),
        (number(4), True, ()),
        (number(4), ["x"], ()),
        (number(4), "x", ONCE),
        (number("4.5"), 5.5, ONCE),
        ({"SS": ["x"]}, ["y"], ONCE),
        ({"SS": ["x"]}, "y", ()),
        ({"M": {}}, {}, ()),
        ({"M": {"a": text("x")}}, {"a": "y"}, ONCE),
        ({"M": {}}, "y", ()),
    ],
)
async def test_a_user_is_read_before_only_if_the_stored_value_may_be_shown_as_the_given_one(
    counted_api: Api, raw: RawTable, proxy: CountingProxy, stored: dict[str, Any], given: Any, more: tuple[str, ...]
) -> None:
    put(raw, CHANGES[0], kept=stored)
    proxy.reset()
    assert await set_to(counted_api, CHANGES[0], kept=given) == []
    assert tuple(proxy.operations) == (*ONCE, *more)


@pytest.mark.parametrize("names", [round_trip.MOST_SETTLED, round_trip.MOST_SETTLED + 1])
@pytest.mark.parametrize("value", ["x", 5, 0.5, ["x"], {"x": 1}, "", "\ufffd"])
async def test_a_condition_fits_however_many_attributes_are_written(
    counted_api: Api, api: Api, raw: RawTable, proxy: CountingProxy, names: int, value: Any
) -> None:
    put(raw, CHANGES[0])
    program = counted_api.acting_as(await key_with(api, *SCOPES))
    await program.data("{ caller { kind } }")
    proxy.reset()
    assert await set_to(program, CHANGES[0], **{f"a{place}": value for place in range(names)}) == []
    read = () if names == round_trip.MOST_SETTLED else ("GetItem",)
    assert tuple(proxy.operations) == ("GetItem", *read, *ONCE)


def test_every_type_of_dynamodb_is_tried() -> None:
    types = {type_ for value in PLAIN.values() for type_ in value}
    assert types | {"L", "M"} == {"S", "N", "BOOL", "NULL", "B", "SS", "NS", "BS", "L", "M"}


@pytest.mark.parametrize(
    ("stored", "given", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (True, 1, False),
        (None, False, False),
        ({"a", "b"}, ["a", "b"], True),
        ({"a", "b"}, ["b", "a"], False),
        ([1, [2]], [1, [2]], True),
        ([1, 2], [1], False),
        ([1], [1, 2], False),
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, [1], False),
        ([1], {"a": 1}, False),
        ("1", 1, False),
        ("", None, False),
    ],
)
def test_values_are_the_same_if_they_are_shown_alike(stored: object, given: object, same: bool) -> None:
    assert round_trip.shows(stored, given) is same
