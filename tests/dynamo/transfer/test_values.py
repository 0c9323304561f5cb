"""Stored values as JSON, and back."""

from decimal import Decimal
from typing import Any

import orjson
import pytest

from dynamo import content
from dynamo.client import Table
from dynamo.transfer.values import MAP, NUMBER, SET, from_json, to_json
from tests.every_kind import EVERY_KIND
from tests.interop.raw import RawTable, text


async def test_every_value_comes_back_as_it_was_stored(table: Table, raw: RawTable) -> None:
    """Through a line of JSON. Only half of a surrogate pair becomes U+FFFD, as in every answer of the API."""
    raw.put(raw.keys("USER#u", "USER#u") | {f"a {name}": value for name, value in EVERY_KIND.items()})
    item = await table.get(table.key("USER#u", "USER#u"), consistent=True)
    assert item is not None

    for name in item:
        told = orjson.loads(orjson.dumps(to_json(item[name])))
        assert content.is_equal({"a": from_json(told)}, {"a": item[name]}), name
    raw.put(raw.keys("USER#v", "USER#v") | {"a": text("")})


@pytest.mark.parametrize(
    "value", [{NUMBER: "1"}, {MAP: {}}, {SET: 1}, {MAP: {NUMBER: "1"}}, {"$set": 1, "b": 2}, {"$a": 1}]
)
def test_an_object_that_looks_like_a_mark_stays_an_object(value: dict[str, Any]) -> None:
    """An app may store such an object itself."""
    assert from_json(to_json(value)) == value
    assert from_json(to_json([{"a": value}])) == [{"a": value}]


@pytest.mark.parametrize(
    "value",
    [
        2**53,
        -(2**53),
        1e300,
        1e-131,
        {NUMBER: 1},
        {NUMBER: ""},
        {NUMBER: "NaN"},
        {NUMBER: "1e126"},
        {NUMBER: "1e-131"},
        {NUMBER: "1" * 39},
        {NUMBER: "1" * 10_000},
        {NUMBER: "１"},
        {SET: []},
        {SET: "ab"},
        {SET: ["a", 1]},
        {SET: [True]},
        {SET: [None]},
        {SET: [["a"]]},
        {SET: ["a", "a"]},
        {SET: [1, {NUMBER: "1"}]},
        {SET: [{SET: ["a"]}]},
        {"$bytes": 1},
        {"$bytes": "a"},
        {"$bytes": "é"},
        {MAP: []},
        {"": 1},
        {"a" * 256: 1},
        "\ud83d",
        {"\ud83d": 1},
        {"a": ["\ud83d"]},
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_dynamodb_does_not_take_is_refused(value: object) -> None:
    """So an import rejects the row, and DynamoDB never does."""
    with pytest.raises(ValueError, match=r"\w"):
        from_json(value)


def test_values_are_nested_as_deep_as_dynamodb_allows() -> None:
    """31 levels, also through the mark of an object."""
    value: object = 1
    for _ in range(31):
        value = [value]
    assert from_json(value) == value
    for deeper in ([value], {"a": value}, {MAP: {"a": value}}):
        with pytest.raises(ValueError, match="nested"):
            from_json(deeper)


def test_a_long_number_keeps_each_digit() -> None:
    """38 digits, which no float holds."""
    digits = "12345678901234567890123456789012345678"
    assert from_json(to_json(int(digits))) == int(digits)
    assert from_json(to_json(Decimal("0." + digits))) == Decimal("0." + digits)
