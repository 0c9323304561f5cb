"""What every payload has beside its entity."""

from typing import Any

import strawberry

from resolvers.scopes import SIGNED_IN
from schema.enums import ErrorCode
from schema.fields import attribute


@strawberry.type(description="What is wrong with an input.")
class UserError:
    """A refused input."""

    code: ErrorCode = attribute("Why it was refused.", SIGNED_IN)
    message: str = attribute("The reason in words, with what to do.", SIGNED_IN)
    path: list[str] = attribute("Where in `input` the reason lies; empty for the input as a whole.", SIGNED_IN)


def user_errors() -> Any:
    """Declare a payload's `userErrors`."""
    return attribute("Why nothing was done; empty if it was done.", SIGNED_IN)
