"""A process knows how long it has waited for a processor."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from web import processor
from web.processor import SCHEDULE, waited_seconds, waiting_clock

ROOT = Path(__file__).parents[2]
BESIDE_ANOTHER = """
import os, time
from web.processor import waiting_clock
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
other = os.fork()
if other == 0:
    over = time.monotonic() + 5
    while time.monotonic() < over:
        pass
    os._exit(0)
clock = waiting_clock()
begun, own, counted = time.monotonic(), time.process_time(), clock()
while time.monotonic() - begun < 0.6:
    pass
print(time.monotonic() - begun, time.process_time() - own, clock() - counted)
os.kill(other, 9)
"""

on_linux = pytest.mark.skipif(not Path(SCHEDULE).exists(), reason="the kernel does not tell how long it lets us wait")


def test_the_time_of_waiting_is_read_in_seconds() -> None:
    assert waited_seconds(b"189011 2500000000 3\n") == 2.5


@on_linux
def test_work_beside_another_process_takes_as_long_as_it_takes() -> None:
    """Two processes that are always busy share one processor, so each gets about half of it."""
    command = (sys.executable, "-c", BESIDE_ANOTHER)
    output = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=True).stdout
    passed, used, counted = map(float, output.split())
    assert used < passed * 0.8
    # On a busy machine a hypervisor takes a part of the time, which is counted nowhere.
    assert used + counted > passed * 0.6


@pytest.mark.parametrize("content", [None, "", "1\n", "none of numbers\n"])
def test_where_the_kernel_tells_nothing_no_time_of_waiting_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    file = tmp_path / "schedstat"
    if content is not None:
        file.write_text(content)
    monkeypatch.setattr(processor, "SCHEDULE", str(file))
    waiting_clock.cache_clear()
    try:
        assert waiting_clock()() == 0
    finally:
        waiting_clock.cache_clear()
