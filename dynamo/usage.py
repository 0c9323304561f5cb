"""What the requests of one caller to DynamoDB were: their number, the capacity units, and the time they took."""

from dataclasses import dataclass, field
from time import perf_counter
from typing import Final, NamedTuple

READS: Final = frozenset(("GetItem", "BatchGetItem", "Query", "Scan"))
"""Operations that consume read units; all others consume write units."""


class Attempt(NamedTuple):
    """One request to DynamoDB. Times are in seconds of `perf_counter`."""

    operation: str
    began: float
    ended: float
    units: float = 0.0
    error: str | None = None
    """Why it failed, as `dynamo.metrics.reason_of` says it."""
    number: int = 1
    """1, or more for a repetition."""


@dataclass(slots=True)
class Usage:
    """The number of DynamoDB requests, and the capacity units that DynamoDB reported."""

    requests: int = 0
    read_units: float = 0.0
    write_units: float = 0.0
    waited: float = field(default=0.0, compare=False)
    """The seconds in which at least one of its requests was under way, or waited for a connection."""
    attempts: list[Attempt] | None = field(default=None, compare=False)
    """Each request, if the operation is traced."""
    _waiting: int = field(default=0, compare=False)
    _since: float = field(default=0.0, compare=False)

    def begin(self) -> None:
        """Note that a request begins; `end` must follow."""
        if not self._waiting:
            self._since = perf_counter()
        self._waiting += 1

    def end(self) -> None:
        """Note that a request has ended, successfully or not."""
        self._waiting -= 1
        if not self._waiting:
            self.waited += perf_counter() - self._since
