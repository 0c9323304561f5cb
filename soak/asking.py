"""How experiments send an operation, over HTTP or in process, and what they get back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

LOST: Final = "CONNECTION_LOST"
"""Instead of an error code: there is no response, because the connection ended."""
SILENT: Final = "NO_ANSWER"
"""Instead of an error code: there was no response within `PATIENCE_SECONDS`."""
PATIENCE_SECONDS: Final = 30.0
"""Three times the server's own time limit."""

UNCERTAIN: Final = frozenset({"SERVICE_UNAVAILABLE", "TIMEOUT", LOST, SILENT})
"""Codes after which a mutation may have been executed."""
POSTPONED: Final = frozenset({"OVERLOADED", "THROTTLED"})
"""Codes after which nothing was executed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The data of a response, or the code of its first error."""

    data: Mapping[str, Any] = field(default_factory=dict)
    code: str | None = None
    message: str = ""

    @property
    def is_uncertain(self) -> bool:
        """Whether it is unknown if the mutation was executed."""
        return self.code in UNCERTAIN

    @property
    def is_postponed(self) -> bool:
        """Whether the operation can be sent again as if for the first time."""
        return self.code in POSTPONED


class Ask(Protocol):
    """Sends an operation as an administrator."""

    async def __call__(self, document: str, variables: Mapping[str, Any]) -> Answer:
        """The response. Errors of the server are returned, not raised."""


def answer_of(body: Mapping[str, Any]) -> Answer:
    """The answer in a GraphQL response. If it has any error, it is the first error."""
    if errors := body.get("errors"):
        return Answer(code=str(errors[0]["extensions"]["code"]), message=str(errors[0]["message"]))
    return Answer(body["data"])


def change(mutation: str, selection: str = "__typename") -> str:
    """The document of one mutation, whose payload is named `changed`."""
    kind = mutation[0].upper() + mutation[1:]
    return (
        f"mutation($input: {kind}Input!) {{ changed: {mutation}(input: $input) "
        f"{{ {selection} userErrors {{ code message path }} }} }}"
    )


def refusal(answer: Answer) -> str | None:
    """The code with which a mutation rejected its input, or a row of it; None if it did not."""
    payload = answer.data.get("changed", {})
    errors = [
        *payload.get("userErrors", ()),
        *(one for row in payload.get("results") or () for one in row["userErrors"]),
    ]
    return str(errors[0]["code"]) if errors else None
