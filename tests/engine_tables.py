"""Making and deleting the tables of tests. The AWS SDK would take longer for that than many a test takes."""

import json
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlsplit

HEADERS: Final = {
    "Content-Type": "application/x-amz-json-1.0",
    # The local engine looks at the access key and the region only.
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0",
}


def create_table(endpoint_url: str, definition: Mapping[str, Any]) -> None:
    """Make a table from the parameters of CreateTable."""
    _send(endpoint_url, "CreateTable", definition)


def delete_table(endpoint_url: str, name: str) -> None:
    """Delete a table that no test will look at again."""
    _send(endpoint_url, "DeleteTable", {"TableName": name})


def _send(endpoint_url: str, operation: str, parameters: Mapping[str, Any]) -> None:
    # A connection that is kept would be closed by the engine during a long test.
    with closing(HTTPConnection(urlsplit(endpoint_url).netloc)) as connection:
        target = {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        connection.request("POST", "/", json.dumps(parameters), HEADERS | target)
        response = connection.getresponse()
        answer = response.read()
        assert response.status == 200, answer
