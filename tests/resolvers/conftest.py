"""The whole executor over a new table, directly and behind the counting proxy."""

import pytest

from dynamo.settings import TableSettings
from tests.api import Api, make_api
from tests.counting_proxy import CountingProxy
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, sign_up


@pytest.fixture
def api(table_settings: TableSettings) -> Api:
    """An administrator's API over the test's table."""
    return make_api(table_settings)


@pytest.fixture
def counted_api(proxied_settings: TableSettings, proxy: CountingProxy) -> Api:
    """The same table, reached through the proxy that counts DynamoDB requests."""
    return make_api(proxied_settings)


@pytest.fixture
def raw(table_settings: TableSettings) -> RawTable:
    """The items of the table, as they are stored."""
    return RawTable(table_settings)


@pytest.fixture
async def ada(api: Api) -> Person:
    """A person with an account and a session."""
    return await sign_up(api, "ada")


@pytest.fixture
async def bob(api: Api) -> Person:
    """Another person, who is signed up like Ada."""
    return await sign_up(api, "bob")
