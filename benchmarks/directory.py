"""What the lists of users take on tables of several sizes: `python -m benchmarks.directory`.

Half of the users are written as the Auth.js adapter writes them, so nothing is known of their creation. All have their
entries, as after `python server.py directory build`. The same requests go to every table in turns, because a machine is
never equally busy for long; compare the ratios. `--walk` reads every list to its end, forward and backward, and checks
that each user is there once and in order.
"""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from statistics import median, quantiles
from typing import Annotated, Any, Final

import orjson
import typer

from benchmarks.servers import ADMIN_KEY, local_engine
from benchmarks.tables import markdown
from dynamo import aws, entries, format, keys, models
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.settings import TableSettings
from dynamo.tables import lifecycle
from dynamo.tables.layout import DIRECTORY_INDEX
from execution.executor import Executor, Policy
from execution.request import Credentials, GraphQLRequest
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA

WRITERS: Final = 4
BATCH: Final = 1000
EARLY: Final = datetime(2020, 1, 1, tzinfo=UTC)
FIRST_NAMES: Final = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gia", "Hugo", "Ida", "Jon")
LAST_NAMES: Final = ("Adler", "Berg", "Costa", "Dahl", "Eriksen", "Fischer", "Gomez", "Huber", "Ito", "Jansen", "Kim")
DOCUMENT: Final = """query(
  $first: Int, $after: String, $last: Int, $before: String, $order: UserOrder, $filter: UserFilter
) {
  users(first: $first, after: $after, last: $last, before: $before, orderBy: $order, filter: $filter) {
    nodes { userId name email emailVerified }
    pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
  }
}"""
PAGE: Final = 50
USUAL_LISTS: Final = (DirectoryList.EMAIL, DirectoryList.CREATED)
MOST_WITH_ALL_LISTS: Final = 100_000
"""The largest table with all lists. Larger ones have the usual lists, because filling them takes long."""
NEEDED: Final = {
    "latest sign-ins": DirectoryList.SIGNED_IN,
    "by name": DirectoryList.NAME,
    "`namePrefix`": DirectoryList.NAME,
}
"""The lists, other than the usual ones, that something takes."""

Row = dict[str, Any]


def facts(number: int, size: int) -> Row:
    """A user of a table of this size. Every second one is as the adapter stores them."""
    user_id = f"{(number * 2_654_435_761) % 2**32:08x}-{number:08x}"
    name = f"{FIRST_NAMES[number % 10]} {LAST_NAMES[number // 10 % 11]}"
    found = {
        "id": user_id,
        "type": "USER",
        "name": name,
        "email": f"{name.split(maxsplit=1)[0].lower()}.{number:06}@example.com",
    }
    found |= {"image": f"https://images.example.com/{number}.png", "emailVerified": "2025-06-01T12:00:00.000Z"}
    if number % 2:
        found["createdAt"] = format.iso(EARLY + timedelta(days=2000) * number / size)
        found["lastSignInAt"] = format.iso(EARLY + timedelta(days=2000, minutes=number % 5000))
    return found


def rows(table: Table, number: int, size: int) -> Iterator[Row]:
    """The items of a user: the user, an account of every tenth, and the entries in all lists."""
    user = facts(number, size)
    key, login = keys.user(user["id"]), keys.user_by_email(user["email"])
    yield {**user, **table.key(key, key), **table.index_keys(login, login)}
    if number % 10 == 1:
        account = {"id": f"a{number}", "userId": user["id"], "provider": "github", "providerAccountId": str(number)}
        sort = keys.account("github", str(number))
        at = table.index_keys(keys.account_provider("github"), keys.account_at_provider(str(number)))
        yield {**account, "type": "oauth", **table.key(key, sort), **at}
    for of in sorted(table.directory_lists, key=lambda of: of.value):
        value = entries.value_of(of, models.user(table, user | table.key(key, key)))
        if value is not None and of is DirectoryList.EMAIL:
            lock = keys.email_lock(value)
            yield {"type": of.value, "id": value, "owner": user["id"], "claim": "0", **table.key(lock, lock)}
        elif value is not None:
            yield entries.item(table, of, user["id"], value)


def _batches(size: int) -> Iterator[tuple[int, ...]]:
    numbers = iter(range(size))
    while batch := tuple(islice(numbers, BATCH)):
        yield batch


def create(endpoint_url: str, size: int) -> TableSettings:
    """Create and fill a table."""
    settings = TableSettings(
        _env_file=None,
        table_name=f"directory-{size}",
        dynamodb_endpoint_url=endpoint_url,
        directory_index_name=DIRECTORY_INDEX,
        directory_lists=tuple(DirectoryList) if size <= MOST_WITH_ALL_LISTS else USUAL_LISTS,
    )
    lifecycle.create_table(settings, directory_index=True)
    table = Table.connect(settings)

    def write(numbers: tuple[int, ...]) -> int:
        stored = aws.session(settings).resource("dynamodb", endpoint_url=endpoint_url).Table(settings.table_name)
        with stored.batch_writer() as writer:
            for item in chain.from_iterable(rows(table, number, size) for number in numbers):
                writer.put_item(Item=item)
        return len(numbers)

    begun, done = time.monotonic(), 0
    with ThreadPoolExecutor(WRITERS) as pool:
        for written in pool.map(write, _batches(size)):
            done += written
            if done % 20_000 == 0:
                print(f"{done:,} of {size:,} users after {time.monotonic() - begun:.0f} s", flush=True)
    return settings


class Asked:
    """An executor over one table, and the answers to what it was asked."""

    def __init__(self, settings: TableSettings) -> None:
        self.table = Table.connect(settings)
        service = Service(self.table, GlobalIds(["secret"]), Cursors(["secret"]), (ADMIN_KEY,))
        self._execute = Executor(GRAPHQL_SCHEMA, service, Policy(Limits(_env_file=None)))
        self.seconds: dict[str, list[float]] = {}
        self.last: dict[str, Row] = {}

    async def ask(self, what: str, variables: Row) -> Row:
        """Execute the query, and note how long it took."""
        begun = time.perf_counter()
        outcome = await self._execute(GraphQLRequest(DOCUMENT, variables=variables), Credentials(bearer=ADMIN_KEY))
        self.seconds.setdefault(what, []).append(time.perf_counter() - begun)
        answer: Row = orjson.loads(outcome.body)
        if "errors" in answer:
            raise RuntimeError(answer["errors"])
        self.last[what] = answer
        return answer


def questions(size: int, turn: int) -> dict[str, Row]:
    """What is asked in each round, with other values each time."""
    number = (turn * 7919) % size
    user = facts(number, size)
    day = format.iso(EARLY + timedelta(days=turn % 1900))
    return {
        "all users": {},
        "newest users": {"order": {"field": "CREATED_AT", "direction": "DESC"}},
        "latest sign-ins": {"order": {"field": "LAST_SIGN_IN_AT", "direction": "DESC"}},
        "by e-mail address, from the end": {"order": {"field": "EMAIL"}, "last": PAGE},
        "by name": {"order": {"field": "NAME"}},
        "`emailPrefix`": {"filter": {"emailPrefix": user["email"][: user["email"].index("@") - 1]}},
        "`namePrefix`": {"filter": {"namePrefix": user["name"][:6]}},
        "`createdAt`": {"filter": {"createdAt": {"from": day}}},
        "`provider`": {"filter": {"provider": "github"}},
        "`search`, an address": {"filter": {"search": user["email"]}},
        "`search`, an id": {"filter": {"search": user["id"]}},
        "`contains`, nobody": {"filter": {"contains": "nobody at all"}},
    }


async def measure(tables: dict[int, TableSettings], rounds: int) -> str:
    """Ask every table in turns. The first rounds are not counted: plans are compiled, and connections opened."""
    asked = {size: Asked(settings) for size, settings in tables.items()}
    for turn in range(-3, rounds):
        if turn == 0:
            for one in asked.values():
                one.seconds.clear()
        for what in questions(1000, 0):
            if what.startswith("`contains`") and turn > 2:
                continue
            for size, one in asked.items():
                if NEEDED.get(what, DirectoryList.EMAIL) in one.table.directory_lists:
                    await one.ask(what, questions(size, abs(turn))[what])
    smallest = min(tables)
    lines = []
    for what in questions(1000, 0):
        line = [what]
        for size, one in asked.items():
            if what not in one.last:
                line += ["–", "–"]
                continue
            used = one.last[what]["extensions"]["cost"]["dynamodb"]
            seconds = one.seconds[what]
            tail = _p99(seconds) / _p99(asked[smallest].seconds[what])
            middle = median(seconds) / median(asked[smallest].seconds[what])
            line.append(f"{used['requests']} ({used['readUnits']:g})")
            line.append("1" if size == smallest else f"{middle:.2f}, {tail:.2f}")
        lines.append(line)
    for one in asked.values():
        await one.table.close()
    header = [(f"{size:,} users: requests (read units)", f"p50, p99 to {smallest}") for size in tables]
    return markdown(["list", *chain.from_iterable(header)], lines)


def _p99(seconds: list[float]) -> float:
    return quantiles(seconds, n=100)[98] if len(seconds) > 1 else seconds[0]


async def walk(settings: TableSettings, size: int) -> str:
    """Read every list to its end, both ways. Raises `AssertionError` if a user is missing, twice or out of order."""
    asked = Asked(settings)
    everybody = [facts(number, size) for number in range(size)]
    lines = []
    for of, field in zip(DirectoryList, ("EMAIL", "CREATED_AT", "LAST_SIGN_IN_AT", "NAME"), strict=True):
        if of not in asked.table.directory_lists:
            continue
        values = {user["id"]: _value(asked.table, of, user) for user in everybody}
        expected = sorted((value, user_id) for user_id, value in values.items() if value is not None)
        for backward in (False, True):
            found: list[tuple[str, str]] = []
            requests, cursor = 0, None
            while True:
                span = {"last": 100, "before": cursor} if backward else {"first": 100, "after": cursor}
                answer = await asked.ask("walk", {"order": {"field": field}, **span})
                page = answer["data"]["users"]
                requests += answer["extensions"]["cost"]["dynamodb"]["requests"]
                ids = [node["userId"] for node in page["nodes"]]
                found += [(values[user_id] or "", user_id) for user_id in (reversed(ids) if backward else ids)]
                info = page["pageInfo"]
                cursor = info["startCursor" if backward else "endCursor"]
                if not info["hasPreviousPage" if backward else "hasNextPage"]:
                    break
            if backward:
                found.reverse()
            if found != expected:
                raise AssertionError(f"{of} of {size} users is not in order")
            pages = -(-len(found) // 100)
            way = "backward" if backward else "forward"
            lines.append([f"{of.setting}, {way}", f"{len(found):,}", f"{requests / pages:.2f}"])
            print(" | ".join(lines[-1]), flush=True)
    await asked.table.close()
    header = [f"walk through {size:,} users", "users found, each once and in order", "requests for each page of 100"]
    return markdown(header, lines)


def _value(table: Table, of: DirectoryList, user: Row) -> str | None:
    key = keys.user(user["id"])
    return entries.value_of(of, models.user(table, user | table.key(key, key)))


def main(
    sizes: Annotated[str, typer.Option(help="Users in each table, separated by commas.")] = "300,30000,300000",
    rounds: Annotated[int, typer.Option(min=2, help="Requests of each kind to each table.")] = 200,
    walked: Annotated[str, typer.Option("--walk", help="Tables to read to the end, by their sizes.")] = "",
) -> None:
    """Measure the lists of users."""
    with local_engine() as engine:
        tables = {int(size): create(engine.endpoint_url, int(size)) for size in sizes.split(",")}
        print(asyncio.run(measure(tables, rounds)))
        for size in filter(None, walked.split(",")):
            print(asyncio.run(walk(tables[int(size)], int(size))))


if __name__ == "__main__":
    typer.run(main)
