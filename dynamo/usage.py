"""What requests to DynamoDB have cost."""

from dataclasses import dataclass
from typing import Final

READS: Final = frozenset(("GetItem", "BatchGetItem", "Query", "Scan"))
"""Operations whose capacity units are read units."""


@dataclass(slots=True)
class Usage:
    """DynamoDB requests, and the capacity units DynamoDB reported."""

    requests: int = 0
    read_units: float = 0.0
    write_units: float = 0.0

    def add(self, operation: str, units: float) -> None:
        """Count the units of an answer."""
        if operation in READS:
            self.read_units += units
        else:
            self.write_units += units
