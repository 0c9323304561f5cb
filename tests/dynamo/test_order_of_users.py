"""A table has one order of users, whatever is asked for besides and however the pages are cut."""

from random import Random
from typing import TYPE_CHECKING

import pytest

from dynamo import directory, models
from dynamo.client import Table
from dynamo.directory import Position
from tests.dynamo.test_directory import every_table, fill, ids, pages
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WALKS = 4
"""How many random walks through the list are tried for each size of the pages that are read."""


def accepts_all(_: models.User) -> bool:
    return True


FILTERS = (None, accepts_all)


@pytest.fixture
def stored(raw: RawTable, control: "DynamoDBClient") -> set[str]:
    """The ids of users between whom lie a partition without a user, items of other apps and verification tokens."""
    found = fill(raw, control, 12, tokens=5)
    for user_id in ("Ada", "ada", "🦊", "a#b"):
        odd_rows.user(raw, user_id, f"{len(user_id)}{user_id}@example.com")
        found.add(user_id)
    raw.put(raw.keys("USER#orphan", "ACCOUNT#github#orphan"))
    raw.put(raw.keys("USER#user-003", "ZZZ#1"))
    raw.put(raw.keys("ORDER#1", "ORDER#1") | {"type": text("USER"), "id": text("user-005x")})
    return found


async def walk(table: Table, random: Random) -> list[str]:
    """The ids of all pages, each of a random size, with or without children and a filter."""
    found: list[str] = []
    after: Position | None = None
    while True:
        page = await directory.read(
            table,
            limit=random.choice((1, 2, 3, 5, 100)),
            after=after,
            children=random.random() < 0.5,
            accepts=random.choice(FILTERS),
        )
        found += ids([page])
        after = page.next
        if after is None:
            return found


@every_table
@pytest.mark.parametrize("largest", [5, 2000])
async def test_pages_of_any_kind_make_up_one_list(
    table: Table, stored: set[str], monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    """Where the pages that are read end, a budget runs out, or nothing is found."""
    monkeypatch.setattr(directory, "SCAN_PAGES", 3)
    monkeypatch.setattr(directory, "LARGEST_SCAN", largest)
    listed = ids(await pages(table, 100))
    assert sorted(listed) == sorted(stored)
    for seed in range(WALKS):
        assert await walk(table, Random(seed)) == listed, seed


@every_table
@pytest.mark.parametrize("children", [False, True])
async def test_pages_of_every_size_make_up_one_list(table: Table, stored: set[str], children: bool) -> None:
    listed = ids(await pages(table, 100))
    for limit in (1, 2, 3, 5, 8, len(stored) - 1, len(stored)):
        assert ids(await pages(table, limit, children=children)) == listed


async def test_a_ghost_has_its_place_in_a_scan_with_and_without_children(table: Table, raw: RawTable) -> None:
    """The adapter's update stores users without `type`, whom the directory index does not contain."""
    for user_id in ("u1", "u2", "u3"):
        odd_rows.user(raw, user_id, f"{user_id}@example.com")
    odd_rows.ghost_user(raw, "ghost")
    with_children = ids(await pages(table, 2, children=True))
    assert with_children == ids(await pages(table, 3))
    assert "ghost" in with_children
