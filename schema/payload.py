"""What every payload has besides its entity: the reasons why the input was rejected."""

from typing import Any, Final

import strawberry

from resolvers.scopes import SIGNED_IN
from schema.enums import ErrorCode
from schema.fields import attribute

UNLESS_DELETED: Final = "Null if somebody else deleted it right after the change."
GONE: Final = "Null if nothing was found, or if that user does not exist any more."


@strawberry.type(description="A reason why an input was rejected.")
class UserError:
    """Its fields are read from `resolvers.errors.UserError`."""

    code: ErrorCode = attribute("The reason as a code.", SIGNED_IN)
    message: str = attribute("A message that explains the reason.", SIGNED_IN)
    path: list[str] = attribute(
        "The path from `input` to the field that was rejected. Empty if the reason concerns the input as a whole.",
        SIGNED_IN,
    )


def user_errors() -> Any:
    """Declare the field `userErrors` of a payload."""
    return attribute("Why the mutation was rejected and changed nothing. Empty if it succeeded.", SIGNED_IN)
