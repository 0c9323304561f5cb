"""The real adapter and our code on the same table."""

from collections.abc import Iterator

import pytest

from dynamo.settings import TableSettings
from tests.interop import javascript
from tests.interop.javascript import JavaScriptAdapter, Node
from tests.interop.raw import RawTable


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """One node process for all tests."""
    reason = javascript.missing()
    if reason is not None:
        pytest.skip(reason)
    process = Node()
    yield process
    process.close()


@pytest.fixture
def adapter(node: Node, table_settings: TableSettings) -> JavaScriptAdapter:
    """The adapter on a new table, with the table's names."""
    return JavaScriptAdapter(node, table_settings)


@pytest.fixture
def raw(table_settings: TableSettings) -> RawTable:
    """The stored items of that table."""
    return RawTable(table_settings)
