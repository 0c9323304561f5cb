"""A table of the shared engine, as the environment names it to a command."""

import pytest

from dynamo.settings import TableSettings
from tests.processes import Environment


@pytest.fixture
def environment(table_settings: TableSettings) -> Environment:
    """The variables that lead a command to the test's table."""
    assert table_settings.dynamodb_endpoint_url is not None
    return {
        "AUTHGRAPH_TABLE_NAME": table_settings.table_name,
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": table_settings.dynamodb_endpoint_url,
    }
