"""How late the event loop runs what is due."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from execution.metrics import LOOP_LAG

EACH_SECONDS: Final = 0.25


@asynccontextmanager
async def measured_lag() -> AsyncIterator[None]:
    """Measure it four times a second within the context."""
    loop = asyncio.get_running_loop()

    async def look() -> None:
        while True:
            due = loop.time() + EACH_SECONDS
            await asyncio.sleep(EACH_SECONDS)
            LOOP_LAG.observe(max(0.0, loop.time() - due))

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
