"""Collects what is wrong with an input, so that a payload reports all of it at once."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from dynamo.errors import Rejected
from resolvers.errors import REJECTIONS, InputError, InputErrors, rejections

P = ParamSpec("P")
T = TypeVar("T")


class Checks:
    """The checks of one input. Each runs by a call, or in a `with` block of its own; `done` comes before their results
    are used."""

    __slots__ = ("_by", "_errors", "_most")

    def __init__(self, *, by: Mapping[str, Any] | None = None, most: int | None = None) -> None:
        """`by` is the input that names an object, for the paths of errors about it. After `most` errors, no more are
        kept."""
        self._by = {} if by is None else {"by": by}
        self._most = most
        self._errors: list[InputError] = []

    def __call__(self, check: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What a check returns. If it fails there is no result, and `done` raises."""
        try:
            return check(*args, **kwargs)
        except REJECTIONS as error:
            self._keep(error)
        return cast(T, None)

    def __enter__(self) -> None:
        """Begin a check, of which `__exit__` keeps the rejected input."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Keep a rejected input. Any other error goes on."""
        if not isinstance(error, REJECTIONS):
            return False
        self._keep(error)
        return True

    def _keep(self, error: InputError | InputErrors | Rejected) -> None:
        if self._most is None or len(self._errors) < self._most:
            self._errors += rejections(error, self._by)

    def done(self) -> None:
        """Raise `InputErrors` if anything was rejected."""
        if self._errors:
            raise InputErrors(self._errors)
