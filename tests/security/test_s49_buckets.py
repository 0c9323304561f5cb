"""S49: the counts of callers take a few bytes each, however long their names are."""

import sys
import tracemalloc

import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from execution.executor import Executor, Policy
from execution.rate_limit import KEPT, KEY_BYTES, ProcessRateLimit, SharedRateLimit
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA
from tests.api import ADMIN_KEY, SECRET, Api
from tests.interop.raw import RawTable
from web.media import LONGEST, is_json, negotiate, prefers_html

LONG = 480_000


async def test_s49_identifiers_of_480_kb_leave_16_bytes_each() -> None:
    limit = ProcessRateLimit(10)
    tracemalloc.start()
    try:
        for number in range(20):
            await limit.take(f"verification token:{number}" + "x" * LONG, 1)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < LONG
    assert {len(key) for key in limit._buckets} == {KEY_BYTES}


async def test_s49_a_full_bucket_list_has_a_size_in_bytes() -> None:
    limit = ProcessRateLimit(10)
    tracemalloc.start()
    try:
        for number in range(KEPT + 1000):
            await limit.take(f"{number}", 1)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(limit._buckets) == KEPT
    assert kept < 40 * 1024 * 1024


async def test_s49_an_attempt_through_the_api_keeps_no_more(table_settings: TableSettings) -> None:
    attempts = ProcessRateLimit(10)
    table = Table.connect(table_settings)
    service = Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,), attempts)
    api = Api(table, Executor(GRAPHQL_SCHEMA, service, Policy(Limits(_env_file=None))))
    use = 'mutation($i: String!) { useVerificationToken(input: {identifier: $i, token: "t"}) { userErrors { code } } }'
    for number in range(5):
        await api.send(use, {"i": f"{number}" + "x" * LONG})
    assert all(len(key) == KEY_BYTES for key in attempts._buckets)


async def test_s49_names_that_are_alike_in_length_and_ends_are_told_apart() -> None:
    limit = ProcessRateLimit(1, lambda: 0)
    names = ["a" + "x" * 1000 + "z", "b" + "x" * 1000 + "z", "\ud800", "\ud801"]
    assert [(await limit.take(name, 1)).retry_after for name in names] == [None] * 4
    assert [(await limit.take(name, 1)).retry_after is None for name in names] == [False] * 4


async def test_s49_the_shared_limit_writes_a_key_of_fixed_size(table_settings: TableSettings, raw: RawTable) -> None:
    limit = SharedRateLimit(10, Table.connect(table_settings))
    await limit.take("short", 1)
    await limit.take("x" * LONG, 1)
    short, long = raw.items()
    assert len(short["pk"]["S"]) == len(long["pk"]["S"]) < 100


@pytest.mark.parametrize("read", [negotiate, prefers_html, is_json])
def test_s49_a_long_header_value_is_read_and_not_kept(read: object) -> None:
    assert callable(read)
    long = b"application/json;q=" + b"1" * LONG
    references = sys.getrefcount(long)
    read(long)
    assert sys.getrefcount(long) == references
    short = b"application/json;x=" + b"1" * (LONGEST - 19)
    references = sys.getrefcount(short)
    read(short)
    assert sys.getrefcount(short) > references
