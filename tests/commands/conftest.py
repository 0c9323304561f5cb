"""A table on the shared engine, and the environment with which a command reaches it."""

import pytest

from dynamo.settings import TableSettings
from tests.processes import Environment


@pytest.fixture
def environment(table_settings: TableSettings) -> Environment:
    """The environment variables with which a command reaches the test's table."""
    assert table_settings.dynamodb_endpoint_url is not None
    return {
        "AUTHGRAPH_TABLE_NAME": table_settings.table_name,
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": table_settings.dynamodb_endpoint_url,
    }
