"""Which inputs a caller could guess with. Each is declared on its argument or input field, as its maximum length is.

An input is guessable if it is a secret, or a key that a stranger can be looked up by, and the response shows whether
the guess was right: a lookup finds somebody, a chosen token is taken, a comparison holds. `execution.guessing` counts
the fields of an operation that get such an input. Global ids are not guessable, because nobody can make one up.
"""

from collections.abc import Mapping
from typing import Final

GUESS: Final = "guess"
"""Where a declaration's metadata says whether the input is a guess."""


ONE: Final = (
    "Guessable: an operation may use guessable inputs in one field only, unless the caller is an administrator."
)


def noted(description: str, *, guess: bool | None) -> str:
    """The description, followed for a guessable input by the rule for such inputs."""
    return f"{description} {ONE}" if guess else description


def marked_as(*, guess: bool | None) -> Mapping[str, bool]:
    """The metadata that declares a guess, or that the input is none; nothing if that is not said."""
    return {} if guess is None else {GUESS: guess}
