"""Requests to the engine without the AWS SDK, which takes longer for one than many a test takes."""

import atexit
import json
import os
import time
from base64 import b64decode, b64encode
from collections import defaultdict, deque
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

HEADERS: Final = {
    "Content-Type": "application/x-amz-json-1.0",
    # The local engine looks at the access key and the region only.
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0",
}
LONGEST_IDLE_SECONDS: Final = 5.0
"""How long a connection is kept without a request. The engine closes it after half a minute."""

_idle: defaultdict[str, deque[tuple[HTTPConnection, float]]] = defaultdict(deque)
"""Open connections by host and port, each with the time of its last response."""


def ask(endpoint_url: str | None, operation: str, **parameters: Any) -> dict[str, Any]:
    """The response to a request of DynamoDB's API. Binary values are `bytes`, as in boto3. Raises `AssertionError` if
    the engine refuses the request."""
    host = urlsplit(endpoint_url or "").netloc
    body = json.dumps(parameters, default=_as_base64)
    headers = HEADERS | {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    connection = _kept(host)
    try:
        try:
            status, answer = _post(connection, body, headers)
        except ConnectionError:
            # An engine that was started again has closed it. What tests send here may be done twice.
            connection.close()
            status, answer = _post(connection, body, headers)
    except (OSError, HTTPException):
        connection.close()
        raise
    _idle[host].append((connection, time.monotonic()))
    assert status == 200, answer
    decoded: dict[str, Any] = json.loads(answer, object_hook=_with_bytes)
    return decoded


def _post(connection: HTTPConnection, body: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    connection.request("POST", "/", body, headers)
    response = connection.getresponse()
    return response.status, response.read()


def _kept(host: str) -> HTTPConnection:
    """A connection that was used shortly before, or a new one."""
    with suppress(IndexError):
        while True:
            connection, used = _idle[host].pop()
            if time.monotonic() - used < LONGEST_IDLE_SECONDS:
                return connection
            connection.close()
    return HTTPConnection(host, timeout=60)


def _close_all() -> None:
    for connections in _idle.values():
        while connections:
            connections.pop()[0].close()


atexit.register(_close_all)
# A child process must not send on the connections of its parent.
os.register_at_fork(after_in_child=_close_all)


def _as_base64(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"DynamoDB has no type for {type(value)}.")


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    """An attribute value with its binary decoded. An attribute that is named `B` holds an object, and no text."""
    match value:
        case {"B": str(encoded)} if len(value) == 1:
            return {"B": b64decode(encoded)}
        case {"BS": [*encoded]} if len(value) == 1 and all(isinstance(member, str) for member in encoded):
            return {"BS": [b64decode(member) for member in encoded]}
    return value


def create_table(endpoint_url: str, definition: Mapping[str, Any]) -> None:
    """Make a table from the parameters of CreateTable."""
    ask(endpoint_url, "CreateTable", **definition)


def delete_table(endpoint_url: str, name: str) -> None:
    """Delete a table that no test will look at again."""
    ask(endpoint_url, "DeleteTable", TableName=name)
