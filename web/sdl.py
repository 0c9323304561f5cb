"""The schema as a file: for exactly those whom introspection answers."""

import asyncio

from starlette.types import Receive, Scope

from execution.errors import FORBIDDEN, UNAUTHENTICATED
from execution.request import Execute, GraphQLRequest, Outcome
from web.answer import JSON_HEADERS, SAFE, Answer, HeaderPairs
from web.credentials import CredentialReader
from web.errors import MethodNotAllowed, OperationTimeout
from web.headers import RequestHeaders
from web.media import MediaType

INTROSPECTION = GraphQLRequest("query SchemaFile { __schema { queryType { name } } }", read_only=True)

_HEADERS: HeaderPairs = ((b"content-type", b"text/plain; charset=utf-8"), (b"vary", b"Origin"), *SAFE)
_STATUS = {UNAUTHENTICATED: 401, FORBIDDEN: 403}


class SdlHandler:
    """What `/schema.graphql` answers.

    It asks introspection for the caller, so that there is one rule for both: credentials, limits and the log see a
    query like any other.
    """

    def __init__(self, execute: Execute, sdl: str, credentials: CredentialReader, timeout_seconds: float) -> None:
        self._execute = execute
        self._sdl = sdl.encode()
        self._credentials = credentials
        self._timeout_seconds = timeout_seconds

    async def __call__(self, scope: Scope, headers: RequestHeaders, _: Receive) -> Answer:
        """The file, or why introspection was refused."""
        if scope["method"] not in ("GET", "HEAD"):
            raise MethodNotAllowed("Use GET.", allow=b"GET, HEAD")
        credentials = self._credentials.read(scope, headers)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                outcome = await self._execute(INTROSPECTION, credentials)
        except TimeoutError as error:
            raise OperationTimeout("The caller could not be authenticated in time. Try again.") from error
        return _refusal(outcome) if outcome.request_error or outcome.codes else Answer(200, _HEADERS, self._sdl)


def _refusal(outcome: Outcome) -> Answer:
    """There is no file, so the status says so in either media type."""
    code = outcome.codes[0] if outcome.codes else ""
    status = outcome.status or _STATUS.get(code, 400)
    headers = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in outcome.headers)
    if status == 401 and not headers:
        headers = ((b"www-authenticate", b"Bearer"),)
    return Answer(status, JSON_HEADERS[MediaType.JSON] + headers, outcome.body)
