"""What the benchmarks read from other programs. No test depends on a measured time."""

import os
from pathlib import Path

import pytest

from benchmarks import processes, wrk
from benchmarks.processes import Memory

ROLLUP = "55-7f ---p 00000000 00:00 0 [rollup]\nRss:   2048 kB\nPss:   1024 kB\nPss_Dirty:   512 kB\n"
STATUS = "Name:\tpython (a) b\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\nThreads:\t1\n"


def test_the_line_of_the_load_script_is_found_among_what_wrk_says() -> None:
    """wrk prints a report of its own before it."""
    output = (
        "Running 2s test\n  10 requests\nMEASURED requests=10 microseconds=2000000 bytes=5000 failed=0 p50=90 p99=120\n"
    )
    load = wrk.parse(output)
    assert load == wrk.Load(requests=10, microseconds=2_000_000, bytes=5000, failed=0, p50=90, p99=120)
    assert (load.per_second, load.bytes_per_request) == (5.0, 500.0)


def test_output_without_that_line_is_refused() -> None:
    """The output of a failed script must not be taken for a measurement."""
    with pytest.raises(wrk.LoadFailed, match="cannot connect"):
        wrk.parse("cannot connect\n")


def test_memory_is_read_in_bytes() -> None:
    """The kernel's unit is called kB and is 1,024 bytes."""
    assert processes.parse_status(STATUS) == Memory(resident=1024**2, peak=2 * 1024**2)


def test_the_share_of_shared_memory_is_read_in_bytes() -> None:
    """The first line of the file is that of a mapping."""
    assert processes.parse_rollup(ROLLUP) == (2 * 1024**2, 1024**2)


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the kernel counts no shares here")
def test_this_process_has_a_share_of_what_is_resident() -> None:
    """Read from the running kernel."""
    this = processes.processes(os.getpid())[0]
    assert this.pid == os.getpid()
    assert "python" in this.command
    assert 0 < this.proportional <= this.resident


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")
def test_this_process_has_memory_and_has_used_the_processor() -> None:
    """Read from the running kernel."""
    found = processes.memory(os.getpid())
    assert 0 < found.resident <= found.peak
    assert processes.cpu_seconds(os.getpid()) > 0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")
def test_a_process_that_is_gone_costs_nothing() -> None:
    """It may end between two readings."""
    assert processes.cpu_seconds(2**22 + 1) == 0
