"""With a limit of sessions per user, whoever signs in once more ends their oldest session."""

import asyncio
from datetime import UTC, datetime, timedelta

from dynamo import format
from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text

KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
NOW = datetime.now(UTC)


def put(raw: RawTable, token: str, *, days_old: int, expires: datetime | None = None, known: bool = True) -> None:
    """Store a session that was created some days ago. If that is not `known`, it looks like one of the adapter."""
    end = expires or (NOW + timedelta(days=30 - days_old))
    odd_rows.session(raw, "ada", token, odd_rows.whole_seconds(end))
    if known:
        created = {"createdAt": text(format.iso(NOW - timedelta(days=days_old)))}
        raw.put({**(raw.get("USER#ada", f"SESSION#{token}") or {}), **created})


def tokens(raw: RawTable) -> set[str]:
    """The tokens of all sessions that are stored."""
    sorts = [item["sk"]["S"] for item in raw.items()]
    return {sort.removeprefix("SESSION#") for sort in sorts if sort.startswith("SESSION#")}


async def sign_in(api: Api, token: str, **given: str) -> None:
    """Create a session of the user with a chosen token."""
    await api.changed("createSession", "__typename", user={"userId": "ada"}, sessionToken=token, **given)


async def test_the_oldest_ends_and_what_has_expired_does_not_count(
    table_settings: TableSettings, raw: RawTable
) -> None:
    api = make_api(table_settings, max_sessions=3)
    odd_rows.user_without_email(raw, "ada", None)
    put(raw, "a-old", days_old=9, expires=NOW + timedelta(days=90))
    put(raw, "adapters", days_old=5, known=False)
    put(raw, "z-new", days_old=1)
    put(raw, "expired", days_old=2, expires=NOW - timedelta(days=1))
    await sign_in(api, "first")
    assert tokens(raw) == {"adapters", "z-new", "expired", "first"}
    await sign_in(api, "second")
    assert tokens(raw) == {"z-new", "expired", "first", "second"}
    await assert_clean(api.table)


async def test_a_repetition_ends_nothing_more(table_settings: TableSettings, raw: RawTable) -> None:
    api = make_api(table_settings, max_sessions=2)
    odd_rows.user_without_email(raw, "ada", None)
    put(raw, "old", days_old=2)
    put(raw, "new", days_old=1)
    for _ in range(3):
        await sign_in(api, "mine", idempotencyKey=KEY)
        assert tokens(raw) == {"new", "mine"}


async def test_many_sessions_end_however_many_there_are(table_settings: TableSettings, raw: RawTable) -> None:
    api = make_api(table_settings, max_sessions=2)
    odd_rows.user_without_email(raw, "ada", None)
    with raw.together():
        for number in range(1, 251):
            odd_rows.session(raw, "ada", f"s{number}", odd_rows.whole_seconds(NOW + timedelta(days=number)))
    await sign_in(api, "mine")
    assert tokens(raw) == {"s250", "mine"}


async def test_at_the_limit_creates_at_once_keep_it(table_settings: TableSettings, raw: RawTable) -> None:
    api = make_api(table_settings, max_sessions=4)
    odd_rows.user_without_email(raw, "ada", None)
    for number in range(4):
        put(raw, f"s{number}", days_old=9 - number)
    await asyncio.gather(*(sign_in(api, f"new{number}") for number in range(2)))
    assert tokens(raw) == {"s2", "s3", "new0", "new1"}


async def test_without_a_limit_there_is_no_read_and_with_one_there_is_one(
    proxied_settings: TableSettings, proxy: CountingProxy, raw: RawTable
) -> None:
    odd_rows.user_without_email(raw, "ada", None)
    for most, requests in ((None, ["TransactWriteItems"]), (1, ["Query", "TransactWriteItems"])):
        api = make_api(proxied_settings, max_sessions=most)
        proxy.reset()
        await api.changed("createSession", "__typename", user={"userId": "ada"})
        assert proxy.operations == requests
    assert len(tokens(raw)) == 1
