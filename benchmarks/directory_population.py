"""The users in the tables whose lists are measured: the same ones every time, with what `directory build` has stored.

Every second user is as the Auth.js adapter stores them, so nothing is known of their creation. All have their entries,
and the state of the directory says that its lists are whole.
"""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any, Final

from benchmarks.population import BATCH, Item, write
from dynamo import aws, directory_state, entries, format, keys, models
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.directory_state import Built, DirectoryState
from dynamo.settings import TableSettings
from dynamo.tables import lifecycle
from dynamo.tables.layout import DIRECTORY_INDEX

WRITERS: Final = 2
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
    """The items of a user: the user, two accounts of every tenth, and the entries in all lists."""
    found = facts(number, size)
    key, login = keys.user(found["id"]), keys.user_by_email(found["email"])
    yield {**found, **table.key(key, key), **table.index_keys(login, login)}
    if number % 10 == 1:
        for account_id in (f"{number:06}", f"{number:06}-again"):
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


def create(endpoint_url: str, size: int) -> TableSettings:
    """Create and fill a table."""
    settings = settings_of(endpoint_url, size)
    lifecycle.create_table(settings, directory_index=True)
    table = Table.connect(settings)
    client = aws.session(settings).client("dynamodb", endpoint_url=endpoint_url)
    begun = time.monotonic()
    with ThreadPoolExecutor(WRITERS) as pool:
        # A few batches at a time, so that memory does not grow with the table.
        batches = _batches(table, size)
        while some := list(islice(batches, 400)):
            list(pool.map(lambda batch: write(client, settings.table_name, batch), some))
            print(f"{some[-1][-1]['pk']['S']} of {size:,} users after {time.monotonic() - begun:.0f} s", flush=True)
    asyncio.run(_finish(table, size))
    return settings


async def _finish(table: Table, size: int) -> None:
    """Store the state of the directory as a build does."""
    now = datetime.now(UTC)
    built = dict.fromkeys(DirectoryList, Built(now, table.directory_shards))
    await table.put(directory_state.item_of(table, DirectoryState(built, size, now)))
    await table.close()


def _batches(table: Table, size: int) -> Iterator[list[Item]]:
    items = chain.from_iterable(rows(table, number, size) for number in range(size))
    while batch := list(islice(items, BATCH)):
        yield [{name: {"S": value} for name, value in item.items()} for item in batch]
