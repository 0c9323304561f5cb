"""API keys: only hashes are stored, revocations take effect at once, and the list is sorted."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from dynamo import api_keys, models
from dynamo.client import Table
from dynamo.errors import NotFound, Rejected
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.interop.raw import NULL, RawTable, text
from tests.tables import any_names

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def create(table: Table, name: str = "deploy") -> models.ApiKey:
    return await api_keys.create(table, name, ["users:read"], "hash", None)


async def again(table: Table, key: models.ApiKey) -> models.ApiKey:
    read = await api_keys.get(table, key.key_id)
    assert read is not None
    return read


class TestCreate:
    @any_names
    async def test_a_key_is_stored_with_its_hash_and_scopes(self, table: Table, raw: RawTable) -> None:
        made = await api_keys.create(table, " deploy ", ["b", "a", "b"], "hash", samples.FUTURE)
        (item,) = raw.items()
        assert ISO.fullmatch(item.pop("createdAt")["S"])
        key = f"APIKEY#{made.key_id}"
        assert item == raw.keys(key, key, ("APIKEY", key)) | {
            "type": text("APIKEY"),
            "name": text("deploy"),
            "scopes": {"L": [text("b"), text("a")]},
            "secretHash": text("hash"),
            "expiresAt": text("2037-01-01T12:30:15.678Z"),
        }

    async def test_what_was_stored_is_returned(self, table: Table) -> None:
        made = await create(table)
        read = await again(table, made)
        for key in (made, read):
            assert (key.name, key.scopes, key.secret_hash) == ("deploy", ("users:read",), "hash")
            assert (key.expires, key.last_used_at, key.revoked_at) == (None, None, None)
            assert datetime.now(UTC) - timedelta(minutes=1) < key.created_at <= datetime.now(UTC)

    async def test_a_key_that_does_not_end_says_so(self, table: Table, raw: RawTable) -> None:
        await create(table)
        assert raw.items()[0]["expiresAt"] == NULL

    @pytest.mark.parametrize(("name", "scopes", "field"), [(" ", ["a"], "name"), ("deploy", [], "scopes")])
    async def test_a_key_without_a_name_or_a_scope_is_refused(
        self, table: Table, raw: RawTable, name: str, scopes: list[str], field: str
    ) -> None:
        with pytest.raises(Rejected) as refusal:
            await api_keys.create(table, name, scopes, "hash", None)
        assert refusal.value.field == field
        assert raw.items() == []


class TestGet:
    @pytest.mark.parametrize("key_id", ["none", "", "a\0", "\ud800"])
    async def test_a_key_that_is_not_there_is_none(self, table: Table, key_id: str) -> None:
        assert await api_keys.get(table, key_id) is None

    async def test_it_reads_the_key_as_it_stands_now(self, proxied: Table, proxy: CountingProxy) -> None:
        await api_keys.get(proxied, "k1")
        assert proxy.operations == ["GetItem"]
        assert proxy.requests[0].body["ConsistentRead"] is True


class TestRevoke:
    @any_names
    async def test_a_revoked_key_says_since_when_and_nothing_else_changes(self, table: Table, raw: RawTable) -> None:
        made = await create(table)
        (before,) = raw.items()
        revoked = await api_keys.revoke(table, made.key_id)
        assert revoked.revoked_at is not None
        (after,) = raw.items()
        assert ISO.fullmatch(after.pop("revokedAt")["S"])
        assert after == before

    async def test_the_first_revocation_stays(self, table: Table, raw: RawTable) -> None:
        made = await create(table)
        first = await api_keys.revoke(table, made.key_id)
        before = raw.items()
        assert (await api_keys.revoke(table, made.key_id)).revoked_at == first.revoked_at
        assert raw.items() == before

    async def test_a_key_that_is_not_there_is_not_made(self, table: Table, raw: RawTable) -> None:
        with pytest.raises(NotFound):
            await api_keys.revoke(table, "none")
        with pytest.raises(Rejected):
            await api_keys.revoke(table, "")
        assert raw.items() == []


class TestPage:
    @any_names
    @pytest.mark.parametrize("limit", [1, 2, 5, 6])
    async def test_every_key_is_listed_once_in_order_and_the_last_page_knows_it_is(
        self, table: Table, limit: int
    ) -> None:
        made = sorted([(await create(table, str(i))).key_id for i in range(5)])
        page, following = await api_keys.page(table, limit=limit, after=None)
        listed = [key.key_id for key in page]
        while following is not None:
            page, following = await api_keys.page(table, limit=limit, after=following)
            assert 0 < len(page) <= limit
            listed += [key.key_id for key in page]
        assert listed == made

    async def test_without_keys_the_list_is_empty(self, table: Table) -> None:
        assert await api_keys.page(table, limit=10, after=None) == ([], None)


class TestNoteUse:
    @any_names
    async def test_the_first_use_is_written_down(self, table: Table) -> None:
        made = await create(table)
        await api_keys.note_use(table, made)
        used = (await again(table, made)).last_used_at
        assert used is not None
        assert datetime.now(UTC) - used < timedelta(minutes=1)

    async def test_a_use_within_the_hour_is_not(self, proxied: Table, proxy: CountingProxy) -> None:
        made = await create(proxied)
        await api_keys.note_use(proxied, made)
        used = await again(proxied, made)
        proxy.reset()
        await api_keys.note_use(proxied, used)
        assert proxy.total == 0

    async def test_a_use_an_hour_later_is(self, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
        made = await create(table)
        await api_keys.note_use(table, made)
        first = await again(table, made)
        monkeypatch.setattr(api_keys, "USE_RESOLUTION", timedelta(0))
        await api_keys.note_use(table, first)
        later = (await again(table, made)).last_used_at
        assert later is not None
        assert first.last_used_at is not None
        assert later > first.last_used_at

    async def test_a_key_that_is_gone_is_not_made_again_and_nothing_is_raised(
        self, table: Table, raw: RawTable
    ) -> None:
        made = await create(table)
        await table.delete(table.key(f"APIKEY#{made.key_id}", f"APIKEY#{made.key_id}"))
        await api_keys.note_use(table, made)
        assert raw.items() == []
