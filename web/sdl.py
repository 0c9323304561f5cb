"""The schema as a file, for callers who may use introspection."""

import asyncio
from typing import Final

from starlette.types import Scope

from execution.request import Execute, GraphQLRequest, Outcome
from web.body import Incoming
from web.credentials import CredentialReader
from web.errors import MethodNotAllowed, OperationTimeout
from web.headers import RequestHeaders
from web.http_response import JSON_HEADERS, SAFE, HeaderPairs, HTTPResponse
from web.media import MediaType
from web.status import status_of_file

INTROSPECTION: Final = GraphQLRequest("query SchemaFile { __schema { queryType { name } } }", read_only=True)

_HEADERS: HeaderPairs = ((b"content-type", b"text/plain; charset=utf-8"), (b"vary", b"Origin"), *SAFE)


class SdlHandler:
    """The handler of `/schema.graphql`.

    It executes an introspection query for the caller. So the same rules apply to both: credentials, limits and the log
    treat it as any other query.
    """

    def __init__(self, execute: Execute, sdl: str, credentials: CredentialReader, timeout_seconds: float) -> None:
        self._execute = execute
        self._sdl = sdl.encode()
        self._credentials = credentials
        self._timeout_seconds = timeout_seconds

    async def __call__(self, scope: Scope, headers: RequestHeaders, _: Incoming) -> HTTPResponse:
        """The file, or the error with which introspection was rejected."""
        if scope["method"] not in ("GET", "HEAD"):
            raise MethodNotAllowed("Use GET.", allow=b"GET, HEAD")
        credentials = self._credentials.read(scope, headers)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                outcome = await self._execute(INTROSPECTION, credentials)
        except TimeoutError as error:
            raise OperationTimeout("The caller could not be authenticated in time. Try again.") from error
        return _refusal(outcome) if outcome.request_error or outcome.codes else HTTPResponse(200, _HEADERS, self._sdl)


def _refusal(outcome: Outcome) -> HTTPResponse:
    status = status_of_file(outcome)
    headers = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in outcome.headers)
    if status == 401 and not headers:
        headers = ((b"www-authenticate", b"Bearer"),)
    return HTTPResponse(status, JSON_HEADERS[MediaType.JSON] + headers, outcome.body)
