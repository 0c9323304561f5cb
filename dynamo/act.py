"""What the audit log says of a change besides the change itself: what was called, by whom, and from where."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

PERSON: Final = "user:"
"""What the name of a person who acts begins with. The raw user id follows."""


@dataclass(frozen=True, slots=True)
class Act:
    """One mutation of one request. A table handle that has one writes entries in the audit log."""

    action: str
    """The name of the mutation, as in the schema."""
    actor: str
    """The caller: `user:` and a raw user id, or `key:` and the id of an API key, which is `bootstrap` for a key of the
    settings."""
    actor_name: str | None = None
    """The name of the API key."""
    impersonator: str | None = None
    """Who acts in the person's name, if their session is an impersonation."""
    request_id: str = ""
    address: str = ""
    """The IP address that the request came from."""
    told: Callable[[Iterable[str]], Collection[str]] = frozenset
    """Leaves out the names of attributes that may be secrets themselves. They are not stored."""
