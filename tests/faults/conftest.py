"""The table in front of the faults, behind them, and as it lies there."""

from tests.dynamo.conftest import proxied, raw, table

__all__ = ["proxied", "raw", "table"]
