"""How users, accounts, e-mail addresses and verification tokens behave if one caller uses them at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from soak.linearizability import UNKNOWN, Operation

DONE: Final = "done"
REFUSALS: Final = ("TAKEN", "NOT_FOUND")

DELETE_STEPS: Final = ("mark", "take away", "set free")
"""The steps of a deletion, in order. Each is an operation of its own within the time of the whole."""


class UserState(NamedTuple):
    """The state of one user id: the name of its user, None without one."""

    name: str | None = None
    is_marked: bool = False
    """Whether a deletion has begun and the user is still there: they are shown and cannot be changed."""
    deletes: int = 0
    """How many deletions are in progress. They keep the id from new users."""


NOBODY: Final = UserState()


@dataclass(frozen=True, slots=True)
class User:
    """The specification of one user id: created, renamed, deleted, queried."""

    initial: UserState = NOBODY

    def observes(self, operation: Operation) -> bool:
        """Whether it is a query, or was rejected."""
        return operation.name == "read" or operation.answer in REFUSALS

    def after(self, state: UserState, operation: Operation) -> Sequence[UserState]:
        """The state that follows, as a list of one; empty if the outcome is not possible."""
        can_be_changed = state.name is not None and not state.is_marked
        match operation.name, operation.answer:
            case "create", "TAKEN":
                return [state] if state.name is not None or state.deletes else []
            case "create", _:
                # Creating the same user again is a success, and changes nothing.
                possible = state.name is None or (can_be_changed and state.name == operation.argument)
                return [state._replace(name=operation.argument)] if possible else []
            case "rename", "NOT_FOUND":
                return [] if can_be_changed else [state]
            case "rename", _:
                return [state._replace(name=operation.argument)] if can_be_changed else []
            case "mark", _:
                return [state._replace(is_marked=state.name is not None, deletes=state.deletes + 1)]
            case "take away", _:
                # A user without a mark was created later.
                left = state._replace(name=None, is_marked=False) if state.is_marked else state
                return [left] if state.deletes else []
            case "set free", _:
                return [state._replace(deletes=state.deletes - 1)] if state.deletes else []
            case "read", found:
                return [state] if found == state.name else []
        raise ValueError(operation.name)


@dataclass(frozen=True, slots=True)
class Account:
    """The specification of one account at a provider: linked to at most one user, unlinked, queried."""

    initial: str | None = None

    def observes(self, operation: Operation) -> bool:
        """Whether it is a query, or was rejected."""
        return operation.name == "read" or operation.answer in REFUSALS

    def after(self, state: str | None, operation: Operation) -> Sequence[str | None]:
        """The state that follows, as a list of one; empty if the outcome is not possible."""
        match operation.name, operation.answer:
            case "link", "TAKEN":
                return [state] if state is not None else []
            case "link", _:
                # So is linking it to the same user again.
                return [operation.argument] if state in (None, operation.argument) else []
            case "unlink", "NOT_FOUND":
                return [state] if state is None else []
            case "unlink", owner:
                return [None] if state is not None and owner in (state, UNKNOWN) else []
            case "read", owner:
                return [state] if owner == state else []
        raise ValueError(operation.name)


@dataclass(frozen=True, slots=True)
class Token:
    """The specification of one verification token: stored, used by one of many callers, deleted, queried."""

    initial: bool = False

    def observes(self, operation: Operation) -> bool:
        """Whether it is a query, or a use that found no token."""
        return operation.name == "read" or operation.answer is False

    def after(self, state: bool, operation: Operation) -> Sequence[bool]:
        """The state that follows, as a list of one; empty if the outcome is not possible."""
        match operation.name, operation.answer:
            case "store", _:
                return [True]
            case "use", False:
                return [state] if not state else []
            case "use", _:
                return [False] if state else []
            case "withdraw", _:
                return [False]
            case "read", found:
                return [state] if found == state else []
        raise ValueError(operation.name)


Holdings = tuple[tuple[str, str], ...]
"""Pairs of a user and their e-mail address, sorted."""


@dataclass(frozen=True, slots=True)
class Emails:
    """The specification of a few users' e-mail addresses, each of which one user has at a time.

    The argument of an operation is a user and an e-mail address.
    """

    initial: Holdings = ()

    def observes(self, operation: Operation) -> bool:
        """Whether it is a query, or was rejected."""
        return operation.name == "read" or operation.answer in REFUSALS

    def after(self, state: Holdings, operation: Operation) -> Sequence[Holdings]:
        """The state that follows, as a list of one; empty if the outcome is not possible."""
        user, email = operation.argument
        held = dict(state)
        owner = next((one for one, theirs in state if theirs == email), None)
        match operation.name, operation.answer:
            case "set", "TAKEN":
                return [state] if owner not in (None, user) else []
            case "set", _:
                return [tuple(sorted((held | {user: email}).items()))] if owner in (None, user) else []
            case "clear", _:
                held.pop(user, None)
                return [tuple(sorted(held.items()))]
            case "read", found:
                return [state] if found == owner else []
        raise ValueError(operation.name)
