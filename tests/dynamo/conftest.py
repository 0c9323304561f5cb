"""The test's table through our client, and its items without our code."""

import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from tests.interop.raw import RawTable


@pytest.fixture
def table(table_settings: TableSettings) -> Table:
    """A client of the test's own table."""
    return Table.connect(table_settings)


@pytest.fixture
def proxied(proxied_settings: TableSettings) -> Table:
    """The test's table, reached through the proxy."""
    return Table.connect(proxied_settings)


@pytest.fixture
def raw(table_settings: TableSettings) -> RawTable:
    """The items of the table, as they are stored."""
    return RawTable(table_settings)
