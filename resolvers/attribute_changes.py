"""Changes of the custom attributes of a stored object: what is set, what is removed, and what stays as it is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from dynamo import format, round_trip
from dynamo.round_trip import NESTED
from dynamo.users import Revision
from resolvers import inputs
from resolvers.attributes import Record, searched
from resolvers.checks import Checks
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError
from resolvers.inputs import ABSENT, MOST_ATTRIBUTES, MOST_ERRORS, reserved_name
from resolvers.scopes import Scope


@dataclass(frozen=True, slots=True)
class AttributeChanges:
    """What an input changes, checked as far as that is possible without the stored object."""

    given: Mapping[str, Any]
    """The attributes to set, as JSON."""
    repeated: Mapping[str, Any]
    """Those whose names are reserved. They can only repeat what `attributes` shows."""
    removed: Sequence[str]

    @property
    def stored(self) -> dict[str, Any]:
        """What to write if nothing that is stored has to be kept."""
        values = {name: format.to_storable(value) for name, value in self.given.items()}
        return round_trip.removals(self.removed) | values


NOTHING: Final = AttributeChanges({}, {}, ())
"""What an input changes that gives neither `attributes` nor `removeAttributes`."""


def attribute_changes(
    context: Context, values: Any, removed: Sequence[str] | None, shown: frozenset[str]
) -> AttributeChanges:
    """The changes in `attributes` and `removeAttributes`. Raises `InputError` as `inputs.attributes` does, except for
    reserved names that are set, because they have to be compared with the stored object."""
    if (values is None or values is ABSENT) and not removed:
        return NOTHING
    names = inputs.reserved_names(context, shown)
    given = values if isinstance(values, Mapping) and len(values) <= MOST_ATTRIBUTES else {}
    repeated = {name: value for name, value in given.items() if name in names}
    check = Checks(most=MOST_ERRORS)
    set_now = {name: given[name] for name in given if name not in names} if given else values
    check(inputs.attributes, context, set_now, shown)
    check(_check_removed, removed or (), given, names)
    check.done()
    return AttributeChanges(
        {name: value for name, value in given.items() if name not in names}, repeated, removed or ()
    )


def _check_removed(removed: Sequence[str], given: Mapping[str, Any], reserved: frozenset[str]) -> None:
    if len(given) + len(removed) > MOST_ATTRIBUTES:
        reason = f"attributes and removeAttributes have more than {MOST_ATTRIBUTES} names together."
        raise InputError(ErrorCode.INVALID, reason, "removeAttributes")
    check = Checks(most=MOST_ERRORS)
    for place, name in enumerate(removed):
        check(_check_removed_name, name, given, reserved, ("removeAttributes", str(place)))
    check.done()


def _check_removed_name(name: str, given: Mapping[str, Any], reserved: frozenset[str], path: tuple[str, ...]) -> None:
    try:
        format.to_storable({name: None})
    except ValueError as error:
        raise InputError(ErrorCode.INVALID, f"removeAttributes: {error}", *path) from None
    if name in reserved:
        raise reserved_name(name, *path)
    if name in given:
        raise InputError(ErrorCode.INVALID, f"{name} is in attributes too: set it or remove it.", *path)


def revision(context: Context, changes: AttributeChanges) -> Revision | None:
    """What a change of a user's custom attributes depends on; None if it depends on nothing that is stored."""
    if not changes.given and not changes.repeated:
        return None
    hides = not context.principal.may(Scope.SECRETS_READ)
    settled = [
        condition
        for name, value in changes.given.items()
        for condition in round_trip.settled(name, value, besides=NESTED if hides and value is not None else ())
    ]
    must_read = changes.repeated or len(changes.given) > round_trip.MOST_SETTLED
    return Revision(partial(revised, context, changes), None if must_read else settled)


def revised(context: Context, changes: AttributeChanges, record: Record) -> dict[str, Any]:
    """The attributes to write to a stored object. A value that was read and is written back is stored as it was.

    Raises `InputError` for attributes of which the caller sees only a part: a caller who reads such an attribute,
    changes it and writes it back would delete the part that is hidden from them. Null and `removeAttributes` are
    allowed, because they delete the whole attribute on purpose. The new value makes no difference: otherwise the error
    would show whether it contains the hidden part.
    """
    if changes is NOTHING:
        return {}
    _check_repeated(context, changes.repeated, record)
    if not context.principal.may(Scope.SECRETS_READ):
        _check_shown(context, [name for name, value in changes.given.items() if value is not None], record)
    return round_trip.removals(changes.removed) | round_trip.kept(record.item, changes.given)


def _check_shown(context: Context, written: Sequence[str], record: Record) -> None:
    if not any(isinstance(record.item.get(name), dict | list) for name in written):
        return
    found = searched(context, record)
    for name in written:
        if name in found.shown and found.shown[name] is not found.attributes[name]:
            raise _partly_shown(name)


def _check_repeated(context: Context, repeated: Mapping[str, Any], record: Record) -> None:
    """Allow what `attributes` shows under a reserved name, because its field cannot show it, to be given back."""
    for name, value in repeated.items():
        found = searched(context, record)
        is_seen = context.principal.may(Scope.SECRETS_READ) or found.shown.get(name) is found.attributes.get(name)
        if name not in found.attributes or not is_seen or not round_trip.shows(record.item[name], value):
            raise reserved_name(name, "attributes", name)


def _partly_shown(name: str) -> InputError:
    reason = (
        f"{name} holds something that you are not shown, and that would be lost. Clear it with null first, or use a "
        "key with `secrets:read`."
    )
    return InputError(ErrorCode.INVALID, reason, "attributes", name)
