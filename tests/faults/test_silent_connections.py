"""A failover or a NAT forgets all connections at once: the first request finds that out for all of them."""

import asyncio

import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from tests.counting_proxy import CountingProxy

KEPT = 20


@pytest.fixture
def table(proxied_settings: TableSettings) -> Table:
    """A table behind the proxy. Silence lasts long enough to be distinguished from a busy machine."""
    fields = {"dynamodb_read_timeout_seconds": 3.0, "dynamodb_connect_timeout_seconds": 10.0}
    return Table.connect(proxied_settings.model_copy(update=fields))


async def keep_connections(table: Table, proxy: CountingProxy) -> None:
    """Open so many connections and leave them idle."""
    proxy.delay_next("GetItem", 1.0, times=KEPT)
    await asyncio.gather(*(attempts(table) for _ in range(KEPT)))
    assert proxy.connections > KEPT // 2


async def attempts(table: Table) -> int:
    """How many attempts one read takes. Each of them except the last lasts until the read timeout."""
    metered = table.metered()
    await metered.get(table.key("a", "b"), consistent=True)
    return metered.usage.requests


async def test_one_after_another_only_the_first_waits(table: Table, proxy: CountingProxy) -> None:
    await keep_connections(table, proxy)
    proxy.silence_connections()
    assert [await attempts(table) for _ in range(3 * KEPT)] == [2] + [1] * (3 * KEPT - 1)


async def test_all_at_once_each_waits_once(table: Table, proxy: CountingProxy) -> None:
    await keep_connections(table, proxy)
    proxy.silence_connections()
    # Requests that find no idle connection any more are fast.
    assert max(await asyncio.gather(*(attempts(table) for _ in range(KEPT)))) == 2
    assert await asyncio.gather(*(attempts(table) for _ in range(KEPT))) == [1] * KEPT


@pytest.mark.parametrize("operation", ["PutItem", "TransactWriteItems"])
async def test_a_write_is_as_quick(table: Table, proxy: CountingProxy, operation: str) -> None:
    await keep_connections(table, proxy)
    proxy.silence_connections()
    metered, key = table.metered(), table.key("a", "b")
    if operation == "PutItem":
        await metered.put(key)
    else:
        await metered.transact([table.put_operation(key)])
    assert metered.usage.requests == 2
    assert await attempts(table) == 1
