"""A user's partition: everything in one Query, or kind by kind in pages."""

import pytest

from dynamo import partition
from dynamo.client import Table
from dynamo.partition import Kind
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.dynamo.test_authenticators import passkey
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number
from tests.tables import any_names

KINDS = {Kind.ACCOUNTS: ["github", "google"], Kind.SESSIONS: ["s1", "s2"], Kind.AUTHENTICATORS: ["key1"]}


async def fill(table: Table) -> None:
    await samples.user(table, "u1", "ada@example.com")
    for provider in KINDS[Kind.ACCOUNTS]:
        await samples.account(table, "u1", provider)
    for token in KINDS[Kind.SESSIONS]:
        await samples.session(table, "u1", token)
    await passkey(table, "u1")


def names(records: object) -> list[str]:
    """The provider, token or credential of each record."""
    assert isinstance(records, list)
    return [
        getattr(record, "provider", None) or getattr(record, "token", None) or record.credential_id
        for record in records
    ]


@any_names
async def test_user_accounts_sessions_and_passkeys_are_read_in_one_query(table: Table, raw: RawTable) -> None:
    await fill(table)
    raw.put(raw.keys("USER#u1", "CUSTOM#1"))
    found = await partition.read(table, "u1")
    assert found is not None
    assert found.user is not None
    assert found.user.email == "ada@example.com"
    assert {kind: names(found.of_kind(kind)) for kind in Kind} == KINDS
    assert table.usage.read_units > 0


async def test_it_takes_one_request(proxied: Table, proxy: CountingProxy) -> None:
    await fill(proxied)
    proxy.reset()
    await partition.read(proxied, "u1", consistent=True)
    assert proxy.operations == ["Query"]
    assert proxy.requests[0].body["ConsistentRead"] is True


@pytest.mark.parametrize("user_id", ["nobody", "", "a\0", "\ud800"])
async def test_nobodys_partition_is_empty(table: Table, user_id: str) -> None:
    found = await partition.read(table, user_id)
    assert found is not None
    assert found.user is None
    assert not any(found.of_kind(kind) for kind in Kind)
    assert await partition.page(table, user_id, Kind.SESSIONS.value, limit=1, after=None) == ([], None)


async def test_a_partition_that_is_too_large_is_none(table: Table, raw: RawTable) -> None:
    for i in range(partition.READ_LIMIT + 1):
        odd_rows.session(raw, "u1", f"s{i}", number(samples.FUTURE_SECONDS))
    assert await partition.read(table, "u1") is None


@any_names
@pytest.mark.parametrize("limit", [1, 2, 10])
async def test_each_kind_is_read_in_pages_in_order(table: Table, limit: int) -> None:
    await fill(table)
    for kind in Kind:
        read: list[partition.Child] = []
        after: str | None = None
        while True:
            records, after = await partition.children(table, "u1", kind, limit=limit, after=after)
            assert len(records) <= limit
            read += records
            if after is None:
                break
            assert after == partition.sort_key(table, records[-1])
        assert names(read) == KINDS[kind]
