"""How a mutation answers: with what it made, or with what was wrong about its input."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Any, Concatenate, Final, ParamSpec

from dynamo import errors
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError, UserError

P = ParamSpec("P")
Result = Mapping[str, Any]
Work = Callable[Concatenate[Context, P], Awaitable[Result]]

FOR_PEOPLE: Final = "for_people"

CODES: dict[type[errors.Rejected], ErrorCode] = {
    errors.Rejected: ErrorCode.INVALID,
    errors.AlreadyExists: ErrorCode.TAKEN,
    errors.NotFound: ErrorCode.NOT_FOUND,
    errors.Expired: ErrorCode.EXPIRED,
    errors.Stale: ErrorCode.STALE,
    errors.Disabled: ErrorCode.DISABLED,
    errors.LastSignIn: ErrorCode.LAST_SIGN_IN,
}

LOOKED_UP_BY: Final = {"account": "by", "session": "by"}
"""Entities that inputs do not hold but name by a key."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A mutation's result under the payload's field names; a field that was not given is null."""

    result: Result
    user_errors: list[UserError]

    def __getattr__(self, name: str) -> Any:
        return self.result.get(name)


def open_to_people(*fields: str) -> Callable[[Work[P]], Work[P]]:
    """Name the fields of its input that people may give to a mutation. Every other one is refused to them.

    A field that has its default counts as not given.
    """

    def decorate(work: Work[P]) -> Work[P]:
        work.__dict__[FOR_PEOPLE] = frozenset(fields)
        return work

    return decorate


def mutation(
    work: Work[P],
) -> Callable[Concatenate[Context, P], Awaitable[Payload]]:
    """Turn refused input into `userErrors`, and let what follows read the table anew."""
    defaults = {name: parameter.default for name, parameter in signature(work).parameters.items()}
    for_people: frozenset[str] = getattr(work, FOR_PEOPLE, frozenset())

    @wraps(work)
    async def answer(context: Context, /, *args: P.args, **kwargs: P.kwargs) -> Payload:
        if context.principal.person is not None:
            given = (name for name, value in kwargs.items() if name not in defaults or value is not defaults[name])
            foreign = [name for name in given if name not in for_people]
            if foreign:
                return Payload({}, [not_for_people(name) for name in foreign])
        try:
            return Payload(await work(context, *args, **kwargs), [])
        except errors.DeletedSince:
            # It was done, and there is nothing left to show.
            return Payload({}, [])
        except InputError as error:
            return _refusal(error)
        except errors.Rejected as error:
            return _refusal(refused(error))
        finally:
            context.refresh()

    return answer


def not_for_people(name: str) -> UserError:
    """What is said of a field, by its Python name, that is not a person's to give."""
    first, *rest = name.split("_")
    field = first + "".join(word.title() for word in rest)
    return UserError(
        ErrorCode.FORBIDDEN, f"You may not set {field}; it requires an API key with the right scopes.", (field,)
    )


def refused(error: errors.Rejected, *outer: str) -> InputError:
    """What the store refused, as a refused input; `outer` leads to the part of the input it is about."""
    inner = () if error.field is None else (LOOKED_UP_BY.get(error.field, error.field),)
    return InputError(CODES[type(error)], str(error), *outer, *inner)


def _refusal(error: InputError) -> Payload:
    return Payload({}, [UserError(error.code, error.message, error.path)])
