"""The requests that authgraph sends to the table, each counted and with errors of our own."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any, Final, NamedTuple, Self

from dynamo import keys
from dynamo.act import Act
from dynamo.directory_lists import DirectoryList
from dynamo.errors import ConditionFailed, DeletedSince, TokenUsed, TransactionCancelled
from dynamo.expressions import Condition, Update, exists
from dynamo.item import Item, Place
from dynamo.progress import note_cut_off
from dynamo.seeds import random_uuid
from dynamo.settings import TableSettings
from dynamo.usage import READS, Usage
from dynamo.wire import surrogates
from dynamo.wire.attribute_values import WireItem, item_of, wire_item
from dynamo.wire.coalescing import Coalescer, Read, SharedPages
from dynamo.wire.parameters import parameters
from dynamo.wire.responses import Response
from dynamo.wire.retries import BATCH_ATTEMPTS, pause, still_unprocessed
from dynamo.wire.transport import Counter, Transport

Key = dict[str, str]
TransactWriteItem = dict[str, Any]
"""One operation of a transaction, made by `put_operation`, `update_operation` or `delete_operation`."""

REPORTED: Final = {"ReturnConsumedCapacity": "TOTAL"}
"""Part of every request, so that DynamoDB reports the consumed capacity."""
BATCH_GET_LIMIT: Final = 100
TRANSACTION_LIMIT: Final = 100
LONG_SCAN: Final = 1000
REMEMBERED_SECONDS: Final = 600
"""How long DynamoDB remembers a transaction by its client request token."""
CONTENT_BYTES: Final = 16


@dataclass(slots=True)
class Density:
    """The average number of items per user, as scans found it. It tells how many items to read for a page of users."""

    items_per_user: float = 8.0

    def items_of(self, users: int) -> int:
        """The number of items that probably contain so many users, with a margin."""
        return int(users * self.items_per_user * 1.05 + self.items_per_user) + 2

    def learn(self, items: int, users: int) -> None:
        """Move the average towards what a scan found. The more items it read, the further."""
        if users:
            self.items_per_user += (items / users - self.items_per_user) * min(items / LONG_SCAN, 0.5)


class Page(NamedTuple):
    """Items in the order of the table, and the key to continue from; `last_key` is None at the end."""

    items: list[Item]
    last_key: Key | None
    units: float = 0.0
    """The read units that DynamoDB reported; 0 if the engine reports none."""
    scanned: int = 0
    """How many items were read, including those that a filter dropped."""


@dataclass(slots=True, eq=False)
class Table:
    """The single table, with its configured names. `metered()` returns a handle with a count of its own.

    A handle is never changed. It is not frozen all the same: each request makes one, and making a frozen one takes five
    times as long.
    """

    name: str
    partition_key: str
    sort_key: str
    index_name: str
    index_partition_key: str
    index_sort_key: str
    directory_index_name: str | None
    directory_lists: frozenset[DirectoryList]
    """The lists of users that each write keeps, in the directory index."""
    directory_shards: int
    """The partitions of the index that hold a list in the order of time."""
    transport: Transport
    coalescer: Coalescer
    """Reads by key, merged with those of other requests."""
    scans: SharedPages
    """Reads of scan pages, shared by requests that want the same page."""
    usage: Usage
    key_attributes: frozenset[str]
    """The names of the four key attributes, which are not part of any entity."""
    density: Density
    settles_transactions: bool | None
    """Whether to wait for the engine before a transaction is acknowledged; None decides by the engine's responses."""
    audit_days: int = 0
    """How long entries of the audit log are kept; 0 if there is none."""
    act: Act | None = None
    """What the audit log says of changes through this handle; None if they are not recorded."""

    @classmethod
    def connect(cls, settings: TableSettings) -> Self:
        """Make a client. No request is sent. Credentials are found as the AWS SDKs find them."""
        return cls(
            name=settings.table_name,
            partition_key=settings.partition_key,
            sort_key=settings.sort_key,
            index_name=settings.index_name,
            index_partition_key=settings.index_partition_key,
            index_sort_key=settings.index_sort_key,
            directory_index_name=settings.directory_index_name,
            directory_lists=settings.lists_kept,
            directory_shards=settings.directory_shards,
            transport=Transport(settings),
            coalescer=Coalescer(),
            scans=SharedPages(),
            usage=Usage(),
            key_attributes=frozenset(
                (settings.partition_key, settings.sort_key, settings.index_partition_key, settings.index_sort_key)
            ),
            density=Density(),
            settles_transactions=settings.dynamodb_settle_transactions,
            audit_days=settings.audit_days,
        )

    async def open(self) -> None:
        """Find credentials and endpoint now instead of with the first request. Raises `Misconfigured`."""
        await self.transport.open()

    async def close(self) -> None:
        """Close the connections, including those of every metered handle."""
        await self.transport.close()

    def metered(self) -> "Table":
        """A handle to the same table and connections that counts for itself, for one request."""
        return self._handle(Usage(), None)

    def acting(self, act: Act | None) -> "Table":
        """The same handle, whose changes are recorded in the audit log as this act, or not at all."""
        return self._handle(self.usage, act)

    def _handle(self, usage: Usage, act: Act | None) -> "Table":
        return Table(
            self.name,
            self.partition_key,
            self.sort_key,
            self.index_name,
            self.index_partition_key,
            self.index_sort_key,
            self.directory_index_name,
            self.directory_lists,
            self.directory_shards,
            self.transport,
            self.coalescer,
            self.scans,
            usage,
            self.key_attributes,
            self.density,
            self.settles_transactions,
            self.audit_days,
            act,
        )

    def key(self, partition: str, sort: str) -> Key:
        """The primary key of an item, under the configured names."""
        return {self.partition_key: partition, self.sort_key: sort}

    def index_keys(self, partition: str, sort: str) -> Key:
        """The attributes that put an item into the adapter's index, under the configured names."""
        return {self.index_partition_key: partition, self.index_sort_key: sort}

    def key_of(self, item: Item) -> Key:
        """The primary key of an item that was read from the table."""
        return {self.partition_key: item[self.partition_key], self.sort_key: item[self.sort_key]}

    async def get(self, key: Key, *, consistent: bool = False) -> Item | None:
        """GetItem. Unless the read is consistent, it is merged with other requests' reads, as in `get_many`."""
        if not consistent:
            place = (key[self.partition_key], key[self.sort_key])
            found = (await self.get_many([place])).get(place)
            if isinstance(found, Exception):
                raise found
            return found
        answer = await self._read("GetItem", Key=wire_item(key), ConsistentRead=True)
        return item_of(answer.Item) if answer.Item is not None else None

    async def get_many(self, places: Sequence[Place]) -> dict[Place, Item | Exception]:
        """Read any number of distinct keys, merged with what other requests want to read at the same time.

        If a key cannot be read, the error takes the place of its item. A request to DynamoDB that several requests
        share counts for each of them; its read units are divided among them evenly by key.
        """
        self.usage.begin()
        try:
            items, failed = await self.coalescer.read(places, self._read_places, self.usage)
        except asyncio.CancelledError:
            note_cut_off()
            raise
        finally:
            self.usage.end()
        found: dict[Place, Item | Exception] = {place: item_of(item) for place, item in items.items()}
        found.update(failed)
        return found

    async def _read_places(self, places: Sequence[Place], counter: Counter) -> Read:
        """Read up to 100 keys: one by GetItem, several by BatchGetItem."""
        partition, sort = self.partition_key, self.sort_key
        keys = [{partition: {"S": place[0]}, sort: {"S": place[1]}} for place in places]
        if len(keys) == 1:
            members = {"TableName": self.name, "Key": keys[0], **REPORTED}
            one = await self.transport.send("GetItem", members, counter)
            return Read({places[0]: one.Item} if one.Item is not None else {}, units=one.units)
        requests = {"RequestItems": {self.name: {"Keys": keys}}, **REPORTED}
        answer = await self.transport.send("BatchGetItem", requests, counter)
        left = answer.UnprocessedKeys.get(self.name)
        return Read(
            {(item[partition].S or "", item[sort].S or ""): item for item in answer.Responses.get(self.name, ())},
            [(key[partition].S or "", key[sort].S or "") for key in left.Keys] if left is not None else (),
            answer.units,
        )

    async def batch_get(self, wanted: Sequence[Key], *, consistent: bool = False) -> list[Item]:
        """BatchGetItem of up to 100 distinct keys. The items come in DynamoDB's order.

        Keys that DynamoDB left unprocessed are requested again.
        """
        keys = list(map(wire_item, wanted))
        items: list[Item] = []
        for attempt in range(1, BATCH_ATTEMPTS + 1):
            requests = {self.name: {"Keys": keys, "ConsistentRead": consistent}}
            answer = await self._send("BatchGetItem", {"RequestItems": requests, **REPORTED})
            items += map(item_of, answer.Responses.get(self.name, ()))
            left = answer.UnprocessedKeys.get(self.name)
            if left is None:
                return items
            keys = list(map(_key_again, left.Keys))
            await pause(attempt)
        raise still_unprocessed()

    async def query_partition(
        self,
        partition: str,
        *,
        prefix: str | None = None,
        limit: int | None = None,
        after: Key | None = None,
        consistent: bool = False,
    ) -> Page:
        """Query one page of a partition in the order of sort keys, optionally of those that start with `prefix`."""
        names = {"#p": self.partition_key}
        values = {":p": {"S": partition}}
        expression = "#p = :p"
        if prefix is not None:
            names["#s"], values[":s"] = self.sort_key, {"S": prefix}
            expression = "#p = :p AND begins_with(#s, :s)"
        return _page(
            await self._read(
                "Query",
                KeyConditionExpression=expression,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ConsistentRead=consistent,
                **_bounds(limit, after),
            )
        )

    async def query_index(
        self,
        partition: str,
        sort: str | None = None,
        *,
        limit: int | None = None,
        after: Key | None = None,
        backward: bool = False,
    ) -> Page:
        """Query one page of the adapter's index: a partition, or the items under both keys. The read is eventually
        consistent."""
        names = {"#p": self.index_partition_key}
        values = {":p": {"S": partition}}
        expression = "#p = :p"
        if sort is not None:
            names["#s"], values[":s"] = self.index_sort_key, {"S": sort}
            expression = "#p = :p AND #s = :s"
        return _page(
            await self._read(
                "Query",
                IndexName=self.index_name,
                KeyConditionExpression=expression,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                **_bounds(limit, after, backward=backward),
            )
        )

    async def query_directory(
        self,
        entity_type: str,
        *,
        limit: int | None,
        after: Key | None = None,
        backward: bool = False,
        low: str | None = None,
        high: str | None = None,
        only_ids: bool = False,
    ) -> Page:
        """Query one page of the directory index: the items of one `type` in the order of `id`, optionally only those
        whose `id` is from `low` to `high`, both included. With `only_ids`, they come without their other content."""
        names, values = {"#t": "type"}, {":t": {"S": entity_type}}
        members: dict[str, Any] = {}
        if only_ids:
            names["#i"] = "id"
            members["ProjectionExpression"] = "#i"
        within = ""
        if low is not None or high is not None:
            names["#i"] = "id"
            values |= {name: {"S": end} for name, end in ((":l", low), (":h", high)) if end is not None}
            within = " AND #i <= :h" if low is None else " AND #i >= :l"
            if low is not None and high is not None:
                within = " AND #i BETWEEN :l AND :h"
        return _page(
            await self._read(
                "Query",
                IndexName=self.directory_index_name,
                KeyConditionExpression=f"#t = :t{within}",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                **members,
                **_bounds(limit, after, backward=backward),
            )
        )

    async def count_directory(self, entity_type: str, *, after: Key | None) -> Page:
        """Query one page of the directory index for the number of items of one `type`. They come without their
        content."""
        return _page(
            await self._read(
                "Query",
                IndexName=self.directory_index_name,
                KeyConditionExpression="#t = :t",
                ExpressionAttributeNames={"#t": "type"},
                ExpressionAttributeValues={":t": {"S": entity_type}},
                ProjectionExpression="#t",
                **_bounds(None, after),
            )
        )

    async def query_between(
        self,
        partition: str,
        low: str,
        high: str,
        *,
        limit: int | None,
        index: bool = False,
        after: Key | None = None,
        attributes: Collection[str] | None = None,
    ) -> Page:
        """Query one page of a partition, from the highest sort key down: those from `low` to `high`, both included.

        With `index`, the partition and the sort keys are those of the adapter's index. With `attributes`, only these
        and the sort key are returned.
        """
        keys_of = (self.index_partition_key, self.index_sort_key) if index else (self.partition_key, self.sort_key)
        names = dict(zip(("#p", "#s"), keys_of, strict=True))
        members: dict[str, Any] = {"IndexName": self.index_name} if index else {}
        if attributes is not None:
            projected = {f"#a{place}": name for place, name in enumerate(attributes)}
            names |= projected
            members["ProjectionExpression"] = ", ".join(("#s", *projected))
        return _page(
            await self._read(
                "Query",
                KeyConditionExpression="#p = :p AND #s BETWEEN :low AND :high",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={":p": {"S": partition}, ":low": {"S": low}, ":high": {"S": high}},
                **members,
                **_bounds(limit, after, backward=True),
            )
        )

    async def scan(
        self,
        *,
        limit: int,
        after: Key | None,
        sort_prefix: str | None = None,
        attributes: Collection[str] | None = None,
    ) -> Page:
        """Scan one page of `limit` items. With `sort_prefix`, only items whose sort key starts with it are returned.

        With `attributes`, only these and the key of each item are returned, which saves work here but no read units. If
        other requests want the same page at the same time, it is read once: the request counts for each of them, and
        its read units are divided among them.
        """
        names: dict[str, str] = {}
        members: dict[str, Any] = {}
        if sort_prefix is not None:
            names["#s"] = self.sort_key
            members["FilterExpression"] = "begins_with(#s, :s)"
            members["ExpressionAttributeValues"] = {":s": {"S": sort_prefix}}
        if attributes is not None:
            every = (self.partition_key, self.sort_key, *sorted(attributes))
            projected = {f"#a{place}": name for place, name in enumerate(every)}
            names |= projected
            members["ProjectionExpression"] = ", ".join(projected)
        if names:
            members["ExpressionAttributeNames"] = names
        payload = {"TableName": self.name, **members, **_bounds(limit, after), **REPORTED}
        self.usage.begin()
        try:
            answer = await self.scans.read(payload, partial(self.transport.send, "Scan"), self.usage)
        except asyncio.CancelledError:
            note_cut_off()
            raise
        finally:
            self.usage.end()
        return _page(answer)

    async def scan_segment(
        self,
        segment: int,
        segments: int,
        *,
        limit: int,
        after: Key | None,
        attributes: Collection[str] | None,
        index: bool = False,
    ) -> Page:
        """Scan one page of one segment of the table or of the adapter's index, without sharing it with other requests.

        Returns `attributes` and the keys of each item: the table's and, if the item has them, the index's. Without
        `attributes`, whole items.
        """
        members: dict[str, Any] = {"IndexName": self.index_name} if index else {}
        if attributes is not None:
            own = (self.partition_key, self.sort_key, self.index_partition_key, self.index_sort_key)
            names = {f"#a{place}": name for place, name in enumerate(dict.fromkeys((*own, *attributes)))}
            members |= {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
        return _page(
            await self._read(
                "Scan",
                Segment=segment,
                TotalSegments=segments,
                **members,
                **_bounds(limit, after),
            )
        )

    async def put(self, item: Item, condition: Condition | None = None) -> None:
        """PutItem. Raises `ConditionFailed` with the stored item."""
        await self._write("PutItem", Item=wire_item(item), **parameters(condition=condition))

    async def update(self, key: Key, update: Update, condition: Condition | None = None) -> Item:
        """UpdateItem. Returns the whole new item. Raises `ConditionFailed` with the stored item."""
        written = parameters(update=update, condition=condition)
        answer = await self._write("UpdateItem", Key=wire_item(key), ReturnValues="ALL_NEW", **written)
        return item_of(answer.Attributes or {})

    async def delete(self, key: Key, condition: Condition | None = None) -> Item | None:
        """DeleteItem. Returns the item that was deleted. Raises `ConditionFailed` with the stored item."""
        written = parameters(condition=condition)
        answer = await self._write("DeleteItem", Key=wire_item(key), ReturnValues="ALL_OLD", **written)
        return item_of(answer.Attributes) if answer.Attributes is not None else None

    async def transact(
        self,
        operations: Sequence[TransactWriteItem],
        repeated: str | None = None,
        recorded: Sequence[TransactWriteItem] = (),
        *,
        varies: bool = False,
    ) -> None:
        """TransactWriteItems of up to 100 operations, of which all happen or none.

        `repeated` is the client request token of a transaction that a caller may repeat; for ten minutes after it was
        done, it is not done again. `recorded` are writes that may differ in a repetition, such as entries of the audit
        log; with `varies`, there may be some in a repetition even if there are none now. Raises `TransactionCancelled`
        with the positions whose condition failed, and `TokenUsed` if other operations were done with that token.
        """
        # With the same token, all attempts are one transaction, which happens at most once, however late they arrive.
        token = random_uuid() if repeated is None else self._token_here(repeated)
        written = [*operations, *recorded]
        differs = bool(recorded) or varies
        receipt = self._receipt(token, operations) if differs and repeated is not None else None
        if receipt is not None:
            written.append(self.put_operation(receipt))
        attempts = Usage()
        try:
            await self._transact(written, token, attempts)
        except TransactionCancelled:
            # An attempt before the cancelled one may still arrive, and its conditions may hold by then.
            if attempts.requests == 1 or not await self._void(token):
                raise
            if repeated is not None:
                # Another repetition may have used the token. Only DynamoDB knows whether for the same operations.
                try:
                    await self._transact(written, token, Usage())
                except TokenUsed:
                    if receipt is None or not await self._was_given(receipt):
                        raise
        except TokenUsed:
            if receipt is not None and await self._was_given(receipt):
                return
            if repeated is None or await self._void(token):
                raise
            # The token was only voided, after a rejection. So nothing was done with it, and the next one counts.
            await self.transact(operations, token, recorded, varies=varies)
            return
        settles = self.settles_transactions
        if self.transport.is_local if settles is None else settles:
            await self._settle(operations[0])

    def _receipt(self, token: str, operations: Sequence[TransactWriteItem]) -> Item:
        """The note that a transaction was done, with a hash of its operations. A repetition has another entry in the
        audit log, which makes it another transaction to DynamoDB. By the note, it is known for the same.
        """
        written = surrogates.write({"TransactItems": operations})
        content = blake2b(written, digest_size=CONTENT_BYTES).hexdigest()
        name = keys.receipt(token)
        return {**self.key(name, name), "content": content, "expires": int(time.time()) + REMEMBERED_SECONDS}

    async def _was_given(self, receipt: Item) -> bool:
        """Whether the same operations were done in the last ten minutes."""
        found = await self.get(self.key_of(receipt), consistent=True)
        return found is not None and found["content"] == receipt["content"] and found["expires"] > time.time()

    def _token_here(self, repeated: str) -> str:
        """A client request token in this table. DynamoDB remembers the tokens of all tables together."""
        return str(uuid.uuid5(uuid.UUID(repeated), self.name))

    async def _transact(self, operations: Sequence[TransactWriteItem], token: str, attempts: Usage) -> None:
        payload = {"TransactItems": operations, "ClientRequestToken": token, **REPORTED}
        attempts.attempts = self.usage.attempts
        self.usage.begin()
        try:
            answer = await self.transport.send("TransactWriteItems", payload, attempts)
        finally:
            self.usage.end()
            self.usage.requests += attempts.requests
        self.usage.write_units += answer.units

    async def _void(self, token: str) -> bool:
        """Use up a transaction's token with a delete of an item that does not exist, so that late attempts are
        rejected.

        Returns whether the transaction had succeeded before. If the token was voided before, it had not.
        """
        nothing = f"VOID#{token}"
        try:
            await self._transact([self.delete_operation(self.key(nothing, nothing))], token, Usage())
        except TokenUsed:
            return True
        return False

    async def was_done(self, repeated: str) -> bool:
        """Whether a transaction with this client request token was done in the last ten minutes.

        The request cannot succeed, so it leaves the token free.
        """
        token = self._token_here(repeated)
        nothing = f"VOID#{token}"
        missing = self.delete_operation(self.key(nothing, nothing), exists(self.partition_key))
        try:
            await self._transact([missing], token, Usage())
        except TokenUsed:
            return await self._void(token)
        except TransactionCancelled:
            pass
        return False

    async def update_once(
        self,
        key: Key,
        update: Update,
        condition: Condition,
        beside: Sequence[TransactWriteItem] = (),
        recorded: Sequence[TransactWriteItem] = (),
    ) -> Item:
        """Update an item in a transaction, and read it: unlike that of `update`, an attempt that arrives late, after
        newer writes, undoes none of them.

        `beside` are writes without conditions that happen in the same transaction.
        Returns the whole item as it then stands. Raises `ConditionFailed` with the item that stands there, and
        `DeletedSince`.
        """
        try:
            await self.transact([self.update_operation(key, update, condition), *beside], recorded=recorded)
        except TransactionCancelled:
            item = await self.get(key, consistent=True)
            raise ConditionFailed("The item is not in the state the write asked for.", item) from None
        item = await self.get(key, consistent=True)
        if item is None:
            raise DeletedSince("The item was updated, and deleted before it could be read.")
        return item

    async def _settle(self, written: TransactWriteItem) -> None:
        """Read an item that was written, without counting it. The local engine responds once the transaction is on
        disk."""
        (action,) = written.values()
        key = action.get("Key") or {name: action["Item"][name] for name in (self.partition_key, self.sort_key)}
        payload = {"TableName": self.name, "Key": key, "ConsistentRead": True, **REPORTED}
        self.usage.begin()
        try:
            await self.transport.send("GetItem", payload, Usage(attempts=self.usage.attempts))
        finally:
            self.usage.end()

    def put_operation(self, item: Item, condition: Condition | None = None) -> TransactWriteItem:
        """A Put of a whole item, as one operation of `transact`."""
        return {"Put": {"TableName": self.name, "Item": wire_item(item), **parameters(condition=condition)}}

    def update_operation(self, key: Key, update: Update, condition: Condition | None = None) -> TransactWriteItem:
        """An Update of one item, as one operation of `transact`."""
        written = parameters(update=update, condition=condition)
        return {"Update": {"TableName": self.name, "Key": wire_item(key), **written}}

    def delete_operation(self, key: Key, condition: Condition | None = None) -> TransactWriteItem:
        """A Delete of one item, as one operation of `transact`."""
        return {"Delete": {"TableName": self.name, "Key": wire_item(key), **parameters(condition=condition)}}

    def _read(self, operation: str, **members: Any) -> Awaitable[Response]:
        return self._send(operation, {"TableName": self.name, **members, **REPORTED})

    def _write(self, operation: str, **members: Any) -> Awaitable[Response]:
        old = "ALL_OLD"
        return self._send(
            operation, {"TableName": self.name, "ReturnValuesOnConditionCheckFailure": old, **members, **REPORTED}
        )

    async def _send(self, operation: str, payload: dict[str, Any]) -> Response:
        usage = self.usage
        usage.begin()
        try:
            answer = await self.transport.send(operation, payload, usage)
        finally:
            usage.end()
        if operation in READS:
            usage.read_units += answer.units
        else:
            usage.write_units += answer.units
        return answer


def _bounds(limit: int | None, after: Key | None, *, backward: bool = False) -> dict[str, Any]:
    """The members of a request that limit a page, and say where it begins and which way it goes."""
    bounds: dict[str, Any] = {"ScanIndexForward": False} if backward else {}
    if limit is not None:
        bounds["Limit"] = limit
    if after is not None:
        bounds["ExclusiveStartKey"] = wire_item(after)
    return bounds


def _key_again(left: WireItem) -> dict[str, Any]:
    """A key that DynamoDB left unprocessed, in the form to send it again."""
    return wire_item(item_of(left))


def _page(answer: Response) -> Page:
    last = answer.LastEvaluatedKey
    following = item_of(last) if last is not None else None
    return Page(list(map(item_of, answer.Items)), following, answer.units, answer.ScannedCount)
