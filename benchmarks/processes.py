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


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a tree, with its bytes of memory: resident, and proportional, which counts only its share of the
    pages that other processes have, too."""

    pid: int
    command: str
    resident: int
    proportional: int


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


def processes(pid: int) -> list[Process]:
    """The processes of a tree, the first of them first."""
    found = []
    for process in tree(pid):
        folder = Path(f"/proc/{process}")
        with suppress(OSError):
            command = (folder / "cmdline").read_text().replace("\0", " ").strip()
            resident, proportional = parse_rollup((folder / "smaps_rollup").read_text())
            found.append(Process(process, command, resident, proportional))
    return found


def forget_peak(pid: int) -> None:
    """Reset the peak of every process of a tree."""
    for process in tree(pid):
        with suppress(OSError):
            Path(f"/proc/{process}/clear_refs").write_text("5")


def parse_status(status: str) -> Memory:
    """Read `/proc/<pid>/status`, which counts in units of 1,024 bytes."""
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return Memory(*(int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")))


def parse_rollup(rollup: str) -> tuple[int, int]:
    """Read the resident and the proportional size from `/proc/<pid>/smaps_rollup`, as bytes."""
    fields = dict(line.split(":", 1) for line in rollup.splitlines()[1:])
    resident, proportional = (int(fields[name].split()[0]) * 1024 for name in ("Rss", "Pss"))
    return resident, proportional


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
