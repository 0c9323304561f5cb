"""The table's layout, for creating a table and for checking an existing one."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from dynamo.aws_errors import IndexDiffers, IndexMissing, TableDiffers, Unsupported
from dynamo.settings import TableSettings
from dynamo.tables.description import TableDescription

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import (
        AttributeDefinitionTypeDef,
        CreateTableInputTypeDef,
        GlobalSecondaryIndexTypeDef,
        KeySchemaElementTypeDef,
    )

EXPIRY_ATTRIBUTE: Final = "expires"
DIRECTORY_INDEX: Final = "GSI2"
DIRECTORY_KEYS: Final = ("type", "id")


def table_definition(settings: TableSettings, *, directory_index: bool = False) -> "CreateTableInputTypeDef":
    """The parameters of CreateTable for the configured names."""
    keys, index_keys = _table_keys(settings), _index_keys(settings)
    indexes = [index_definition(settings.index_name, index_keys)]
    if directory_index:
        indexes.append(index_definition(directory_index_name(settings), DIRECTORY_KEYS))
    return {
        "TableName": settings.table_name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _key_schema(keys),
        "AttributeDefinitions": attribute_definitions(*keys, *index_keys, *(DIRECTORY_KEYS if directory_index else ())),
        "GlobalSecondaryIndexes": indexes,
    }


def index_definition(name: str, keys: tuple[str, str]) -> "GlobalSecondaryIndexTypeDef":
    """The parameters for an index that holds whole items, so that a lookup needs no second read."""
    return {"IndexName": name, "KeySchema": _key_schema(keys), "Projection": {"ProjectionType": "ALL"}}


def attribute_definitions(*names: str) -> "list[AttributeDefinitionTypeDef]":
    """The definitions of string attributes. Each is defined once, because a name may serve two keys."""
    return [{"AttributeName": name, "AttributeType": "S"} for name in dict.fromkeys(names)]


def directory_index_name(settings: TableSettings) -> str:
    """The configured name of the directory index, or the default one."""
    return settings.directory_index_name or DIRECTORY_INDEX


def require_layout(settings: TableSettings, table: TableDescription) -> None:
    """Raise `TableDiffers`, `IndexMissing` or `IndexDiffers` if the table is not as the settings say, and `Unsupported`
    if it is a table without transactions."""
    if table.strongly_consistent_replicas:
        raise Unsupported(
            f"Table {table.name} is a global table with strong consistency between regions, which has no transactions: "
            "name a table of one region, or a global table with eventual consistency."
        )
    wanted, found = _table_keys(settings), (table.partition_key, table.sort_key)
    if wanted != found:
        raise TableDiffers(
            f"Table {table.name} has the keys {_named(found)} where the settings say {_named(wanted)}: "
            "set AUTHGRAPH_PARTITION_KEY and AUTHGRAPH_SORT_KEY to the table's, or name another table."
        )
    _require_index(
        table,
        settings.index_name,
        _index_keys(settings),
        missing="set AUTHGRAPH_INDEX_NAME to the adapter's index, or add it to the table",
        differs="set AUTHGRAPH_INDEX_PARTITION_KEY and AUTHGRAPH_INDEX_SORT_KEY to the index's",
    )
    numbers = [name for name in (*wanted, *_index_keys(settings)) if table.key_types[name] != "S"]
    if numbers:
        raise TableDiffers(
            f"The keys {_named(numbers)} of table {table.name} are not strings: "
            "name a table whose keys are strings, as Auth.js writes them."
        )


def require_directory_index(table: TableDescription, name: str) -> None:
    """Raise `IndexMissing` or `IndexDiffers` unless the table has the index that lists users."""
    _require_index(
        table,
        name,
        DIRECTORY_KEYS,
        missing="run `python server.py table create --directory-index`, or unset AUTHGRAPH_DIRECTORY_INDEX_NAME",
        differs="set AUTHGRAPH_DIRECTORY_INDEX_NAME to a name that is free, and add the index under it",
    )


def warnings(table: TableDescription) -> Iterator[str]:
    """Describe what works but needs attention: expired items that are not deleted."""
    if table.expiry_attribute is None:
        yield (
            f"Table {table.name} never deletes expired items: "
            f"turn on its time to live for the attribute {EXPIRY_ATTRIBUTE}."
        )
    elif table.expiry_attribute != EXPIRY_ATTRIBUTE:
        yield (
            f"Table {table.name} deletes items by the attribute {table.expiry_attribute}: "
            f"set its time to live to {EXPIRY_ATTRIBUTE}, where Auth.js keeps the expiry."
        )


def _require_index(table: TableDescription, name: str, wanted: tuple[str, str], *, missing: str, differs: str) -> None:
    index = table.index(name)
    if index is None:
        there = _named(other.name for other in table.indexes) or "none"
        raise IndexMissing(f"Table {table.name} has no index {name} (its indexes: {there}): {missing}.")
    found = (index.partition_key, index.sort_key)
    if found != wanted:
        raise IndexDiffers(
            f"Index {name} of table {table.name} has the keys {_named(found)} where {_named(wanted)} are expected: "
            f"{differs}."
        )
    if index.projection != "ALL":
        raise IndexDiffers(
            f"Index {name} of table {table.name} has the projection {index.projection}: "
            "create it again with the projection ALL, because lookups read the whole item from it."
        )


def _table_keys(settings: TableSettings) -> tuple[str, str]:
    return settings.partition_key, settings.sort_key


def _index_keys(settings: TableSettings) -> tuple[str, str]:
    return settings.index_partition_key, settings.index_sort_key


def _key_schema(keys: tuple[str, str]) -> "list[KeySchemaElementTypeDef]":
    partition_key, sort_key = keys
    return [{"AttributeName": partition_key, "KeyType": "HASH"}, {"AttributeName": sort_key, "KeyType": "RANGE"}]


def _named(names: Iterable[str | None]) -> str:
    return ", ".join(name for name in names if name)
