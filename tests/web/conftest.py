"""A client for an application with a small schema, in process or over a real socket."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest
import uvicorn

from tests.web.greetings import SDL, Greetings
from web.app import create_app
from web.graphiql import FROM_NPM, Example
from web.settings import ServerSettings
from web.uvicorn_options import listener_options

Connect = Callable[..., Awaitable[httpx2.AsyncClient]]
Serve = Callable[..., str]


async def always_ready() -> None:
    """A readiness check that succeeds at once."""


def settings_of(**values: Any) -> ServerSettings:
    """Settings with these values only. No `.env` of a developer is read."""
    return ServerSettings(_env_file=None, **values)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove settings that a developer has exported."""
    for name in [name for name in os.environ if name.startswith("AUTHGRAPH_") or name == "WEB_CONCURRENCY"]:
        monkeypatch.delenv(name)


@pytest.fixture
def greetings() -> Greetings:
    """The executor of the small schema, which remembers its requests."""
    return Greetings()


@pytest.fixture
def npm(tmp_path: Path) -> Path:
    """A folder that looks like node_modules to GraphiQL. Only a browser needs the real one."""
    for path in FROM_NPM.values():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"/* {path} */")
    return tmp_path


@pytest.fixture
async def connect(greetings: Greetings, npm: Path) -> AsyncIterator[Connect]:
    """Makes a client of an application from settings. `peer` is the client's address."""
    async with AsyncExitStack() as stack:

        async def connect_with(*, peer: str = "127.0.0.1", **values: Any) -> httpx2.AsyncClient:
            app = create_app(greetings, settings_of(**values), ready=always_ready, sdl=SDL, node_modules=npm)
            transport = httpx2.ASGITransport(app, client=(peer, 50000))
            return await stack.enter_async_context(
                httpx2.AsyncClient(transport=transport, base_url="http://auth.example")
            )

        yield connect_with


@pytest.fixture
async def client(connect: Connect) -> httpx2.AsyncClient:
    """A client of an application with default settings."""
    return await connect()


@pytest.fixture
def serve(greetings: Greetings) -> Iterator[Serve]:
    """Starts a real server on a free port, and returns its URL."""
    running: list[tuple[uvicorn.Server, Thread]] = []

    def start(*examples: Example, authorization: str | None = None, **values: Any) -> str:
        settings = settings_of(**values)
        app = create_app(
            greetings, settings, ready=always_ready, sdl=SDL, examples=examples, authorization=authorization
        )
        # It listens before the server starts, so that the first request waits in the backlog.
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, **listener_options(settings), log_config=None))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join()


async def run_node(*arguments: str) -> tuple[int, str, str]:
    """Run a node script to its end. Returns exit status, output and errors."""
    process = await asyncio.create_subprocess_exec(
        "node", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()
