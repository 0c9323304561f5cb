"""What the table holds, as this code has it."""

from typing import Any

Item = dict[str, Any]
"""An item, or a key, by attribute name; the values are Python's, as `wire/attribute_values.py` lists them."""
Place = tuple[str, str]
"""Partition key and sort key of an item."""
