"""Two items have equal content if DynamoDB stores them alike."""

from decimal import Decimal

import pytest

from dynamo import content

ALIKE: list[tuple[object, object]] = [
    (1, Decimal("1")),
    (1, 1.0),
    (0.1, Decimal("0.1")),
    (1e21, Decimal("1000000000000000000000")),
    ({"b": 1, "a": [None, True]}, {"a": [None, True], "b": Decimal("1.0")}),
    ({"x", "y"}, {"y", "x"}),
    (b"x", b"x"),
]
UNLIKE: list[tuple[object, object]] = [
    (1, True),
    (0, False),
    (1, "1"),
    (None, ""),
    (None, False),
    ([1, 2], [2, 1]),
    (["x"], {"x"}),
    (b"x", "x"),
    ({"a": {"N": "1"}}, {"a": 1}),
    ({"x"}, {"x", "y"}),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_values_that_are_stored_alike_are_equal(one: object, other: object) -> None:
    assert content.is_equal({"value": one}, {"value": other})
    assert content.fingerprint([{"value": one}], ()) == content.fingerprint([{"value": other}], ())


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_values_that_are_stored_otherwise_are_not(one: object, other: object) -> None:
    assert not content.is_equal({"value": one}, {"value": other})
    assert content.fingerprint([{"value": one}], ()) != content.fingerprint([{"value": other}], ())


def test_an_attribute_that_one_of_them_lacks_makes_a_difference_unless_it_is_ignored() -> None:
    assert not content.is_equal({"a": 1, "b": None}, {"a": 1})
    assert content.is_equal({"a": 1, "b": None}, {"a": 1}, {"b"})


def test_what_dynamodb_has_no_type_for_has_no_content() -> None:
    with pytest.raises(TypeError, match="no type for object"):
        content.is_equal({"a": object()}, {"a": 1})
