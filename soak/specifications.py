"""What users, accounts, e-mails and verification tokens do when they are used by one caller at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from soak.linearizability import UNKNOWN, Operation

DONE: Final = "done"

UserState = tuple[str | None, int]
"""The name, None without a user; and how many deletes are under way, which keep the id from everybody."""


@dataclass(frozen=True, slots=True)
class User:
    """One id: created, renamed, deleted in two steps, read.

    A delete first takes the user away, and then, once everything of theirs is gone, sets the id free.
    """

    initial: UserState = (None, 0)

    def after(self, state: UserState, operation: Operation) -> Iterable[UserState]:
        """The one state that follows, if any."""
        name, deletes = state
        match operation.name, operation.answer:
            case "create", "TAKEN":
                return [state] if name is not None or deletes else []
            case "create", _:
                return [(operation.argument, deletes)] if name is None else []
            case "rename", "NOT_FOUND":
                return [state] if name is None else []
            case "rename", _:
                return [(operation.argument, deletes)] if name is not None else []
            case "delete", _:
                return [(None, deletes + 1)]
            case "set free", _:
                return [(name, deletes - 1)] if deletes else []
            case "read", found:
                return [state] if found == name else []
        raise ValueError(operation.name)


@dataclass(frozen=True, slots=True)
class Account:
    """One account at a provider: linked to at most one user, unlinked, read."""

    initial: str | None = None

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
