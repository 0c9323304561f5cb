"""Lists of users by an index: every user once, in order, both ways, under no value that they do not have."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from dynamo import entities, entries, listing, models
from dynamo.client import Table
from dynamo.directory import ScanBudget
from dynamo.directory_lists import DirectoryList
from dynamo.entities import UserKey
from dynamo.listing import AccountsAt, Entries, Place, Section, UserWithAccount, UserWithId
from tests import directory_rows
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text

pytestmark = pytest.mark.parametrize(
    "table_settings",
    [{"directory_index": True, "directory_lists": directory_rows.ALL, "directory_shards": 3}],
    indirect=True,
    ids=["all-lists"],
)

EARLY = datetime(2020, 1, 1, tzinfo=UTC)
ORDERS = [(of, descending) for of in DirectoryList for descending in (False, True)]
NAMES = ("Ann", "Ann Lee", "ann", "Ann-Marie", "Zoë", "zoe\u0308", "李", "🦊", "Ann Lee Zed", "#1", "Straße")


def reader(table: Table) -> listing.Load:
    """Reads users as a request does."""

    async def load(user_ids: Sequence[str]) -> list[models.User | None]:
        found = await entities.read(table, [UserKey(user_id) for user_id in user_ids])
        return [user if isinstance(user, models.User) else None for user in found]

    return load


async def walk(
    table: Table,
    sections: Sequence[Section],
    sizes: Sequence[int] = (3,),
    meanwhile: Callable[[], None] = lambda: None,
    **options: Any,
) -> list[str]:
    """The ids of all pages of a list, each of one of these sizes. Something may happen after each page."""
    found: list[str] = []
    random = Random(repr((sections, sizes)))
    after: Place | None = None
    for _ in range(500):
        page = await listing.read(table, sections, reader(table), limit=random.choice(sizes), after=after, **options)
        found += [one.user.user_id for one in page.users]
        if page.next is None:
            return found
        # What a cursor stores is enough to continue.
        after = Place.of(page.next.parts)
        meanwhile()
    raise AssertionError("the list does not end")


def person(raw: RawTable, table: Table, number: int, prefix: str = "user", **given: Any) -> str:
    """A user who shares their name and times with others."""
    user_id = f"{prefix}-{number:02}"
    facts: dict[str, Any] = {
        "email": f"{(number * 7) % 40:02}{prefix}@example.com",
        "name": NAMES[number % len(NAMES)],
        "created": EARLY + timedelta(milliseconds=number // 3),
        "signed_in": EARLY + timedelta(days=number // 2),
    }
    directory_rows.user(raw, table, user_id, **(facts | given))
    return user_id


def in_order(table: Table, raw: RawTable, of: DirectoryList, ids: Sequence[str]) -> list[str]:
    """Users in the order of a list, by what is stored of them."""

    def place(user_id: str) -> tuple[str, str]:
        item = raw.get(f"USER#{user_id}", f"USER#{user_id}") or {}
        plain = {name: value["S"] for name, value in item.items()}
        return (entries.value_of(of, models.user(table, plain)) or "", user_id)

    return sorted(ids, key=place)


@pytest.mark.parametrize(("of", "descending"), ORDERS)
async def test_every_user_is_listed_once_in_order_both_ways_while_others_come_and_go(
    table: Table, raw: RawTable, of: DirectoryList, descending: bool
) -> None:
    with raw.together():
        stay = [person(raw, table, number) for number in range(24)]
    expected = in_order(table, raw, of, stay)
    if descending:
        expected.reverse()
    for backward in (False, True):
        random = Random(f"{of} {descending} {backward}")
        others: set[str] = set()

        def change(random: Random = random, others: set[str] = others) -> None:
            """Somebody comes, and somebody goes as the adapter deletes them: their entries stay."""
            with raw.together():
                others.add(person(raw, table, random.randrange(40), "other"))
            gone = random.choice(sorted(others))
            raw.delete(raw.keys(f"USER#{gone}", f"USER#{gone}"))

        found = await walk(table, [Entries(of, descending=descending)], (1, 2, 5, 9), change, backward=backward)
        assert [user_id for user_id in found if user_id in stay] == (expected[::-1] if backward else expected)
        assert set(found) <= {*stay, *others}
        visits = [user_id for user_id in found if user_id in others]
        assert len(visits) == len(set(visits))
        for user_id in others:
            raw.delete(raw.keys(f"USER#{user_id}", f"USER#{user_id}"))


async def test_nobody_is_listed_under_a_value_that_they_do_not_have(table: Table, raw: RawTable) -> None:
    with raw.together():
        for number in range(3):
            person(raw, table, number)
        # The adapter changed the user, an item is left of a user who is gone, and one contradicts its own keys.
        person(raw, table, 3, without=tuple(DirectoryList))
        for of in DirectoryList:
            directory_rows.entry(raw, table, of, "user-03", "2000-01-01T00:00:00.000Z")
            directory_rows.entry(raw, table, of, "nobody", "2001-01-01T00:00:00.000Z")
        for number, of in enumerate(DirectoryList):
            forged = {"type": text(of.value), "id": text(f"2002{entries.SEPARATOR}user-0{number % 3}")}
            raw.put(raw.keys("USER#user-00", f"ACCOUNT#x#{number}") | forged | {"owner": text("user-00")})
            key = f"ENTRY#{of.value}#{number}"
            raw.put(raw.keys(key, key) | forged | {"owner": text("user-00")})
        odd_rows.ghost_user(raw, "ghost", name=text("Ann"))
        directory_rows.entry(raw, table, DirectoryList.NAME, "ghost", "ann")
    for of in DirectoryList:
        assert sorted(await walk(table, [Entries(of)])) == ["user-00", "user-01", "user-02"], of


async def test_a_user_whose_creation_is_not_known_is_the_first_of_those_by_creation(
    table: Table, raw: RawTable
) -> None:
    with raw.together():
        person(raw, table, 5)
        person(raw, table, 6, created=None)
    assert await walk(table, [Entries(DirectoryList.CREATED)]) == ["user-06", "user-05"]


async def test_a_list_by_provider_has_each_user_once_at_their_first_account_both_ways(
    table: Table, raw: RawTable, proxy: CountingProxy
) -> None:
    with raw.together():
        for number in range(9):
            odd_rows.user(raw, f"u{number}", f"u{number}@example.com")
            odd_rows.account(raw, f"u{number}", "github", f"{number}-a")
            odd_rows.account(raw, f"u{number}", "gitlab", f"{number}")
        for number in (0, 4):
            odd_rows.account(raw, f"u{number}", "github", f"{8 - number}-b")
            odd_rows.account(raw, f"u{number}", "github", "z")
        odd_rows.account(raw, "nobody", "github", "3")
    expected = [f"u{number}" for number in range(9)]
    for size in (1, 2, 3, 100):
        for backward in (False, True):
            found = await walk(table, [AccountsAt("github")], (size,), backward=backward)
            assert found == (expected[::-1] if backward else expected), (size, backward)
        # A page from the beginning needs no look at the accounts of each user.
        whole = await listing.read(table, [AccountsAt("github", from_start=True)], reader(table), limit=100, after=None)
        assert [one.user.user_id for one in whole.users] == expected


async def test_a_search_lists_who_is_found_in_several_ways_once(table: Table, raw: RawTable) -> None:
    with raw.together():
        for number, (user_id, email, name) in enumerate(
            (
                ("ann", "zed@example.com", "Zed"),
                ("u1", "ann@example.com", "Ann"),
                ("u2", "ann.lee@example.com", "Zoe"),
                ("u3", "x@example.com", "Ann Lee"),
                ("u4", "y@example.com", "Annika"),
            )
        ):
            directory_rows.user(raw, table, user_id, email=email, name=name)
            odd_rows.account(raw, user_id, "github", f"ann{number}")
        # Their address begins so, too, but belongs to another user, so only their name finds them.
        directory_rows.user(raw, table, "u5", email="ann@example.com", name="Ann", without=[DirectoryList.EMAIL])
    sections: list[Section] = [
        UserWithId("ann"),
        UserWithAccount("github", "ann4"),
        Entries(DirectoryList.EMAIL, "ann", "ano", lambda value: value.startswith("ann")),
        Entries(DirectoryList.NAME, "ann", "ano", lambda value: value.startswith("ann")),
    ]
    for size in (1, 2, 3, 4, 100):
        assert await walk(table, sections, (size,)) == ["ann", "u4", "u2", "u1", "u5", "u3"], size


async def test_a_list_ends_with_a_place_to_continue_from_when_its_budget_ends(table: Table, raw: RawTable) -> None:
    with raw.together():
        for number in range(20):
            person(raw, table, number)
    budget = ScanBudget()
    rare = "user-03"
    page = await listing.read(
        table,
        [Entries(DirectoryList.EMAIL)],
        reader(table),
        limit=1,
        after=None,
        accepts=lambda user: user.user_id == rare,
        budget=budget,
    )
    assert [one.user.user_id for one in page.users] == [rare]
    while budget.take():
        pass
    empty = await listing.read(
        table, [Entries(DirectoryList.EMAIL)], reader(table), limit=3, after=page.next, budget=budget
    )
    assert (empty.users, empty.next) == ([], page.next)
    begun = await listing.read(table, [Entries(DirectoryList.EMAIL)], reader(table), limit=3, after=None, budget=budget)
    assert begun.next is not None
    rest = await listing.read(table, [Entries(DirectoryList.EMAIL)], reader(table), limit=100, after=begun.next)
    assert len(rest.users) == 20
