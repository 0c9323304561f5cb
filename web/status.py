"""The HTTP status of a GraphQL response."""

from execution.request import Outcome
from web.media import MediaType


def status_of(outcome: Outcome, media_type: MediaType) -> int:
    """The one place that decides.

    `application/json` answers 200 even for a request error, because clients of that type read the body only on 200.
    The draft of August 2026 wants 422 for a request error and 294 for partial data; the audits of graphql-http 1.23
    want 400 and 200, and so do today's clients.
    """
    if outcome.status is not None:
        return outcome.status
    if outcome.request_error and media_type is MediaType.GRAPHQL_RESPONSE:
        return 400
    return 200
