"""The load: wrk sends the requests of a file over a few kept-alive connections for a few seconds."""

import re
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.operations import UNIQUE_BEGINS

SCRIPT: Final = Path(__file__).parent / "load.lua"
_MEASURED: Final = re.compile(r"^MEASURED (.+)$", re.MULTILINE)


class LoadFailed(Exception):
    """The load did not run, or requests failed under it."""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk measured; times are in microseconds."""

    requests: int
    microseconds: int
    bytes: int
    failed: int
    p50: int
    p99: int

    @property
    def per_second(self) -> float:
        """Requests per second that got a response."""
        return self.requests * 1e6 / self.microseconds

    @property
    def bytes_per_request(self) -> float:
        """The mean size of a response with its headers, in bytes."""
        return self.bytes / max(self.requests, 1)


def require() -> None:
    """Raise `LoadFailed` if wrk is not installed."""
    if shutil.which("wrk") is None:
        raise LoadFailed("wrk makes the load and is not installed: `apt-get install wrk` (or `brew install wrk`).")


def run(url: str, requests: Path, *, connections: int, seconds: int) -> Load:
    """Put a server under load. Raises `LoadFailed` if a request failed."""
    command = ("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT), url)
    ended = subprocess.run(
        [*command, "--", str(requests), UNIQUE_BEGINS + secrets.token_hex(2)],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 60,
    )
    if ended.returncode:
        raise LoadFailed(f"wrk failed: {ended.stderr.strip() or ended.stdout.strip()}")
    load = parse(ended.stdout)
    if not load.requests:
        raise LoadFailed(f"{url} answered nothing within {seconds} seconds: measure for longer with --seconds.")
    if load.failed:
        raise LoadFailed(f"{load.failed} of {load.requests} requests to {url} failed.")
    return load


def parse(output: str) -> Load:
    """Read the line that the script prints at the end. Raises `LoadFailed` without one."""
    found = _MEASURED.search(output)
    if found is None:
        raise LoadFailed(f"wrk said nothing that can be read: {output.strip()}")
    fields = dict(pair.split("=") for pair in found[1].split())
    return Load(**{name: int(value) for name, value in fields.items()})
