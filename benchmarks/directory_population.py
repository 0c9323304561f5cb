"""The users in the tables whose lists are measured: the same ones every time, with what `directory build` has stored.

Every second user is as the Auth.js adapter stores them, so nothing is known of their creation. All have their entries,
and the state of the directory says that its lists are whole.
"""

import asyncio
import hashlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.servers import local_engine
from dynamo import directory_state, entries, format, keys, models
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.directory_state import Built, DirectoryState
from dynamo.settings import TableSettings
from dynamo.tables import lifecycle
from dynamo.tables.layout import DIRECTORY_INDEX

NOWHERE: Final = "http://127.0.0.1:1"
"""The endpoint of settings with which nothing is sent."""
REPORTED: Final = 20_000
"""How many users are written before the next line says so."""
COLUMNS: Final = (
    "hashKey, rangeKey, hashValue, rangeValue, itemSize, ObjectJSON, hashRangeValue, "
    "indexKey_0, indexKey_1, indexKey_2, indexKey_3"
)
"""The columns of a table in the engine's file. The last four are the keys of the two indexes."""
EARLY: Final = datetime(2020, 1, 1, tzinfo=UTC)
DAYS: Final = 2000
"""How long it took until the last user was created."""
FIRST_NAMES: Final = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gia", "Hugo", "Ida", "Jon")
LAST_NAMES: Final = ("Adler", "Berg", "Costa", "Dahl", "Eriksen", "Fischer", "Gomez", "Huber", "Ito", "Jansen", "Kim")

Row = dict[str, Any]


def facts(number: int, size: int) -> Row:
    """A user of a table of this size."""
    name = f"{FIRST_NAMES[number % 10]} {LAST_NAMES[number // 10 % 11]}"
    found = {
        "id": f"{(number * 2_654_435_761) % 2**32:08x}-{number:08x}",
        "type": "USER",
        "name": name,
        "email": f"{name.split(maxsplit=1)[0].lower()}.{number:06}@example.com",
        "image": f"https://images.example.com/{number}.png",
    }
    if number % 4:
        found["emailVerified"] = "2025-06-01T12:00:00.000Z"
    if number % 2:
        found["createdAt"] = format.iso(EARLY + timedelta(days=DAYS) * number / size)
        found["lastSignInAt"] = format.iso(EARLY + timedelta(days=DAYS) + timedelta(minutes=number % 5000))
    if number % 20 == 1:
        found["disabledAt"] = "2025-07-01T12:00:00.000Z"
    return found


def user(table: Table, number: int, size: int) -> models.User:
    """The user as they are read from the table."""
    found = facts(number, size)
    key = keys.user(found["id"])
    return models.user(table, found | table.key(key, key))


def rows(table: Table, number: int, size: int) -> Iterator[Row]:
    """The items of a user: the user, an account of every tenth, a second one of every hundredth, and the entries in all
    lists."""
    found = facts(number, size)
    key, login = keys.user(found["id"]), keys.user_by_email(found["email"])
    yield {**found, **table.key(key, key), **table.index_keys(login, login)}
    if number % 10 == 1:
        for account_id in (f"{number:06}", *((f"z{number:06}",) if number % 100 == 1 else ())):
            account = {"id": f"a{account_id}", "userId": found["id"], "provider": "github", "type": "oauth"}
            at = table.index_keys(keys.account_provider("github"), keys.account_at_provider(account_id))
            sort = keys.account("github", account_id)
            yield {**account, "providerAccountId": account_id, **table.key(key, sort), **at}
    for of, (_, entry) in entries.wanted(table, user(table, number, size)).items():
        if of is DirectoryList.EMAIL:
            lock = keys.email_lock(entry["id"])
            yield {**entry, "claim": "0", **table.key(lock, lock)}
        else:
            yield entry


def settings_of(endpoint_url: str, size: int) -> TableSettings:
    """Settings that lead to the table of this size."""
    return TableSettings(
        _env_file=None,
        table_name=f"directory-{size}",
        dynamodb_endpoint_url=endpoint_url,
        directory_index_name=DIRECTORY_INDEX,
        directory_lists=tuple(DirectoryList),
    )


def create(folder: Path, sizes: Sequence[int]) -> None:
    """Create and fill a table of each size in a data folder of the local engine, which must not run meanwhile.

    The engine takes an hour to store 300,000 users with their entries, so they are written into its file. Each table
    also gets its first user from the engine itself, to see that the file is written as the engine does it.
    """
    with local_engine(folder) as engine:
        for size in sizes:
            settings = settings_of(engine.endpoint_url, size)
            lifecycle.create_table(settings, directory_index=True)
            asyncio.run(_begin(settings, size))
    (file,) = folder.rglob("*.db")
    with closing(sqlite3.connect(file)) as database:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -2000000"):
            database.execute(f"PRAGMA {pragma}")
        for size in sizes:
            _fill(database, settings_of(NOWHERE, size), size)


async def _begin(settings: TableSettings, size: int) -> None:
    """Store the state of the directory, as a build does, and the first user."""
    table = Table.connect(settings)
    now = datetime.now(UTC)
    built = dict.fromkeys(DirectoryList, Built(now, table.directory_shards))
    await table.put(directory_state.item_of(table, DirectoryState(built, size, now)))
    await table.put(next(rows(table, 0, size)))
    await table.close()


def _fill(database: sqlite3.Connection, settings: TableSettings, size: int) -> None:
    table, begun = Table.connect(settings), time.monotonic()
    first = record(next(rows(table, 0, size)))
    stored = database.execute(f'SELECT {COLUMNS} FROM "{table.name}" WHERE hashKey = ?', first[:1]).fetchall()
    if [_comparable(row) for row in stored] != [_comparable(first)]:
        raise RuntimeError("This version of the local engine stores items in another way: correct `record`.")
    statement = f'INSERT OR REPLACE INTO "{table.name}" ({COLUMNS}) VALUES ({", ".join("?" * len(first))})'
    for start in range(0, size, REPORTED):
        numbers = range(start, min(start + REPORTED, size))
        items = chain.from_iterable(rows(table, number, size) for number in numbers)
        database.executemany(statement, map(record, items))
        database.commit()
        print(f"{numbers.stop:,} of {size:,} users after {time.monotonic() - begun:.0f} s", flush=True)


def record(item: Row) -> tuple[Any, ...]:
    """The row of an item in the engine's file, whose columns are `COLUMNS`."""
    texts = {name: value.encode() for name, value in item.items()}
    partition, sort = texts["pk"], texts["sk"]
    hashed = _hash(partition), _hash(sort)
    size = sum(len(name.encode()) + len(value) for name, value in texts.items())
    body = orjson.dumps({name: {"S": value} for name, value in item.items()})
    indexed = (texts.get(name) for name in ("GSI1PK", "GSI1SK", "type", "id"))
    return (partition, sort, *hashed, size, body, _hash(*hashed), *indexed)


def _comparable(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row without the order of the attributes in its JSON."""
    return tuple(orjson.loads(value) if place == 5 else value for place, value in enumerate(row))


def _hash(*parts: bytes) -> bytes:
    return hashlib.sha1(b"".join((b"LocalDdb", *parts))).digest()
