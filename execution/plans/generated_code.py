"""The source of a plan's functions. It contains names from the client's document only as string literals."""

from collections.abc import Callable
from typing import Any, Final

from graphql import GraphQLOutputType, is_list_type, is_non_null_type

from dynamo import format

Generated = Callable[[Any, Any], dict[str, Any]]

AS_IT_IS: Final = frozenset(("String", "ID", "Boolean", "JSON"))
"""Scalars whose values in records are JSON values already."""


class Writer:
    """Writes the source of one function, and hands out names for its variables and constants."""

    def __init__(self) -> None:
        self._constants: dict[str, Any] = {"_null": _null}
        self._variables = 0

    def variable(self) -> str:
        """A new name for a local variable of the function."""
        self._variables += 1
        return f"v{self._variables}"

    def constant(self, value: Any) -> str:
        """A name under which the function finds an object."""
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def function(self, expression: str) -> Generated:
        """Compile the function of `record` and `info` that returns the value of the expression."""
        made: Generated = eval(f"lambda record, info: {expression}", self._constants)  # noqa: S307 - our own source
        return made

    def checked(self, variable: str, nullable: bool, expression: str) -> str:
        """The source of the expression, or of null if the variable is None. If null is not allowed, it raises."""
        return f"(({expression}) if {variable} is not None else {'None' if nullable else '_null()'})"

    def bound(self, variable: str, source: str, nullable: bool, expression: str) -> str:
        """The same as `checked`, for a source that is first assigned to the variable."""
        return f"(({expression}) if ({variable} := {source}) is not None else {'None' if nullable else '_null()'})"

    def objects(self, items: str, item: str, expression: str) -> str:
        """The source of a list with the expression's object for each item. A long list is written as JSON at once."""
        return f"info.listed([{expression} for {item} in {items}])"

    def leaf(self, type_: GraphQLOutputType, source: str) -> str:
        """The source of a scalar or an enum, or of a list of them."""
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
