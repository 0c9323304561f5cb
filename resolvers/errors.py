"""Why an operation, or a part of it, was not done.

OperationError             becomes an entry of the top-level `errors`, with its `code`
├── Unauthenticated        nobody is signed in
├── Forbidden              the caller may not
├── BadInput               an argument of a query that cannot be meant
├── InvalidCursor          a cursor of another list, or none at all
├── TooMany                more than can be listed
└── Throttled              too many attempts
InputError                 becomes an entry of a payload's `userErrors`
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum


class ErrorCode(Enum):
    """Why an input was refused."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    TAKEN = "TAKEN"
    EXPIRED = "EXPIRED"
    STALE = "STALE"
    DISABLED = "DISABLED"
    LAST_SIGN_IN = "LAST_SIGN_IN"
    FORBIDDEN = "FORBIDDEN"


class OperationError(Exception):
    """A reason that is not about a mutation's input. The message is shown to the caller."""

    code = "BAD_REQUEST"


class Unauthenticated(OperationError):
    """The operation needs a caller who is known."""

    code = "UNAUTHENTICATED"


class Forbidden(OperationError):
    """The caller is known and may not do it."""

    code = "FORBIDDEN"


class BadInput(OperationError):
    """An argument that cannot be meant."""

    code = "BAD_USER_INPUT"


class InvalidCursor(OperationError):
    """A cursor that is not from this list, or was changed."""

    code = "INVALID_CURSOR"


class TooMany(OperationError):
    """There is more of something than can be listed without telling of secrets."""

    code = "LIMIT_EXCEEDED"


class Throttled(OperationError):
    """A secret was guessed at too often; `retry_after` is how many seconds to wait."""

    code = "THROTTLED"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def try_again(seconds: int) -> str:
    """When to come back, for the end of a message."""
    return f"try again in {seconds} second{'' if seconds == 1 else 's'}"


class InputError(Exception):
    """A refused input; `path` leads to it from `input`."""

    def __init__(self, code: ErrorCode, message: str, *path: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path


@contextmanager
def within(*outer: str) -> Iterator[None]:
    """Let the path of a refused input begin at the field that holds it."""
    try:
        yield
    except InputError as error:
        raise InputError(error.code, error.message, *outer, *error.path) from None


@dataclass(frozen=True, slots=True)
class UserError:
    """A refused input as a payload shows it."""

    code: ErrorCode
    message: str
    path: tuple[str, ...]
