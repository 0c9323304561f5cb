"""The server that echoes each request, in both of the ways in which an application can respond."""

from collections.abc import AsyncIterator

import pytest

from tests.security.intruder.front import ECHOES, Echo, Front, serving_front


@pytest.fixture(params=ECHOES)
def echo(request: pytest.FixtureRequest) -> Echo:
    """The application, which remembers each request."""
    made: Echo = request.param()
    return made


@pytest.fixture
async def front(echo: Echo) -> AsyncIterator[Front]:
    """A server with default limits."""
    async with serving_front(echo) as front:
        yield front
