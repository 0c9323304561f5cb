"""S45: a process keeps descriptors for DynamoDB, serves new connections, and rejects work that it cannot do in time."""

import asyncio
import json
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from execution.request import Credentials, GraphQLRequest, Outcome
from tests.metrics import metric_value
from tests.processes import ADMIN_KEY, Environment, serving
from tests.security.intruder.front import serving_front
from tests.security.test_production import environment
from tests.web.conftest import always_ready, settings_of
from web.app import create_app
from web.connection_limits import KEPT_DESCRIPTORS

__all__ = ["environment"]

CHECK = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
FIND = 'query { user(by: { userId: "nobody" }) { userId } }'


@pytest.mark.parametrize(("soft", "hard"), [(300, 300), (300, 1200)], ids=["fixed", "raised"])
def test_silent_connections_leave_descriptors_for_dynamodb(
    tmp_path: Path, environment: Environment, soft: int, hard: int
) -> None:
    """There are more of them than the process may have files. The limit is raised if the system allows it."""
    limited = ("sh", "-c", f'ulimit -S -n {soft}; ulimit -H -n {hard}; exec "$@"', "sh")
    with serving(tmp_path, limited, **environment) as server, ExitStack() as crowd:
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        for _ in range(1250):
            crowd.enter_context(socket.create_connection(address))
        assert server.data(FIND) == {"user": None}
        open_files = len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
        assert open_files <= hard
        assert server.stop() == 0
    # As many were admitted as are allowed, and no more.
    assert open_files >= max(hard - KEPT_DESCRIPTORS, hard // 2)


async def test_a_new_connection_is_served_beside_three_hundred_busy_ones(
    tmp_path: Path, environment: Environment
) -> None:
    """Health checks use new connections, which must not wait until all others have been served."""
    with serving(tmp_path, **environment, AUTHGRAPH_RATE_LIMIT="0") as server:
        port = int(server.url.rpartition(":")[2])
        served = 0
        warm = asyncio.Event()
        done = False

        async def keep_busy() -> None:
            nonlocal served
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while not done:
                writer.write(_post("{ caller { kind } }", f"Authorization: Bearer {ADMIN_KEY}"))
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r")[0]))
                served += 1
                if served == 1000:
                    warm.set()
            writer.close()

        async def be_new() -> int:
            """Returns how many requests of the busy connections were served in the meantime."""
            before = served
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(CHECK)
            assert b" 200 OK" in await reader.readline()
            writer.close()
            return served - before

        busy = [asyncio.create_task(keep_busy()) for _ in range(300)]
        await warm.wait()
        waits = [sum(await asyncio.gather(*(be_new() for _ in range(12)))) / 12 for _ in range(5)]
        done = True
        await asyncio.gather(*busy)
        assert server.stop() == 0
    # With one descriptor and without a limit per iteration, it was thousands: twelve rounds of all other connections.
    assert sorted(waits)[2] < 600, waits


async def test_work_that_would_come_too_late_is_refused_at_once_and_health_checks_are_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each rejection is a 503 with the time after which to retry, counted and logged."""
    caplog.set_level("INFO", "web.load")
    counted = _overloaded()
    statuses: list[int] = []
    async with serving_front(create_app(_work, settings_of(timeout_seconds=1), ready=always_ready)) as front:
        # During the first second, the time of an operation is not known yet.
        for _ in range(20):
            posts = [front.exchange(_post("{ hello }", "Connection: close")) for _ in range(200)]
            checks = [front.exchange(CHECK) for _ in range(5)]
            answers = [answer for (answer,) in await asyncio.gather(*posts, *checks)]
            assert [check.status for check in answers[200:]] == [200] * 5
            refused = [answer for answer in answers if answer.status == 503]
            for answer in refused:
                (error,) = answer.json["errors"]
                assert error["extensions"] == {"code": "OVERLOADED", "retryAfter": 1}
                assert "\r\nretry-after: " in answer.head
            statuses += [answer.status for answer in answers]
            if refused:
                break
    assert 0 < statuses.count(503) == _overloaded() - counted
    lines = [record.getMessage() for record in caplog.records if record.name == "web.load"]
    assert len(lines) == statuses.count(503)
    assert all(line.startswith("OVERLOADED: ") and "AUTHGRAPH_TIMEOUT_SECONDS" in line for line in lines)


async def _work(_: GraphQLRequest, __: Credentials) -> Outcome:
    """Keep the processor busy for ten milliseconds."""
    end = time.process_time() + 0.01
    while time.process_time() < end:
        pass
    return Outcome(b"{}")


def _overloaded() -> float:
    return metric_value("authgraph_errors_total", code="OVERLOADED")


def _post(query: str, *headers: str) -> bytes:
    body = json.dumps({"query": query}).encode()
    lines = ["POST /graphql HTTP/1.1", "Host: x", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
