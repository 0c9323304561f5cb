"""Lists of users: each user once, in pages of any size, by scan and by index. Only complete partitions are returned."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from dynamo import directory, models, partition
from dynamo.client import Page, Table
from dynamo.directory import Directory, Position, ScanBudget
from dynamo.partition import Partition
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.dynamo.test_authenticators import passkey
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.tables import CUSTOM_NAMES, any_names
from tests.tables import directory as with_directory

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

every_table = pytest.mark.parametrize(
    "table_settings",
    [{}, CUSTOM_NAMES, {"directory_index": True}, {"directory_index": True} | CUSTOM_NAMES],
    indirect=True,
    ids=["usual", "custom", "usual-directory", "custom-directory"],
)


def put_all(raw: RawTable, control: "DynamoDBClient", rows: list[dict[str, dict[str, Any]]]) -> None:
    for start in range(0, len(rows), 25):
        requests = [{"PutRequest": {"Item": row}} for row in rows[start : start + 25]]
        control.batch_write_item(RequestItems={raw.settings.table_name: requests})  # type: ignore[dict-item]


def fill(
    raw: RawTable, control: "DynamoDBClient", users: int, accounts: int = 2, sessions: int = 3, tokens: int = 0
) -> set[str]:
    """Store users with accounts and sessions, and verification tokens between them. Returns the users' ids."""
    rows = []
    ids = {f"user-{i:03}" for i in range(users)}
    for user_id in ids:
        key, email = f"USER#{user_id}", f"USER#{user_id}@example.com"
        rows.append(raw.keys(key, key, (email, email)) | {"id": text(user_id), "type": text("USER")})
        for i in range(accounts):
            rows.append(raw.keys(key, f"ACCOUNT#github#{user_id}-{i}") | {"type": text("oauth")})
        for i in range(sessions):
            expires = {"expires": number(samples.FUTURE_SECONDS), "userId": text(user_id)}
            rows.append(raw.keys(key, f"SESSION#{user_id}-{i}") | expires | {"type": text("SESSION")})
    for i in range(tokens):
        rows.append(raw.keys(f"VT#{i}", f"VT#{i}") | {"type": text("VT")})
    put_all(raw, control, rows)
    return ids


async def pages(table: Table, limit: int, *, children: bool = False, **options: Any) -> list[Directory]:
    """All pages of the list, one after the other."""
    read: list[Directory] = []
    after: Position | None = None
    while not read or after is not None:
        page = await directory.read(table, limit=limit, after=after, children=children, **options)
        read.append(page)
        after = page.next
        assert len(read) < 1000
    return read


def ids(read: list[Directory]) -> list[str]:
    return [user.user_id for page in read for user in page.users]


def shape(found: Partition) -> tuple[Any, ...]:
    return (
        found.user and found.user.item,
        *([record.item for record in found.of_kind(kind)] for kind in partition.Kind),
    )


@every_table
@pytest.mark.parametrize("children", [False, True])
async def test_every_user_is_listed_once_in_full_pages(
    table: Table, raw: RawTable, control: "DynamoDBClient", children: bool
) -> None:
    expected = fill(raw, control, 13, tokens=20)
    for limit in (1, 2, 3, 100):
        read = await pages(table, limit, children=children)
        assert sorted(ids(read)) == sorted(expected)
        assert all(len(page.users) == limit for page in read[:-1])
        assert read[-1].users


@any_names
async def test_a_partition_that_comes_along_is_whole_wherever_pages_cut(
    table: Table, raw: RawTable, control: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = fill(raw, control, 6)
    odd_rows.zombie_session(raw, "user-002", "zombie", samples.FUTURE)
    raw.put(raw.keys("USER#user-003", "ZZZ#1"))
    raw.put(raw.keys("USER#orphan", "ACCOUNT#github#orphan"))
    await passkey(table, "user-001")
    truth = {}
    for user_id in {*expected, "orphan"}:
        whole = await partition.read(table, user_id, consistent=True)
        assert whole is not None
        truth[user_id] = shape(whole)
    for size in (1, 2, 5, 7, 1000):
        monkeypatch.setattr(directory, "LARGEST_SCAN", size)
        for limit in (1, 3, 100):
            read = await pages(table, limit, children=True)
            assert sorted(ids(read)) == sorted(expected)
            for page in read:
                for user_id, found in page.partitions.items():
                    assert shape(found) == truth[user_id], (size, limit)


async def test_every_partition_of_a_table_that_one_scan_reads_comes_along(
    table: Table, raw: RawTable, control: "DynamoDBClient"
) -> None:
    expected = fill(raw, control, 60)
    (page,) = await pages(table, 100, children=True)
    assert set(page.partitions) == expected


@any_names
async def test_partitions_come_along_only_when_they_are_asked_for(
    table: Table, raw: RawTable, control: "DynamoDBClient"
) -> None:
    fill(raw, control, 5)
    (page,) = await pages(table, 100)
    assert page.partitions == {}


@with_directory
@pytest.mark.parametrize("children", [False, True])
async def test_a_table_with_the_index_lists_users_by_id(
    table: Table, raw: RawTable, control: "DynamoDBClient", children: bool
) -> None:
    expected = fill(raw, control, 10)
    read = await pages(table, 3, children=children)
    assert all(page.indexed for page in read)
    assert ids(read) == sorted(expected)


@with_directory
@pytest.mark.parametrize("children", [False, True])
async def test_a_list_that_began_before_the_index_is_scanned_to_its_end(
    table: Table, raw: RawTable, control: "DynamoDBClient", children: bool
) -> None:
    expected = fill(raw, control, 10)
    read = [await directory.read(replace(table, directory_index_name=None), limit=4, after=None, children=children)]
    while read[-1].next is not None:
        read.append(await directory.read(table, limit=4, after=read[-1].next, children=children))
        assert not read[-1].indexed
    assert sorted(ids(read)) == sorted(expected)


@every_table
async def test_every_user_of_a_page_is_a_position_to_go_on_from(
    table: Table, raw: RawTable, control: "DynamoDBClient"
) -> None:
    fill(raw, control, 6)
    for children in (True, False):
        (whole,) = await pages(table, 100, children=children)
        everyone = ids([whole])
        for i, user in enumerate(whole.users):
            after = directory.position(user, indexed=whole.indexed)
            rest = await directory.read(table, limit=100, after=after, children=children)
            assert ids([rest]) == everyone[i + 1 :]


@every_table
@pytest.mark.parametrize("children", [False, True])
async def test_a_filter_keeps_what_it_accepts_in_full_pages(
    table: Table, raw: RawTable, control: "DynamoDBClient", children: bool
) -> None:
    expected = {user_id for user_id in fill(raw, control, 30) if user_id.endswith("7")}

    def accepts(user: models.User) -> bool:
        return user.user_id.endswith("7")

    read = await pages(table, 2, children=children, accepts=accepts)
    assert sorted(ids(read)) == sorted(expected)


@every_table
@pytest.mark.parametrize("children", [False, True])
async def test_an_exhausted_budget_gives_a_short_page_and_a_position_to_go_on_from(
    table: Table, raw: RawTable, control: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch, children: bool
) -> None:
    monkeypatch.setattr(directory, "SCAN_PAGES", 2)
    expected = {user_id for user_id in fill(raw, control, 20, tokens=20) if user_id.endswith("7")}

    def accepts(user: models.User) -> bool:
        return "#" in user.user_id or user.user_id.endswith("7")

    for size in (1, 3, 4):
        monkeypatch.setattr(directory, "LARGEST_SCAN", size)
        read = await pages(table, 2, children=children, accepts=accepts)
        assert sorted(ids(read)) == sorted(expected)
        assert any(len(page.users) < 2 for page in read[:-1])


async def test_a_user_whose_partition_is_larger_than_the_budget_is_listed_once(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "SCAN_PAGES", 1)
    monkeypatch.setattr(directory, "LARGEST_SCAN", 2)
    odd_rows.user(raw, "u1", "ada@example.com")
    for i in range(3):
        raw.put(raw.keys("USER#u1", f"ZZZ#{i}"))
    read = await pages(table, 1, children=True)
    assert ids(read) == ["u1"]
    assert not any(page.partitions for page in read)


async def test_the_budget_bounds_the_requests(
    proxied: Table,
    proxy: CountingProxy,
    raw: RawTable,
    control: "DynamoDBClient",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(directory, "LARGEST_SCAN", 100)
    fill(raw, control, 1, 0, 0, tokens=1200)
    page = await directory.read(proxied, limit=1, after=None, children=False)
    assert proxy.operations == ["Scan"] * proxy.total
    assert proxy.total <= directory.SCAN_PAGES
    assert page.next is not None


@pytest.mark.parametrize("children", [False, True])
async def test_a_hundred_users_of_many_with_accounts_and_sessions_take_one_scan(
    proxied: Table, proxy: CountingProxy, raw: RawTable, control: "DynamoDBClient", children: bool
) -> None:
    fill(raw, control, 150)
    page = await directory.read(proxied, limit=100, after=None, children=children)
    assert len(page.users) == 100
    assert proxy.operations == ["Scan"]
    if children:
        assert {user.user_id for user in page.users} <= set(page.partitions)


@with_directory
async def test_a_hundred_users_take_one_query_of_the_directory(
    proxied: Table, proxy: CountingProxy, raw: RawTable, control: "DynamoDBClient"
) -> None:
    fill(raw, control, 150)
    page = await directory.read(proxied, limit=100, after=None, children=False)
    assert len(page.users) == 100
    assert proxy.operations == ["Query"]
    assert proxy.requests[0].index == "GSI2"


@with_directory
async def test_whoever_is_rare_is_sought_in_ever_larger_pages(
    proxied: Table, proxy: CountingProxy, raw: RawTable, control: "DynamoDBClient"
) -> None:
    rare = max(fill(raw, control, 150))
    page = await directory.read(proxied, limit=1, after=None, children=False, accepts=lambda user: user.user_id == rare)
    assert [user.user_id for user in page.users] == [rare]
    # 2, 8, 32 and 128 users.
    assert proxy.operations == ["Query"] * 4


async def test_a_ghost_is_listed_by_a_scan(table: Table, raw: RawTable) -> None:
    odd_rows.ghost_user(raw, "u1")
    (page,) = await pages(table, 10)
    assert ids([page]) == ["u1"]


@every_table
async def test_without_users_the_list_is_empty(table: Table) -> None:
    for children in (False, True):
        page = await directory.read(table, limit=10, after=None, children=children)
        assert (page.users, page.next) == ([], None)


async def test_a_partition_that_a_scan_visits_twice_does_not_come_along(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [("a", "ACCOUNT#x#1"), ("b", "USER#b"), ("a", "USER#a"), ("c", "USER#c")]
    items = [table.key(f"USER#{partition_key}", sort_key) for partition_key, sort_key in keys]

    async def scan(*_: object, **__: object) -> Page:
        return Page(items, None)

    monkeypatch.setattr(Table, "scan", scan)
    (page,) = await pages(table, 10, children=True)
    assert ids([page]) == ["b", "a", "c"]
    assert set(page.partitions) == {"b", "c"}


@pytest.mark.parametrize("children", [False, True])
async def test_one_user_more_than_a_page_holds_is_on_the_next(
    table: Table, raw: RawTable, control: "DynamoDBClient", children: bool
) -> None:
    expected = fill(raw, control, 5)
    first, second = await pages(table, 4, children=children)
    assert (len(first.users), len(second.users)) == (4, 1)
    assert set(ids([first, second])) == expected


async def test_s52_where_a_budget_ends_among_sessions_or_tokens_tells_of_none(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A position that depends on the tokens before it would reveal how many there are."""
    monkeypatch.setattr(directory, "SCAN_PAGES", 1)
    odd_rows.user(raw, "u1", "ada@example.com")
    with raw.together():
        for place in range(200):
            odd_rows.session(raw, "u1", f"s{place:03}", number(4_000_000_000))
    page = await directory.read(table, limit=1, after=None, children=True)
    assert page.next == directory.Position("USER#u1", "SESSION$")
    rest = await directory.read(table, limit=1, after=page.next, children=True)
    assert ([user.user_id for user in rest.users], rest.next) == (["u1"], None)


@every_table
@pytest.mark.parametrize("children", [False, True])
async def test_a_list_that_comes_when_the_budget_is_spent_goes_on_from_where_it_began(
    table: Table, raw: RawTable, control: "DynamoDBClient", children: bool
) -> None:
    expected = fill(raw, control, 7)
    spent = ScanBudget()
    while spent.take():
        pass
    read: list[Directory] = []
    after: Position | None = None
    while not read or after is not None:
        empty = await directory.read(table, limit=3, after=after, children=children, budget=spent)
        assert (empty.users, empty.next is not None) == ([], True)
        read.append(await directory.read(table, limit=3, after=empty.next, children=children))
        after = read[-1].next
    assert sorted(ids(read)) == sorted(expected)
