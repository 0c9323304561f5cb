"""Why an operation, or a part of it, failed.

OperationError             becomes an entry of the top-level `errors`, with its `code`
├── Unauthenticated        nobody is signed in
├── Forbidden              the caller lacks permission
├── BadInput               an argument of a query is not valid
├── InvalidCursor          the cursor belongs to another list, or is no cursor
├── TooMany                there are more objects than can be listed
└── Throttled              too many attempts
InputError                 becomes an entry of a payload's `userErrors`
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum


class ErrorCode(Enum):
    """Why a mutation rejected an input."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    TAKEN = "TAKEN"
    EXPIRED = "EXPIRED"
    STALE = "STALE"
    DISABLED = "DISABLED"
    LAST_SIGN_IN = "LAST_SIGN_IN"
    FORBIDDEN = "FORBIDDEN"


class OperationError(Exception):
    """An error that does not concern a mutation's input. Its message is shown to the caller."""

    code = "BAD_REQUEST"


class Unauthenticated(OperationError):
    """The caller is anonymous, and the operation requires one who is not."""

    code = "UNAUTHENTICATED"


class Forbidden(OperationError):
    """The caller is known and lacks permission."""

    code = "FORBIDDEN"


class BadInput(OperationError):
    """An argument of a query is not valid."""

    code = "BAD_USER_INPUT"


class InvalidCursor(OperationError):
    """The cursor does not belong to this list, or was changed."""

    code = "INVALID_CURSOR"


class TooMany(OperationError):
    """There are more objects than can be listed without revealing secrets."""

    code = "LIMIT_EXCEEDED"


class Throttled(OperationError):
    """A secret was guessed too often. `retry_after` is how many seconds to wait."""

    code = "THROTTLED"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def try_again(seconds: int) -> str:
    """When to retry, as the last part of a message."""
    return f"try again in {seconds} second{'' if seconds == 1 else 's'}"


class InputError(Exception):
    """An input that was rejected. `path` leads to it from `input`."""

    def __init__(self, code: ErrorCode, message: str, *path: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path


@contextmanager
def within(*outer: str) -> Iterator[None]:
    """Prefix the path of a rejected input with the field that contains it."""
    try:
        yield
    except InputError as error:
        raise InputError(error.code, error.message, *outer, *error.path) from None


@dataclass(frozen=True, slots=True)
class UserError:
    """A rejected input, as the payload shows it."""

    code: ErrorCode
    message: str
    path: tuple[str, ...]
