"""The API in process, as experiments call it, on a table with every list of the directory."""

import pytest

from dynamo.directory_lists import DirectoryList
from dynamo.settings import TableSettings
from dynamo.tables.layout import DIRECTORY_INDEX
from tests.conftest import MakeTable
from tests.resolvers.conftest import api, counted_api

__all__ = ["api", "counted_api"]


@pytest.fixture
def table_settings(make_table: MakeTable) -> TableSettings:
    """A new table. Nobody lists users here, so the index itself is not needed."""
    lists = {"directory_index_name": DIRECTORY_INDEX, "directory_lists": tuple(DirectoryList)}
    return make_table().model_copy(update=lists)
