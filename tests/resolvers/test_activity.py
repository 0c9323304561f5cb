"""Sign-ups and sign-ins by day, counted from the directory and the audit log."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dynamo import activity, audit, building, format
from dynamo.activity import DAY, DayCount
from dynamo.client import Key, Page, Table
from dynamo.directory_lists import DirectoryList
from dynamo.settings import TableSettings
from tests import directory_rows
from tests.api import Api, make_api
from tests.conftest import MakeTable
from tests.counting_proxy import CountingProxy
from tests.interop.raw import RawTable, text
from tests.resolvers.people import key_with, sign_up
from tests.tables import directory

SIGN_UPS = "query($days: Int! = 30) { signUps(days: $days) { complete days { start count } } }"
SIGN_INS = "query($days: Int! = 30) { signIns(days: $days) { days { start count } } }"
NOW = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)


def counts(days: Sequence[DayCount]) -> Mapping[str, int | None]:
    """The number of each day, by its date in UTC."""
    return {day.start.date().isoformat(): day.count for day in days}


@pytest.mark.parametrize("shards", [1, 3])
async def test_users_are_counted_on_the_day_of_their_creation_in_utc(make_table: MakeTable, shards: int) -> None:
    settings = make_table(directory_index=True, directory_lists=(DirectoryList.CREATED,), directory_shards=shards)
    raw, table = RawTable(settings), Table.connect(settings)
    times = [
        datetime(2026, 3, 2, 23, 59, 59, 999_000, tzinfo=UTC),
        datetime(2026, 3, 3, tzinfo=UTC),
        datetime(2026, 3, 3, 23, 59, 59, 999_000, tzinfo=UTC),
        datetime(2026, 3, 5, 1, tzinfo=UTC),
        datetime(2026, 3, 5, 12, 31, tzinfo=UTC),
        None,
    ]
    with raw.together():
        for number, at in enumerate(times):
            directory_rows.user(raw, table, f"user-{number}", created=at)
    found = await activity.sign_ups(table, 3, NOW)
    assert counts(found) == {"2026-03-03": 2, "2026-03-04": 0, "2026-03-05": 2}
    assert counts(await activity.sign_ups(table, 1, NOW)) == {"2026-03-05": 2}


async def test_sign_ins_are_the_sessions_in_the_audit_log_that_are_no_impersonation(api: Api, raw: RawTable) -> None:
    cases = [
        ("2026-03-04T00:00:00.000Z", "createSession", ["expires", "sessionToken"], {}),
        ("2026-03-04T23:59:59.999Z", "registerUser", ["email", "sessionToken"], {}),
        ("2026-03-04T12:00:00.000Z", "registerUser", ["email"], {}),
        ("2026-03-04T12:00:00.000Z", "createSession", ["sessionToken"], {"impersonator": text("eve")}),
        ("2026-03-04T12:00:00.000Z", "updateSession", ["sessionToken"], {}),
        ("2026-03-04T12:00:00.000Z", "createSession", None, {}),
        ("2026-03-03T23:59:59.999Z", "createSession", ["sessionToken"], {}),
        ("2026-03-05T00:00:00.000Z", "createSession", ["sessionToken"], {}),
    ]
    with raw.together():
        for number, (at, action, changed, more) in enumerate(cases):
            entry = {"type": text("AUDIT"), "action": text(action), **more}
            if changed is not None:
                entry["changed"] = {"L": [text(name) for name in changed]}
            raw.put(raw.keys(f"AUDIT#{number % audit.SHARDS}", f"{at}#{number:016x}") | entry)
    assert counts(await activity.sign_ins(api.table, 2, NOW)) == {"2026-03-04": 2, "2026-03-05": 1}


@directory
async def test_the_api_counts_today_and_says_whether_users_are_missing(api: Api, table_settings: TableSettings) -> None:
    await sign_up(api, "ada")
    await api.changed("createSession", "session { id }", user={"userId": "ada"})
    await api.changed("createSession", "session { id }", user={"userId": "ada"}, impersonator="eve")
    found = (await api.data(SIGN_UPS, {"days": 2}))["signUps"]
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    assert [day["start"] for day in found["days"]] == [format.iso(today - DAY), format.iso(today)]
    assert [day["count"] for day in found["days"]] == [0, 1]
    assert found["complete"] is False
    await building.build(api.table)
    # A process looks again after some seconds.
    api = make_api(table_settings)
    assert (await api.data(SIGN_UPS))["signUps"]["complete"] is True
    assert [day["count"] for day in (await api.data(SIGN_INS, {"days": 2}))["signIns"]["days"]] == [0, 2]


async def test_without_the_list_or_the_log_there_is_nothing_to_count(make_table: MakeTable, api: Api) -> None:
    assert await api.data(SIGN_UPS) == {"signUps": None}
    silent = make_api(make_table(audit_days=0))
    assert await silent.data(SIGN_INS) == {"signIns": None}


async def test_days_before_the_log_is_kept_have_no_number(make_table: MakeTable) -> None:
    api = make_api(make_table(audit_days=2))
    days = (await api.data(SIGN_INS, {"days": 5}))["signIns"]["days"]
    assert [day["count"] for day in days] == [None, None, None, 0, 0]
    starts = [datetime.fromisoformat(day["start"]) for day in days]
    assert starts == [starts[-1] - timedelta(days=ago) for ago in reversed(range(5))]


@pytest.mark.parametrize("days", [0, -1, 91, 2**31 - 1])
async def test_the_number_of_days_is_bounded(api: Api, days: int) -> None:
    for query in (SIGN_UPS, SIGN_INS):
        assert await api.codes(query, {"days": days}) == ["BAD_USER_INPUT"]


@directory
async def test_counting_takes_few_requests(counted_api: Api, proxy: CountingProxy) -> None:
    await counted_api.data(SIGN_UPS)
    assert sorted(proxy.operations) == ["GetItem", "Query"]
    proxy.reset()
    await counted_api.data(SIGN_INS, {"days": 90})
    assert proxy.operations == ["Query"] * audit.SHARDS


async def test_users_and_sign_ins_have_scopes_of_their_own(api: Api) -> None:
    users, log = [api.acting_as(await key_with(api, scope)) for scope in ("USERS_READ", "AUDIT_READ")]
    for allowed, refused, query in ((users, log, SIGN_UPS), (log, users, SIGN_INS)):
        assert await allowed.codes(query) == []
        assert await refused.codes(query) == ["FORBIDDEN"]


class Pages:
    """A timeline of pages without a table: each has one item, a day older than the one before."""

    def __init__(self, days: int) -> None:
        self.days = days
        self.reads = 0

    async def read(self, partition: str, after: Key | None) -> Page:
        """The next page; a partition named `short` has one."""
        self.reads += 1
        day = NOW - DAY if after is None else datetime.fromisoformat(after["id"]) - DAY
        item: Any = {"id": format.iso(day)}
        at_end = partition == "short" or day <= NOW - DAY * self.days
        return Page([item, item], None if at_end else item)

    def place(self, key: Key) -> str:
        """The time of an item."""
        return key["id"]

    def counts(self, item: Any) -> bool:
        """Every item is to be counted."""
        return True


@pytest.mark.parametrize(
    ("partitions", "reads"), [(["long"], 8), (["long", "short"], 5), (["long"] * 16, 16), (["short"], 1)]
)
async def test_reading_ends_after_so_many_pages(partitions: Sequence[str], reads: int) -> None:
    timeline = Pages(100)
    found = await activity.counted(timeline, partitions, activity.starts_of(20, NOW))
    assert timeline.reads == reads
    if "long" in partitions:
        # Nothing is said of the day on which reading ended. Today nothing happened.
        whole = activity.PAGES // len(partitions) or 1
        assert [day.count is not None for day in reversed(found)] == [ago < whole for ago in range(20)]
    else:
        assert [day.count for day in reversed(found)] == [0, 2, *[0] * 18]
