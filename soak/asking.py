"""How experiments ask: an operation and what came back, over HTTP or in process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

LOST: Final = "CONNECTION_LOST"
"""In place of a code: no answer, because the connection ended."""
SILENT: Final = "NO_ANSWER"
"""In place of a code: no answer within `PATIENCE_SECONDS`."""
PATIENCE_SECONDS: Final = 30.0
"""Three times the server's own deadline."""

UNCERTAIN: Final = frozenset({"SERVICE_UNAVAILABLE", "TIMEOUT", LOST, SILENT})
"""Codes after which a change may have been made."""
POSTPONED: Final = frozenset({"OVERLOADED", "THROTTLED"})
"""Codes after which nothing was done."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Data, or the code of the first error."""

    data: Mapping[str, Any] = field(default_factory=dict)
    code: str | None = None
    message: str = ""

    @property
    def is_uncertain(self) -> bool:
        """Whether nobody knows if the change was made."""
        return self.code in UNCERTAIN

    @property
    def is_postponed(self) -> bool:
        """Whether it can be asked again, as if for the first time."""
        return self.code in POSTPONED


class Ask(Protocol):
    """Sends an operation as an administrator."""

    async def __call__(self, document: str, variables: Mapping[str, Any]) -> Answer:
        """What came back; never raises because of the server."""


def answer_of(body: Mapping[str, Any]) -> Answer:
    """The answer that a GraphQL response is; with any error in it, it is that error."""
    if errors := body.get("errors"):
        return Answer(code=str(errors[0]["extensions"]["code"]), message=str(errors[0]["message"]))
    return Answer(body["data"])


def change(mutation: str, selection: str = "__typename") -> str:
    """The document of one mutation, whose payload is called `changed`."""
    kind = mutation[0].upper() + mutation[1:]
    return (
        f"mutation($input: {kind}Input!) {{ changed: {mutation}(input: $input) "
        f"{{ {selection} userErrors {{ code message path }} }} }}"
    )


def refusal(answer: Answer) -> str | None:
    """The code with which a mutation refused its input."""
    errors = answer.data.get("changed", {}).get("userErrors")
    return str(errors[0]["code"]) if errors else None
