"""The build of the directory: it gives every user their entries, whatever else happens in the table meanwhile."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dynamo import building, deletion, directory_state, entries, sessions, users
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.doctor.options import Options
from dynamo.doctor.state import State
from dynamo.errors import Unavailable
from dynamo.sessions import NewSession
from dynamo.settings import TableSettings
from dynamo.users import NewUser
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.dynamo.directories import ALL, assert_exact, stored
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.tables import CUSTOM_NAMES

SMALL = Options(segments=2, page=3, attempts=1)

lists = pytest.mark.parametrize(
    "table_settings", [{"directory_index": True, "directory_lists": tuple(DirectoryList)}], indirect=True, ids=["lists"]
)
"""The table has the index, and the settings keep all lists."""
lists_by_any_names = pytest.mark.parametrize(
    "table_settings",
    [
        {"directory_index": True, "directory_lists": tuple(DirectoryList), "directory_shards": 3} | names
        for names in ({}, CUSTOM_NAMES)
    ],
    indirect=True,
    ids=["usual-names", "custom-names"],
)


def put_adapters(raw: RawTable, number: int) -> None:
    """Store users as the adapter writes them, and what it leaves of others."""
    with raw.together():
        for n in range(number):
            odd_rows.user(raw, f"a{n}", f"a{n}@example.com", name=text(f"Person {n}"))
        odd_rows.user_without_email(raw, "nameless", None)
        odd_rows.ghost_user(raw, "ghost", name=text("Ghost"))
        odd_rows.account(raw, "a0", "github", "1")
        odd_rows.session(raw, "a0", "s1", {"N": str(samples.FUTURE_SECONDS)})


async def put_ours(table: Table, number: int) -> None:
    """Create users who sign in."""
    for n in range(number):
        await users.create(table, NewUser({"name": f"Own {n}"}, f"b{n}@example.com", f"b{n}"))
        await sessions.create(table, f"b{n}", NewSession(f"t{n}", samples.FUTURE, {}))


async def listed(table: Table, of: DirectoryList) -> list[tuple[str, str]]:
    """The entries of a list, as the index has them: `id` and owner."""
    found = []
    for type_ in entries.types(table, of):
        page = await table.query_directory(type_, limit=1000, after=None)
        found += [(item["id"], item["owner"]) for item in page.items]
    return sorted(found)


@lists_by_any_names
async def test_every_list_has_each_of_its_users_once(table: Table, raw: RawTable) -> None:
    put_adapters(raw, 6)
    await put_ours(table, 4)
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    totals = await building.build(table, SMALL)

    await building_is_exact(table, raw)
    numbers = {of: totals.expected[of] for of in DirectoryList}
    assert numbers == {
        DirectoryList.EMAIL: 10,
        DirectoryList.CREATED: 11,
        DirectoryList.SIGNED_IN: 4,
        DirectoryList.NAME: 10,
    }
    assert totals.users == 11
    for of in DirectoryList:
        owners = Counter(owner for _, owner in await listed(table, of))
        assert set(owners.values()) == {1}
        assert len(owners) == numbers[of] == totals.stored[of]
    unknown = [owner for id_, owner in await listed(table, DirectoryList.CREATED) if id_.startswith(entries.SEPARATOR)]
    assert sorted(unknown) == sorted(["nameless", *(f"a{n}" for n in range(6))])
    state = await directory_state.read(table)
    assert all(state.is_whole(table, of) for of in DirectoryList)
    assert (state.users, state.counted_at is not None and state.counted_at >= before) == (11, True)


async def building_is_exact(table: Table, raw: RawTable) -> None:
    """Check the entries after what the adapter left behind, which no build mends, is gone."""
    await table.delete(table.key("USER#ghost", "USER#ghost"))
    for sort in ("ACCOUNT#github#1", "SESSION#s1"):
        await table.delete(table.key("USER#a0", sort))
    await assert_exact(table, raw)


@lists
async def test_a_second_build_writes_nothing_but_the_state(
    table: Table, proxied: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    put_adapters(raw, 4)
    await put_ours(table, 2)
    await building.build(table)
    before = stored(raw)
    proxy.reset()
    totals = await building.build(proxied)
    assert stored(raw) == before
    assert set(totals.written.values()) | set(totals.removed.values()) == {0}
    # A page for each segment, a count for each list, and the state.
    counted = Counter(proxy.operations)
    assert (counted["Scan"], counted["Query"], counted["TransactWriteItems"]) == (4, 4, 1)
    # The entries of the users of a page, and the users of its entries.
    assert counted.keys() - {"Scan", "Query", "TransactWriteItems"} == {"BatchGetItem"}
    assert counted["BatchGetItem"] <= 2 * 4


@lists
async def test_entries_of_nobody_and_wrong_ones_are_removed_or_written_again(table: Table, raw: RawTable) -> None:
    await put_ours(table, 3)
    for user_id in ("b0", "b1"):
        key = f"USER#{user_id}"
        item = raw.get(key, key)
        assert item is not None
        if user_id == "b0":
            raw.delete(raw.keys(key, key))
            raw.delete(raw.keys(key, "SESSION#t0"))
        else:
            item.pop("lastSignInAt")
            raw.put(item | {"name": text("Somebody else")})
    raw.put(raw.keys("ENTRY#NAME#x", "ENTRY#NAME#x") | {"type": text("NAME"), "id": text("x#y"), "owner": text("y")})
    totals = await building.build(table, SMALL)
    await assert_exact(table, raw)
    assert totals.removed == {
        DirectoryList.EMAIL: 1,
        DirectoryList.CREATED: 1,
        DirectoryList.SIGNED_IN: 2,
        DirectoryList.NAME: 2,
    }
    assert totals.written == dict.fromkeys(DirectoryList, 0) | {DirectoryList.NAME: 1}


@lists
async def test_locks_that_are_no_entries_yet_become_entries(table: Table, raw: RawTable) -> None:
    await put_ours(replace(table, directory_lists=frozenset()), 3)
    assert stored(raw) == {}
    locked = {item["owner"]["S"]: item["claim"] for item in raw.items() if "claim" in item}
    totals = await building.build(table, SMALL)
    assert totals.written[DirectoryList.EMAIL] == 3
    assert {item["owner"]["S"]: item["claim"] for item in raw.items() if "claim" in item} == locked
    await assert_exact(table, raw)


@lists
async def test_a_list_without_users_who_share_an_address_is_not_whole(table: Table, raw: RawTable) -> None:
    """Neither of them holds its lock, so the doctor has to decide."""
    odd_rows.users_sharing_email(raw, "shared@example.com", "d1", "d2")
    totals = await building.build(table)
    assert totals.left == dict.fromkeys(DirectoryList, 0) | {DirectoryList.EMAIL: 2}
    state = await directory_state.read(table)
    assert not state.is_whole(table, DirectoryList.EMAIL)
    assert state.is_whole(table, DirectoryList.CREATED)


@lists
async def test_a_build_that_is_cut_at_any_request_goes_on_and_counts_the_same(
    table: Table, proxied_settings: TableSettings, proxy: CountingProxy, raw: RawTable, tmp_path: Path
) -> None:
    crashing = Table.connect(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1}))
    put_adapters(raw, 2)
    rows = raw.items()
    proxy.reset()
    whole = await building.build(crashing, SMALL)
    requests = len(proxy.operations)
    after = {item[raw.settings.partition_key]["S"] for item in raw.items()}
    interrupted = 0
    for cut in range(0, requests, 4):
        for item in raw.items():
            raw.delete({name: item[name] for name in (raw.settings.partition_key, raw.settings.sort_key)})
        for row in rows:
            raw.put(row)
        proxy.reset()
        proxy.cut_after(cut)
        with State(tmp_path / f"{cut}.state") as state:
            try:
                await building.build(crashing, SMALL, state=state)
            except Unavailable:
                interrupted += 1
            proxy.reset()
            again = await building.build(crashing, SMALL, state=state)
        assert {item[raw.settings.partition_key]["S"] for item in raw.items()} == after
        assert (again.users, again.expected, again.left) == (whole.users, whole.expected, whole.left)
    # Not every build takes as many requests as the first, so the last cut may come too late.
    assert interrupted >= requests // 4 - 1
    await building_is_exact(table, raw)


@lists
async def test_what_changes_between_the_read_and_the_write_is_not_overwritten(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users are renamed, given addresses, signed in and deleted after a page was read and before it is worked on."""
    other = replace(table)
    put_adapters(raw, 5)
    await put_ours(replace(table, directory_lists=ALL - {DirectoryList.NAME}), 4)
    work = building._Build._work
    changed: list[str] = []

    async def change_then_work(build: building._Build, items: Any) -> Any:
        for item in items:
            user_id = item.get("id")
            if item.get("type") != "USER" or user_id in changed:
                continue
            changed.append(user_id)
            match int(user_id[1:]) % 4 if user_id[1:].isdigit() else 3:
                case 0:
                    await users.update(other, user_id, {"name": "Renamed"})
                case 1:
                    await users.update(other, user_id, {"name": None, "email": f"new-{user_id}@example.com"})
                case 2:
                    await deletion.delete(other, user_id)
                case _:
                    await sessions.create(other, user_id, NewSession(f"late-{user_id}", samples.FUTURE, {}))
        return await work(build, items)

    monkeypatch.setattr(building._Build, "_work", change_then_work)
    await building.build(table, SMALL)
    assert len(changed) == 10
    await building_is_exact(table, raw)


async def test_without_lists_the_users_are_counted(table: Table, raw: RawTable) -> None:
    put_adapters(raw, 3)
    totals = await building.build(table)
    assert (totals.users, totals.expected) == (4, {})
    state = await directory_state.read(table)
    assert (state.users, state.lists) == (4, {})
    assert stored(raw) == {}


@lists
async def test_a_list_that_is_split_into_other_shards_is_not_whole(table: Table) -> None:
    await put_ours(table, 2)
    await building.build(table)
    split = replace(table, directory_shards=2)
    state = await directory_state.read(split)
    whole = {of for of in DirectoryList if state.is_whole(split, of)}
    assert whole == {DirectoryList.EMAIL, DirectoryList.NAME}
    await building.build(split)
    state = await directory_state.read(split)
    assert all(state.is_whole(split, of) for of in DirectoryList)
    await assert_clean(split)


@lists
async def test_a_state_that_cannot_be_read_counts_as_not_built(table: Table, raw: RawTable) -> None:
    for odd in ({"lists": text("x")}, {"lists": {"M": {"NAME": text("x")}}}, {"users": text("x")}, {}):
        raw.put(raw.keys("DIRECTORY#STATE", "DIRECTORY#STATE") | odd)
        state = await directory_state.read(replace(table))
        assert (state.lists, state.users, state.counted_at) == ({}, None, None)
