"""The application in process over a table with two people in it, and a client that sends any bytes."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from dynamo.settings import TableSettings
from tests.api import SECRET, make_api
from tests.fuzzing.door import Door, Guests, admit
from tests.session_jwts import session_jwts
from web.app import create_app
from web.settings import ServerSettings


@pytest.fixture
def guests(table_settings: TableSettings, runner: asyncio.Runner) -> Guests:
    """Ada, Bob, and a program with an API key."""
    return runner.run(admit(make_api(table_settings, session_jwts=session_jwts())))


@pytest.fixture
def door(guests: Guests, runner: asyncio.Runner) -> Iterator[Door]:
    """The client. If an error is logged in the meantime, the test fails."""
    application = create_app(
        guests.api.executor,
        ServerSettings(_env_file=None, admin_key=None, secret_key=SECRET),
        ready=_always_ready,
    )
    door = Door(application, runner)
    logging.getLogger().addHandler(door)
    yield door
    logging.getLogger().removeHandler(door)


async def _always_ready() -> None:
    """A readiness check that succeeds at once."""
