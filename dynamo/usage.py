"""Counts of requests to DynamoDB and of the capacity units that they consumed."""

from dataclasses import dataclass
from typing import Final

READS: Final = frozenset(("GetItem", "BatchGetItem", "Query", "Scan"))
"""Operations that consume read units; all others consume write units."""


@dataclass(slots=True)
class Usage:
    """The number of DynamoDB requests, and the capacity units that DynamoDB reported."""

    requests: int = 0
    read_units: float = 0.0
    write_units: float = 0.0

    def add(self, operation: str, units: float) -> None:
        """Add the capacity units of a response."""
        if operation in READS:
            self.read_units += units
        else:
            self.write_units += units
