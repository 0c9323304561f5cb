"""docs/security.md says in which order a request is checked: a fault is reported before all those that come later."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from execution.executor import Executor, Policy
from execution.rate_limit import ProcessRateLimit
from execution.settings import Limits
from execution.texts import MAX_DOCUMENT_BYTES
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA
from tests.api import ADMIN_KEY, SECRET, Api
from tests.resolvers.people import key_with
from tests.web.conftest import always_ready, settings_of
from web.app import create_app

PAGE: Final = (Path(__file__).parents[2] / "docs/security.md").read_text()
MOST_BODY_BYTES: Final = 2 * MAX_DOCUMENT_BYTES
FAULTS: Final = {
    "method": (2, "METHOD_NOT_ALLOWED"),
    "accept": (3, "NOT_ACCEPTABLE"),
    "form of the credentials": (4, "UNAUTHENTICATED"),
    "media type": (5, "UNSUPPORTED_MEDIA_TYPE"),
    "size": (6, "BODY_TOO_LARGE"),
    "JSON": (8, "BAD_REQUEST"),
    "length": (9, "BAD_USER_INPUT"),
    "syntax": (11, "GRAPHQL_PARSE_FAILED"),
    "aliases": (11, "LIMIT_EXCEEDED"),
    "validation": (11, "GRAPHQL_VALIDATION_FAILED"),
    "operation": (12, "OPERATION_RESOLUTION_FAILURE"),
    "cost": (13, "COST_EXCEEDED"),
    "credentials": (14, "UNAUTHENTICATED"),
    "rate": (15, "THROTTLED"),
    "permission": (16, "FORBIDDEN"),
    "guesses": (17, "LIMIT_EXCEEDED"),
    "text": (18, "BAD_USER_INPUT"),
}
"""What can be wrong with a request, in the order of the page: the number of the step there, and the code."""
SELECTIONS: Final = {
    "aliases": " ".join(f"a{number}: __typename" for number in range(16)),
    "validation": "nobody",
    "cost": "users(first: 100) { nodes { sessions(first: 100) { nodes { id } } } }",
    "permission": "apiKeys { nodes { id } }",
    "guesses": 'session(by: {sessionToken: "t"}) { id }',
    "text": f'user(by: {{email: "{"a" * 900}"}}) {{ id }}',
}
UNTESTED: Final = {1: "of the listener", 7: "of a busy process", 10: "of many documents"}
"""Steps that one request alone does not fail."""


def request_with(faults: set[str], key: str) -> dict[str, Any]:
    """A request in which all of this is wrong, and nothing else."""
    selections = " ".join(selection for name, selection in SELECTIONS.items() if name in faults)
    document = f"query A {{ caller {{ kind }} {selections} }}"
    document += " query B { __typename }" * ("operation" in faults)
    document += " {" * ("syntax" in faults)
    document += f"#{'x' * MAX_DOCUMENT_BYTES}" * ("length" in faults)
    body = json.dumps({"query": document}) + "," * ("JSON" in faults) + " " * (MOST_BODY_BYTES * ("size" in faults))
    scheme = "Basic" if "form of the credentials" in faults else "Bearer"
    headers = {
        "Accept": "text/csv" if "accept" in faults else "application/json",
        "Authorization": f"{scheme} {'nobody' if 'credentials' in faults else key}",
        "Content-Type": "text/plain" if "media type" in faults else "application/json",
    }
    return {"method": "PUT" if "method" in faults else "POST", "content": body, "headers": headers}


@pytest.fixture
async def servers(table_settings: TableSettings) -> AsyncIterator[dict[bool, httpx2.AsyncClient]]:
    """Two servers of one table; in the one that is `True` no operation fits the rate limit."""
    service = Service(Table.connect(table_settings), GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,))
    limits = Limits(_env_file=None, max_cost=1000)
    clients = {}
    for spent in (True, False):
        policy = Policy(limits, rate_limit=ProcessRateLimit(1 if spent else 10**6, lambda: 0))
        app = create_app(
            Executor(GRAPHQL_SCHEMA, service, policy), settings_of(max_body_bytes=MOST_BODY_BYTES), ready=always_ready
        )
        clients[spent] = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://auth.example")
    yield clients
    for client in clients.values():
        await client.aclose()


@pytest.mark.parametrize("first", FAULTS)
async def test_a_fault_is_reported_before_all_later_ones(
    servers: dict[bool, httpx2.AsyncClient], api: Api, first: str
) -> None:
    names = list(FAULTS)
    faults = set(names[names.index(first) :])
    request = request_with(faults, await key_with(api, "USERS_READ", "SESSIONS_READ"))
    response = await servers["rate" in faults].request(request.pop("method"), "/graphql", **request)
    codes = {error["extensions"]["code"] for error in response.json()["errors"]}
    assert codes == {FAULTS[first][1]}


async def test_a_request_without_a_fault_is_answered(servers: dict[bool, httpx2.AsyncClient], api: Api) -> None:
    request = request_with(set(), await key_with(api, "USERS_READ"))
    response = await servers[False].request(request.pop("method"), "/graphql", **request)
    assert response.json()["data"] == {"caller": {"kind": "API_KEY"}}


def test_every_step_of_the_page_is_tried_or_cannot_be() -> None:
    (steps,) = re.findall(r"in this order.*?\n\n(.*?)\n\n", PAGE, re.DOTALL)
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", steps, re.MULTILINE)]
    assert numbers == sorted({*UNTESTED, *(step for step, _ in FAULTS.values())})
