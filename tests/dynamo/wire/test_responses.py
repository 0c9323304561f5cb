"""A response has its operation's form, or it is not accepted."""

from typing import Any

import msgspec
import orjson
import pytest

from dynamo.wire.responses import FORMS, decode

CAPACITY: dict[str, Any] = {"TableName": "t", "CapacityUnits": 0.5}
ITEM = {"pk": {"S": "a"}}
WHOLE: dict[str, dict[str, Any]] = {
    "GetItem": {"ConsumedCapacity": CAPACITY},
    "PutItem": {"ConsumedCapacity": CAPACITY},
    "DeleteItem": {"ConsumedCapacity": CAPACITY},
    "UpdateItem": {"Attributes": ITEM, "ConsumedCapacity": CAPACITY},
    "Query": {"Items": [ITEM], "Count": 1, "ConsumedCapacity": CAPACITY},
    "Scan": {"Items": [], "Count": 0, "ConsumedCapacity": CAPACITY},
    "BatchGetItem": {"Responses": {"t": [ITEM]}, "UnprocessedKeys": {}, "ConsumedCapacity": [CAPACITY]},
    "TransactWriteItems": {"ConsumedCapacity": [CAPACITY]},
}
"""The members that DynamoDB always sends, by operation."""
LACKING = [(operation, member) for operation, members in WHOLE.items() for member in members]


def test_every_operation_has_a_form() -> None:
    assert WHOLE.keys() == FORMS.keys()


@pytest.mark.parametrize("operation", FORMS)
def test_what_dynamodb_answers_at_the_least_is_an_answer(operation: str) -> None:
    assert decode(operation, orjson.dumps(WHOLE[operation])).units == 0.5


@pytest.mark.parametrize(("operation", "member"), LACKING)
def test_an_answer_that_lacks_a_member_is_none(operation: str, member: str) -> None:
    lacking = {name: value for name, value in WHOLE[operation].items() if name != member}
    with pytest.raises(msgspec.ValidationError, match=member):
        decode(operation, orjson.dumps(lacking))


@pytest.mark.parametrize("operation", FORMS)
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"null", b"[]", b'{"Item"', b"<html>", b"\xff\xfe", b"[" * 9000, b'{"message": "ok"}']
)
def test_what_is_no_answer_is_none(operation: str, body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the parser says
        decode(operation, body)


@pytest.mark.parametrize(
    "stored",
    [rb"Zo\ud83d", rb"\ude00e", rb"\ud83d\ud83d\ude00", b"Zo\xed\xa0\xbd", b"Zo\xff"],
    ids=["first half", "second half", "beside a whole one", "as bytes", "no UTF-8 at all"],
)
@pytest.mark.parametrize("name", [True, False], ids=["name", "value"])
def test_half_a_character_is_read_as_u_fffd(stored: bytes, name: bool) -> None:
    pair = b'"%b": {"S": "x"}' % stored if name else b'"x": {"S": "%b"}' % stored
    body = b'{"Item": {%b, "whole": {"S": "\\ud83d\\ude00"}}, "ConsumedCapacity": {"CapacityUnits": 0.5}}' % pair
    item = decode("GetItem", body).Item
    assert item is not None
    ((read, value),) = ((read, value.S) for read, value in item.items() if read != "whole")
    assert "\ufffd" in (read if name else value or "")
    assert item["whole"].S == "\U0001f600"
