"""What may wait for another service in a thread does not keep the process from stopping."""

import asyncio
import gc
import subprocess
import sys
from contextvars import ContextVar
from threading import Event, Thread, current_thread, main_thread
from typing import Any
from unittest.mock import Mock

import pytest

from dynamo.aws import AccessKey
from dynamo.daemon_thread import in_daemon_thread
from dynamo.settings import TableSettings
from dynamo.wire.signing import Signer
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
        "found = Mock(refresh_needed=lambda *_: True, get_frozen_credentials=hang);"
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


async def test_all_requests_wait_for_one_renewal_of_credentials() -> None:
    """However many there are, and whoever gives up: a thread for each would be thousands while AWS does not answer."""
    released = Event()
    renewals: list[Thread] = []
    expired = True

    def frozen() -> AccessKey:
        nonlocal expired
        if current_thread() is not main_thread():
            renewals.append(current_thread())
            released.wait()
            expired = False
        return AccessKey("an id", "a key", None)

    found = Mock(refresh_needed=lambda *_: expired, get_frozen_credentials=frozen)
    signer = Signer(TableSettings(_env_file=None), "http://localhost", "us-east-1", found)
    waiting = [asyncio.create_task(signer.request("GetItem", b"")) for _ in range(20)]
    await asyncio.sleep(0)
    for task in waiting[:5]:
        task.cancel()
    await asyncio.sleep(0)
    waiting.append(asyncio.create_task(signer.request("GetItem", b"")))
    await asyncio.sleep(0)
    released.set()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in ended] == [asyncio.CancelledError] * 5 + [bytes] * 16
    assert len(renewals) == 1
    # The next time is another one.
    expired = True
    await signer.request("GetItem", b"")
    assert len(renewals) == 2


async def test_a_renewal_that_fails_fails_for_all_who_wait_and_not_for_later_ones() -> None:
    frozen = Mock(side_effect=[ZeroDivisionError, AccessKey("an id", "a key", None), AccessKey("an id", "a key", None)])
    found = Mock(refresh_needed=lambda *_: True, get_frozen_credentials=frozen)
    signer = Signer(TableSettings(_env_file=None), "http://localhost", "us-east-1", found)
    ended = await asyncio.gather(*(signer.request("GetItem", b"") for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in ended] == [ZeroDivisionError] * 3
    assert type(await signer.request("GetItem", b"")) is bytes


class Ending:
    """Credentials that have an end, as the SDK offers them: its renewal hangs until it is released."""

    def __init__(self) -> None:
        self.left = 3600.0
        self.released = Event()
        self.begun = Event()
        self.renewals: list[Thread] = []

    def refresh_needed(self, within: float = 900) -> bool:
        return self.left < within

    def get_frozen_credentials(self) -> AccessKey:
        if not self.refresh_needed():
            return AccessKey("old", "a key", None)
        assert current_thread() is not main_thread()
        self.renewals.append(current_thread())
        self.begun.set()
        self.released.wait()
        if self.left > 60:
            raise ZeroDivisionError
        return AccessKey("new", "a key", None)


async def test_requests_use_their_credentials_as_long_as_those_last(caplog: pytest.LogCaptureFixture) -> None:
    """AWS offers new ones minutes before. A renewal that hangs, or fails, is no reason to wait."""
    found: Any = Ending()
    signer = Signer(TableSettings(_env_file=None), "http://localhost", "us-east-1", found)
    for number in range(2):
        for left in (3600, 600, 100):
            found.left = left
            assert b"Credential=old/" in await signer.request("GetItem", b"")
            await asyncio.sleep(0)
        await asyncio.to_thread(found.begun.wait)
        assert len(found.renewals) == 1 + number
        found.released.set()
        while signer._renewal is not None:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0)
        found.released.clear()
        found.begun.clear()
    found.released.set()
    found.left = 50
    assert b"Credential=new/" in await signer.request("GetItem", b"")
    gc.collect()
    assert caplog.text == ""


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
