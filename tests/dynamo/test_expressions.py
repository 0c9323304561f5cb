"""`dynamo.expressions`: what is written, and that placeholders follow DynamoDB's grammar whatever the names are."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamo import aws
from dynamo.expressions import (
    LONGEST_KEPT,
    REMOVE,
    Condition,
    Update,
    equals,
    exists,
    generate_update_expression,
    is_news,
    less_or_equal,
    not_exists,
    unchanged,
    update_of,
)
from dynamo.settings import TableSettings
from dynamo.wire.parameters import parameters
from tests.dynamo.as_stored import as_parameters

names = st.text(min_size=1)
values = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())
objects = st.dictionaries(names, values | st.just(REMOVE), min_size=1)
comparisons = st.one_of(
    st.builds(exists, names),
    st.builds(not_exists, names),
    st.builds(equals, names, values),
    st.builds(unchanged, names, values),
    st.builds(less_or_equal, names, st.integers()),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.builds(Condition.__and__, inner, inner) | st.builds(Condition.__or__, inner, inner),
    max_leaves=8,
)
ROLES = ("UpdateExpression", "ConditionExpression")
ONLY_PLACEHOLDERS = re.compile(r"(?:#n[0-9]+|:v[0-9]+|SET|REMOVE|AND|OR|=|<=|>|attribute_(?:not_)?exists|[(), ])+")


def update(object: dict[str, object]) -> Update:
    """The update for a mapping that is not empty."""
    generated = generate_update_expression(object)
    assert generated is not None
    return generated


class TestGenerateUpdateExpression:
    """The function that Auth.js exports under that name, with what it lacks."""

    def test_attributes_are_set(self) -> None:
        assert as_parameters(update({"name": "Ada", "image": None})) == {
            "UpdateExpression": "SET #n0 = :v0, #n1 = :v1",
            "ExpressionAttributeNames": {"#n0": "name", "#n1": "image"},
            "ExpressionAttributeValues": {":v0": "Ada", ":v1": None},
        }

    def test_attributes_are_removed(self) -> None:
        assert as_parameters(update({"name": REMOVE, "image": REMOVE})) == {
            "UpdateExpression": "REMOVE #n0, #n1",
            "ExpressionAttributeNames": {"#n0": "name", "#n1": "image"},
        }

    def test_setting_and_removing_go_together(self) -> None:
        assert update({"name": REMOVE, "image": "a.png"}).expression == "SET #n0 = :v0 REMOVE #n1"

    def test_an_empty_object_is_no_update(self) -> None:
        assert generate_update_expression({}) is None

    def test_dates_are_stored_as_format_says(self) -> None:
        date = datetime(2030, 1, 1, tzinfo=UTC)
        assert list(update({"expires": date, "emailVerified": date}).values.values()) == [
            1_893_456_000,
            "2030-01-01T00:00:00.000Z",
        ]

    def test_the_id_is_an_attribute_like_any_other(self) -> None:
        assert update({"id": "1"}).names == {"#n0": "id"}

    @given(objects)
    def test_every_attribute_is_named_once(self, object: dict[str, object]) -> None:
        assert sorted(update(object).names.values()) == sorted(object)

    @given(objects)
    def test_every_value_goes_to_its_attribute(self, object: dict[str, object]) -> None:
        written = update(object)
        assigned = re.findall(r"(#n[0-9]+) = (:v[0-9]+)", written.expression)
        kept = {name: value for name, value in object.items() if value is not REMOVE}
        assert {written.names[name]: written.values[value] for name, value in assigned} == kept


class TestConditions:
    @pytest.mark.parametrize(
        ("condition", "expression"),
        [
            (exists("a"), "attribute_exists(#n0)"),
            (not_exists("a"), "attribute_not_exists(#n0)"),
            (equals("a", 1), "#n0 = :v0"),
            (less_or_equal("a", 1), "#n0 <= :v0"),
            (unchanged("a", 1), "#n0 = :v0"),
            (unchanged("a", None), "(attribute_not_exists(#n0) OR #n0 = :v0)"),
            (equals("a", 1) & equals("b", 2) & exists("c"), "#n0 = :v0 AND #n1 = :v1 AND attribute_exists(#n2)"),
            (
                exists("a") & (exists("b") | exists("c")),
                "attribute_exists(#n0) AND (attribute_exists(#n1) OR attribute_exists(#n2))",
            ),
            (
                exists("a") & exists("b") | exists("c"),
                "(attribute_exists(#n0) AND attribute_exists(#n1) OR attribute_exists(#n2))",
            ),
        ],
    )
    def test_it_is_written(self, condition: Condition, expression: str) -> None:
        assert condition.expression == expression

    def test_its_names_and_values_go_with_it(self) -> None:
        condition = equals("a", 1) | equals("b", 1)
        assert (condition.names, condition.values) == ({"#n0": "a", "#n1": "b"}, {":v0": 1, ":v1": 1})

    def test_one_attribute_named_twice_has_one_placeholder(self) -> None:
        assert (exists("a") & less_or_equal("a", 5)).expression == "attribute_exists(#n0) AND #n0 <= :v0"


class TestParameters:
    """All expressions of one request together."""

    def test_nothing_gives_nothing(self) -> None:
        assert parameters() == {}

    def test_an_update_and_its_condition_share_the_placeholders(self) -> None:
        assert parameters(update=update({"email": "new"}), condition=exists("pk") & equals("email", "old")) == {
            "UpdateExpression": "SET #n0 = :v0",
            "ConditionExpression": "attribute_exists(#n1) AND #n0 = :v1",
            "ExpressionAttributeNames": {"#n0": "email", "#n1": "pk"},
            "ExpressionAttributeValues": {":v0": {"S": "new"}, ":v1": {"S": "old"}},
        }

    def test_a_condition_without_values_brings_no_values(self) -> None:
        assert parameters(condition=not_exists("pk")) == {
            "ConditionExpression": "attribute_not_exists(#n0)",
            "ExpressionAttributeNames": {"#n0": "pk"},
        }

    @given(objects, conditions)
    def test_no_name_or_value_ever_shows_in_the_text(self, object: dict[str, object], condition: Condition) -> None:
        written: Any = parameters(update=update(object), condition=condition)
        for role in ROLES:
            assert ONLY_PLACEHOLDERS.fullmatch(written[role])

    @given(objects, conditions)
    def test_every_placeholder_is_defined_and_every_definition_used(
        self, object: dict[str, object], condition: Condition
    ) -> None:
        written = parameters(update=update(object), condition=condition)
        text = written["UpdateExpression"] + " " + written["ConditionExpression"]
        defined = set(written["ExpressionAttributeNames"]) | set(written.get("ExpressionAttributeValues", {}))
        assert set(re.findall(r"[#:][nv][0-9]+", text)) == defined

    @given(objects, conditions)
    def test_every_name_is_that_of_the_expression_it_came_from(
        self, object: dict[str, object], condition: Condition
    ) -> None:
        written = parameters(update=update(object), condition=condition)
        assert names_in(written["ConditionExpression"], written["ExpressionAttributeNames"]) == names_in(
            condition.expression, condition.names
        )

    def test_expressions_that_differ_only_in_their_values_keep_their_own(self) -> None:
        one, other = (parameters(update=update({"a": n}), condition=equals("a", n - 1)) for n in (1, 2))
        assert one["ExpressionAttributeValues"] == {":v0": {"N": "1"}, ":v1": {"N": "0"}}
        assert other == {**one, "ExpressionAttributeValues": {":v0": {"N": "2"}, ":v1": {"N": "1"}}}

    @pytest.mark.parametrize("size", range(1, LONGEST_KEPT))
    def test_long_expressions_are_written_as_short_ones_are(self, size: int) -> None:
        """Long ones are not kept."""
        sets: dict[str, object] = {f"s{n}": str(n) for n in range(size)}
        removals: dict[str, object] = {f"r{n}": REMOVE for n in range(size)}
        together: Any = parameters(update=update(removals | sets), condition=is_news(sets))
        places = range(size)
        assert together["UpdateExpression"] == (
            f"SET {', '.join(f'#n{n} = :v{n}' for n in places)} REMOVE {', '.join(f'#n{size + n}' for n in places)}"
        )
        assert together["ConditionExpression"] == f"NOT ({' AND '.join(f'#n{n} = :v{size + n}' for n in places)})"
        assert list(together["ExpressionAttributeNames"].values()) == [*sets, *removals]
        assert [value["S"] for value in together["ExpressionAttributeValues"].values()] == [*sets.values()] * 2


def names_in(expression: str, names: Mapping[str, str]) -> list[str]:
    """The attributes that an expression uses, in order."""
    return [names[placeholder] for placeholder in re.findall(r"#n[0-9]+", expression)]


NAMES_THAT_NEED_CARE = ["not-before-policy", "a.b", "größe", "size", "#n0", ":v0", "a b", "1", "名前", "a[0]", "SET"]


class TestOnTheEngine:
    """DynamoDB accepts the expressions that are written."""

    @pytest.mark.parametrize("name", NAMES_THAT_NEED_CARE)
    def test_an_attribute_of_any_name_can_be_set(self, table: Any, name: str) -> None:
        table.update_item(Key=KEY, **as_parameters(update({name: "x"})))
        assert table.get_item(Key=KEY)["Item"] == {**KEY, name: "x"}

    @pytest.mark.parametrize("name", NAMES_THAT_NEED_CARE)
    def test_an_attribute_of_any_name_can_be_removed(self, table: Any, name: str) -> None:
        table.put_item(Item={**KEY, name: "x"})
        table.update_item(Key=KEY, **as_parameters(update({name: REMOVE})))
        assert table.get_item(Key=KEY)["Item"] == KEY

    @pytest.mark.parametrize(
        ("condition", "holds"),
        [
            (exists("null"), True),
            (exists("absent"), False),
            (not_exists("absent"), True),
            (not_exists("null"), False),
            (equals("null", None), True),
            (equals("absent", None), False),
            (equals("n", 5), True),
            (equals("n", "5"), False),
            (unchanged("null", None), True),
            (unchanged("absent", None), True),
            (unchanged("n", None), False),
            (unchanged("n", 5), True),
            (unchanged("absent", 5), False),
            (less_or_equal("n", 5), True),
            (less_or_equal("n", 4), False),
            (less_or_equal("absent", 5), False),
            (exists("n") & exists("absent"), False),
            (exists("n") | exists("absent"), True),
            ((exists("n") | exists("s")) & exists("absent"), False),
            (exists("n") | exists("s") & exists("absent"), True),
            ((exists("absent") | exists("n")) | (exists("absent") | exists("s")), True),
        ],
    )
    def test_a_condition_holds_or_not_as_it_says(self, table: Any, condition: Condition, holds: bool) -> None:
        table.put_item(Item={**KEY, "null": None, "n": 5, "s": "abc"})
        found = table.scan(
            FilterExpression=condition.expression,
            ExpressionAttributeNames=condition.names,
            **({"ExpressionAttributeValues": condition.values} if condition.values else {}),
        )
        assert bool(found["Items"]) is holds


KEY = {"pk": "p", "sk": "s"}


@pytest.fixture
def table(table_settings: TableSettings) -> Any:
    """A fresh table with the default names, as a boto3 resource."""
    resource = aws.session(table_settings).resource("dynamodb", endpoint_url=table_settings.dynamodb_endpoint_url)
    return resource.Table(table_settings.table_name)


def test_an_update_of_nothing_is_a_mistake_where_there_must_be_something() -> None:
    assert update_of({"a": 1}).expression == "SET #n0 = :v0"
    with pytest.raises(ValueError, match="nothing to update"):
        update_of({})
