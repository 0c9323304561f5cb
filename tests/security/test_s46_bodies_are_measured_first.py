"""S46: no body of a mebibyte, whatever it contains, keeps other requests waiting."""

import asyncio
import json
from typing import Any

import httpx2
import orjson
import pytest
from starlette.types import Message

from schema.maxima import JSON_VALUES
from tests.web.conftest import Connect, always_ready, settings_of
from tests.web.greetings import Greetings
from tests.web.test_json_size import BOMBS
from web.app import create_app
from web.graphql import LARGE
from web.load import Load

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("position", ["variables", "extensions", "unknown"])
@pytest.mark.parametrize("kind", BOMBS)
async def test_s46_small_values_are_refused_unparsed_and_counted_as_work(
    client: httpx2.AsyncClient, greetings: Greetings, monkeypatch: pytest.MonkeyPatch, kind: str, position: str
) -> None:
    """Wherever they are in the body. The time for rejecting it counts like an operation's."""
    parsed: list[object] = []
    monkeypatch.setattr(orjson, "loads", parsed.append)
    ended: list[Load] = []
    monkeypatch.setattr(Load, "end", _noting(ended))
    body = b'{"query":"{ hello }","%s":{"a":%s}}' % (position.encode(), BOMBS[kind]()[: 1024 * 1024 - 60])
    answer = await client.post("/graphql", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert answer.json()["errors"][0]["message"] == "The body holds more than 50,000 values."
    assert not parsed
    assert not greetings.calls
    assert len(ended) == 1


def _noting(ended: list[Load]) -> Any:
    end = Load.end

    def note(load: Load) -> None:
        ended.append(load)
        end(load)

    return note


async def test_s46_the_largest_attributes_that_the_schema_takes_fit_four_times(client: httpx2.AsyncClient) -> None:
    """Each has up to 256 KiB, so a body has room for four."""
    attributes = json.dumps({"a": [[0]] * (JSON_VALUES // 2)})
    text = json.dumps({"query": "{ hello }", "variables": {"a": [json.loads(attributes)] * 4, "b": "[{,\\" * 50_000}})
    answer = await client.post("/graphql", content=text, headers=JSON)
    assert answer.json() == {"data": {"hello": "Hello, world!"}}


async def test_s46_how_many_values_there_may_be_is_set(connect: Connect) -> None:
    """The operator sets the limit as AUTHGRAPH_MAX_JSON_VALUES."""
    client = await connect(max_json_values=100)
    for count, status in ((90, 200), (110, 400)):
        body = json.dumps({"query": "{ hello }", "variables": {"a": [1] * count}})
        assert (await client.post("/graphql", content=body, headers=JSON)).status_code == status


async def test_s46_of_large_bodies_one_is_parsed_in_a_turn(
    greetings: Greetings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Health checks and other requests are served in between, however many large bodies arrive together."""
    turn = 0
    turns: list[int] = []
    real = orjson.loads

    def loads(text: bytes) -> Any:
        turns.append(turn)
        return real(text)

    monkeypatch.setattr(orjson, "loads", loads)
    app = create_app(greetings, settings_of(), ready=always_ready)
    body = json.dumps({"query": "{ hello }", "variables": {"a": "a" * LARGE}}).encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "headers": [(b"content-type", b"application/json")],
        "query_string": b"",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    statuses: list[int] = []

    async def send(message: Message) -> None:
        if "status" in message:
            statuses.append(message["status"])

    requests = [asyncio.create_task(app(dict(scope), receive, send)) for _ in range(12)]
    while not all(request.done() for request in requests):
        await asyncio.sleep(0)
        turn += 1
    assert statuses == [200] * 12
    assert len(set(turns)) == len(turns) == 12
