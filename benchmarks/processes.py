"""CPU time and memory of a process and its children, from /proc."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")


class NoProcesses(Exception):
    """There is no /proc, so nothing can be measured."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident bytes: now, and at the peak."""

    resident: int
    peak: int


def require() -> None:
    """Raise `NoProcesses` if the system has no /proc."""
    if not Path("/proc/self/stat").exists():
        raise NoProcesses("The benchmarks read what servers cost from /proc, which Linux has: run them there.")


def tree(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:
            continue
        for child in found:
            yield from tree(int(child))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process tree, including children that have ended."""
    return sum(_ticks(stat) for stat in _read_all(pid, "stat")) / TICKS_PER_SECOND


def memory(pid: int) -> Memory:
    """The memory of a process tree. Shared pages count for each of its processes."""
    found = [parse_status(status) for status in _read_all(pid, "status")]
    return Memory(sum(memory.resident for memory in found), sum(memory.peak for memory in found))


def forget_peak(pid: int) -> None:
    """Reset the peak of every process of a tree."""
    for process in tree(pid):
        with suppress(OSError):
            Path(f"/proc/{process}/clear_refs").write_text("5")


def parse_status(status: str) -> Memory:
    """Read `/proc/<pid>/status`, which counts in units of 1,024 bytes."""
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return Memory(*(int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")))


def _ticks(stat: str) -> int:
    # The name of the program, in parentheses, may itself contain spaces and parentheses.
    fields = stat.rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def _read_all(pid: int, name: str) -> Iterator[str]:
    for process in tree(pid):
        try:
            yield Path(f"/proc/{process}/{name}").read_text()
        except OSError:
            continue
