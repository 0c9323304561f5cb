"""Expressions of a request as members of its JSON."""

from collections.abc import Mapping
from typing import Final, TypedDict

from dynamo.expressions import Condition, Expression, Update, write
from dynamo.wire.attribute_values import wire_item

NOTHING: Final = Expression(())


class Parameters(TypedDict, total=False):
    """The expressions of one request as members of its JSON. Members without content are left out."""

    UpdateExpression: str
    ConditionExpression: str
    ExpressionAttributeNames: Mapping[str, str]
    ExpressionAttributeValues: dict[str, object]


def parameters(*, update: Update | None = None, condition: Condition | None = None) -> Parameters:
    """Write the expressions of one request with one shared set of placeholders."""
    members = Parameters()
    if update is None and condition is None:
        return members
    first, then = update or NOTHING, condition or NOTHING
    written = write(first.tokens, then.tokens)
    if update is not None:
        members["UpdateExpression"] = written.texts[0]
    if condition is not None:
        members["ConditionExpression"] = written.texts[1]
    # DynamoDB rejects empty maps of names or values.
    if written.names:
        members["ExpressionAttributeNames"] = written.names
    if written.values:
        members["ExpressionAttributeValues"] = wire_item(
            dict(zip(written.values, first.given + then.given, strict=True))
        )
    return members
