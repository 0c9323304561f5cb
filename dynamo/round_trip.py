"""Custom attributes that a client reads, changes in part and writes back: what it leaves as it is, is stored as it was.

JSON has fewer types than DynamoDB. A set is shown as a list, bytes and long numbers as text, a number of 30 digits as
one of 17. So a value is compared with how the stored one is shown, and where both are equal, the stored one stays. In
lists and maps that holds for each member.
"""

import functools
import operator
from collections.abc import Iterable, Mapping
from typing import Any, Final

from dynamo import format
from dynamo.expressions import REMOVE, Condition, equals, greater_or_equal, is_not, less_or_equal

MOST_SETTLED: Final = 16
"""The most attributes in one condition of `settled`: DynamoDB allows 4 KB and 300 operators, and each takes 15. It is
combined with other conditions."""
NESTED: Final = frozenset(("L", "M"))
"""DynamoDB's types for values that contain others."""
_NOTHING: Final = object()
"""Stands for a value that is not stored."""
_REPLACED = "\ufffd"
"""What half of a surrogate pair is shown as."""


def kept(stored: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values to store for attributes that a client gives as JSON, which `format.to_storable` accepts."""
    return {name: _kept(stored.get(name, _NOTHING), value)[0] for name, value in given.items()}


def removals(names: Iterable[str]) -> dict[str, Any]:
    """What to write for attributes to remove."""
    return dict.fromkeys(names, REMOVE)


def shows(stored: object, given: object) -> bool:
    """Whether a stored value is shown as exactly this JSON."""
    return _kept(stored, given)[1]


def settled(name: str, given: object, *, besides: Iterable[str] = ()) -> list[Condition]:
    """Conditions under which nothing has to be read before an attribute is written: whatever is stored, it is not of
    a type that may be shown as the given value and be another one. `besides` are further types that it may not have.
    """
    conditions = [is_not(name, type_) for type_ in sorted(_types_shown_as(given).union(besides))]
    if type(given) is int:
        # A stored number that is shown as this one, and is another, is less than 1 away from it.
        apart = [equals(name, given), less_or_equal(name, given - 1), greater_or_equal(name, given + 1)]
        conditions.append(functools.reduce(operator.or_, apart, is_not(name, "N")))
    return conditions


def _types_shown_as(given: object) -> frozenset[str]:
    """DynamoDB's types of which a value may be shown as the given one, and be another than the given one is stored as.

    Null and booleans are shown as what they are; whole numbers are left to `settled`.
    """
    match given:
        case str():
            is_exact = given and _REPLACED not in given
            return frozenset("BN") if is_exact else frozenset("BNS")
        case float():
            return frozenset("N")
        case list():
            return frozenset(("L", "SS", "NS", "BS"))
        case dict():
            return frozenset("M")
    return frozenset()


def _kept(stored: Any, given: Any) -> tuple[Any, bool]:
    """The value to store, and whether the stored one is shown as the given one."""
    match stored, given:
        case dict(), dict():
            members = {name: _kept(stored.get(name, _NOTHING), value) for name, value in given.items()}
            if stored.keys() == given.keys() and all(same for _, same in members.values()):
                return stored, True
            return {name: value for name, (value, _) in members.items()}, False
        case list(), list():
            besides = [*stored, *([_NOTHING] * (len(given) - len(stored)))]
            parts = [_kept(one, value) for one, value in zip(besides, given, strict=False)]
            if len(stored) == len(given) and all(same for _, same in parts):
                return stored, True
            return [value for value, _ in parts], False
    if stored is _NOTHING or isinstance(stored, dict | list) or not _are_same(format.to_json(stored), given):
        return format.to_storable(given), False
    return stored, True


def _are_same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same. 5 and 5.0 are, 1 and true are not."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_are_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
