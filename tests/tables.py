"""The table that a test needs: marks that ask the `table_settings` fixture for other names or indexes."""

from typing import Any, Final

import pytest

CUSTOM_NAMES: Final[dict[str, Any]] = {
    "partition_key": "partition.key",
    "sort_key": "sort-key",
    "index_name": "by-login",
    "index_partition_key": "login.hash",
    "index_sort_key": "login-range",
}
"""Names as an operator may choose them. `.` and `-` need placeholders in every expression."""

DIRECTORY: Final[dict[str, Any]] = {"directory_index": True}

custom_names = pytest.mark.parametrize("table_settings", [CUSTOM_NAMES], indirect=True, ids=["custom-names"])
"""The table has custom key names and a custom index name."""

any_names = pytest.mark.parametrize(
    "table_settings", [{}, CUSTOM_NAMES], indirect=True, ids=["usual-names", "custom-names"]
)
"""The test runs with the usual names and with custom ones."""

directory = pytest.mark.parametrize("table_settings", [DIRECTORY], indirect=True, ids=["directory"])
"""The table has the directory index, and the settings name it."""

with_and_without_directory = pytest.mark.parametrize(
    "table_settings", [{}, DIRECTORY], indirect=True, ids=["no-directory", "directory"]
)
"""The test runs on a table without the directory index and on one with it."""
