"""The types of the table's items in this code."""

from typing import Any

Item = dict[str, Any]
"""An item, or a key, by attribute name. `wire/attribute_values.py` lists the Python types of the values."""
Place = tuple[str, str]
"""The partition key and the sort key of an item."""
