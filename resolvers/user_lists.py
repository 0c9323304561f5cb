"""Which list of users the arguments of `users` ask for: the index that has it in order, or why none has.

A condition or an order is a list of its own, and a page is read from one list. So only conditions that are checked
after reading can be combined: `emailVerified`, `disabled` and `contains`.
"""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from typing import Any, Final

from dynamo import directory, format, list_sections, models
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.listing import Section
from resolvers.errors import BadInput, graphql_name

LONGEST_NORMALIZED: Final = 200
"""The most characters of a text that are normalized. Every text of every user is, where users are looked through."""


@unique
class UserOrderField(Enum):
    """What users can be sorted by: the list of the directory that has them in this order."""

    CREATED_AT = DirectoryList.CREATED
    LAST_SIGN_IN_AT = DirectoryList.SIGNED_IN
    EMAIL = DirectoryList.EMAIL
    NAME = DirectoryList.NAME

    @property
    def description(self) -> str:
        """The order in the schema."""
        return f"{_ORDERS[self.value]} Needs the list `{self.value.setting}` of the directory."


_ORDERS: Final = {
    DirectoryList.CREATED: "By `createdAt`. Users whose creation is not known come before all others.",
    DirectoryList.SIGNED_IN: "By `lastSignInAt`. Users without it are not listed.",
    DirectoryList.EMAIL: "By e-mail address, as text. Users without one are not listed. Of several users with the same "
    "address, the one whom it finds is listed.",
    DirectoryList.NAME: "By name, as text without regard to case. Users without one are not listed.",
}


@unique
class OrderDirection(Enum):
    """Which end of a list comes first."""

    ASC = "From the lowest value to the highest: the oldest date or A first."
    DESC = "From the highest value to the lowest: the latest date or Z first."

    @property
    def description(self) -> str:
        """The direction in the schema."""
        return self.value


LISTS: Final = ("provider", "email_prefix", "name_prefix", "created_at", "last_sign_in_at", "search")
"""The conditions that are a list of their own, by their names in Python."""
ORDERED: Final = {
    "email_prefix": DirectoryList.EMAIL,
    "name_prefix": DirectoryList.NAME,
    "created_at": DirectoryList.CREATED,
    "last_sign_in_at": DirectoryList.SIGNED_IN,
}
"""The conditions that imply an order, and the list of the directory that has it."""
SEARCHED: Final = (DirectoryList.EMAIL, DirectoryList.NAME)
"""The lists of the directory that `search` looks through, in this order."""


@dataclass(frozen=True, slots=True)
class UserList:
    """A list of users. Without `sections`, it is that of all users, in the order of the table."""

    bindings: tuple[str, ...]
    """What its cursors are valid for."""
    sections: Sequence[Section] | None
    lists: tuple[DirectoryList, ...] = ()
    """The lists of the directory that it is read from."""
    off: tuple[DirectoryList, ...] = ()
    """The lists of the directory that it would be read from, too, if they were kept."""
    accepts: directory.Filter | None = None
    forward_only: bool = False


def user_list(table: Table, order: Mapping[str, Any] | None, conditions: Mapping[str, Any]) -> UserList:
    """The list for an order and conditions. Raises `BadInput` if no index has it.

    A condition that is null is none, and neither is a search for nothing or a span of time without an end.
    """
    conditions = {name: value for name, value in conditions.items() if not _is_no_condition(name, value)}
    given = [name for name in LISTS if name in conditions]
    if len(given) > 1:
        raise BadInput(
            f"{_named(given)} cannot be combined: each of them is a list of its own. Pass one of them, with "
            "`emailVerified`, `disabled` or `contains` as you need.",
            "filter",
            graphql_name(given[1]),
        )
    condition = given[0] if given else None
    wanted: DirectoryList | None = order["field"].value if order is not None else None
    descending = order is not None and order["direction"] is OrderDirection.DESC
    bindings = ("users", _canonical(order), _canonical(conditions))
    accepts = _accepts(conditions)
    if condition is None and wanted is None:
        return UserList(bindings, None, accepts=accepts)
    if condition is None or condition in ORDERED:
        of = _agreed(wanted, condition)
        _require(table, of, ("filter", graphql_name(condition)) if condition is not None else ("orderBy", "field"))
        sections = _sections(of, condition, conditions, descending=descending)
        return UserList(bindings, sections, (of,), accepts=accepts)
    if wanted is not None:
        raise BadInput(
            f"`filter.{graphql_name(condition)}` has an order of its own, so it cannot be combined with `orderBy`: "
            "leave `orderBy` out.",
            "orderBy",
        )
    if condition == "provider":
        return UserList(bindings, list_sections.at_provider(conditions["provider"]), accepts=accepts)
    kept = tuple(of for of in SEARCHED if of in table.directory_lists)
    off = tuple(of for of in SEARCHED if of not in kept)
    sections = list_sections.search(kept, conditions["search"].strip())
    # A place is counted by sections, so it means nothing among others, as after a list was turned on.
    ways = tuple(type(section).__name__ for section in sections)
    return UserList((*bindings, *ways), sections, kept, off, accepts, forward_only=True)


def _is_no_condition(name: str, value: Any) -> bool:
    match value:
        case None:
            return True
        case Mapping():
            return all(end is None for end in value.values())
    return name == "search" and not value.strip()


def _agreed(wanted: DirectoryList | None, condition: str | None) -> DirectoryList:
    """The list of a condition, or of an order without one. Raises `BadInput` if the condition has another order."""
    if condition is None:
        assert wanted is not None  # noqa: S101 - the caller has one of the two
        return wanted
    of = ORDERED[condition]
    if wanted not in (None, of):
        raise BadInput(
            f"`filter.{graphql_name(condition)}` lists users in the order of {UserOrderField(of).name}: pass this as "
            "`orderBy.field`, or leave `orderBy` out.",
            "orderBy",
            "field",
        )
    return of


def _require(table: Table, of: DirectoryList, argument: tuple[str, ...]) -> None:
    """Raise `BadInput` if the table does not keep a list."""
    if of in table.directory_lists:
        return
    needs = f"`{'.'.join(argument)}` needs the list `{of.setting}` of the directory, which is off."
    raise BadInput(f"{needs} {how_to_keep(table, [of])}", *argument)


def how_to_fill(table: Table, lists: Collection[DirectoryList]) -> str:
    """What an operator does about lists that are off, or not whole."""
    off = [of for of in DirectoryList if of in lists and of not in table.directory_lists]
    unbuilt = [of for of in DirectoryList if of in lists and of not in off]
    sentences = []
    if unbuilt:
        sentences.append(f"{_in_words(unbuilt)} not whole: the operator runs `python server.py directory build`.")
    if off:
        sentences.append(f"{_in_words(off)} off. {how_to_keep(table, off)}")
    return " ".join(sentences)


def how_to_keep(table: Table, off: Collection[DirectoryList]) -> str:
    """How an operator turns lists on."""
    them = "it" if len(off) == 1 else "them"
    on = ",".join(of.setting for of in DirectoryList if of in off or of in table.directory_lists)
    if table.directory_index_name is None:
        return (
            f"The operator turns {them} on: `python server.py table create --directory-index` adds the index to the "
            f"table, AUTHGRAPH_DIRECTORY_INDEX_NAME names it, AUTHGRAPH_DIRECTORY_LISTS={on} names the lists, and "
            f"`python server.py directory build` fills {them}."
        )
    return (
        f"The operator turns {them} on with AUTHGRAPH_DIRECTORY_LISTS={on}, and `python server.py directory build` "
        f"fills {them}."
    )


def _in_words(lists: Sequence[DirectoryList]) -> str:
    """The lists as the subject of a sentence, with its verb."""
    names = [f"`{of.setting}`" for of in lists]
    if len(names) == 1:
        return f"The list {names[0]} of the directory is"
    return f"The lists {', '.join(names[:-1])} and {names[-1]} of the directory are"


def _sections(
    of: DirectoryList, condition: str | None, conditions: Mapping[str, Any], *, descending: bool
) -> Sequence[Section]:
    """The entries that a condition asks for, or all entries of the list."""
    match condition:
        case "email_prefix" | "name_prefix":
            return list_sections.beginning(of, conditions[condition], descending=descending)
        case "created_at" | "last_sign_in_at":
            start, end = conditions[condition].get("from_"), conditions[condition].get("to")
            if start is not None and end is not None and start >= end:
                name = graphql_name(condition)
                raise BadInput(f"`filter.{name}.from` is not before `to`, so nobody can match.", "filter", name, "from")
            return list_sections.during(of, start, end, descending=descending)
    return list_sections.whole(of, descending=descending)


def _accepts(conditions: Mapping[str, Any]) -> directory.Filter | None:
    """Make the check whether a user matches, None if there is nothing to check. It runs on what was read: a filter of
    DynamoDB would not read less."""
    contains: str | None = conditions.get("contains")
    verified: bool | None = conditions.get("email_verified")
    disabled: bool | None = conditions.get("disabled")
    if contains is None and verified is None and disabled is None:
        return None
    needle = folded((contains or "").strip())

    def accepts(user: models.User) -> bool:
        if verified is not None and (user.email_verified is not None) != verified:
            return False
        if disabled is not None and (user.disabled is not None) != disabled:
            return False
        if not needle:
            return True
        return any(needle in folded(value or "") for value in (user.name, user.email, user.user_id))

    return accepts


def folded(text: str) -> str:
    """The form texts are searched in: two that readers take for the same are. Of a long text only its case is folded,
    because normalizing takes time by the square of its combining marks.
    """
    if text.isascii():
        return text.lower()
    if len(text) > LONGEST_NORMALIZED:
        return text.casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _canonical(given: object) -> str:
    """The same text for the same arguments, however a date was written."""
    match given:
        case Mapping():
            return repr(sorted((name, _canonical(value)) for name, value in given.items()))
        case datetime():
            return format.iso(given)
        case Enum():
            return given.name
    return repr(given)


def _named(conditions: Sequence[str]) -> str:
    names = [f"`filter.{graphql_name(name)}`" for name in conditions]
    return f"{', '.join(names[:-1])} and {names[-1]}"
