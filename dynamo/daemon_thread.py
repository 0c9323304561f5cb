"""Calls that wait for another service in a thread, without keeping the process from stopping.

A process that ends waits for the threads of `asyncio.to_thread`, however long the AWS SDK tries again. It ends daemon
threads as they are.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def in_daemon_thread(call: Callable[[], T]) -> T:
    """Call a function in a daemon thread of its own, in the caller's context. Use it for what only reads."""
    result: Future[T] = Future()
    # A caller who is cancelled cannot cancel what the thread completes.
    result.set_running_or_notify_cancel()
    context = copy_context()

    def run() -> None:
        try:
            result.set_result(context.run(call))
        except BaseException as error:
            result.set_exception(error)

    Thread(target=run, name="waits-for-a-service", daemon=True).start()
    return await asyncio.wrap_future(result)
