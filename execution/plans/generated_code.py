"""The source of a plan's functions. Nothing of a client's document gets into it but names, each as a string literal."""

from collections.abc import Callable
from typing import Any, Final

from graphql import GraphQLOutputType, is_list_type, is_non_null_type

from dynamo import format

Generated = Callable[[Any, Any], dict[str, Any]]

AS_IT_IS: Final = frozenset(("String", "ID", "Boolean", "JSON"))
"""Scalars whose values in records are JSON already."""


class Writer:
    """Writes one function: hands out variables, and names for the objects the function needs."""

    def __init__(self) -> None:
        self._constants: dict[str, Any] = {"_null": _null}
        self._variables = 0

    def variable(self) -> str:
        """A fresh local name."""
        self._variables += 1
        return f"v{self._variables}"

    def constant(self, value: Any) -> str:
        """A name for an object."""
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def function(self, expression: str) -> Generated:
        """The function of `record` and `info` that returns the expression's value."""
        made: Generated = eval(f"lambda record, info: {expression}", self._constants)  # noqa: S307 - our own source
        return made

    def checked(self, variable: str, nullable: bool, expression: str) -> str:
        """The expression, or null if the variable is; where that is not allowed, the function raises."""
        return f"(({expression}) if {variable} is not None else {'None' if nullable else '_null()'})"

    def bound(self, variable: str, source: str, nullable: bool, expression: str) -> str:
        """The same for a source that the variable is first bound to."""
        return f"(({expression}) if ({variable} := {source}) is not None else {'None' if nullable else '_null()'})"

    def objects(self, items: str, item: str, expression: str) -> str:
        """The list of the expression's objects for each item; a long one is written at once."""
        return f"info.listed([{expression} for {item} in {items}])"

    def leaf(self, type_: GraphQLOutputType, source: str) -> str:
        """The expression for a scalar or an enum, or a list of them."""
        nullable = not is_non_null_type(type_)
        inner: Any = type_ if nullable else type_.of_type  # type: ignore[union-attr]
        if is_list_type(inner):
            item = self.variable()
            listed = self.leaf(inner.of_type, item)
            return self.bound(variable := self.variable(), source, nullable, f"[{listed} for {item} in {variable}]")
        if inner.name in AS_IT_IS:
            if nullable:
                return source
            variable = self.variable()
            return self.bound(variable, source, nullable, variable)
        serialize = self.constant(format.iso if inner.name == "DateTime" else inner.serialize)
        variable = self.variable()
        return self.bound(variable, source, nullable, f"{serialize}({variable})")


def _null() -> None:
    raise TypeError("A field that cannot be null was.")
