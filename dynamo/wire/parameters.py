"""Expressions as members of a request."""

from typing import TypedDict

from dynamo.expressions import Condition, Update, Writer
from dynamo.wire.attribute_values import wire_item


class Parameters(TypedDict, total=False):
    """The expressions of one request as members of its JSON, absent where there is nothing to say."""

    UpdateExpression: str
    ConditionExpression: str
    ExpressionAttributeNames: dict[str, str]
    ExpressionAttributeValues: dict[str, object]


def parameters(*, update: Update | None = None, condition: Condition | None = None) -> Parameters:
    """Write out the expressions of one request with one shared set of placeholders."""
    writer = Writer()
    written = Parameters()
    if update is not None:
        written["UpdateExpression"] = writer.write(update)
    if condition is not None:
        written["ConditionExpression"] = writer.write(condition)
    # DynamoDB refuses a map of names or values that is there but empty.
    if writer.names:
        written["ExpressionAttributeNames"] = writer.names
    if writer.values:
        written["ExpressionAttributeValues"] = wire_item(writer.values)
    return written
