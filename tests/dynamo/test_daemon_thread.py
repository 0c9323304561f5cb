"""What may wait for another service in a thread does not keep the process from stopping."""

import asyncio
import subprocess
import sys
from contextvars import ContextVar
from threading import Event, Thread, current_thread

import pytest

from dynamo.daemon_thread import in_daemon_thread
from tests.processes import ROOT, START_SECONDS

HANGING = {
    "a call": "from dynamo.daemon_thread import in_daemon_thread; waiting = in_daemon_thread(hang)",
    "the description of the table": (
        "from resolvers.table_state import TableStates; waiting = TableStates(hang).read()"
    ),
    "the search for credentials": (
        "from dynamo.wire.signing import Signer; Signer._find = hang; waiting = Signer.find(None)"
    ),
    "the renewal of credentials": (
        "from dynamo.settings import TableSettings; from dynamo.wire.signing import Signer;"
        "found = Mock(refresh_needed=lambda: True, get_frozen_credentials=hang);"
        "waiting = Signer(TableSettings(), 'http://localhost', 'us-east-1', found).request('GetItem', b'')"
    ),
}
PROCESS = """
import asyncio
from threading import Event
from unittest.mock import Mock

begun = Event()

def hang(*_):
    begun.set()
    Event().wait()

async def main():
    {start}
    task = asyncio.ensure_future(waiting)
    while not begun.is_set():
        await asyncio.sleep(0.01)

asyncio.run(main())
print("stopped")
"""


@pytest.mark.parametrize("start", HANGING.values(), ids=HANGING)
def test_a_process_stops_whatever_does_not_come_back(start: str) -> None:
    process = [sys.executable, "-c", PROCESS.format(start=start)]
    ended = subprocess.run(process, cwd=ROOT, capture_output=True, text=True, timeout=START_SECONDS, check=True)
    assert (ended.stdout, ended.stderr) == ("stopped\n", "")


async def test_the_result_and_the_error_come_back_and_the_context_goes_along() -> None:
    said: ContextVar[str] = ContextVar("said", default="nothing")
    said.set("something")
    assert await in_daemon_thread(said.get) == "something"
    with pytest.raises(ZeroDivisionError):
        await in_daemon_thread(lambda: 1 // 0)


async def test_a_result_that_nobody_waits_for_any_more_is_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    begun, released = Event(), Event()
    threads: list[Thread] = []

    def call() -> None:
        threads.append(current_thread())
        begun.set()
        released.wait()

    waiting = asyncio.create_task(in_daemon_thread(call))
    await asyncio.to_thread(begun.wait)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    released.set()
    await asyncio.to_thread(threads[0].join)
    await asyncio.sleep(0)
    assert capfd.readouterr().err == ""
