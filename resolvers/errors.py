"""Why an operation, or a part of it, was not done.

OperationError             becomes an entry of the top-level `errors`, with its `code`
├── Unauthenticated        nobody is signed in
├── BadInput               an argument of a query that is not valid
├── InvalidCursor          a cursor of another list, or none at all
├── TooMany                more than can be listed
├── Throttled              too many attempts
├── NotAllowed             the operator has not allowed it, or the caller acts for somebody else
└── TimedOut               the time for the operation was over before this mutation was done
InputError                 becomes an entry of a payload's `userErrors`
InputErrors                several of them
AlreadyGone                becomes an entry of `userErrors` beside what the payload still tells of the object
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, unique
from functools import cache
from types import TracebackType
from typing import Any, Final

from dynamo import errors


@unique
class ErrorCode(Enum):
    """Why an input was refused: the description of each code in the schema. The code is the member's name."""

    INVALID = "The value is not valid."
    NOT_FOUND = "The object does not exist, or the caller may not access it."
    TAKEN = "The value is unique and already in use."
    EXPIRED = "The object has expired."
    STALE = "The object changed after it was read. Read it again before you retry."
    DISABLED = "The user is disabled."
    LAST_SIGN_IN = "The change would remove the user's last way to sign in."
    FORBIDDEN = "The caller may use the mutation, but not for this, or may not set this field to this value."
    SIGN_IN_AGAIN = "The person signed in too long ago for this change. They must sign in again."
    UNAVAILABLE = (
        "Only for a row of a bulk mutation: DynamoDB did not answer, or the time for the operation was over. The row "
        "may have been done. Send it again."
    )

    @property
    def description(self) -> str:
        """The code in the schema."""
        return self.value


CODES: Final[Mapping[type[errors.Rejected], ErrorCode]] = {
    errors.Rejected: ErrorCode.INVALID,
    errors.AlreadyExists: ErrorCode.TAKEN,
    errors.KeyReused: ErrorCode.INVALID,
    errors.NotFound: ErrorCode.NOT_FOUND,
    errors.Expired: ErrorCode.EXPIRED,
    errors.Stale: ErrorCode.STALE,
    errors.Disabled: ErrorCode.DISABLED,
    errors.LastSignIn: ErrorCode.LAST_SIGN_IN,
}
"""The code of each refusal of the store. A kind that is not listed has the code of the kind it derives from."""


def code_of(refusal: errors.Rejected) -> ErrorCode:
    """The code that a refusal of the store has in a payload."""
    return next(CODES[kind] for kind in type(refusal).__mro__ if kind in CODES)


class OperationError(Exception):
    """An error that does not concern a mutation's input. Its message is shown to the caller."""

    code = "BAD_REQUEST"


class Unauthenticated(OperationError):
    """The caller is anonymous, and the operation requires one who is not."""

    code = "UNAUTHENTICATED"


class BadInput(OperationError):
    """An argument of a query is not valid. `argument` is the path to it, from the arguments of the field on."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str, *argument: str) -> None:
        super().__init__(message)
        self.argument = argument


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


class NotAllowed(OperationError):
    """The operator has not allowed it, or the caller acts for somebody else."""

    code = "FORBIDDEN"


class TimedOut(OperationError):
    """The time for the whole operation was over. Mutations before this one were made."""

    code = "TIMEOUT"
    retry_after = 1


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


class InputErrors(Exception):
    """Everything that was rejected in one input, in the order in which it was checked."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        super().__init__()
        self.errors = errors


class AlreadyGone(Exception):
    """What a mutation should remove is not there. `result` is what the payload tells of it all the same."""

    def __init__(self, error: errors.NotFound, result: Mapping[str, Any]) -> None:
        super().__init__()
        self.error = error
        self.result = result


NAMED: Final = frozenset({"user", "account", "session", "authenticator", "apiKey"})
"""What a rejection by the store can concern besides a field of the input: the object that the input names."""


def place_of(field: str | None, given: Mapping[str, Any]) -> tuple[str, ...]:
    """The path to what a rejection by the store concerns. If that is the object that the input names, the path leads to
    the key that names it: `("by", "email")`."""
    if field is None:
        return ()
    if field not in NAMED:
        return (field,)
    argument = "by" if "by" in given else field
    key = given.get(argument)
    return (argument, *map(graphql_name, key)) if isinstance(key, Mapping) else (argument,)


REJECTIONS: Final = (InputError, InputErrors, errors.Rejected)
"""What a check of an input raises that rejects it."""


def rejections(error: InputError | InputErrors | errors.Rejected, given: Mapping[str, Any]) -> Sequence[InputError]:
    """The rejected inputs that an error reports. `given` is the input of the mutation."""
    match error:
        case InputErrors():
            return error.errors
        case InputError():
            return [error]
    return [InputError(code_of(error), str(error), *place_of(error.field, given))]


class within:
    """Prefix the paths of inputs that are rejected in a `with` block with the field that contains them."""

    # A class, because a registration enters three of them, and `contextmanager` takes five times as long.
    __slots__ = ("_outer",)

    def __init__(self, *outer: str) -> None:
        self._outer = outer

    def __enter__(self) -> None:
        """Begin the block, which is checked at its end."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Raise what was rejected with longer paths. Any other error goes on."""
        if isinstance(error, REJECTIONS):
            inner = rejections(error, {})
            raise InputErrors([InputError(one.code, one.message, *self._outer, *one.path) for one in inner]) from None


@cache
def graphql_name(name: str) -> str:
    """How clients know an input field that has this name in Python."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


@dataclass(frozen=True, slots=True)
class UserError:
    """A rejected input, as the payload shows it."""

    code: ErrorCode
    message: str
    path: tuple[str, ...]
