"""What the transport passes to the executor, and what it gets back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from resolvers.jwt_cookies import JwtCookie


class GraphQLRequest(NamedTuple):
    """The parameters of one GraphQL-over-HTTP request, already checked for their JSON types."""

    query: str | None = None
    operation_name: str | None = None
    variables: Mapping[str, Any] | None = None
    extensions: Mapping[str, Any] | None = None
    document_id: str | None = None
    """The id of a trusted document, in place of `query`."""
    read_only: bool = False
    """True for GET: anything but a query is rejected with status 405."""


class Credentials(NamedTuple):
    """The credentials of a request as the transport found them; nothing was verified."""

    bearer: str | None = None
    """The token of `Authorization: Bearer …`: an API key or a session token."""
    session_cookies: tuple[str | JwtCookie, ...] = ()
    """The Auth.js session cookies, the most trustworthy first: tokens of database sessions, and JWTs. Few, because each
    may be looked up."""
    address: str = ""
    """The client's IP address, behind trusted proxies."""

    @property
    def presented(self) -> bool:
        """Whether the request has any credentials."""
        return self.bearer is not None or bool(self.session_cookies)


class Outcome(NamedTuple):
    """A finished response. `body` is the whole JSON document."""

    body: bytes
    request_error: bool = False
    """True if nothing was executed (syntax, validation, permission, limits): `body` then has no `data`."""
    status: int | None = None
    """The HTTP status that the error requires (405, 429, 503, …); None leaves the choice to the transport."""
    headers: tuple[tuple[str, str], ...] = ()
    codes: tuple[str, ...] = ()
    """The codes of the errors in `body`, for the metrics and the log."""


Execute = Callable[[GraphQLRequest, Credentials], Awaitable[Outcome]]
