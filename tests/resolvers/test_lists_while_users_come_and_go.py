"""Every list of `users`, read in pages both ways while users come and go: who stays is there once, and in order."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from resolvers.errors import graphql_name
from resolvers.user_lists import LISTS, OrderDirection, UserOrderField
from tests import directory_rows
from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable

all_lists = pytest.mark.parametrize(
    "table_settings",
    [{"directory_index": True, "directory_lists": directory_rows.ALL, "directory_shards": 3}],
    indirect=True,
    ids=["all-lists"],
)

EARLY = datetime(2020, 1, 1, tzinfo=UTC)
PEOPLE = 16
NAMES = ("Ann", "Ann Lee", "Bo", "Zoe")
DOCUMENT = """query($first: Int, $after: String, $last: Int, $before: String, $order: UserOrder, $filter: UserFilter) {
  users(first: $first, after: $after, last: $last, before: $before, orderBy: $order, filter: $filter) {
    nodes { userId } pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
  }
}"""

Value = Callable[[int], str | None]
VALUES: dict[UserOrderField, Value] = {
    UserOrderField.CREATED_AT: lambda number: f"{number // 3:02}",
    UserOrderField.LAST_SIGN_IN_AT: lambda number: f"{number // 2:02}" if number % 4 else None,
    UserOrderField.EMAIL: lambda number: f"{(number * 7) % 40:02}",
    UserOrderField.NAME: lambda number: NAMES[number % len(NAMES)].lower(),
}
"""What sorts a user in each order; None for one who is not in the list."""


def accounts_of(number: int) -> list[str]:
    """The account ids of a user at the provider, of whom some have several."""
    return [f"{(number * 7) % 40:02}", *(f"{place}{number:02}" for place in "ab"[: number % 3])]


LISTED: dict[str, tuple[dict[str, Any], Value]] = {
    **{
        f"{field.name} {way.name}": ({"order": {"field": field.name, "direction": way.name}}, VALUES[field])
        for field in UserOrderField
        for way in OrderDirection
    },
    "provider": ({"filter": {"provider": "github"}}, lambda number: min(accounts_of(number))),
    "provider, not disabled": (
        {"filter": {"provider": "github", "disabled": False}},
        lambda number: min(accounts_of(number)),
    ),
    "emailPrefix": (
        {"filter": {"emailPrefix": "2"}},
        lambda number: value if (value := f"{(number * 7) % 40:02}").startswith("2") else None,
    ),
    "namePrefix": (
        {"filter": {"namePrefix": "ANN"}, "order": {"field": "NAME", "direction": "DESC"}},
        lambda number: value if (value := NAMES[number % 4].lower()).startswith("ann") else None,
    ),
    "createdAt": (
        {"filter": {"createdAt": {"from": "2020-01-01T00:00:00.002Z"}}},
        lambda number: f"{number // 3:02}" if number // 3 >= 2 else None,
    ),
    "lastSignInAt": (
        {"filter": {"lastSignInAt": {"to": "2020-01-06T00:00:00Z"}}},
        lambda number: f"{number // 2:02}" if number % 4 and number // 2 < 5 else None,
    ),
    "search": (
        {"filter": {"search": "ann"}},
        lambda number: value if (value := NAMES[number % 4].lower()).startswith("ann") else None,
    ),
    "all": ({}, lambda _: ""),
}
"""Lists, and what sorts the users in each."""


def test_every_list_is_read() -> None:
    conditions = {name for given, _ in LISTED.values() for name in given.get("filter", {})}
    assert {graphql_name(name) for name in LISTS} <= conditions


def store(raw: RawTable, api: Api, number: int, prefix: str = "user") -> str:
    """A user who shares their name and times with others."""
    user_id = f"{prefix}-{number:02}"
    directory_rows.user(
        raw,
        api.table,
        user_id,
        email=f"{(number * 7) % 40:02}{prefix}@example.com",
        name=NAMES[number % len(NAMES)],
        created=EARLY + timedelta(milliseconds=number // 3),
        signed_in=EARLY + timedelta(days=number // 2) if number % 4 else None,
    )
    for account in accounts_of(number):
        odd_rows.account(raw, user_id, "github", f"{account}{prefix}")
    return user_id


@all_lists
@pytest.mark.parametrize("listed", LISTED)
async def test_whoever_stays_is_listed_once_and_in_order_both_ways(api: Api, raw: RawTable, listed: str) -> None:
    given, value_of = LISTED[listed]
    with raw.together():
        for number in range(PEOPLE):
            store(raw, api, number)
    placed = [(value, f"user-{number:02}") for number in range(PEOPLE) if (value := value_of(number)) is not None]
    descending = given.get("order", {}).get("direction") == "DESC"
    expected = [user_id for _, user_id in sorted(placed, reverse=descending)]
    for backward in (False, True) if "search" not in given.get("filter", {}) else (False,):
        random, others = Random(f"{listed} {backward}"), set[str]()
        found: list[str] = []
        cursor: str | None = None
        size, place = ("last", "before") if backward else ("first", "after")
        while True:
            span = {size: random.choice((1, 2, 5)), place: cursor}
            page = (await api.data(DOCUMENT, given | span))["users"]
            ids = [node["userId"] for node in page["nodes"]]
            found += reversed(ids) if backward else ids
            info = page["pageInfo"]
            cursor = info["startCursor" if backward else "endCursor"]
            if not info["hasPreviousPage" if backward else "hasNextPage"]:
                break
            # Somebody comes, and somebody goes as the adapter may delete them: entries and accounts stay.
            with raw.together():
                others.add(store(raw, api, random.randrange(40), f"other{int(backward)}"))
            gone = random.choice(sorted(others))
            raw.delete(raw.keys(f"USER#{gone}", f"USER#{gone}"))
        stayed = [user_id for user_id in found if user_id.startswith("user-")]
        assert stayed == (expected[::-1] if backward else expected)
        assert len(found) == len(set(found))
