"""Expressions of a request as members of its JSON."""

from typing import TypedDict

from dynamo.expressions import Condition, Update, Writer
from dynamo.wire.attribute_values import wire_item


class Parameters(TypedDict, total=False):
    """The expressions of one request as members of its JSON. Members without content are left out."""

    UpdateExpression: str
    ConditionExpression: str
    ExpressionAttributeNames: dict[str, str]
    ExpressionAttributeValues: dict[str, object]


def parameters(*, update: Update | None = None, condition: Condition | None = None) -> Parameters:
    """Write the expressions of one request with one shared set of placeholders."""
    writer = Writer()
    written = Parameters()
    if update is not None:
        written["UpdateExpression"] = writer.write(update)
    if condition is not None:
        written["ConditionExpression"] = writer.write(condition)
    # DynamoDB rejects empty maps of names or values.
    if writer.names:
        written["ExpressionAttributeNames"] = writer.names
    if writer.values:
        written["ExpressionAttributeValues"] = wire_item(writer.values)
    return written
