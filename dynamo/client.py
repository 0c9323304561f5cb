"""The data plane: the few requests authgraph makes, each counted, with errors of our own. The only module on pydynox.

pydynox's core is called directly: its Python layer logs the keys it reads, and ours hold session tokens.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Self

import pydynox.exceptions as errors
from pydynox import pydynox_core

from dynamo import credentials
from dynamo.coalescing import Coalescer, Place
from dynamo.errors import (
    ConditionFailed,
    DynamoError,
    Misconfigured,
    Rejected,
    Throttled,
    TransactionCancelled,
    TransactionConflict,
    Unavailable,
)
from dynamo.expressions import Condition, Update, parameters
from dynamo.settings import TableSettings

Item = dict[str, Any]
Key = dict[str, str]
Operation = dict[str, Any]
"""One part of a transaction, made by `Table.put_operation` and its neighbours."""

TOO_LARGE = "What DynamoDB keeps of one user, account or session may not be larger than 400 KB; store less of it."
BATCH_GET_LIMIT = 100
BATCH_WRITE_LIMIT = 25
CONFLICT_ATTEMPTS = 6
LONGEST_FIRST_PAUSE_SECONDS = 0.05
MISCONFIGURATIONS = ("have the specified index", "match the schema", "key schema", "Missing the key", "required key")
"""What DynamoDB says when the index, or a key of the table or the index, has another name."""


@dataclass(slots=True)
class Usage:
    """What a request of ours has cost so far: DynamoDB requests, and the capacity units DynamoDB reported."""

    requests: int = 0
    read_units: float = 0.0
    write_units: float = 0.0


@dataclass(slots=True)
class Density:
    """How many items of the table come to one user, as scans have found it: so much has to be read for each."""

    items_per_user: float = 8.0

    def items_of(self, users: int) -> int:
        """How many items are likely to hold so many users, with something to spare."""
        return int(users * self.items_per_user * 1.05) + 10

    def learn(self, items: int, users: int) -> None:
        """Move towards what a scan has found."""
        if users:
            self.items_per_user += (items / users - self.items_per_user) / 2


@dataclass(frozen=True, slots=True)
class Page:
    """Items in the store's order, and the key to go on from; `last_key` is None at the end."""

    items: list[Item]
    last_key: Key | None


@dataclass(frozen=True, slots=True)
class Table:
    """The single table under its configured names. `metered()` gives a handle that counts on its own."""

    name: str
    partition_key: str
    sort_key: str
    index_name: str
    index_partition_key: str
    index_sort_key: str
    directory_index_name: str | None
    core: Any
    usage: Usage = field(default_factory=Usage)
    key_attributes: frozenset[str] = frozenset()
    """The four key attribute names: no part of an entity."""
    density: Density = field(default_factory=Density)
    settles_transactions: bool = False
    """Whether the engine has to be waited for before a transaction is acknowledged; see `TableSettings`."""
    coalescer: Coalescer | None = None
    """Reads by key together with other requests; None makes every read a request of its own."""

    @classmethod
    def connect(cls, settings: TableSettings) -> Self:
        """Make a client; no request is sent. Credentials are found as the AWS SDKs find them."""
        table = cls(
            name=settings.table_name,
            partition_key=settings.partition_key,
            sort_key=settings.sort_key,
            index_name=settings.index_name,
            index_partition_key=settings.index_partition_key,
            index_sort_key=settings.index_sort_key,
            directory_index_name=settings.directory_index_name,
            core=_core(settings),
            key_attributes=frozenset(
                (settings.partition_key, settings.sort_key, settings.index_partition_key, settings.index_sort_key)
            ),
            settles_transactions=settings.dynamodb_settle_transactions,
        )
        shared = table.metered()
        return replace(table, coalescer=Coalescer(shared._get_at, shared._get_all_at))

    def metered(self) -> "Table":
        """The same table and connections with a count of their own, for one request."""
        return Table(
            self.name,
            self.partition_key,
            self.sort_key,
            self.index_name,
            self.index_partition_key,
            self.index_sort_key,
            self.directory_index_name,
            self.core,
            Usage(),
            self.key_attributes,
            self.density,
            self.settles_transactions,
            self.coalescer,
        )

    def key(self, partition: str, sort: str) -> Key:
        """A primary key."""
        return {self.partition_key: partition, self.sort_key: sort}

    def index_keys(self, partition: str, sort: str) -> Key:
        """The attributes that place an item in the adapter's index."""
        return {self.index_partition_key: partition, self.index_sort_key: sort}

    def key_of(self, item: Item) -> Key:
        """The primary key of an item that was read."""
        return {self.partition_key: item[self.partition_key], self.sort_key: item[self.sort_key]}

    async def get(self, key: Key, *, consistent: bool = False) -> Item | None:
        """GetItem; shared with other requests of the same tick unless the read is to be consistent.

        A shared request counts for everybody who took part in it, and for half a read unit each.
        """
        if consistent or self.coalescer is None:
            answer = await self._send(self.core.get_item(self.name, key, consistent_read=consistent))
            self._read(answer["metrics"])
            item: Item | None = answer["item"]
            return item
        self.usage.requests += 1
        self.usage.read_units += 0.5
        return await self.coalescer.get((key[self.partition_key], key[self.sort_key]))

    async def _get_at(self, place: Place) -> Item | None:
        return await self.get(self.key(*place))

    async def _get_all_at(self, places: Sequence[Place]) -> dict[Place, Item]:
        items = await self.batch_get([self.key(*place) for place in places])
        return {(item[self.partition_key], item[self.sort_key]): item for item in items}

    async def batch_get(self, wanted: Sequence[Key], *, consistent: bool = False) -> list[Item]:
        """BatchGetItem of up to 100 distinct keys; unprocessed keys are asked for again; the order is DynamoDB's."""
        items: list[Item] = await self._send(self.core.batch_get(self.name, list(wanted), consistent))
        # The client keeps BatchGetItem's capacity to itself: counted as items of up to 4 KB each, missing ones
        # included.
        self.usage.read_units += len(wanted) * (1.0 if consistent else 0.5)
        return items

    async def query_partition(
        self,
        partition: str,
        *,
        prefix: str | None = None,
        limit: int | None = None,
        after: Key | None = None,
        consistent: bool = False,
    ) -> Page:
        """Query one page of a partition in sort-key order, or of the sort keys that start with `prefix`."""
        names = {"#p": self.partition_key}
        values = {":p": partition}
        expression = "#p = :p"
        if prefix is not None:
            names["#s"], values[":s"] = self.sort_key, prefix
            expression = "#p = :p AND begins_with(#s, :s)"
        return await self._page(
            self.core.query_page(
                self.name,
                expression,
                expression_attribute_names=names,
                expression_attribute_values=values,
                limit=limit,
                exclusive_start_key=after,
                consistent_read=consistent,
            )
        )

    async def query_index(
        self, partition: str, sort: str | None = None, *, limit: int | None = None, after: Key | None = None
    ) -> Page:
        """Query one page of the adapter's index: a partition, or the items under both keys. Eventually consistent."""
        names = {"#p": self.index_partition_key}
        values = {":p": partition}
        expression = "#p = :p"
        if sort is not None:
            names["#s"], values[":s"] = self.index_sort_key, sort
            expression = "#p = :p AND #s = :s"
        return await self._page(
            self.core.query_page(
                self.name,
                expression,
                expression_attribute_names=names,
                expression_attribute_values=values,
                index_name=self.index_name,
                limit=limit,
                exclusive_start_key=after,
            )
        )

    async def query_directory(self, entity_type: str, *, limit: int, after: Key | None) -> Page:
        """Query one page of the directory index: every item of one `type` in order of `id`."""
        return await self._page(
            self.core.query_page(
                self.name,
                "#t = :t",
                expression_attribute_names={"#t": "type"},
                expression_attribute_values={":t": entity_type},
                index_name=self.directory_index_name,
                limit=limit,
                exclusive_start_key=after,
            )
        )

    async def scan(
        self,
        *,
        limit: int,
        after: Key | None,
        sort_prefix: str | None = None,
        attributes: Sequence[str] | None = None,
    ) -> Page:
        """Scan one page: `limit` items are read; with `sort_prefix` only those whose sort key starts so come back.

        With `attributes` only those come back of each item, beside its key: that spares work here, not read units.
        """
        names: dict[str, str] = {}
        expressions: dict[str, Any] = {}
        if sort_prefix is not None:
            names["#s"] = self.sort_key
            expressions["filter_expression"] = "begins_with(#s, :s)"
            expressions["expression_attribute_values"] = {":s": sort_prefix}
        if attributes is not None:
            projected = {f"#a{i}": name for i, name in enumerate((self.partition_key, self.sort_key, *attributes))}
            names |= projected
            expressions["projection_expression"] = ", ".join(projected)
        if names:
            expressions["expression_attribute_names"] = names
        return await self._page(self.core.scan_page(self.name, limit=limit, exclusive_start_key=after, **expressions))

    async def put(self, item: Item, condition: Condition | None = None) -> None:
        """PutItem. Raises `ConditionFailed` with the item that stands there."""
        _, metrics = await self._write(
            lambda: self.core.put_item(
                self.name, item, **parameters(condition=condition), return_values_on_condition_check_failure=True
            )
        )
        self._wrote(metrics)

    async def update(self, key: Key, update: Update, condition: Condition | None = None) -> Item:
        """UpdateItem; returns the whole new item. Raises `ConditionFailed` with the item that stands there."""
        new, metrics = await self._write(
            lambda: self.core.update_item(
                self.name,
                key,
                **parameters(update=update, condition=condition),
                return_values="ALL_NEW",
                return_values_on_condition_check_failure=True,
            )
        )
        self._wrote(metrics)
        item: Item = new
        return item

    async def delete(self, key: Key, condition: Condition | None = None) -> Item | None:
        """DeleteItem; returns what was there. Raises `ConditionFailed` with the item that stands there."""
        old, metrics = await self._write(
            lambda: self.core.delete_item(
                self.name,
                key,
                **parameters(condition=condition),
                return_values="ALL_OLD",
                return_values_on_condition_check_failure=True,
            )
        )
        self._wrote(metrics)
        item: Item | None = old
        return item

    async def batch_delete(self, doomed: Sequence[Key]) -> None:
        """BatchWriteItem of up to 25 deletes; unprocessed ones are sent again. Deleting what is gone is fine."""
        await self._send(self.core.batch_write(self.name, [], list(doomed)))
        self.usage.write_units += len(doomed)

    async def transact(self, operations: Sequence[Operation]) -> None:
        """TransactWriteItems of up to 100 operations: all of them or none.

        Raises `TransactionCancelled` with the positions that failed.
        """
        await self._write(lambda: self.core.transact_write(list(operations)))
        if self.settles_transactions:
            await self._settle(operations[0])
        self.usage.write_units += 2 * len(operations)  # DynamoDB charges a transactional write of ≤ 1 KB two units.

    async def _settle(self, written: Operation) -> None:
        """Read what was written, uncounted: the local engine answers once the transaction before it is on disk."""
        key = written["key"] if "key" in written else self.key_of(written["item"])
        try:
            await self.core.get_item(self.name, key, consistent_read=True)
        except errors.PydynoxException as error:
            raise _translated(error, self.name) from error

    def put_operation(self, item: Item, condition: Condition | None = None) -> Operation:
        """A Put for `transact`."""
        return {"type": "put", "table": self.name, "item": item, **parameters(condition=condition)}

    def update_operation(self, key: Key, update: Update, condition: Condition | None = None) -> Operation:
        """An Update for `transact`."""
        return {
            "type": "update",
            "table": self.name,
            "key": key,
            **parameters(update=update, condition=condition),
        }

    def delete_operation(self, key: Key, condition: Condition | None = None) -> Operation:
        """A Delete for `transact`."""
        return {"type": "delete", "table": self.name, "key": key, **parameters(condition=condition)}

    async def _page(self, call: Awaitable[Any]) -> Page:
        answer = await self._send(call)
        self._read(answer["metrics"])
        return Page(answer["items"], answer["last_evaluated_key"])

    async def _write(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """Send a write, and again after a pause as long as another transaction holds what it is about."""
        for attempt in range(CONFLICT_ATTEMPTS - 1):
            with suppress(TransactionConflict):
                return await self._send(call())
            pause = random.uniform(0, LONGEST_FIRST_PAUSE_SECONDS) * 2**attempt  # noqa: S311 - jitter, not a secret
            await asyncio.sleep(pause)
        return await self._send(call())

    async def _send(self, call: Awaitable[Any]) -> Any:
        self.usage.requests += 1
        try:
            return await call
        except errors.PydynoxException as error:
            raise _translated(error, self.name) from error

    def _read(self, metrics: Any) -> None:
        self.usage.read_units += metrics.consumed_rcu or 0.0

    def _wrote(self, metrics: Any) -> None:
        self.usage.write_units += metrics.consumed_wcu or 0.0


def _core(settings: TableSettings) -> Any:
    return pydynox_core.DynamoDBClient(
        **credentials.for_data_plane(settings),
        endpoint_url=settings.dynamodb_endpoint_url,
        connect_timeout=settings.dynamodb_connect_timeout_seconds,
        read_timeout=settings.dynamodb_read_timeout_seconds,
        max_retries=settings.dynamodb_max_attempts,
    )


def _translated(error: errors.PydynoxException, table: str) -> DynamoError:
    message = str(error)
    match error:
        case errors.ConditionalCheckFailedException():
            return ConditionFailed("The item is not in the state the write asked for.", getattr(error, "item", None))
        case errors.TransactionCanceledException():
            return _cancellation(message)
        case errors.ProvisionedThroughputExceededException():
            return Throttled("DynamoDB is throttling requests.")
        case errors.ResourceNotFoundException():
            return Misconfigured(f"The table {table!r} or one of its indexes does not exist.")
        case errors.AccessDeniedException() | errors.CredentialsException():
            return Misconfigured("DynamoDB refused the credentials.")
        case errors.ValidationException() if any(sign in message for sign in MISCONFIGURATIONS):
            return Misconfigured(f"The keys or indexes of the table {table!r} are not those of the settings: {message}")
        case errors.ValidationException() if "exceeded the maximum allowed size" in message:
            return Rejected(TOO_LARGE)
        case errors.ValidationException():
            return DynamoError(f"DynamoDB refused the request: {message}")
        case _ if "TransactionConflict" in message:
            return TransactionConflict("Another transaction is writing the same item.")
        case _ if "hrottl" in message or "RequestLimitExceeded" in message:
            return Throttled("DynamoDB is throttling requests.")
        case _:
            return Unavailable("DynamoDB cannot be reached or did not answer in time.")


def _cancellation(message: str) -> DynamoError:
    """Read the reasons, one per operation, from the only place pydynox gives them: the end of the message."""
    reasons = [reason.strip() for reason in message[message.rfind("[") + 1 : message.rfind("]")].split(",")]
    failed = frozenset(i for i, reason in enumerate(reasons) if reason == "ConditionalCheckFailed")
    if failed:
        return TransactionCancelled("A condition of the transaction did not hold.", failed)
    if "TransactionConflict" in reasons:
        return TransactionConflict("Another transaction is writing the same item.")
    if "ThrottlingError" in reasons or "ProvisionedThroughputExceeded" in reasons:
        return Throttled("DynamoDB is throttling requests.")
    if "ValidationError" in reasons:
        # Keys and expressions are checked here; what only DynamoDB can tell is the size of the item they make.
        return Rejected(TOO_LARGE)
    return DynamoError(f"DynamoDB cancelled the transaction: {message}")
