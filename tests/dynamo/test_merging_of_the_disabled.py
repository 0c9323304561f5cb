"""A merge gives nobody access: what is done to either user, before it or during it, stays in force."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from dynamo import accounts, deletion, disablement, expressions, merging, sessions, users
from dynamo.client import Table
from dynamo.errors import ConditionFailed, NotFound, Rejected, Stale
from tests.dynamo.doctor import rows
from tests.dynamo.doctor.interludes import before_the_next_write
from tests.dynamo.doctor.rows import ADA, LIVE
from tests.interop import odd_rows
from tests.interop.raw import RawTable

NOW = datetime.now(UTC)
NEVER = None
BARS: dict[str, tuple[bool, datetime | None]] = {
    "free": (False, NEVER),
    "over": (True, NOW - timedelta(days=1)),
    "for a day": (True, NOW + timedelta(days=1)),
    "for two days": (True, NOW + timedelta(days=2)),
    "for good": (True, NEVER),
}
"""Whether a user is disabled and until when, sorted by how long."""
LENGTHS = {"free": 0, "over": 0, "for a day": 1, "for two days": 2, "for good": 3}


async def bar(table: Table, user_id: str, name: str) -> None:
    disabled, until = BARS[name]
    if disabled:
        await disablement.disable(table, user_id, until, None)
        if until is not None and until < NOW:
            key = table.key(f"USER#{user_id}", f"USER#{user_id}")
            await table.update(key, expressions.update_of({"disabledUntil": until}))


def fill(raw: RawTable) -> None:
    rows.user(raw, "keep", "keep@example.com")
    rows.user(raw, "lose", ADA)
    for number in range(3):
        rows.account(raw, "lose", "github", str(number))
    odd_rows.session(raw, "keep", "of-keep", LIVE)
    odd_rows.session(raw, "lose", "of-lose", LIVE)


def accounts_of_keep(raw: RawTable) -> list[str]:
    partition = raw.settings.partition_key
    return sorted(str(item) for item in raw.items() if item[partition]["S"] == "USER#keep" and "ACCOUNT#" in str(item))


@pytest.mark.parametrize(("kept", "lost"), list(product(BARS, BARS)))
async def test_who_is_barred_is_merged_only_into_who_is_barred_at_least_as_long(
    table: Table, raw: RawTable, kept: str, lost: str
) -> None:
    fill(raw)
    await bar(table, "keep", kept)
    await bar(table, "lose", lost)
    odd_rows.session(raw, "lose", "of-lose", LIVE)
    before = raw.items()
    if LENGTHS[lost] <= LENGTHS[kept]:
        assert (await merging.merge(table, "keep", "lose")).deleted
    else:
        for work in (merging.plan, merging.merge):
            with pytest.raises(Rejected, match="would let them in"):
                await work(table, "keep", "lose")
        assert raw.items() == before
    user = await users.get(table, "keep", consistent=True)
    assert user is not None
    assert user.may_sign_in is (LENGTHS[kept] == 0)
    await disablement.enable(table, "keep")
    assert await sessions.sign_in(table, "of-lose") is None


async def _disable_lose(table: Table) -> None:
    await disablement.disable(table, "lose", None, "fraud")


async def _delete_lose(table: Table) -> None:
    await deletion.delete(table, "lose")


async def _enable_keep(table: Table) -> None:
    await disablement.enable(table, "keep")


async def _delete_keep(table: Table) -> None:
    await deletion.delete(table, "keep")


async def _disable_keep(table: Table) -> None:
    await disablement.disable(table, "keep", None, "fraud")


async def _unlink(table: Table) -> None:
    found = [account for owner in ("lose", "keep") if (account := await accounts.get(table, owner, "github", "1"))]
    await accounts.unlink(table, found[0], force=True)


async def _revoke(table: Table) -> None:
    await sessions.delete_by_token(table, "of-lose")


async def _disable_lose_as_the_adapter_would(table: Table) -> None:
    key = table.key("USER#lose", "USER#lose")
    await table.update(key, expressions.update_of({"disabledAt": NOW}), expressions.exists("type"))


CHANGES: dict[Callable[[Table], Awaitable[None]], str] = {
    _disable_lose: "free",
    _disable_lose_as_the_adapter_would: "free",
    _delete_lose: "free",
    _enable_keep: "for good",
    _delete_keep: "free",
    _disable_keep: "free",
    _unlink: "free",
    _revoke: "free",
}
"""What is done during a merge, and how both users are disabled before."""


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
async def test_what_is_acknowledged_during_a_merge_is_not_lost(
    table: Table, raw: RawTable, change: Callable[[Table], Awaitable[None]]
) -> None:
    """The change happens before each write of the merge, in one run after the other."""
    number, happened, acknowledged = 0, True, 0
    while happened:
        for item in raw.items():
            await table.delete({name: item[name]["S"] for name in (table.partition_key, table.sort_key)})
        fill(raw)
        for user_id in ("keep", "lose"):
            await bar(table, user_id, CHANGES[change])
        then: list[list[str]] = []

        async def interlude(then: list[list[str]] = then) -> None:
            # A rejected change did not happen, and its caller knows that.
            with suppress(NotFound, ConditionFailed):
                await change(table)
                then.append(accounts_of_keep(raw))

        merged = False
        with pytest.MonkeyPatch.context() as patch:
            interrupted = before_the_next_write(patch, interlude, number=number)
            with suppress(Rejected, Stale):
                merged = (await merging.merge(table, "keep", "lose")).deleted
            happened = bool(interrupted)
        if then:
            acknowledged += 1
            await _holds(table, raw, change, then[0], merged=merged)
        number += 1
    assert number > 6
    assert acknowledged


async def _holds(
    table: Table, raw: RawTable, change: Callable[[Table], Awaitable[None]], then: list[str], *, merged: bool
) -> None:
    keep = await users.get(table, "keep", consistent=True)
    lose = await users.get(table, "lose", consistent=True)
    assert await sessions.sign_in(table, "of-lose") is None or not merged
    if change in (_disable_lose, _disable_lose_as_the_adapter_would):
        assert not merged or lose is None
        assert accounts_of_keep(raw) == then
        assert lose is None or lose.disabled is not None
    elif change is _delete_lose:
        assert lose is None
        assert accounts_of_keep(raw) == then
    elif change is _enable_keep:
        assert keep is not None
        assert keep.may_sign_in
        assert accounts_of_keep(raw) == then
        assert await sessions.sign_in(table, "of-lose") is None
    elif change is _delete_keep:
        assert [item for item in raw.items() if "USER#keep" in str(item)] == []
    elif change is _disable_keep:
        assert keep is not None
        assert not keep.may_sign_in
        assert await sessions.sign_in(table, "of-keep") is None
    elif change is _unlink:
        assert await accounts.find(table, "github", "1") == []
    else:
        assert await sessions.find_all(table, "of-lose") == []
