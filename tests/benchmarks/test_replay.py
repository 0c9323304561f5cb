"""The DynamoDB that responds from memory takes requests for the same exactly if their responses are."""

from typing import Any

import orjson
import pytest

from benchmarks.operations import UNIQUE, UNIQUE_BEGINS
from benchmarks.replay import question_of

FIRST, SECOND = (UNIQUE_BEGINS + digits for digits in ("0123456789ab", "ba9876543210"))
QUERY = {"TableName": "t", "ExpressionAttributeValues": {":p": {"S": f"USER#{FIRST}@example.org"}}}
PUT = {"Put": {"TableName": "t", "Item": {"pk": {"S": "USER#a"}}}}
UPDATE = {"Update": {"TableName": "t", "Key": {"pk": {"S": "USER#a"}}}}


def asked(operation: str, body: Any) -> tuple[bytes, bytes]:
    """What a request asks for."""
    return question_of(b"DynamoDB_20120810." + operation.encode(), orjson.dumps(body))


def test_the_digits_that_are_new_in_every_request_have_the_length_of_their_place() -> None:
    assert len(FIRST) == len(UNIQUE)


@pytest.mark.parametrize(
    ("operation", "one", "other"),
    [
        ("Query", QUERY, {**QUERY, "ExpressionAttributeValues": {":p": {"S": f"USER#{SECOND}@example.org"}}}),
        ("Query", {"TableName": "t", "Limit": 1}, {"Limit": 1, "TableName": "t"}),
        ("PutItem", {"Item": {"pk": {"S": "a"}}}, {"Item": {"pk": {"S": "b"}, "name": {"S": "c"}}}),
        (
            "TransactWriteItems",
            {"TransactItems": [PUT, UPDATE], "ClientRequestToken": "1"},
            {"TransactItems": [PUT, UPDATE]},
        ),
    ],
)
def test_these_have_the_same_response(operation: str, one: Any, other: Any) -> None:
    assert asked(operation, one) == asked(operation, other)


@pytest.mark.parametrize(
    ("operation", "one", "other"),
    [
        ("Query", QUERY, {**QUERY, "ExpressionAttributeValues": {":p": {"S": "USER#ada@example.org"}}}),
        ("Query", QUERY, {**QUERY, "ReturnConsumedCapacity": "TOTAL"}),
        ("PutItem", {"Item": {}}, {"Item": {}, "ReturnConsumedCapacity": "TOTAL"}),
        ("TransactWriteItems", {"TransactItems": [PUT]}, {"TransactItems": [UPDATE]}),
        ("TransactWriteItems", {"TransactItems": [PUT]}, {"TransactItems": [PUT, PUT]}),
        ("UpdateItem", {"Key": {"pk": {"S": "a"}}}, {"Key": {"pk": {"S": "b"}}}),
    ],
)
def test_these_do_not(operation: str, one: Any, other: Any) -> None:
    assert asked(operation, one) != asked(operation, other)


def test_another_operation_is_another_question() -> None:
    assert asked("GetItem", QUERY) != asked("Query", QUERY)
