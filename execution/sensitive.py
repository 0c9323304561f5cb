"""Root fields that could be used to guess or to enumerate: allowed once an operation, but to administrators."""

from collections.abc import Mapping
from typing import Any

from graphql import FieldNode, ObjectValueNode, VariableNode

from execution.analysis import Selected

ALWAYS = frozenset(
    ("useVerificationToken", "verificationTokens", "deleteSession", "deleteSessions", "session", "authenticator")
)
BY_SECRET = frozenset(("user", "account"))
"""Lookups that are sensitive unless they go by id."""
IDS = frozenset(("id", "userId"))


def count(selected: Selected, variables: Mapping[str, Any]) -> int:
    """How many sensitive fields run at an operation's root."""
    return sum(_is_sensitive(node, variables) for node in selected.roots)


def _is_sensitive(node: FieldNode, variables: Mapping[str, Any]) -> bool:
    name = node.name.value
    return name in ALWAYS or (name in BY_SECRET and not _goes_by_id(node, variables))


def _goes_by_id(node: FieldNode, variables: Mapping[str, Any]) -> bool:
    by = next((argument.value for argument in node.arguments or () if argument.name.value == "by"), None)
    match by:
        case ObjectValueNode(fields=fields):
            keys = {field.name.value for field in fields}
        case VariableNode(name=variable):
            value = variables.get(variable.value)
            keys = set(value) if isinstance(value, Mapping) else set()
        case _:
            return False
    return bool(keys) and keys <= IDS
