"""Sessions: one consistent read decides about a sign-in, and revoked or expired sessions are never revived."""

from datetime import timedelta
from typing import Any

import pytest

from dynamo import format, models, partition, sessions
from dynamo.client import Table
from dynamo.errors import AlreadyExists, Disabled, Expired, NotFound, Rejected, Stale
from dynamo.expressions import REMOVE
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.interop import odd_rows
from tests.interop.raw import NULL, Item, RawTable, number, text
from tests.tables import any_names

LONG_AGO = text("2020-01-01T00:00:00.000Z")


def stored(raw: RawTable, token: str = "token", user_id: str = "u1") -> Item | None:
    return raw.get(f"USER#{user_id}", f"SESSION#{token}")


async def tokens(table: Table, user_id: str = "u1") -> list[str]:
    return [session.token for session in await read(table, user_id)]


async def read(table: Table, user_id: str = "u1") -> list[models.Session]:
    found = await sessions.read_all(table, user_id)
    assert found is not None
    return found


async def found(table: Table, token: str = "token") -> models.Session:
    session = await sessions.find(table, token)
    assert session is not None
    return session


class TestCreate:
    @any_names
    async def test_a_session_is_stored_as_the_adapter_stores_one_in_whole_seconds(
        self, table: Table, raw: RawTable
    ) -> None:
        await samples.user(table, "u1")
        session = await samples.session(table, "u1", "token", ip="127.0.0.1", agent=None)
        assert session.created_at is not None
        assert stored(raw) == raw.keys("USER#u1", "SESSION#token", ("SESSION#token", "SESSION#token")) | {
            "type": text("SESSION"),
            "sessionToken": text("token"),
            "userId": text("u1"),
            "expires": number(samples.FUTURE_SECONDS),
            "createdAt": text(format.iso(session.created_at)),
            "ip": text("127.0.0.1"),
            "agent": NULL,
        }
        assert len(raw.items()) == 2

    async def test_what_was_stored_is_returned_and_the_user_is_as_before(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1", name="Ada")
        before = raw.items()
        session = await samples.session(table, "u1", ip="127.0.0.1")
        assert (session.user_id, session.token) == ("u1", "token")
        assert session.expires == samples.FUTURE.replace(microsecond=0)
        assert session.attributes == {"ip": "127.0.0.1"}
        assert not session.expired
        assert [item for item in raw.items() if item["sk"] != text("SESSION#token")] == before

    async def test_a_session_of_nobody_is_not_stored(self, table: Table, raw: RawTable) -> None:
        with pytest.raises(NotFound):
            await samples.session(table, "nobody")
        assert raw.items() == []

    async def test_a_ghost_gets_no_session(self, table: Table, raw: RawTable) -> None:
        odd_rows.ghost_user(raw, "u1")
        with pytest.raises(NotFound):
            await samples.session(table, "u1")
        assert stored(raw) is None

    @pytest.mark.parametrize(
        "bar",
        [
            {"deletingAt": LONG_AGO},
            {"disabledAt": LONG_AGO},
            {"disabledAt": LONG_AGO, "disabledUntil": text("2037-01-01T00:00:00.000Z")},
        ],
    )
    async def test_a_user_who_may_not_sign_in_gets_no_session(
        self, table: Table, raw: RawTable, bar: dict[str, Any]
    ) -> None:
        odd_rows.user(raw, "u1", "ada@example.com", **bar)
        with pytest.raises(Disabled):
            await samples.session(table, "u1")
        assert stored(raw) is None

    async def test_a_user_whose_disablement_is_over_gets_a_session(self, table: Table, raw: RawTable) -> None:
        odd_rows.user(raw, "u1", "ada@example.com", disabledAt=LONG_AGO, disabledUntil=LONG_AGO)
        await samples.session(table, "u1")
        assert await sessions.sign_in(table, "token") is not None

    async def test_a_token_that_is_taken_is_refused(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        await samples.session(table, "u1")
        before = raw.items()
        with pytest.raises(AlreadyExists) as refusal:
            await samples.session(table, "u1", ip="other")
        assert refusal.value.field == "sessionToken"
        assert raw.items() == before

    @pytest.mark.parametrize("token", ["", "a\0", "\ud800", "a" * 801])
    async def test_a_token_that_would_break_a_key_is_refused(self, table: Table, token: str) -> None:
        await samples.user(table, "u1")
        with pytest.raises(Rejected) as refusal:
            await samples.session(table, "u1", token)
        assert refusal.value.field == "sessionToken"


class TestSignIn:
    @any_names
    @pytest.mark.parametrize("whole_partition", [False, True])
    async def test_a_valid_session_signs_its_user_in(self, table: Table, whole_partition: bool) -> None:
        await samples.user(table, "u1", "ada@example.com")
        await samples.session(table, "u1")
        signed_in = await sessions.sign_in(table, "token", whole_partition=whole_partition)
        assert signed_in is not None
        assert signed_in.session is not None
        assert (signed_in.session.token, signed_in.user.email) == ("token", "ada@example.com")

    async def test_it_takes_the_index_and_one_consistent_read(self, proxied: Table, proxy: CountingProxy) -> None:
        await samples.user(proxied, "u1")
        await samples.session(proxied, "u1")
        proxy.reset()
        await sessions.sign_in(proxied, "token")
        assert proxy.operations == ["Query", "BatchGetItem"]
        (wanted,) = proxy.requests[1].body["RequestItems"].values()
        assert wanted["ConsistentRead"] is True

    async def test_with_the_partition_it_takes_the_index_and_one_consistent_query(
        self, proxied: Table, proxy: CountingProxy
    ) -> None:
        await samples.user(proxied, "u1")
        await samples.account(proxied, "u1")
        await samples.session(proxied, "u1")
        await samples.session(proxied, "u1", "another")
        proxy.reset()
        signed_in = await sessions.sign_in(proxied, "token", whole_partition=True)
        assert proxy.operations == ["Query", "Query"]
        assert proxy.requests[1].index is None
        assert proxy.requests[1].body["ConsistentRead"] is True
        assert signed_in is not None
        assert signed_in.partition is not None
        assert [session.token for session in signed_in.partition.sessions] == ["another", "token"]
        assert [account.provider for account in signed_in.partition.accounts] == ["github"]

    async def test_a_partition_too_large_for_one_query_is_left_out(self, table: Table, raw: RawTable) -> None:
        odd_rows.user(raw, "u1", "ada@example.com")
        with raw.together():
            for i in range(300):
                odd_rows.session(raw, "u1", f"s{i}", number(samples.FUTURE_SECONDS))
        signed_in = await sessions.sign_in(table, "s7", whole_partition=True)
        assert signed_in is not None
        assert signed_in.session is not None
        assert signed_in.session.token == "s7"
        assert signed_in.partition is None

    async def test_an_unknown_token_takes_one_request(self, proxied: Table, proxy: CountingProxy) -> None:
        assert await sessions.sign_in(proxied, "unknown") is None
        assert proxy.operations == ["Query"]

    @pytest.mark.parametrize("token", ["", "a\0", "\ud800", "a" * 801])
    async def test_what_can_be_no_token_takes_no_request(
        self, proxied: Table, proxy: CountingProxy, token: str
    ) -> None:
        assert await sessions.sign_in(proxied, token) is None
        assert proxy.total == 0

    @pytest.mark.parametrize("whole_partition", [False, True])
    @pytest.mark.parametrize(
        "expires",
        [
            odd_rows.whole_seconds(samples.PAST),
            odd_rows.iso_string(samples.PAST),
            number("1577836800.123"),
            NULL,
            text("whenever"),
            number("1E+100"),
        ],
    )
    async def test_a_session_that_is_over_or_says_not_when_it_ends_signs_nobody_in(
        self, table: Table, raw: RawTable, expires: dict[str, Any], whole_partition: bool
    ) -> None:
        odd_rows.user(raw, "u1", "ada@example.com")
        odd_rows.session(raw, "u1", "token", expires)
        assert await sessions.sign_in(table, "token", whole_partition=whole_partition) is None

    @pytest.mark.parametrize(
        "expires",
        [
            odd_rows.with_milliseconds(samples.FUTURE),
            odd_rows.iso_string(samples.FUTURE),
            odd_rows.whole_seconds(samples.FUTURE),
        ],
    )
    async def test_a_session_lasts_however_its_end_is_written(
        self, table: Table, raw: RawTable, expires: dict[str, Any]
    ) -> None:
        odd_rows.user(raw, "u1", "ada@example.com")
        odd_rows.session(raw, "u1", "token", expires)
        assert await sessions.sign_in(table, "token") is not None

    @pytest.mark.parametrize("whole_partition", [False, True])
    async def test_an_orphan_signs_nobody_in(self, table: Table, raw: RawTable, whole_partition: bool) -> None:
        odd_rows.session(raw, "u1", "token", number(samples.FUTURE_SECONDS))
        assert await sessions.sign_in(table, "token", whole_partition=whole_partition) is None

    async def test_a_ghost_does_not_sign_in(self, table: Table, raw: RawTable) -> None:
        odd_rows.ghost_user(raw, "u1", name=text("Ada"))
        odd_rows.session(raw, "u1", "token", number(samples.FUTURE_SECONDS))
        assert await sessions.sign_in(table, "token") is None

    @pytest.mark.parametrize(
        "bar",
        [
            {"deletingAt": LONG_AGO},
            {"disabledAt": LONG_AGO},
            {"disabledAt": LONG_AGO, "disabledUntil": text("2037-01-01T00:00:00.000Z")},
        ],
    )
    async def test_a_user_who_is_barred_or_being_deleted_does_not_sign_in(
        self, table: Table, raw: RawTable, bar: dict[str, Any]
    ) -> None:
        odd_rows.user(raw, "u1", "ada@example.com", **bar)
        odd_rows.session(raw, "u1", "token", number(samples.FUTURE_SECONDS))
        assert await sessions.sign_in(table, "token") is None

    async def test_a_zombie_signs_nobody_in(self, table: Table, raw: RawTable) -> None:
        odd_rows.user(raw, "u1", "ada@example.com")
        odd_rows.zombie_session(raw, "u1", "token", samples.FUTURE)
        assert await sessions.sign_in(table, "token") is None

    @pytest.mark.parametrize("whole_partition", [False, True])
    @pytest.mark.parametrize("left", ["nothing", "a zombie"])
    async def test_a_session_that_only_the_index_still_has_signs_nobody_in(
        self, table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch, left: str, whole_partition: bool
    ) -> None:
        await samples.user(table, "u1")
        session = await samples.session(table, "u1")
        await sessions.delete(table, session)
        if left == "a zombie":
            odd_rows.zombie_session(raw, "u1", "token", samples.FUTURE)

        async def lagging(*_: object) -> models.Session:
            return session

        monkeypatch.setattr(sessions, "find", lagging)
        assert await sessions.sign_in(table, "token", whole_partition=whole_partition) is None


class TestUpdate:
    @any_names
    async def test_what_is_given_is_set_and_everything_else_stays(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        session = await samples.session(table, "u1", ip="a", agent="b", place="c")
        before = stored(raw)
        assert before is not None
        later = samples.FUTURE + timedelta(days=1)
        updated = await sessions.update(table, session, later, {"ip": None, "agent": REMOVE})
        del before["agent"]
        assert stored(raw) == before | {"expires": number(samples.FUTURE_SECONDS + 86_400), "ip": NULL}
        assert updated.expires == later.replace(microsecond=0)
        assert updated.attributes == {"ip": None, "place": "c"}

    @any_names
    @pytest.mark.parametrize(
        "expires", [odd_rows.with_milliseconds(samples.FUTURE), odd_rows.iso_string(samples.FUTURE)]
    )
    async def test_a_session_is_extended_however_its_end_is_written(
        self, table: Table, raw: RawTable, expires: dict[str, Any]
    ) -> None:
        odd_rows.session(raw, "u1", "token", expires)
        await sessions.update(table, await found(table), samples.FUTURE, {})
        item = stored(raw)
        assert item is not None
        assert item["expires"] == number(samples.FUTURE_SECONDS)

    async def test_attributes_alone_leave_the_end_as_it_is_written(self, table: Table, raw: RawTable) -> None:
        odd_rows.session(raw, "u1", "token", odd_rows.with_milliseconds(samples.FUTURE))
        before = stored(raw)
        assert before is not None
        await sessions.update(table, await found(table), None, {"ip": "a"})
        assert stored(raw) == before | {"ip": text("a")}

    async def test_a_change_of_nothing_writes_nothing(self, proxied: Table, proxy: CountingProxy) -> None:
        await samples.user(proxied, "u1")
        session = await samples.session(proxied, "u1")
        proxy.reset()
        assert await sessions.update(proxied, session, None, {}) is session
        assert proxy.total == 0

    async def test_a_session_that_is_over_is_not_extended(self, table: Table, raw: RawTable) -> None:
        odd_rows.session(raw, "u1", "token", odd_rows.whole_seconds(samples.PAST))
        before = raw.items()
        with pytest.raises(Expired):
            await sessions.update(table, await found(table), samples.FUTURE, {})
        assert raw.items() == before

    async def test_a_session_that_was_ended_meanwhile_is_not_extended(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        session = await samples.session(table, "u1")
        odd_rows.session(raw, "u1", "token", odd_rows.whole_seconds(samples.PAST))
        before = raw.items()
        with pytest.raises(Expired):
            await sessions.update(table, session, samples.FUTURE, {})
        assert raw.items() == before

    async def test_a_session_that_was_extended_meanwhile_is_extended_again(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        session = await samples.session(table, "u1")
        odd_rows.session(raw, "u1", "token", number(samples.FUTURE_SECONDS - 5))
        assert (await sessions.update(table, session, samples.FUTURE, {})).expires == session.expires

    async def test_a_session_that_was_revoked_meanwhile_does_not_come_back(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        session = await samples.session(table, "u1")
        await sessions.delete(table, session)
        with pytest.raises(NotFound):
            await sessions.update(table, session, samples.FUTURE, {})
        assert stored(raw) is None

    async def test_a_zombie_is_not_extended(self, table: Table, raw: RawTable) -> None:
        odd_rows.zombie_session(raw, "u1", "token", samples.FUTURE)
        (zombie,) = await read(table)
        before = raw.items()
        with pytest.raises(NotFound):
            await sessions.update(table, zombie, samples.FUTURE + timedelta(days=1), {})
        assert raw.items() == before

    async def test_a_session_updated_and_deleted_at_once_is_gone(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        for turn in range(20):
            session = await samples.session(table, "u1", f"s{turn}")
            later = samples.FUTURE + timedelta(days=1)
            updates = [sessions.update(table, session, later, {}) for _ in range(2)]
            await samples.outcomes([*updates, sessions.delete(table, session)])
            assert stored(raw, f"s{turn}") is None

    async def test_a_session_that_keeps_changing_is_stale_in_the_end(
        self, table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await samples.user(table, "u1")
        session = await samples.session(table, "u1")
        update, ends = Table.update, iter(range(1, 100))

        async def overtaken(*arguments: Any) -> Any:
            odd_rows.session(raw, "u1", "token", number(samples.FUTURE_SECONDS + next(ends)))
            return await update(*arguments)

        monkeypatch.setattr(Table, "update", overtaken)
        with pytest.raises(Stale):
            await sessions.update(table, session, samples.FUTURE, {})


class TestDelete:
    @any_names
    async def test_the_session_goes_and_is_returned(self, table: Table, raw: RawTable) -> None:
        await samples.user(table, "u1")
        session = await samples.session(table, "u1", ip="a")
        deleted = await sessions.delete(table, session)
        assert deleted is not None
        assert (deleted.token, deleted.attributes) == ("token", {"ip": "a"})
        assert stored(raw) is None

    async def test_a_session_that_is_gone_is_none(self, table: Table) -> None:
        await samples.user(table, "u1")
        session = await samples.session(table, "u1")
        await sessions.delete(table, session)
        assert await sessions.delete(table, session) is None

    async def test_a_zombie_can_be_deleted(self, table: Table, raw: RawTable) -> None:
        odd_rows.zombie_session(raw, "u1", "token", samples.FUTURE)
        (zombie,) = await read(table)
        await sessions.delete(table, zombie)
        assert raw.items() == []


class TestDeleteAll:
    @any_names
    async def test_every_session_of_the_user_goes_and_nothing_else(self, table: Table, raw: RawTable) -> None:
        for user_id in ("u1", "u2"):
            await samples.user(table, user_id)
            await samples.account(table, user_id, "github", user_id)
            await samples.session(table, user_id, f"{user_id}-a")
        odd_rows.zombie_session(raw, "u1", "zombie", samples.FUTURE)
        before = raw.items()
        assert (await sessions.delete_all(table, "u1")).count == 2
        assert raw.items() == [
            item for item in before if item[raw.settings.sort_key] not in (text("SESSION#u1-a"), text("SESSION#zombie"))
        ]

    async def test_three_hundred_sessions_go_but_for_those_to_keep(self, table: Table, raw: RawTable) -> None:
        odd_rows.user(raw, "u1", "ada@example.com")
        for i in range(300):
            odd_rows.session(raw, "u1", f"s{i}", number(samples.FUTURE_SECONDS))
        assert len(await tokens(table)) == 300
        assert (await sessions.delete_all(table, "u1", {"s7", "s299"}.__contains__)).count == 298
        assert await tokens(table) == ["s299", "s7"]

    async def test_nobodys_sessions_are_none(self, table: Table) -> None:
        assert (await sessions.delete_all(table, "nobody")).count == 0
        assert (await sessions.delete_all(table, "")).count == 0


class TestReadAll:
    @pytest.mark.parametrize(
        ("count", "size", "readable"), [(2, 290_000, True), (2, 310_000, False), (6, 380_000, False)]
    )
    async def test_sessions_are_read_all_or_none_up_to_600_kilobytes(
        self, table: Table, count: int, size: int, readable: bool
    ) -> None:
        """Beyond, DynamoDB would end the page at a place that depends on the order of their tokens."""
        await samples.user(table, "u1")
        for i in range(count):
            await samples.session(table, "u1", f"s{i}", blob="x" * size)
        assert (await sessions.read_all(table, "u1") is not None) is readable

    async def test_sessions_are_read_all_or_none_up_to_a_number(
        self, table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for i in range(5):
            odd_rows.session(raw, "u1", f"s{i}", number(samples.FUTURE_SECONDS))
        monkeypatch.setattr(partition, "MOST_READ_WHOLE", 5)
        assert len(await tokens(table)) == 5
        monkeypatch.setattr(partition, "MOST_READ_WHOLE", 4)
        assert await sessions.read_all(table, "u1") is None

    async def test_sessions_that_are_over_are_read_too(self, table: Table, raw: RawTable) -> None:
        odd_rows.session(raw, "u1", "token", odd_rows.whole_seconds(samples.PAST))
        (session,) = await read(table)
        assert session.expired
