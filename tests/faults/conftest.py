"""The table in front of the faults, behind them, and its stored items."""

from tests.dynamo.conftest import proxied, raw, table

__all__ = ["proxied", "raw", "table"]
