"""Health checks as an orchestrator makes them, in a process of its own: `python -m soak.health <url>`."""

import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

PAUSE_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 10.0
FAILED: Final = "failed"


class HealthChecks:
    """Requests /healthz again and again, while this program does other things."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.seconds: list[float] = []
        """How many seconds each check took."""
        self.failures = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "soak.health", self._url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        lines, _ = self._process.communicate(timeout=PATIENCE_SECONDS * 2)
        self.failures = lines.split().count(FAILED)
        self.seconds = [float(line) for line in lines.split() if line != FAILED]


def check_for_ever(url: str) -> None:
    """Print how many seconds each check took, or that it failed."""
    address = urlsplit(url)
    while True:
        begun = time.monotonic()
        # A new connection each time, as orchestrators make one.
        connection = HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", "/healthz")
            is_well = connection.getresponse().status == 200
        except (OSError, HTTPException):
            is_well = False
        finally:
            connection.close()
        print(time.monotonic() - begun if is_well else FAILED, flush=True)
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    check_for_ever(sys.argv[1])
