"""Verification tokens: each is used by one caller, once, and not after it expires."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dynamo import models, verification_tokens
from dynamo.client import Table, TransactWriteItem
from dynamo.errors import Rejected, Unavailable
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.interop import odd_rows
from tests.interop.raw import NULL, RawTable, number, text
from tests.tables import any_names

ADA = "ada@example.com"
IMPOSSIBLE = ["", "a\0", "\ud800", "a" * 801]


async def create(table: Table, token: str = "t1", *, replace: bool = False) -> models.VerificationToken:
    return await verification_tokens.create(table, ADA, token, samples.FUTURE, replace=replace)


async def tokens(table: Table) -> list[str]:
    return [token.token for token in await read(table, ADA)]


async def read(table: Table, identifier: str) -> list[models.VerificationToken]:
    found = await verification_tokens.read(table, identifier)
    assert found is not None
    return found


class TestCreate:
    @any_names
    async def test_a_token_is_stored_as_the_adapter_stores_one_in_whole_seconds(
        self, table: Table, raw: RawTable
    ) -> None:
        made = await create(table)
        assert raw.items() == [
            raw.keys(f"VT#{ADA}", "VT#t1")
            | {
                "identifier": text(ADA),
                "token": text("t1"),
                "expires": number(samples.FUTURE_SECONDS),
                "type": text("VT"),
            }
        ]
        assert (made.identifier, made.token, made.expired) == (ADA, "t1", False)
        assert made.expires == samples.FUTURE.replace(microsecond=0)

    async def test_older_tokens_of_the_identifier_stay_unless_they_are_replaced(
        self, table: Table, raw: RawTable
    ) -> None:
        odd_rows.verification_token(raw, "other", "t0", number(samples.FUTURE_SECONDS))
        await create(table, "t1")
        await create(table, "t2")
        assert await tokens(table) == ["t1", "t2"]
        await create(table, "t3", replace=True)
        assert await tokens(table) == ["t3"]
        assert len(await read(table, "other")) == 1

    @pytest.mark.parametrize("part", IMPOSSIBLE)
    async def test_what_would_break_a_key_is_refused(self, table: Table, part: str) -> None:
        for identifier, token, field in ((part, "t1", "identifier"), (ADA, part, "token")):
            with pytest.raises(Rejected) as refusal:
                await verification_tokens.create(table, identifier, token, samples.FUTURE)
            assert refusal.value.field == field

    async def test_a_separator_in_an_identifier_reaches_no_other_identifier(self, table: Table) -> None:
        await verification_tokens.create(table, "a", "b", samples.FUTURE)
        await verification_tokens.create(table, "a#VT#b", "c", samples.FUTURE)
        assert len(await read(table, "a")) == 1


class TestUse:
    @any_names
    async def test_a_token_is_returned_once(self, table: Table, raw: RawTable) -> None:
        await create(table)
        used = await verification_tokens.use(table, ADA, "t1")
        assert used is not None
        assert (used.identifier, used.token) == (ADA, "t1")
        assert raw.items() == []
        assert await verification_tokens.use(table, ADA, "t1") is None

    async def test_it_takes_a_consistent_read_and_a_transaction(self, proxied: Table, proxy: CountingProxy) -> None:
        await create(proxied)
        proxy.reset()
        await verification_tokens.use(proxied, ADA, "t1")
        assert proxy.operations == ["GetItem", "TransactWriteItems"]
        assert proxy.requests[0].body["ConsistentRead"] is True

    @any_names
    @pytest.mark.parametrize("written", ["number", "milliseconds", "string"])
    async def test_of_concurrent_uses_exactly_one_gets_the_token(
        self, table: Table, raw: RawTable, written: str
    ) -> None:
        expires = {
            "number": odd_rows.whole_seconds,
            "milliseconds": odd_rows.with_milliseconds,
            "string": odd_rows.iso_string,
        }[written](samples.FUTURE)
        for turn in range(5):
            odd_rows.verification_token(raw, ADA, f"t{turn}", expires)
            used, refused = await samples.outcomes(verification_tokens.use(table, ADA, f"t{turn}") for _ in range(10))
            assert refused == []
            assert len([token for token in used if token is not None]) == 1

    @pytest.mark.parametrize(("identifier", "token"), [(ADA, "t2"), ("eve@example.com", "t1"), ("", "t1"), (ADA, "")])
    async def test_a_wrong_one_is_none_and_uses_nothing_up(self, table: Table, identifier: str, token: str) -> None:
        await create(table)
        assert await verification_tokens.use(table, identifier, token) is None
        assert await tokens(table) == ["t1"]

    @pytest.mark.parametrize(
        "expires",
        [
            odd_rows.whole_seconds(samples.PAST),
            number("1577836800.123"),
            odd_rows.iso_string(samples.PAST),
            text("whenever"),
            text("9999-12-31"),
            NULL,
            {"BOOL": True},
        ],
    )
    async def test_one_that_is_over_or_says_not_when_it_ends_is_none(
        self, table: Table, raw: RawTable, expires: dict[str, Any]
    ) -> None:
        odd_rows.verification_token(raw, ADA, "t1", expires)
        assert await verification_tokens.use(table, ADA, "t1") is None

    async def test_one_without_an_end_is_none(self, table: Table, raw: RawTable) -> None:
        raw.put(raw.keys(f"VT#{ADA}", "VT#t1"))
        assert await verification_tokens.use(table, ADA, "t1") is None

    async def test_one_that_ended_a_moment_ago_is_none(self, table: Table, raw: RawTable) -> None:
        odd_rows.verification_token(
            raw, ADA, "t1", odd_rows.with_milliseconds(datetime.now(UTC) - timedelta(milliseconds=2))
        )
        assert await verification_tokens.use(table, ADA, "t1") is None

    @pytest.mark.parametrize("end", [odd_rows.with_milliseconds, odd_rows.iso_string, odd_rows.whole_seconds])
    async def test_one_is_used_however_its_end_is_written(self, table: Table, raw: RawTable, end: Any) -> None:
        odd_rows.verification_token(raw, ADA, "t1", end(samples.FUTURE))
        assert await verification_tokens.use(table, ADA, "t1") is not None

    async def test_one_that_is_stored_anew_meanwhile_is_used_all_the_same(
        self, table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await create(table)
        transact = Table.transact
        ends = [samples.FUTURE_SECONDS + 1]

        async def overtaken(self: Table, operations: list[TransactWriteItem], *token: Any, **more: Any) -> None:
            if ends:
                odd_rows.verification_token(raw, ADA, "t1", number(ends.pop()))
            await transact(self, operations, *token, **more)

        monkeypatch.setattr(Table, "transact", overtaken)
        assert await verification_tokens.use(table, ADA, "t1") is not None
        assert raw.items() == []
        ends += range(samples.FUTURE_SECONDS, samples.FUTURE_SECONDS + 10)
        await create(table)
        with pytest.raises(Unavailable):
            await verification_tokens.use(table, ADA, "t1")


class TestRead:
    async def test_every_token_of_the_identifier_is_read_and_none_used_up(self, table: Table, raw: RawTable) -> None:
        await create(table)
        odd_rows.verification_token(raw, ADA, "t0", odd_rows.whole_seconds(samples.PAST))
        for _ in range(2):
            found = await read(table, ADA)
            assert [(token.token, token.expired) for token in found] == [("t0", True), ("t1", False)]

    @pytest.mark.parametrize("identifier", ["nobody", *IMPOSSIBLE])
    async def test_an_identifier_without_tokens_has_none(self, table: Table, identifier: str) -> None:
        assert await verification_tokens.read(table, identifier) == []
        assert await verification_tokens.delete_all(table, identifier) == 0


class TestDeleteAll:
    @any_names
    async def test_the_tokens_of_the_identifier_go_and_no_others(self, table: Table, raw: RawTable) -> None:
        odd_rows.verification_token(raw, "other", "t1", number(samples.FUTURE_SECONDS))
        for i in range(30):
            odd_rows.verification_token(raw, ADA, f"t{i}", number(samples.FUTURE_SECONDS))
        assert await verification_tokens.delete_all(table, ADA) == 30
        assert [item["identifier"] for item in raw.items()] == [text("other")]

    async def test_more_than_a_page_holds_go_too(self, table: Table, raw: RawTable) -> None:
        for i in range(4):
            raw.put(raw.keys(f"VT#{ADA}", f"VT#{i}") | {"blob": text("x" * 380_000)})
        assert await verification_tokens.delete_all(table, ADA) == 4
        assert raw.items() == []
