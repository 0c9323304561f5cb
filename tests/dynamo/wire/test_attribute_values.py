"""Attribute values: what Python writes is what Python reads, and every type of DynamoDB has one in Python."""

from decimal import Decimal
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamo.client import Table
from dynamo.wire.attribute_values import AttributeValue, item_of, python_value, wire_item, wire_value
from tests.interop.raw import RawTable
from tests.tables import any_names

EVERY_TYPE: list[tuple[dict[str, Any], object]] = [
    ({"S": ""}, ""),
    ({"S": "ä\x00"}, "ä\x00"),
    ({"N": "0"}, 0),
    ({"N": "-9007199254740993"}, -9007199254740993),
    ({"N": "0.1"}, Decimal("0.1")),
    ({"N": "1.2345678901234567890123456789012345678"}, Decimal("1.2345678901234567890123456789012345678")),
    ({"BOOL": True}, True),
    ({"BOOL": False}, False),
    ({"NULL": True}, None),
    ({"L": []}, []),
    ({"L": [{"S": "a"}, {"L": [{"N": "1"}]}]}, ["a", [1]]),
    ({"M": {}}, {}),
    ({"M": {"a": {"M": {"b": {"NULL": True}}}}}, {"a": {"b": None}}),
    ({"SS": ["a", "b"]}, {"a", "b"}),
    ({"NS": ["1", "2.5"]}, {1, Decimal("2.5")}),
    ({"B": "AP8="}, b"\x00\xff"),
    ({"BS": ["AA==", "AQ=="]}, {b"\x00", b"\x01"}),
]
every_type = pytest.mark.parametrize(("wire", "value"), EVERY_TYPE, ids=[repr(wire) for wire, _ in EVERY_TYPE])


def read(wire: dict[str, Any]) -> object:
    return python_value(msgspec.json.decode(orjson.dumps(wire), type=AttributeValue))


@every_type
def test_every_type_is_read(wire: dict[str, Any], value: object) -> None:
    assert read(wire) == value
    assert type(read(wire)) is type(value)


@every_type
def test_every_type_is_written(wire: dict[str, Any], value: object) -> None:
    assert wire_value(value) == wire


numbers = st.integers(-(10**37), 10**37) | st.decimals(-(10**9), 10**9, places=5)
values = st.recursive(
    st.none() | st.booleans() | st.text() | st.binary() | numbers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.text(), values))
def test_an_item_that_is_written_is_read_as_it_was(item: dict[str, object]) -> None:
    wire = msgspec.json.decode(orjson.dumps(wire_item(item)), type=dict[str, AttributeValue])
    assert item_of(wire) == item


def test_a_value_without_a_type_of_dynamodbs_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="no type for object"):
        wire_value(object())


@any_names
async def test_dynamodb_takes_every_type_and_gives_it_back(table: Table, raw: RawTable) -> None:
    item = table.key("a", "b") | {f"v{place}": value for place, (_, value) in enumerate(EVERY_TYPE)}
    await table.put(item)
    assert await table.get(table.key("a", "b"), consistent=True) == item
    assert await table.get(table.key("a", "b")) == item
