"""The HTTP status of what an operation came to."""

from execution.errors import FORBIDDEN, UNAUTHENTICATED
from execution.request import Outcome
from web.media import MediaType

_OF_A_FILE = {UNAUTHENTICATED: 401, FORBIDDEN: 403}


def status_of(outcome: Outcome, media_type: MediaType) -> int:
    """The status of an answer to an operation.

    `application/json` answers 200 even for a request error, because clients of that type read the body only on 200.
    The draft of August 2026 wants 422 for a request error and 294 for partial data; the audits of graphql-http 1.23
    want 400 and 200, and so do today's clients.
    """
    if outcome.status is not None:
        return outcome.status
    if outcome.request_error and media_type is MediaType.GRAPHQL_RESPONSE:
        return 400
    return 200


def status_of_file(outcome: Outcome) -> int:
    """The status where a file was asked for that is refused: there is no file, so it says so in either media type."""
    code = outcome.codes[0] if outcome.codes else ""
    return outcome.status or _OF_A_FILE.get(code, 400)
