"""Making and deleting the tables of tests. The AWS SDK would take longer for that than many a test takes."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlsplit

HEADERS: Final = {
    "Content-Type": "application/x-amz-json-1.0",
    # The local engine looks at the access key and the region only.
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0",
}


class EngineTables:
    """One connection to the engine, for the requests that are not what a test is about."""

    def __init__(self, endpoint_url: str) -> None:
        self._connection = HTTPConnection(urlsplit(endpoint_url).netloc)

    def create(self, definition: Mapping[str, Any]) -> None:
        """Make a table from the parameters of CreateTable."""
        self._send("CreateTable", definition)

    def delete(self, name: str) -> None:
        """Delete a table that no test will look at again."""
        self._send("DeleteTable", {"TableName": name})

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _send(self, operation: str, parameters: Mapping[str, Any]) -> None:
        target = {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        self._connection.request("POST", "/", json.dumps(parameters), HEADERS | target)
        response = self._connection.getresponse()
        answer = response.read()
        assert response.status == 200, answer
