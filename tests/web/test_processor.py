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
import os, signal
from web.processor import waiting_clock
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
other = os.fork()
if other == 0:
    signal.alarm(60)
    while True:
        pass

def others():
    with open(f"/proc/{other}/schedstat") as schedule:
        return int(schedule.read().split()[0]) / 1e9

clock = waiting_clock()
before, counted = others(), clock()
while others() - before < 0.3:
    pass
print(others() - before, clock() - counted)
os.kill(other, 9)
"""
"""Prints how long another process has had the processor while this one wanted it, and how long this one has waited."""

on_linux = pytest.mark.skipif(not Path(SCHEDULE).exists(), reason="the kernel does not tell how long it lets us wait")


def test_the_time_of_waiting_is_read_in_seconds() -> None:
    assert waited_seconds(b"189011 2500000000 3\n") == 2.5


@on_linux
def test_while_another_process_has_the_processor_this_one_waits_for_it() -> None:
    """Two processes that are always busy share one processor. Others may be there too."""
    command = (sys.executable, "-c", BESIDE_ANOTHER)
    output = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=True).stdout
    others, counted = map(float, output.split())
    # The kernel counts what a process uses before it stops, and what it has waited when it goes on.
    assert counted > others * 0.8


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
