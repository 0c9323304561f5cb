"""Health checks: whether the process runs, and whether it can serve requests."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dynamo.errors import DynamoError
from execution.errors import UNAVAILABLE
from execution.metrics import count_errors
from web.errors import RETRY_SECONDS, error_body

logger = logging.getLogger(__name__)

Ready = Callable[[], Awaitable[object]]
"""Raises if the server cannot serve requests. The error is logged and not shown."""
KEPT_SECONDS: Final = 1.0
"""How long a result is cached, so that frequent checks cause no more reads."""


async def healthz(_: Request) -> Response:
    """Report that the process responds, without checking what it depends on."""
    return JSONResponse({"status": "ok"})


def readyz(ready: Ready, timeout_seconds: float) -> Callable[[Request], Awaitable[Response]]:
    """Make the handler that calls `ready`, once for all concurrent checks. No result within the time limit counts as
    not ready."""
    asked: asyncio.Task[bool] | None = None
    asked_at = 0.0

    async def handle(_: Request) -> Response:
        nonlocal asked, asked_at
        now = asyncio.get_running_loop().time()
        if asked is None or (asked.done() and now - asked_at >= KEPT_SECONDS):
            asked, asked_at = asyncio.create_task(_is_ready(ready, timeout_seconds)), now
        # Shielded, so that a client that disconnects does not cancel the check for others.
        if await asyncio.shield(asked):
            return JSONResponse({"status": "ready"})
        count_errors((UNAVAILABLE,))
        message = "The server is not ready; try again in a moment."
        body = error_body(message, UNAVAILABLE, retryAfter=RETRY_SECONDS)
        return Response(body, 503, {"retry-after": str(RETRY_SECONDS)}, "application/json")

    return handle


async def _is_ready(ready: Ready, timeout_seconds: float) -> bool:
    try:
        async with asyncio.timeout(timeout_seconds):
            await ready()
    except Exception as error:
        # For an outage, the message is enough, because every check logs it again.
        known = isinstance(error, DynamoError | TimeoutError)
        reason = str(error) or "no response in time."
        logger.warning("The server is not ready: %s", reason, exc_info=None if known else error)
        return False
    return True
