"""How a mutation returns: with the objects that it changed, or with the reasons why it rejected its input."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Any, Concatenate, Final, ParamSpec

from dynamo import errors
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError, UserError, code_of, graphql_name

P = ParamSpec("P")
Result = Mapping[str, Any]
Work = Callable[Concatenate[Context, P], Awaitable[Result]]

FOR_PEOPLE: Final = "for_people"

LOOKED_UP_BY: Final = {"account": "by", "session": "by"}
"""For entities that an input names by a key: the input field that holds the key."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A mutation's result, by the payload's field names. A field without a value is null."""

    result: Result
    user_errors: list[UserError]

    def __getattr__(self, name: str) -> Any:
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
    """Turn rejected inputs into `userErrors`, and forget what was read, so that later fields see the change."""
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
    """The error for a field, named as in Python, that people may not set."""
    field = graphql_name(name)
    return UserError(
        ErrorCode.FORBIDDEN, f"You may not set {field}; it requires an API key with the right scopes.", (field,)
    )


def refused(error: errors.Rejected, *outer: str) -> InputError:
    """Turn a rejection by the store into a rejected input. `outer` leads to the part of the input that it concerns."""
    inner = () if error.field is None else (LOOKED_UP_BY.get(error.field, error.field),)
    return InputError(code_of(error), str(error), *outer, *inner)


def _refusal(error: InputError) -> Payload:
    return Payload({}, [UserError(error.code, error.message, error.path)])
