"""How a mutation returns: with the objects that it changed, or with the reasons why it rejected its input."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Any, Concatenate, Final, ParamSpec

from dynamo import errors
from dynamo.progress import PROGRESS
from resolvers.context import Context
from resolvers.errors import (
    AlreadyGone,
    ErrorCode,
    InputError,
    InputErrors,
    TimedOut,
    UserError,
    graphql_name,
    rejections,
)

P = ParamSpec("P")
Result = Mapping[str, Any]
Work = Callable[Concatenate[Context, P], Awaitable[Result]]

FOR_PEOPLE: Final = "for_people"


@dataclass(frozen=True, slots=True)
class Payload:
    """A mutation's result, by the payload's field names. A field without a value is null."""

    result: Result
    user_errors: list[UserError]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # graphql-core takes an object of a list for awaitable if it has `__await__`.
            raise AttributeError(name)
        return self.result.get(name)


def open_to_people(*fields: str) -> Callable[[Work[P]], Work[P]]:
    """Name the fields of a mutation's input that people may set. For people, any other field is rejected.

    A field that has its default value counts as omitted.
    """

    def decorate(work: Work[P]) -> Work[P]:
        work.__dict__[FOR_PEOPLE] = frozenset(fields)
        return work

    return decorate


def mutation(
    work: Work[P],
) -> Callable[Concatenate[Context, P], Awaitable[Payload]]:
    """Turn rejected inputs into `userErrors`, and forget what was read, so that later fields see the change.

    If the time for the operation is over and another mutation of it is done, only this one fails.
    """
    defaults = {name: parameter.default for name, parameter in signature(work).parameters.items()}
    for_people: frozenset[str] = getattr(work, FOR_PEOPLE, frozenset())

    @wraps(work)
    async def answer(context: Context, /, *args: P.args, **kwargs: P.kwargs) -> Payload:
        if context.principal.person is not None:
            given = (name for name, value in kwargs.items() if name not in defaults or value is not defaults[name])
            foreign = [name for name in given if name not in for_people]
            if foreign:
                return Payload({}, [not_for_people(name) for name in foreign])
        if context.overdue:
            raise TimedOut("The time for the operation was over before this mutation began. It changed nothing.")
        try:
            return Payload(await work(context, *args, **kwargs), [])
        except asyncio.CancelledError as cancelled:
            # The deadline passes no message. What was done before must still be told.
            if cancelled.args or not context.answered:
                raise
            context.overdue = True
            raise late() from None
        except errors.DeletedSince:
            # It was done, and there is nothing left to show.
            return Payload({}, [])
        except AlreadyGone as gone:
            return Payload(gone.result, user_errors(gone.error, kwargs))
        except (InputError, InputErrors, errors.Rejected) as error:
            return Payload({}, user_errors(error, kwargs))
        finally:
            context.answered = True
            context.refresh()

    return answer


def late() -> Exception:
    """The error of a mutation that the deadline has interrupted."""
    progress = PROGRESS.get()
    if progress is not None and progress.cut_off:
        return errors.Unavailable("The time for the operation was over while it waited for DynamoDB.")
    return TimedOut("The time for the operation was over. The change may have been made, or a part of it.")


def not_for_people(name: str) -> UserError:
    """The error for a field, named as in Python, that people may not set."""
    field = graphql_name(name)
    return UserError(
        ErrorCode.FORBIDDEN, f"You may not set {field}; it requires an API key with the right scopes.", (field,)
    )


def user_errors(error: InputError | InputErrors | errors.Rejected, given: Mapping[str, Any]) -> list[UserError]:
    """The entries of `userErrors` for what was rejected in an input."""
    return [UserError(one.code, one.message, one.path) for one in rejections(error, given)]
