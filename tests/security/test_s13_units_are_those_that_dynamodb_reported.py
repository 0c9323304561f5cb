"""S13: responses and metrics report the units that DynamoDB reported, and each unit once."""

import asyncio
from typing import Any

import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from dynamo.usage import READS
from dynamo.wire import responses, slots
from execution.executor import Executor, make_policy
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA
from tests.api import ADMIN_KEY, SECRET, Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.metrics import metric_value

FAT = 100_000
USERS = 20
NAMES = {"requests": "requests", "read": "read_units", "write": "write_units"}


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What DynamoDB has reported: requests, read units and write units."""
    found = dict.fromkeys(NAMES, 0.0)
    decode = responses.decode

    def noted(operation: str, body: bytes) -> responses.Response:
        answer = decode(operation, body)
        found["requests"] += 1
        found["read" if operation in READS else "write"] += answer.units
        return answer

    monkeypatch.setattr(responses, "decode", noted)
    # On a busy machine a batch might be requested again, key by key.
    monkeypatch.setattr(slots, "PATIENCE_SECONDS", 60)
    return found


def counted() -> dict[str, float]:
    """The values of the DynamoDB metrics."""
    return {name: metric_value(f"authgraph_dynamodb_{of}_total") for name, of in NAMES.items()}


@pytest.fixture
def crowd(raw: RawTable) -> list[str]:
    """Users of whom some take much more memory than others, and one who does not exist."""
    names = [f"user-{number:02}" for number in range(USERS)]
    for number, name in enumerate(names):
        odd_rows.user(raw, name, f"{number}@example.com", image=text("x" * (FAT if number % 3 == 0 else 10)))
    return [*names, "nobody"]


USER = "query($id: ID!) { user(by: {userId: $id}) { name } }"
MANY = "{ " + " ".join(f'a{n}: user(by: {{userId: "user-{n:02}"}}) {{ name }}' for n in range(15)) + " }"
OPERATIONS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "a fat item": [(USER, {"id": "user-00"})],
    "fat items of one request": [(MANY, {})],
    "lookups side by side": [(USER, {"id": f"user-{number:02}"}) for number in range(USERS)],
    "the same side by side": [(USER, {"id": "user-00"})] * 10 + [(MANY, {})] * 3,
    "nobody": [(USER, {"id": "nobody"})] * 3 + [(USER, {"id": "user-03"})],
    "one page side by side": [("{ users(first: 5) { nodes { name } } }", {})] * 10,
    "pages with children": [("{ users(first: 9) { nodes { accounts { nodes { id } } } } }", {})] * 3,
    "changes": [('mutation { createUser(input: {name: "x"}) { user { id } } }', {})] * 3,
}


@pytest.mark.parametrize("kind", OPERATIONS)
async def test_s13_units_of_answers_and_metrics_add_up_to_what_was_reported(
    api: Api, crowd: list[str], reported: dict[str, float], kind: str
) -> None:
    await api.data("{ caller { kind } }")
    before, reported_before = counted(), dict(reported)
    found = await asyncio.gather(*(api.answer(*operation) for operation in OPERATIONS[kind]))
    used = {name: reported[name] - reported_before[name] for name in NAMES}
    said = [answer["extensions"]["cost"]["dynamodb"] for answer in found]
    assert used["read"] + used["write"] > 0
    assert sum(one["readUnits"] for one in said) == pytest.approx(used["read"])
    assert sum(one["writeUnits"] for one in said) == pytest.approx(used["write"])
    assert {name: counted()[name] - before[name] for name in NAMES} == pytest.approx(used)


async def test_s13_a_fat_item_is_said_to_be_fat(api: Api, crowd: list[str]) -> None:
    """Half a unit was reported before, whatever DynamoDB reported."""
    units = [(await api.answer(USER, {"id": name}))["extensions"]["cost"]["dynamodb"]["readUnits"] for name in crowd]
    assert min(units) == 0.5
    assert units[0] > 10


async def test_s13_metrics_count_the_writes_of_the_shared_rate_limit_which_no_answer_says(
    table_settings: TableSettings, reported: dict[str, float]
) -> None:
    table = Table.connect(table_settings)
    policy = make_policy(Limits(_env_file=None, rate_limit_shared=True), table, anonymous_introspection=True)
    api = Api(
        table, Executor(GRAPHQL_SCHEMA, Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,)), policy)
    )
    before = counted()
    answer = await api.answer("{ users(first: 1) { nodes { id } } }")
    assert answer["extensions"]["cost"]["dynamodb"]["writeUnits"] == 0
    assert reported["write"] == 1
    assert {name: counted()[name] - before[name] for name in NAMES} == pytest.approx(reported)
