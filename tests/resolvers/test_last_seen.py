"""When a session was last used: stored in the background, to the hour, for people and for those who sign them in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dynamo import format, last_seen, rotation, sessions
from dynamo.client import Table
from dynamo.last_seen import LastSeen
from dynamo.seeds import random_seed
from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.resolvers.people import key_with

EXPIRES = number(4_000_000_000)
WHO = "{ viewer { session { lastSeenAt } } }"
LOOKUP = '{ session(by: {sessionToken: "s1"}) { lastSeenAt } }'
LONG_AGO = "2026-01-01T00:00:00.000Z"


@pytest.fixture(autouse=True)
def stored(raw: RawTable) -> None:
    """A user with a session of the official adapter."""
    odd_rows.user(raw, "ada", "ada@example.com")
    odd_rows.session(raw, "ada", "s1", EXPIRES)


@pytest.fixture
def noting(proxied_settings: TableSettings) -> Api:
    """An API that stores when sessions are used, behind the proxy."""
    return make_api(proxied_settings, last_seen=LastSeen(Table.connect(proxied_settings)))


async def settled(api: Api) -> None:
    """Wait for the writes in the background."""
    service = api.executor._service
    assert service.last_seen is not None
    await service.last_seen.finish()


def seen(raw: RawTable) -> Any:
    """What is stored of the last use."""
    return (raw.get("USER#ada", "SESSION#s1") or {}).get("lastSeenAt")


def put_seen(raw: RawTable, value: dict[str, Any]) -> None:
    """Store something as the last use."""
    raw.put((raw.get("USER#ada", "SESSION#s1") or {}) | {"lastSeenAt": value})


async def test_a_use_is_stored_once_an_hour_beside_the_answer(noting: Api, proxy: CountingProxy, raw: RawTable) -> None:
    person = noting.acting_as("s1")
    assert await person.data(WHO) == {"viewer": {"session": {"lastSeenAt": None}}}
    await asyncio.gather(*(person.data(WHO) for _ in range(5)))
    await settled(noting)
    first = seen(raw)
    assert datetime.now(UTC) - datetime.fromisoformat(first["S"]) < timedelta(minutes=1)
    assert await person.data(WHO) == {"viewer": {"session": {"lastSeenAt": first["S"]}}}
    await settled(noting)
    assert proxy.operations.count("UpdateItem") == 1
    service = noting.executor._service
    assert service.last_seen is not None
    assert service.last_seen._table.usage.write_units == 2
    # Another process has none of the first one's memory, and reads the same.
    other = make_api(raw.settings, last_seen=LastSeen(Table.connect(raw.settings)))
    await other.acting_as("s1").data(WHO)
    await settled(other)
    assert seen(raw) == first


async def test_a_use_an_hour_later_is_stored_again(noting: Api, raw: RawTable) -> None:
    put_seen(raw, text(LONG_AGO))
    await noting.acting_as("s1").data(WHO)
    await settled(noting)
    assert seen(raw)["S"] > LONG_AGO


async def test_no_answer_waits_for_it(noting: Api, raw: RawTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB does not get the write until the answer is there."""
    answered = asyncio.Event()
    update = Table.update

    async def held_back(*arguments: Any) -> Any:
        await answered.wait()
        return await update(*arguments)

    monkeypatch.setattr(Table, "update", held_back)
    await noting.acting_as("s1").data(WHO)
    assert seen(raw) is None
    answered.set()
    await settled(noting)
    assert seen(raw) is not None


@pytest.mark.parametrize(
    ("scopes", "notes"),
    [(("ADAPTER",), True), (("ADMIN",), True), (("SESSIONS_READ",), False), (("SESSIONS_READ", "SECRETS_READ"), False)],
)
async def test_a_program_that_signs_people_in_uses_a_session_when_it_looks_it_up(
    noting: Api, raw: RawTable, scopes: tuple[str, ...], notes: bool
) -> None:
    program = noting.acting_as(await key_with(noting, *scopes))
    await program.data(LOOKUP)
    await settled(noting)
    assert (seen(raw) is not None) is notes


async def test_a_new_session_says_so_at_once_and_needs_no_write(
    noting: Api, proxy: CountingProxy, raw: RawTable
) -> None:
    made = await noting.changed("createSession", "session { token createdAt lastSeenAt }", user={"userId": "ada"})
    session = made["session"]
    assert session["lastSeenAt"] == session["createdAt"]
    await noting.acting_as(session["token"]).data(WHO)
    await settled(noting)
    assert "UpdateItem" not in proxy.operations


async def test_without_the_setting_nothing_is_stored(raw: RawTable) -> None:
    api = make_api(raw.settings)
    made = await api.changed("createSession", "session { token lastSeenAt }", user={"userId": "ada"})
    assert made["session"]["lastSeenAt"] is None
    await api.acting_as("s1").data(WHO)
    assert seen(raw) is None


@pytest.mark.parametrize("value", [text("yesterday"), number(7), {"M": {}}])
async def test_what_an_app_stored_under_that_name_stays(
    noting: Api, proxy: CountingProxy, raw: RawTable, value: dict[str, Any]
) -> None:
    put_seen(raw, value)
    found = await noting.data('{ session(by: {sessionToken: "s1"}) { lastSeenAt attributes } }')
    assert found["session"]["lastSeenAt"] is None
    assert "lastSeenAt" in found["session"]["attributes"]
    await settled(noting)
    assert seen(raw) == value
    assert "UpdateItem" not in proxy.operations


async def test_a_failure_is_not_told_and_not_repeated_within_the_hour(
    noting: Api, proxy: CountingProxy, raw: RawTable
) -> None:
    proxy.fail_next("UpdateItem", "AccessDeniedException")
    for _ in range(3):
        await noting.acting_as("s1").data(WHO)
        await settled(noting)
    assert seen(raw) is None
    assert proxy.operations.count("UpdateItem") == 1


@asynccontextmanager
async def read_before(api: Api, raw: RawTable) -> AsyncIterator[None]:
    """Let something happen between the read of a session and the write of its use."""
    signed_in = await last_seen_of(api)
    yield
    note = LastSeen(api.table)
    note.note(signed_in)
    await note.finish()


async def last_seen_of(api: Api) -> Any:
    """The session as it is read to sign in."""
    found = await sessions.sign_in(api.table, "s1")
    assert found is not None
    return found.session


async def test_a_late_write_revives_no_session_and_sets_nothing_back(noting: Api, raw: RawTable) -> None:
    later = format.iso(datetime.now(UTC) + timedelta(minutes=1))
    async with read_before(noting, raw):
        put_seen(raw, text(later))
    assert seen(raw) == text(later)
    put_seen(raw, text(LONG_AGO))
    async with read_before(noting, raw):
        raw.delete(raw.keys("USER#ada", "SESSION#s1"))
    assert raw.get("USER#ada", "SESSION#s1") is None


async def test_no_more_than_a_few_are_written_at_once_and_the_memory_is_bounded(
    table_settings: TableSettings, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_seen, "KEPT", 3)
    monkeypatch.setattr(last_seen, "MOST_AT_ONCE", 4)
    api = make_api(table_settings)
    note = LastSeen(api.table)
    session = await last_seen_of(api)
    for number_ in range(6):
        session.token = f"s{number_}"
        note.note(session)
    assert (len(note._writes), len(note._noted)) == (4, 3)
    await note.finish()
    assert not note._writes


async def test_a_rotation_is_not_hindered_by_a_use(raw: RawTable, noting: Api) -> None:
    put_seen(raw, text(LONG_AGO))
    session = await last_seen_of(noting)
    put_seen(raw, text("2026-02-01T00:00:00.000Z"))
    made = await rotation.rotate(noting.table, session, "s2", random_seed())
    assert made.token == "s2"
    assert raw.get("USER#ada", "SESSION#s1") is None
