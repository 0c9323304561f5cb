"""The examination: it can be resumed at every request, keeps to its pace, uses bounded memory, and raises no false
alarm."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dynamo import doctor, registration, users
from dynamo.accounts import NewAccount
from dynamo.client import Table
from dynamo.doctor.pace import Pace
from dynamo.errors import Misconfigured, Unavailable
from dynamo.settings import TableSettings
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.dynamo.doctor import rows
from tests.dynamo.doctor.rows import ADA, LIVE
from tests.interop import odd_rows
from tests.interop.raw import Item, RawTable, number

REPAIR = doctor.Options(repair=True, orphan_age=timedelta(0), segments=2, page=4, attempts=1)
LOOK = replace(REPAIR, repair=False)


@pytest.fixture
def crashing(proxied_settings: TableSettings) -> Table:
    """A client that gives up at once, so that what happens after the cut equals a crash."""
    return Table.connect(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1}))


def put_some(raw: RawTable) -> None:
    """Store rows whose mending takes one write, several, and a transaction."""
    odd_rows.user_with_stale_index(raw, "stale", "new@example.com", "old@example.com")
    rows.lock(raw, "LOCK#EMAIL#old@example.com", "stale")
    odd_rows.users_sharing_email(raw, "shared@example.com", "d1", "d2")
    odd_rows.account(raw, "d1", "github", "1")
    odd_rows.ghost_user(raw, "gone")
    rows.account(raw, "gone", "google", "g1")
    odd_rows.session(raw, "d1", "old", number(1))
    odd_rows.session(raw, "d1", "s1", LIVE)
    odd_rows.session(raw, "d2", "s1", LIVE)
    rows.begun_delete(raw)
    odd_rows.user(raw, "mixed", "Mixed@Example.com")


def but_claims(items: list[Item]) -> list[Item]:
    """The items without the random values of locks."""
    return [{name: value for name, value in item.items() if name != "claim"} for item in items]


async def test_a_look_that_is_cut_at_any_request_goes_on_and_reports_the_same(
    table: Table, crashing: Table, proxy: CountingProxy, raw: RawTable, tmp_path: Path
) -> None:
    put_some(raw)
    whole = await doctor.examine(table, LOOK)
    cuts = 0
    while True:
        proxy.reset()
        proxy.cut_after(cuts)
        with doctor.State(tmp_path / f"{cuts}.state") as state:
            try:
                report = await doctor.examine(crashing, LOOK, state=state)
                break
            except Unavailable:
                pass
        proxy.reset()
        with doctor.State(tmp_path / f"{cuts}.state") as state:
            report = await doctor.examine(crashing, LOOK, state=state)
        assert report.found == whole.found, cuts
        assert report.items == whole.items, cuts
        cuts += 1
    assert report.found == whole.found
    assert cuts > 20


async def test_a_repair_that_is_cut_at_any_request_is_finished_by_the_next(
    table: Table, crashing: Table, proxy: CountingProxy, raw: RawTable, tmp_path: Path
) -> None:
    """At the end, the table is the same as after a repair without a cut."""
    put_some(raw)
    whole = await doctor.examine(table, REPAIR)
    expected = but_claims(raw.items())
    await empty(table, raw)
    cuts, finished = 0, False
    while not finished:
        put_some(raw)
        proxy.reset()
        proxy.cut_after(cuts)
        with doctor.State(tmp_path / "state") as state:
            try:
                await doctor.examine(crashing, REPAIR, state=state)
                finished = True
            except Unavailable:
                proxy.reset()
                # What was mended before the cut and not noted is clean by now, so only what is left is the same.
                report = await doctor.examine(crashing, REPAIR, state=state)
                assert report.wrong == whole.wrong, cuts
        assert but_claims(raw.items()) == expected, cuts
        await empty(table, raw)
        cuts += 3
    assert cuts > 40


async def empty(table: Table, raw: RawTable) -> None:
    """Delete every item of the table."""
    names = (table.partition_key, table.sort_key)
    for item in raw.items():
        await table.delete(table.key(*(item[name]["S"] for name in names)))


async def test_a_run_that_ended_is_followed_by_a_new_one(table: Table, raw: RawTable, tmp_path: Path) -> None:
    rows.user(raw, "u1", ADA)
    for expected in (1, 2):
        with doctor.State(tmp_path / "state") as state:
            report = await doctor.examine(table, state=state)
        assert report.items == {"users": expected, "locks": expected}
        rows.user(raw, "u2", "new@example.com")


@pytest.mark.parametrize("change", [{"repair": True}, {"segments": 3}, {"identity": "another"}], ids=str)
async def test_an_interrupted_run_of_other_options_is_not_gone_on_with(
    table: Table, crashing: Table, proxy: CountingProxy, raw: RawTable, tmp_path: Path, change: dict[str, Any]
) -> None:
    for place in range(20):
        rows.user(raw, f"u{place}", f"u{place}@example.com")
    proxy.cut_after(6)
    with doctor.State(tmp_path / "state") as state, pytest.raises(Unavailable):
        await doctor.examine(crashing, LOOK, state=state)
    with doctor.State(tmp_path / "state") as state:
        assert 0 < state.report("").total < 40
        advanced: list[int] = []
        await doctor.examine(table, replace(LOOK, **change), state=state, advance=advanced.append)
    assert sum(advanced) == 40 + 20


async def test_two_runs_do_not_share_a_state(table: Table, tmp_path: Path) -> None:
    with doctor.State(tmp_path / "state"), pytest.raises(Misconfigured, match="let the other run end, or name another"):
        doctor.State(tmp_path / "state")


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a letter to a friend, of more than a hundred characters in all, " * 3)
    with pytest.raises(Misconfigured, match="cannot be used"):
        doctor.State(tmp_path / "state")


def test_a_state_is_for_the_eyes_of_its_owner(tmp_path: Path) -> None:
    with doctor.State(tmp_path / "state"):
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600


async def test_an_orphan_is_deleted_a_day_after_it_was_first_seen(table: Table, raw: RawTable, tmp_path: Path) -> None:
    """It counts when any run with the same state found it, even without --repair."""
    rows.account(raw, "gone", "google", "g1")
    start = datetime.now(UTC)
    repair = doctor.Options(repair=True)
    for hours, options, waiting, mended in (
        (0, doctor.Options(), 1, 0),
        (23, repair, 1, 0),
        (25, repair, 0, 1),
    ):
        with doctor.State(tmp_path / "state") as state:
            report = await doctor.examine(table, options, state=state, now=start + timedelta(hours=hours))
        tally = report.tallies["orphan"]
        assert (tally.waiting, tally.mended) == (waiting, mended)
    assert raw.items() == []


async def test_an_orphan_that_was_none_in_between_is_new(table: Table, raw: RawTable, tmp_path: Path) -> None:
    start = datetime.now(UTC)
    repair = doctor.Options(repair=True)
    rows.account(raw, "u1", "google", "g1")
    for hours in (0, 12, 36):
        with doctor.State(tmp_path / "state") as state:
            report = await doctor.examine(table, repair, state=state, now=start + timedelta(hours=hours))
        if hours == 0:
            rows.user(raw, "u1")
        if hours == 12:
            await table.delete(table.key("USER#u1", "USER#u1"))
    assert report.tallies["orphan"].waiting == 1


async def test_without_a_memory_no_orphan_is_deleted(table: Table, raw: RawTable) -> None:
    rows.account(raw, "gone", "google", "g1")
    for _ in range(2):
        report = await doctor.examine(table, doctor.Options(repair=True))
        assert report.tallies["orphan"].waiting == 1
    assert len(raw.items()) == 2


async def test_what_is_written_during_a_look_is_no_false_alarm(table: Table) -> None:
    """Users sign up, change their e-mail address and are deleted while examinations run."""

    async def live(name: str) -> None:
        for step in range(15):
            user_id = f"{name}-{step}"
            new = users.NewUser({}, f"{user_id}@example.com", user_id)
            await registration.register(table, new, NewAccount("github", user_id, "oauth", {}), None)
            await users.update(table, user_id, {"email": f"{user_id}@example.org"})

    living = asyncio.gather(*(live(f"p{number}") for number in range(6)))
    looks = 0
    while not living.done() or not looks:
        report = await doctor.examine(table, doctor.Options(page=10))
        assert report.found == {}
        looks += 1
    await living


async def test_a_clean_table_costs_a_scan_and_half_a_unit_for_each_lock_and_owner(
    proxied: Table, table: Table, proxy: CountingProxy
) -> None:
    for place in range(50):
        user = await samples.user(table, f"u{place}", f"u{place}@example.com")
        await samples.account(table, user.user_id, "github", str(place))
        await samples.session(table, user.user_id, f"s{place}")
    proxy.reset()
    report = await doctor.examine(proxied, doctor.Options(segments=1, page=50))
    assert report.found == {}
    assert report.total == 250
    # 250 items in the table, 150 in the index. Each page looks up items of other pages, a hundred at a time.
    assert proxy.count("Scan") <= 6 + 4
    assert proxy.count("BatchGetItem") <= 2 * 6
    assert report.read_units <= 30 + 0.5 * (100 + 100)


async def test_a_table_that_cannot_answer_for_a_while_is_waited_for(
    proxied: Table, proxy: CountingProxy, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynamo.doctor.paced_table.LONGEST_PAUSE_SECONDS", 0)
    rows.user(raw, "u1", ADA)
    proxy.fail_next("*", "ThrottlingException", times=10)
    assert (await doctor.examine(proxied)).total == 2


async def test_a_pace_spreads_units_over_time() -> None:
    now, slept = 100.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        slept.append(seconds)

    pace = Pace(10, lambda: now, sleep)
    for _ in range(20):
        await pace.spend(5)
    assert now == pytest.approx(100 + 10)


async def test_a_pace_lets_those_who_spend_at_once_wait_for_one_another() -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pace = Pace(10, lambda: 0.0, sleep)
    await asyncio.gather(*(pace.spend(5) for _ in range(4)))
    assert slept == [0.5, 1.0, 1.5, 2.0]


async def test_without_a_rate_nobody_waits() -> None:
    async def sleep(_: float) -> None:
        raise AssertionError

    await Pace(None, lambda: 0.0, sleep).spend(1000)


async def test_an_assertion_that_a_table_is_clean_can_fail(table: Table, raw: RawTable) -> None:
    rows.user(raw, "u1", ADA)
    await assert_clean(table)
    odd_rows.user(raw, "u2", "other@example.com")
    with pytest.raises(AssertionError, match="lock-missing"):
        await assert_clean(table)
