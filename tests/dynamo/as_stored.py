"""What our functions write and read, in the form that the adapter and the AWS SDK have it in."""

from collections.abc import Mapping
from typing import Any

from dynamo import format
from dynamo.expressions import Update


def as_parameters(update: Update) -> dict[str, Any]:
    """An update under the names that the AWS SDKs use; no values when it only removes."""
    parameters: dict[str, Any] = {
        "UpdateExpression": update.expression,
        "ExpressionAttributeNames": update.names,
        "ExpressionAttributeValues": update.values,
    }
    return {name: parameter for name, parameter in parameters.items() if parameter}


def with_dates(item: Mapping[str, object]) -> dict[str, object]:
    """An item with dates for what our records read as dates, if they were asked for every attribute."""
    return {name: _read(name, value) for name, value in item.items()}


def _read(name: str, value: object) -> object:
    if isinstance(value, str):
        return format.parse_date(value) or value
    return (format.date_of_expires(value) if name == "expires" else None) or value
