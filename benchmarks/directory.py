"""What the lists of users take on tables of several sizes: `python -m benchmarks.directory`.

The same requests go to every table in turns, because a machine is never equally busy for long; compare the sizes of one
row. With `--walk`, every list of these tables is read to its end, forward and backward, to check that each user is
there once and in order.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import orjson
import typer

from benchmarks.directory_population import DAYS, EARLY, Row, create, facts, settings_of, user
from benchmarks.servers import ADMIN_KEY, local_engine
from benchmarks.tables import markdown
from dynamo import entries, format
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.settings import TableSettings
from execution.executor import Executor, Policy
from execution.request import Credentials, GraphQLRequest
from execution.settings import Limits
from resolvers import wholeness
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from resolvers.user_lists import OrderDirection, UserOrderField
from schema.build import GRAPHQL_SCHEMA

DOCUMENT: Final = """query(
  $first: Int, $after: String, $last: Int, $before: String, $order: UserOrder, $filter: UserFilter
) {
  users(first: $first, after: $after, last: $last, before: $before, orderBy: $order, filter: $filter) {
    complete
    nodes { userId name email emailVerified }
    pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
  }
}"""
PAGE: Final = 20
"""The users of each page, few enough that every list of the smallest table has as many."""
WARM_UP: Final = 3
"""The first rounds, which are not counted: plans are compiled, and connections opened."""
SLOW_ROUNDS: Final = 5
"""How often those are asked at most that read ten pages."""


@dataclass(frozen=True, slots=True)
class Question:
    """A list of users: the requests promised for a page, and the variables, by the size of the table and the turn."""

    promised: str
    variables: Callable[[int, int], Row]
    following: bool = False
    """Whether the page after the first one is measured."""
    slow: bool = False


def _somebody(size: int, turn: int) -> Row:
    return facts((turn * 7919) % size, size)


def _ordered(field: UserOrderField, *, last: bool = False) -> Callable[[int, int], Row]:
    """The variables of an order, whose direction changes with each turn."""

    def variables(_: int, turn: int) -> Row:
        direction = list(OrderDirection)[turn % len(OrderDirection)]
        return {"order": {"field": field.name, "direction": direction.name}, "last" if last else "first": PAGE}

    return variables


def _filtered(condition: Callable[[int, int], Row]) -> Callable[[int, int], Row]:
    return lambda size, turn: {"filter": condition(size, turn), "first": PAGE}


def _name(_: int, turn: int) -> str:
    """The beginning of many names, and of as many addresses."""
    return ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn")[turn % 6]


def _account(size: int, turn: int) -> str:
    return f"github:{(turn * 10) % size // 10 * 10 + 1:06}"


def _since(field: str, first_day: int, days: int) -> Callable[[int, int], Row]:
    return lambda _, turn: {field: {"from": format.iso(EARLY + timedelta(days=first_day + turn % days))}}


LIST: Final = "1 Query, 1 BatchGetItem"
QUESTIONS: Final[Mapping[str, Question]] = {
    "all users": Question("1 Query", lambda *_: {"first": PAGE}),
    "all users, `last`": Question("1 Query", lambda *_: {"last": PAGE}),
    **{f"`orderBy: {field.name}`": Question(LIST, _ordered(field)) for field in UserOrderField},
    "`orderBy: NAME`, `last`": Question(LIST, _ordered(UserOrderField.NAME, last=True)),
    "`orderBy: EMAIL`, `after`": Question(LIST, _ordered(UserOrderField.EMAIL), following=True),
    "`emailPrefix`": Question(LIST, _filtered(lambda *at: {"emailPrefix": f"{_name(*at)}."})),
    "`emailPrefix` of one": Question(
        "1 Query, 1 GetItem", _filtered(lambda *at: {"emailPrefix": _somebody(*at)["email"][:-8]})
    ),
    "`namePrefix`": Question(LIST, _filtered(lambda *at: {"namePrefix": _name(*at)})),
    "`createdAt`": Question(LIST, _filtered(_since("createdAt", 0, DAYS - 400))),
    "`lastSignInAt`": Question(LIST, _filtered(_since("lastSignInAt", DAYS - 400, 400))),
    "`provider`": Question(LIST, _filtered(lambda *_: {"provider": "github"})),
    "`provider`, `after`": Question(
        f"{LIST}, and 1 Query for each user of the page", _filtered(lambda *_: {"provider": "github"}), following=True
    ),
    "`search`, a whole address": Question(
        "3 Queries, 1 BatchGetItem", _filtered(lambda *at: {"search": _somebody(*at)["email"]})
    ),
    "`search`, the beginning of a name": Question(LIST, _filtered(lambda *at: {"search": _name(*at)})),
    "`search`, an id": Question("2 Queries, 1 GetItem", _filtered(lambda *at: {"search": _somebody(*at)["id"]})),
    "`search`, an account": Question("3 Queries, 1 BatchGetItem", _filtered(lambda *at: {"search": _account(*at)})),
    "`namePrefix`, `emailVerified`": Question(
        f"at most 10 of {LIST}", _filtered(lambda *at: {"namePrefix": _name(*at), "emailVerified": True})
    ),
    "`createdAt`, `disabled`": Question(
        f"at most 10 of {LIST}", _filtered(lambda *at: {**_since("createdAt", 0, 100)(*at), "disabled": True})
    ),
    "`contains`, nobody": Question(
        "at most 10 Queries", _filtered(lambda *_: {"contains": "nobody at all"}), slow=True
    ),
}
"""What is asked in each round, with other values each time. Every list, order and filter of `users` is among it."""


class Asked:
    """An executor over one table, and the answers to what it was asked."""

    def __init__(self, settings: TableSettings) -> None:
        self.table = Table.connect(settings)
        service = Service(self.table, GlobalIds(["secret"]), Cursors(["secret"]), (ADMIN_KEY,))
        self._execute = Executor(GRAPHQL_SCHEMA, service, Policy(Limits(_env_file=None)))
        self._starts: dict[str, str] = {}
        self.seconds: dict[str, list[float]] = {what: [] for what in QUESTIONS}
        self.requests: dict[str, list[int]] = {what: [] for what in QUESTIONS}

    async def ask(self, variables: Row) -> Row:
        """Execute the query. Raises `RuntimeError` for an error, and for a list that is not whole."""
        outcome = await self._execute(GraphQLRequest(DOCUMENT, variables=variables), Credentials(bearer=ADMIN_KEY))
        answer: Row = orjson.loads(outcome.body)
        if "errors" in answer or not answer["data"]["users"]["complete"]:
            raise RuntimeError(answer)
        return answer

    async def measure(self, what: str, size: int, turn: int) -> None:
        """Ask a question, and note how long it took and how many requests."""
        question = QUESTIONS[what]
        variables = question.variables(size, turn)
        if question.following:
            variables |= {"after": await self._start(variables)}
        begun = time.perf_counter()
        answer = await self.ask(variables)
        seconds = time.perf_counter() - begun
        if turn >= 0:
            self.seconds[what].append(seconds)
            self.requests[what].append(answer["extensions"]["cost"]["dynamodb"]["requests"])

    async def _start(self, variables: Row) -> str:
        """The cursor after the first half of the first page, so that the smallest table has as many users left."""
        key = repr(variables)
        if key not in self._starts:
            answer = await self.ask(variables | {"first": PAGE // 2})
            self._starts[key] = answer["data"]["users"]["pageInfo"]["endCursor"]
        return self._starts[key]


async def measure(tables: Mapping[int, TableSettings], rounds: int, minutes: float) -> str:
    """Ask every table in turns, until there were enough rounds or the time is over."""
    # The state of the directory is read once in ten seconds, which would be counted as a part of some pages.
    vars(wholeness)["KEPT_SECONDS"] = 3600.0
    asked = {size: Asked(settings) for size, settings in tables.items()}
    end = time.monotonic() + minutes * 60
    for turn in range(-WARM_UP, rounds):
        if turn > 1 and time.monotonic() > end:
            break
        for what, question in QUESTIONS.items():
            if not question.slow or 0 <= turn < SLOW_ROUNDS:
                for size, one in asked.items():
                    await one.measure(what, size, turn)
        if turn % 10 == 0:
            print(f"round {turn} of {rounds}", flush=True)
    for one in asked.values():
        await one.table.close()
    return f"{len(asked[min(asked)].seconds['all users'])} rounds\n\n{_table(asked)}"


def _table(asked: Mapping[int, Asked]) -> str:
    smallest, *_, largest = asked
    lines = []
    for what, question in QUESTIONS.items():
        cells = [_cell(one.requests[what], one.seconds[what]) for one in asked.values()]
        ratio = _p99(asked[largest].seconds[what]) / _p99(asked[smallest].seconds[what])
        lines.append([what, question.promised, *cells, f"{ratio:.2f}"])
    sizes = [f"{size:,} users" for size in asked]
    return markdown([f"a page of {PAGE} users", "requests promised", *sizes, f"p99 to {smallest}"], lines)


def _cell(requests: Sequence[int], seconds: Sequence[float]) -> str:
    """The most requests, and how long a page took."""
    return f"{max(requests)} · {median(seconds) * 1000:.1f} / {_p99(seconds) * 1000:.1f}"


def _p99(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=100)[98] if len(seconds) > 1 else seconds[0]


async def walk(settings: TableSettings, size: int) -> str:
    """Read every list to its end, both ways. Raises `AssertionError` if a user is missing, twice or out of order."""
    asked = Asked(settings)
    lines = []
    for of, field in zip(DirectoryList, ("EMAIL", "CREATED_AT", "LAST_SIGN_IN_AT", "NAME"), strict=True):
        values = {}
        for number in range(size):
            value = entries.value_of(of, user(asked.table, number, size))
            if value is not None:
                values[facts(number, size)["id"]] = value
        expected = [user_id for _, user_id in sorted((value, user_id) for user_id, value in values.items())]
        for backward in (False, True):
            pages = [page async for page in _pages(asked, {"order": {"field": field}}, backward=backward)]
            ids = [page["data"]["users"]["nodes"] for page in pages]
            found = [node["userId"] for node in chain.from_iterable(reversed(ids) if backward else ids)]
            if found != expected:
                raise AssertionError(f"{of} of {size} users is not in order")
            requests = sum(page["extensions"]["cost"]["dynamodb"]["requests"] for page in pages)
            way = "backward" if backward else "forward"
            lines.append([f"`{of.setting}`, {way}", f"{len(found):,}", f"{requests / len(pages):.2f}"])
            print(" | ".join(lines[-1]), flush=True)
    await asked.table.close()
    header = [f"walk through {size:,} users", "users found, each once and in order", "requests for each page of 100"]
    return markdown(header, lines)


async def _pages(asked: Asked, given: Row, *, backward: bool) -> Any:
    """All pages of a list, in the order of reading."""
    size, place, cursor, more = (
        ("last", "before", "startCursor", "hasPreviousPage")
        if backward
        else ("first", "after", "endCursor", "hasNextPage")
    )
    at: str | None = None
    while True:
        answer = await asked.ask(given | {size: 100, place: at})
        yield answer
        info = answer["data"]["users"]["pageInfo"]
        if not info[more]:
            return
        at = info[cursor]


def _numbers(text: str) -> Iterator[int]:
    return map(int, filter(None, text.split(",")))


def main(
    sizes: Annotated[str, typer.Option(help="Users in each table, separated by commas.")] = "300,30000,300000",
    rounds: Annotated[int, typer.Option(min=2, help="Requests of each kind to each table.")] = 500,
    minutes: Annotated[float, typer.Option(help="Maximum time for these requests.")] = 30,
    walked: Annotated[str, typer.Option("--walk", help="Tables to read to the end, by their sizes.")] = "",
    folder: Annotated[Path | None, typer.Option(help="Data folder that is kept and used again.")] = None,
) -> None:
    """Measure the lists of users."""
    with TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        if not any(place.rglob("*.db")):
            create(place, list(_numbers(sizes)))
        with local_engine(place) as engine:
            tables = {size: settings_of(engine.endpoint_url, size) for size in _numbers(sizes)}
            print(asyncio.run(measure(tables, rounds, minutes)))
            for size in _numbers(walked):
                print(asyncio.run(walk(tables[size], size)))


if __name__ == "__main__":
    typer.run(main)
