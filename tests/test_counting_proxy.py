"""The proxy counts requests, and fails as planned. The client is boto3, because it checks responses."""

import socket
import time
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import pytest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError, ConnectionClosedError

from dynamo.aws import connect
from dynamo.settings import TableSettings
from dynamo.wire.signing import signed
from tests.counting_proxy import ANY, CountingProxy, Error, Fault, Ghost, Stall, Swallow, Truncate

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def client(proxied_settings: TableSettings) -> "DynamoDBClient":
    """A client that reaches the engine through the proxy and never repeats a request."""
    return connect(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1}))


@pytest.fixture
def table(proxied_settings: TableSettings) -> str:
    """The name of the test's table."""
    return proxied_settings.table_name


def item(key: str, **attributes: str) -> dict[str, Any]:
    return {"pk": {"S": key}, "sk": {"S": key}} | {name: {"S": value} for name, value in attributes.items()}


def puts(table: str, *keys: str) -> dict[str, Any]:
    return {table: [{"PutRequest": {"Item": item(key)}} for key in keys]}


def stored(control: "DynamoDBClient", table: str) -> set[str]:
    return {found["pk"]["S"] for found in control.scan(TableName=table)["Items"]}


def test_it_counts_by_operation_and_keeps_each_request(
    client: "DynamoDBClient", proxy: CountingProxy, table: str
) -> None:
    client.put_item(TableName=table, Item=item("a"))
    client.get_item(TableName=table, Key=item("a"))
    client.get_item(TableName=table, Key=item("b"), ConsistentRead=True)
    assert (proxy.count("PutItem"), proxy.count("GetItem"), proxy.count("Query"), proxy.total) == (1, 2, 0, 3)
    assert proxy.operations == ["PutItem", "GetItem", "GetItem"]
    last = proxy.requests[-1]
    assert (last.table, last.index) == (table, None)
    assert last.body["ConsistentRead"] is True


def test_it_names_the_index_of_a_query_and_the_table_of_a_batch(
    client: "DynamoDBClient", proxy: CountingProxy, table: str
) -> None:
    values = {":value": {"S": "USER#a"}}
    client.query(
        TableName=table, IndexName="GSI1", KeyConditionExpression="GSI1PK = :value", ExpressionAttributeValues=values
    )
    client.batch_get_item(RequestItems={table: {"Keys": [item("a")]}})
    assert [(request.table, request.index) for request in proxy.requests] == [(table, "GSI1"), (table, None)]


def test_a_large_answer_passes_unchanged(client: "DynamoDBClient", table: str) -> None:
    big = item("a", text="ä" * 150_000)
    client.put_item(TableName=table, Item=big)
    assert client.get_item(TableName=table, Key=item("a"))["Item"] == big


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("ThrottlingException", 400),
        ("ProvisionedThroughputExceededException", 400),
        ("InternalServerError", 500),
    ],
)
def test_it_fails_the_next_requests_of_an_operation_and_no_other(
    client: "DynamoDBClient", proxy: CountingProxy, table: str, error: str, status: int
) -> None:
    proxy.fail_next("PutItem", error, times=2)
    client.get_item(TableName=table, Key=item("a"))
    for _ in range(2):
        with pytest.raises(ClientError) as failure:
            client.put_item(TableName=table, Item=item("a"))
        assert failure.value.response["Error"]["Code"] == error
        assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    client.put_item(TableName=table, Item=item("a"))
    assert proxy.count("PutItem") == 3


def test_any_operation_can_be_failed(client: "DynamoDBClient", proxy: CountingProxy, table: str) -> None:
    proxy.fail_next(ANY)
    with pytest.raises(ClientError, match="ThrottlingException, as the test asked for"):
        client.get_item(TableName=table, Key=item("a"))


def test_a_failed_request_does_not_reach_dynamodb(
    client: "DynamoDBClient", control: "DynamoDBClient", proxy: CountingProxy, table: str
) -> None:
    proxy.fail_next("PutItem")
    with pytest.raises(ClientError):
        client.put_item(TableName=table, Item=item("a"))
    assert stored(control, table) == set()


def test_it_holds_a_request_back(client: "DynamoDBClient", proxy: CountingProxy, table: str) -> None:
    proxy.delay_next("GetItem", 0.2)
    started = time.monotonic()
    client.get_item(TableName=table, Key=item("a"))
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize(("answered", "there"), [(False, set()), (True, {"a"})], ids=["unsent", "done"])
def test_it_drops_the_connection_before_or_after_the_write(
    client: "DynamoDBClient",
    control: "DynamoDBClient",
    proxy: CountingProxy,
    table: str,
    answered: bool,
    there: set[str],
) -> None:
    proxy.drop_next("PutItem", answered=answered)
    with pytest.raises(ConnectionClosedError):
        client.put_item(TableName=table, Item=item("a"))
    assert stored(control, table) == there


def test_it_hands_a_part_of_a_batch_write_back(
    client: "DynamoDBClient", control: "DynamoDBClient", proxy: CountingProxy, table: str
) -> None:
    proxy.leave_unprocessed("BatchWriteItem", items=2)
    answer = client.batch_write_item(RequestItems=puts(table, "a", "b", "c"))
    assert answer["UnprocessedItems"] == puts(table, "b", "c")
    assert stored(control, table) == {"a"}
    assert client.batch_write_item(RequestItems=puts(table, "b", "c"))["UnprocessedItems"] == {}


def test_it_hands_a_part_of_a_batch_get_back(client: "DynamoDBClient", proxy: CountingProxy, table: str) -> None:
    client.batch_write_item(RequestItems=puts(table, "a", "b"))
    proxy.leave_unprocessed("BatchGetItem")
    answer = client.batch_get_item(RequestItems={table: {"Keys": [item("a"), item("b")], "ConsistentRead": True}})
    assert answer["Responses"] == {table: [item("a")]}
    assert answer["UnprocessedKeys"] == {table: {"Keys": [item("b")], "ConsistentRead": True}}


def test_a_batch_of_one_is_always_done(client: "DynamoDBClient", proxy: CountingProxy, table: str) -> None:
    proxy.leave_unprocessed("BatchWriteItem", items=5)
    assert client.batch_write_item(RequestItems=puts(table, "a"))["UnprocessedItems"] == {}


def test_it_cuts_everything_off_after_some_successes(
    client: "DynamoDBClient", control: "DynamoDBClient", proxy: CountingProxy, table: str
) -> None:
    proxy.cut_after(2)
    client.put_item(TableName=table, Item=item("a"))
    client.put_item(TableName=table, Item=item("b"))
    for _ in range(2):
        with pytest.raises(ConnectionClosedError):
            client.put_item(TableName=table, Item=item("c"))
    assert stored(control, table) == {"a", "b"}
    proxy.reset()
    client.put_item(TableName=table, Item=item("c"))


def test_a_reset_forgets_counts_and_faults(client: "DynamoDBClient", proxy: CountingProxy, table: str) -> None:
    client.get_item(TableName=table, Key=item("a"))
    proxy.fail_next("GetItem")
    proxy.reset()
    client.get_item(TableName=table, Key=item("a"))
    assert proxy.total == 1


def test_dynamodb_that_is_gone_closes_the_connection() -> None:
    with CountingProxy("http://127.0.0.1:9") as proxy:
        settings = TableSettings(dynamodb_endpoint_url=proxy.endpoint_url, dynamodb_max_attempts=1)
        with pytest.raises(ConnectionClosedError):
            connect(settings).list_tables()


SILENCE_SECONDS = 0.2
"""How long a test listens where it expects nothing."""
PATIENCE_SECONDS = 60
"""How long it waits for what it expects."""


def connected(proxy: CountingProxy) -> socket.socket:
    address = urlsplit(proxy.endpoint_url)
    return socket.create_connection((address.hostname, address.port), PATIENCE_SECONDS)


def received(proxy: CountingProxy, table: str, key: str, silent_after: bytes | None = None) -> bytes:
    """Put an item over a new connection, and return what `received_over` returns."""
    with connected(proxy) as connection:
        return received_over(connection, table, key, silent_after)


def received_over(connection: socket.socket, table: str, key: str, silent_after: bytes | None = None) -> bytes:
    """What is returned when an item is put, until the response is whole or the connection ends. After `silent_after`,
    nothing is expected any more."""
    credentials = ReadOnlyCredentials("local", "local", None)
    body = orjson.dumps({"TableName": table, "Item": item(key), "ReturnConsumedCapacity": "TOTAL"})
    host = "{}:{}".format(*connection.getpeername())
    connection.sendall(signed(credentials, "us-east-1", host, "PutItem", body, time.time()))
    answer = b""
    while not is_whole(answer):
        is_silence_expected = silent_after is not None and silent_after in answer
        connection.settimeout(SILENCE_SECONDS if is_silence_expected else PATIENCE_SECONDS)
        try:
            part = connection.recv(1 << 16)
        except TimeoutError:
            assert is_silence_expected, answer
            break
        if not part:
            break
        answer += part
    return answer


def is_whole(answer: bytes) -> bool:
    """Whether a response has as many bytes as it announces."""
    if b"\r\n\r\n" not in answer:
        return False
    _, length, _, body = parts(answer)
    return len(body) >= length


def parts(answer: bytes) -> tuple[bytes, int, int, bytes]:
    """Status, announced length, checksum and body of a response."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    return status, int(headers[b"content-length"]), int(headers.get(b"x-amz-crc32", 0)), body


@pytest.mark.parametrize(("fault", "begun"), [(Truncate(), True), (Stall(), False)], ids=repr)
def test_it_does_what_is_asked_and_sends_a_part_of_the_answer(
    control: "DynamoDBClient", proxy: CountingProxy, table: str, fault: Fault, begun: bool
) -> None:
    proxy.plan("PutItem", fault)
    _, length, _, body = parts(received(proxy, table, "a", None if begun else b"\r\n\r\n"))
    assert len(body) < length
    assert bool(body) is begun
    assert stored(control, table) == {"a"}


def test_it_does_what_is_asked_and_damages_the_answer(
    control: "DynamoDBClient", proxy: CountingProxy, table: str
) -> None:
    _, _, right, whole = parts(received(proxy, table, "a"))
    assert right == zlib.crc32(whole)
    proxy.damage_next("PutItem")
    _, length, checksum, body = parts(received(proxy, table, "b"))
    assert orjson.loads(body)["ConsumedCapacity"]
    assert len(body) == length
    assert zlib.crc32(body) != checksum
    assert stored(control, table) == {"a", "b"}


@pytest.mark.parametrize("fault", [Swallow(), Ghost()], ids=repr)
def test_it_keeps_a_request_and_says_nothing(
    control: "DynamoDBClient", proxy: CountingProxy, table: str, fault: Fault
) -> None:
    proxy.plan("PutItem", fault)
    assert received(proxy, table, "a", b"") == b""
    assert stored(control, table) == set()


def test_it_answers_in_dynamodbs_place_and_does_nothing(
    control: "DynamoDBClient", proxy: CountingProxy, table: str
) -> None:
    proxy.empty_next("PutItem")
    assert received(proxy, table, "a").endswith(b"\r\n\r\n{}")
    proxy.page_next("PutItem", 503)
    assert b"503" in (page := received(proxy, table, "a"))
    assert b"text/html" in page
    assert stored(control, table) == set()


@pytest.mark.parametrize("hangs_up", [False, True], ids=["silent", "hangs up"])
def test_a_ghost_is_delivered_when_the_test_says_so(
    client: "DynamoDBClient", control: "DynamoDBClient", proxy: CountingProxy, table: str, hangs_up: bool
) -> None:
    proxy.haunt_next("PutItem", hangs_up=hangs_up)
    assert received(proxy, table, "a", None if hangs_up else b"") == b""
    client.put_item(TableName=table, Item=item("b"))
    assert stored(control, table) == {"b"}
    assert proxy.deliver_ghosts() == [200]
    assert stored(control, table) == {"a", "b"}
    assert proxy.deliver_ghosts() == []


def test_a_fault_can_wait_for_requests_that_hold_a_text(
    client: "DynamoDBClient", control: "DynamoDBClient", proxy: CountingProxy, table: str
) -> None:
    proxy.plan("PutItem", Error("ThrottlingException"), times=5, holding='"hot"')
    client.put_item(TableName=table, Item=item("a"))
    with pytest.raises(ClientError):
        client.put_item(TableName=table, Item=item("hot"))
    assert stored(control, table) == {"a"}


def test_connections_that_were_silenced_stay_silent_and_new_ones_work(proxy: CountingProxy, table: str) -> None:
    with connected(proxy) as connection:
        assert is_whole(received_over(connection, table, "a"))
        proxy.silence_connections()
        assert received_over(connection, table, "a", b"") == b""
    assert is_whole(received(proxy, table, "a"))
    assert proxy.connections == 2


async def test_it_does_not_need_the_event_loop_of_the_test(proxy: CountingProxy, table: str) -> None:
    """A blocking client works inside an async test, because the proxy runs in a thread of its own."""
    client = connect(TableSettings(dynamodb_endpoint_url=proxy.endpoint_url))
    client.get_item(TableName=table, Key=item("a"))
    assert proxy.requests[0].table == table
