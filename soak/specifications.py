"""What users, accounts, e-mails and verification tokens do when they are used by one caller at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from soak.linearizability import UNKNOWN, Operation

DONE: Final = "done"
REFUSALS: Final = ("TAKEN", "NOT_FOUND")

DELETE_STEPS: Final = ("mark", "take away", "set free")
"""What a delete does one after the other: each is an operation of its own, within the time of the whole."""


class UserState(NamedTuple):
    """One id: the name that is shown, None without a user."""

    name: str | None = None
    is_marked: bool = False
    """Whether a delete has begun that has not taken the user away yet: they are shown, and cannot be changed."""
    deletes: int = 0
    """How many are under way; they keep the id from everybody."""


NOBODY: Final = UserState()


@dataclass(frozen=True, slots=True)
class User:
    """One id: created, renamed, deleted, read."""

    initial: UserState = NOBODY

    def observes(self, operation: Operation) -> bool:
        """Reads and what was refused."""
        return operation.name == "read" or operation.answer in REFUSALS

    def after(self, state: UserState, operation: Operation) -> Iterable[UserState]:
        """The one state that follows, if any."""
        can_be_changed = state.name is not None and not state.is_marked
        match operation.name, operation.answer:
            case "create", "TAKEN":
                return [state] if state.name is not None or state.deletes else []
            case "create", _:
                return [state._replace(name=operation.argument)] if state.name is None else []
            case "rename", "NOT_FOUND":
                return [] if can_be_changed else [state]
            case "rename", _:
                return [state._replace(name=operation.argument)] if can_be_changed else []
            case "mark", _:
                return [state._replace(is_marked=state.name is not None, deletes=state.deletes + 1)]
            case "take away", _:
                # Who is not marked came later.
                left = state._replace(name=None, is_marked=False) if state.is_marked else state
                return [left] if state.deletes else []
            case "set free", _:
                return [state._replace(deletes=state.deletes - 1)] if state.deletes else []
            case "read", found:
                return [state] if found == state.name else []
        raise ValueError(operation.name)


@dataclass(frozen=True, slots=True)
class Account:
    """One account at a provider: linked to at most one user, unlinked, read."""

    initial: str | None = None

    def observes(self, operation: Operation) -> bool:
        """Reads and what was refused."""
        return operation.name == "read" or operation.answer in REFUSALS

    def after(self, state: str | None, operation: Operation) -> Iterable[str | None]:
        """The one state that follows, if any."""
        match operation.name, operation.answer:
            case "link", "TAKEN":
                return [state] if state is not None else []
            case "link", _:
                return [operation.argument] if state is None else []
            case "unlink", "NOT_FOUND":
                return [state] if state is None else []
            case "unlink", owner:
                return [None] if state is not None and owner in (state, UNKNOWN) else []
            case "read", owner:
                return [state] if owner == state else []
        raise ValueError(operation.name)


@dataclass(frozen=True, slots=True)
class Token:
    """One verification token: stored, used by one caller of many, withdrawn, looked at."""

    initial: bool = False

    def observes(self, operation: Operation) -> bool:
        """Reads, and uses of what is not there."""
        return operation.name == "read" or operation.answer is False

    def after(self, state: bool, operation: Operation) -> Iterable[bool]:
        """The one state that follows, if any."""
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
"""Pairs of user and e-mail, sorted."""


@dataclass(frozen=True, slots=True)
class Emails:
    """The e-mails of a few users, each of which is one user's at a time; the argument is a user and an e-mail."""

    initial: Holdings = ()

    def observes(self, operation: Operation) -> bool:
        """Reads and what was refused."""
        return operation.name == "read" or operation.answer in REFUSALS

    def after(self, state: Holdings, operation: Operation) -> Iterable[Holdings]:
        """The one state that follows, if any."""
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
