"""What is measured of the lists of users: every one of them, on users of whom the adapter wrote half."""

from benchmarks.directory import PAGE, QUESTIONS
from benchmarks.directory_population import facts, rows, settings_of
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from resolvers.errors import graphql_name
from resolvers.user_lists import OrderDirection, UserOrderField
from schema.lookups import UserFilter

SMALLEST = 300


def test_every_order_and_every_condition_is_measured() -> None:
    asked = [question.variables(SMALLEST, turn) for question in QUESTIONS.values() for turn in range(2)]
    conditions = {name for variables in asked for name in variables.get("filter", {})}
    assert conditions == {graphql_name(name) for name in UserFilter.__annotations__}
    orders = {(one["order"]["field"], one["order"]["direction"]) for one in asked if "order" in one}
    assert orders == {(field.name, way.name) for field in UserOrderField for way in OrderDirection}


def test_half_of_the_users_are_as_the_adapter_writes_them_and_all_have_their_entries() -> None:
    table = Table.connect(settings_of("http://127.0.0.1:1", SMALLEST))
    people = [facts(number, SMALLEST) for number in range(SMALLEST)]
    ours = [user for user in people if "createdAt" in user]
    assert len(ours) == SMALLEST / 2
    items = [item for number in range(SMALLEST) for item in rows(table, number, SMALLEST)]
    assert len({(item["pk"], item["sk"]) for item in items}) == len(items)
    kept = {of: [item for item in items if item["type"] == of.value] for of in DirectoryList}
    assert {of: len(found) for of, found in kept.items()} == {
        DirectoryList.EMAIL: SMALLEST,
        DirectoryList.CREATED: SMALLEST,
        DirectoryList.SIGNED_IN: len(ours),
        DirectoryList.NAME: SMALLEST,
    }
    assert min(sum(user["name"].startswith(first) for user in people) for first in ("Ada", "Finn")) >= PAGE
