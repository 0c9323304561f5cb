"""The list of DynamoDB's errors is complete, and unknown errors are handled too."""

import traceback
from itertools import product

import botocore.session
import orjson
import pytest
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

from dynamo.aws_error_codes import MEANINGS, Meaning
from dynamo.errors import DynamoError, Misconfigured, Rejected, Throttled, TransactionConflict, Unavailable
from dynamo.wire.error_responses import MISCONFIGURATIONS, REASONS, error_of
from dynamo.wire.responses import FORMS

QUOTED = "SESSION#a-token-nobody-may-read"

COMMON = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InternalFailure",
    "InvalidSignatureException",
    "MalformedHttpRequestException",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "RequestAbortedException",
    "RequestEntityTooLargeException",
    "RequestExpired",
    "RequestTimeoutException",
    "SerializationException",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
]
"""The errors that every AWS service may return, and those of its JSON protocol."""


def _modelled() -> list[tuple[str, str]]:
    """All errors of the operations that are sent, from the service model in botocore."""
    model = botocore.session.get_session().get_service_model("dynamodb")
    return [(operation, shape.name) for operation in FORMS for shape in model.operation_model(operation).error_shapes]


def error(name: str, status: int = 400, **members: object) -> DynamoError:
    return error_of(status, orjson.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{name}", **members}), "t")


@pytest.mark.parametrize(
    ("said", "too_large"),
    [
        ("Item size has exceeded the maximum allowed size", True),
        ("Item size to update has exceeded the maximum allowed size", True),
        (
            "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 5234",
            False,
        ),
        ("Invalid UpdateExpression: The expression contains too many operators; operator count: 301", False),
    ],
)
def test_an_item_that_is_too_large_is_told_from_an_expression_that_is(said: str, too_large: bool) -> None:
    """In a single request and in a transaction."""
    reasons = [{"Code": "None"}, {"Code": "ValidationError", "Message": said}]
    for refused in (
        error("ValidationException", message=said),
        error("TransactionCanceledException", message="cancelled", CancellationReasons=reasons),
    ):
        assert isinstance(refused, Rejected) is too_large, refused


def test_the_model_has_errors() -> None:
    assert len(_modelled()) > 50


@pytest.mark.parametrize(("operation", "name"), _modelled())
def test_every_error_of_every_operation_is_in_the_list(operation: str, name: str) -> None:
    assert name in MEANINGS


@pytest.mark.parametrize("name", COMMON)
def test_every_error_of_the_protocol_is_in_the_list(name: str) -> None:
    assert name in MEANINGS


def test_what_botocore_sends_again_is_sent_again() -> None:
    throttled = vars(ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"]
    transient = vars(TransientRetryableChecker)["_TRANSIENT_ERROR_CODES"]
    again = {Meaning.THROTTLED, Meaning.RETRY, Meaning.IN_PROGRESS}
    assert {name for name in [*throttled, *transient] if MEANINGS.get(name) not in again} == {"EC2ThrottledException"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ReplicatedWriteConflictException", TransactionConflict),
        ("TransactionInProgressException", TransactionConflict),
        ("InternalFailure", Unavailable),
        ("RequestLimitExceeded", Throttled),
        ("RequestExpired", Misconfigured),
        ("UnrecognizedClientException", Misconfigured),
        ("ResourceNotFoundException", Misconfigured),
        ("RequestEntityTooLarge", Rejected),
        ("SerializationException", DynamoError),
        ("NewIn2031Exception", DynamoError),
    ],
)
def test_an_error_is_told_by_its_name(name: str, kind: type[DynamoError]) -> None:
    assert type(error(name)) is kind


@pytest.mark.parametrize(
    ("status", "kind"), [(400, DynamoError), (429, Throttled), (500, Unavailable), (599, Unavailable)]
)
def test_an_error_with_a_name_nobody_knows_is_told_by_its_status(status: int, kind: type[DynamoError]) -> None:
    assert type(error("NewIn2031Exception", status)) is kind


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b"[]", b'"x"', b"\xff", b'{"__type": null, "message": null}', b"[" * 9000]
)
@pytest.mark.parametrize("status", [204, 301, 400, 403, 404, 502, 503])
def test_what_has_no_name_is_not_dynamodbs_and_is_asked_for_again(status: int, body: bytes) -> None:
    assert type(error_of(status, body, "t")) is Unavailable


@pytest.mark.parametrize("code", [*REASONS, "NewIn2031"])
def test_every_reason_of_a_cancelled_transaction_has_an_error(code: str) -> None:
    reasons = [{"Code": "None"}, {"Code": code, "Message": None}]
    assert isinstance(error("TransactionCanceledException", CancellationReasons=reasons), DynamoError)


@pytest.mark.parametrize("text", [QUOTED, *(f"{QUOTED} {sign} {QUOTED}" for sign in MISCONFIGURATIONS)])
def test_s25_no_error_says_what_dynamodb_quotes(text: str) -> None:
    """DynamoDB's messages may quote keys, which contain tokens, and unexpected errors are logged."""
    reasons = [{"Code": "ValidationError", "Message": text}]
    names = [*MEANINGS, "NewIn2031Exception", f"Bad {QUOTED}", QUOTED]
    for name, member, status in product(names, ("message", "Message"), (400, 500)):
        raised = error(name, status, **{member: text}, CancellationReasons=reasons)
        assert QUOTED not in "".join(traceback.format_exception(raised)), (name, member, status)
