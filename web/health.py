"""Whether the process runs, and whether it can serve."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dynamo.errors import DynamoError
from execution.errors import UNAVAILABLE
from execution.metrics import count_errors
from web.errors import RETRY_SECONDS, error_body

logger = logging.getLogger(__name__)

Ready = Callable[[], Awaitable[object]]
"""Raises when the server cannot serve; what it raises is logged and not shown."""


async def healthz(_: Request) -> Response:
    """Say that the process answers, and nothing about what it depends on."""
    return JSONResponse({"status": "ok"})


def readyz(ready: Ready, timeout_seconds: float) -> Callable[[Request], Awaitable[Response]]:
    """A handler that asks `ready`, and takes no answer within the timeout for a no."""

    async def handle(_: Request) -> Response:
        try:
            async with asyncio.timeout(timeout_seconds):
                await ready()
        except Exception as error:
            # An outage says all there is to say in a sentence, and comes with every probe.
            known = isinstance(error, DynamoError | TimeoutError)
            reason = str(error) or "no response in time."
            logger.warning("The server is not ready: %s", reason, exc_info=None if known else error)
            count_errors((UNAVAILABLE,))
            message = "The server is not ready; try again in a moment."
            body = error_body(message, UNAVAILABLE, retryAfter=RETRY_SECONDS)
            return Response(body, 503, {"retry-after": str(RETRY_SECONDS)}, "application/json")
        return JSONResponse({"status": "ready"})

    return handle
