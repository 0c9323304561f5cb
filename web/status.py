"""The HTTP status for the outcome of an operation."""

from execution.errors import FORBIDDEN, UNAUTHENTICATED
from execution.request import Outcome
from web.media import MediaType

_OF_A_FILE = {UNAUTHENTICATED: 401, FORBIDDEN: 403}


def status_of(outcome: Outcome, media_type: MediaType) -> int:
    """The HTTP status of a response to an operation.

    `application/json` gets 200 even for a request error, because clients of that type read the body only with 200. The
    draft of August 2026 requires 422 for a request error and 294 for partial data. The audits of graphql-http 1.23
    require 400 and 200, as today's clients do.
    """
    if outcome.status is not None:
        return outcome.status
    if outcome.request_error and media_type is MediaType.GRAPHQL_RESPONSE:
        return 400
    return 200


def status_of_file(outcome: Outcome) -> int:
    """The HTTP status of a rejected request for a file. Without a file, it is an error status for either media type."""
    code = outcome.codes[0] if outcome.codes else ""
    return outcome.status or _OF_A_FILE.get(code, 400)
