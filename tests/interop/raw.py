"""The table as it is stored in DynamoDB: attribute values with their types, read without our own code."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from dynamo.settings import TableSettings
from tests.engine_requests import ask

Item = dict[str, dict[str, Any]]
"""An item in DynamoDB's JSON: `{"id": {"S": "1"}, "name": {"NULL": True}}`."""
RECORDED = ("AUDIT#", "RECEIPT#")
"""How the partitions of the audit log, and of the receipts that belong to it, begin."""


class RawTable:
    """One table, which is always read consistently."""

    def __init__(self, settings: TableSettings) -> None:
        self.settings = settings
        self._together: dict[tuple[str, str], Item] | None = None

    def keys(self, partition: str, sort: str, index: tuple[str, str] | None = None) -> Item:
        """The key attributes of an item, by their configured names."""
        names = self.settings
        item = {names.partition_key: text(partition), names.sort_key: text(sort)}
        if index is not None:
            item |= {names.index_partition_key: text(index[0]), names.index_sort_key: text(index[1])}
        return item

    def put(self, item: Mapping[str, dict[str, Any]]) -> None:
        """Write one item, in place of an existing one."""
        if self._together is not None:
            self._together[self._key(item, "partition_key"), self._key(item, "sort_key")] = dict(item)
            return
        self._ask("PutItem", TableName=self.settings.table_name, Item=item)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Collect what is put within the context, and write it at the end with few requests."""
        self._together = {}
        try:
            yield
            items = list(self._together.values())
        finally:
            self._together = None
        for start in range(0, len(items), 25):
            requests = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
            answer = self._ask("BatchWriteItem", RequestItems={self.settings.table_name: requests})
            assert answer["UnprocessedItems"] == {}

    def get(self, partition: str, sort: str) -> Item | None:
        """One item by its keys."""
        key = self.keys(partition, sort)
        answer = self._ask("GetItem", TableName=self.settings.table_name, Key=key, ConsistentRead=True)
        return cast(Item | None, answer.get("Item"))

    def delete(self, key: Mapping[str, Any]) -> None:
        """Delete an item, by its key as DynamoDB has it."""
        self._ask("DeleteItem", TableName=self.settings.table_name, Key=key)

    def items(self) -> list[Item]:
        """All items of the table, sorted by keys, without those of the audit log."""
        return [item for item in self.everything() if not self._key(item, "partition_key").startswith(RECORDED)]

    def everything(self) -> list[Item]:
        """All items of the table, sorted by keys, with those of the audit log."""
        items: list[Item] = []
        start: dict[str, Any] = {}
        while True:
            page = self._ask("Scan", TableName=self.settings.table_name, ConsistentRead=True, **start)
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        return sorted(items, key=lambda item: (self._key(item, "partition_key"), self._key(item, "sort_key")))

    def _ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return ask(self.settings.dynamodb_endpoint_url, operation, **parameters)

    def _key(self, item: Mapping[str, dict[str, Any]], key: str) -> str:
        value: str = item[getattr(self.settings, key)]["S"]
        return value


def text(value: str) -> dict[str, Any]:
    """A string attribute in DynamoDB's JSON."""
    return {"S": value}


def number(value: object) -> dict[str, Any]:
    """A number attribute with the given digits."""
    return {"N": str(value)}


NULL: dict[str, Any] = {"NULL": True}
