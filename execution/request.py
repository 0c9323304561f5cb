"""What comes in from the transport and what goes back to it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of one GraphQL-over-HTTP request, already checked for their JSON types."""

    query: str | None = None
    operation_name: str | None = None
    variables: Mapping[str, Any] | None = None
    extensions: Mapping[str, Any] | None = None
    document_id: str | None = None
    """The id of a trusted document, in place of `query`."""
    read_only: bool = False
    """True for GET: anything but a query is refused with 405."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the transport says is asking; nothing here has been verified."""

    bearer: str | None = None
    """The token of `Authorization: Bearer …`: an API key or a session token."""
    session_cookies: tuple[str, ...] = ()
    """The tokens of the Auth.js session cookies, the most trustworthy first; few, because each may be looked up."""
    address: str = ""
    """The peer's address, after trusted proxies."""

    @property
    def presented(self) -> bool:
        """Whether there are any."""
        return self.bearer is not None or bool(self.session_cookies)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished answer. `body` is the whole JSON document."""

    body: bytes
    request_error: bool = False
    """True when no operation ran (syntax, validation, permission, limits): `body` then holds no `data`."""
    status: int | None = None
    """An HTTP status the error asks for (405, 429, 503, …); None leaves it to the transport."""
    headers: tuple[tuple[str, str], ...] = ()
    codes: tuple[str, ...] = ()
    """The codes of the errors in `body`, for whoever counts them."""


Execute = Callable[[GraphQLRequest, Credentials], Awaitable[Outcome]]
