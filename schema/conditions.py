"""Whether a selection is executed: what its `@skip` and `@include` decide."""

from collections.abc import Mapping, Sequence

from graphql import BooleanValueNode, DirectiveNode, VariableNode

Conditions = Mapping[str, bool | None]
"""Values of the variables in `@skip` and `@include`, by name; None for a value that is null or missing."""


def included(directives: Sequence[DirectiveNode] | None, conditions: Conditions) -> bool:
    """Whether a selection is executed. If its condition is null, execution ends in an error, so it counts as
    executed."""
    for directive in directives or ():
        name = directive.name.value
        if name in ("skip", "include") and _value(directive, conditions) is (name == "skip"):
            return False
    return True


def _value(directive: DirectiveNode, conditions: Conditions) -> bool | None:
    value = directive.arguments[0].value if directive.arguments else None
    match value:
        case BooleanValueNode(value=literal):
            return literal
        case VariableNode(name=name):
            return conditions.get(name.value)
    return None
