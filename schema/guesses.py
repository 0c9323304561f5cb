"""Which inputs somebody could guess with: declared on the argument or input field, as its maximum is.

A guess is a secret, or a key by which a stranger is found, whose answer tells whether it was right: a lookup finds
somebody, a chosen token is taken, a comparison holds. `execution.guessing` counts the fields of an operation that are
given one. An id is none: nobody can make one up.
"""

from collections.abc import Mapping
from typing import Final

GUESS: Final = "guess"
"""Where a declaration's metadata says whether the input is a guess."""


ONE: Final = (
    "Guessable: an operation may use guessable inputs in one field only, unless the caller is an administrator."
)


def noted(description: str, *, guess: bool | None) -> str:
    """A description that ends with what follows of a guess."""
    return f"{description} {ONE}" if guess else description


def marked_as(*, guess: bool | None) -> Mapping[str, bool]:
    """The metadata that declares a guess, or that the input is none; nothing if that is not said."""
    return {} if guess is None else {GUESS: guess}
