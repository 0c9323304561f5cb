"""DynamoDB's refusals as errors of our own."""

from http import HTTPStatus
from typing import Final

from dynamo.answers import CancellationReason, Refusal, decode_refusal
from dynamo.attribute_values import item_of
from dynamo.errors import (
    ConditionFailed,
    DynamoError,
    Misconfigured,
    Rejected,
    Throttled,
    TokenUsed,
    TransactionCancelled,
    TransactionConflict,
    Unavailable,
)

TOO_LARGE: Final = (
    "What DynamoDB keeps of one user, account or session may not be larger than 400 KB; store less of it."
)
MISCONFIGURATIONS: Final = (
    "have the specified index",
    "match the schema",
    "key schema",
    "Missing the key",
    "required key",
)
"""What DynamoDB says when the index, or a key of the table or the index, has another name."""
THROTTLED: Final = frozenset(
    (
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    )
)
REFUSED_CREDENTIALS: Final = frozenset(
    (
        "AccessDeniedException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "ExpiredTokenException",
        "MissingAuthenticationTokenException",
        "IncompleteSignatureException",
    )
)


def error_of(status: int, body: bytes, table: str) -> DynamoError:
    """The error behind an answer that is not 200."""
    refusal = decode_refusal(body)
    name, text = refusal.name, refusal.text
    if name in THROTTLED:
        return Throttled("DynamoDB is throttling requests.")
    if name in REFUSED_CREDENTIALS:
        return Misconfigured("DynamoDB refused the credentials.")
    match name:
        case "ConditionalCheckFailedException":
            item = item_of(refusal.Item) if refusal.Item is not None else None
            return ConditionFailed("The item is not in the state the write asked for.", item)
        case "TransactionCanceledException":
            return _cancellation(refusal)
        case "TransactionConflictException" | "TransactionInProgressException":
            return _conflict()
        case "IdempotentParameterMismatchException":
            return TokenUsed("Another transaction was done with this client request token.")
        case "ResourceNotFoundException":
            return Misconfigured(f"The table {table!r} or one of its indexes does not exist.")
        case "ValidationException" if any(sign in text for sign in MISCONFIGURATIONS):
            return Misconfigured(f"The keys or indexes of the table {table!r} are not those of the settings: {text}")
        case "ValidationException" if "exceeded the maximum allowed size" in text:
            return Rejected(TOO_LARGE)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not name:
        return Unavailable("DynamoDB cannot be reached or did not answer in time.")
    return DynamoError(f"DynamoDB refused the request: {text or name}")


def _cancellation(refusal: Refusal) -> DynamoError:
    """A cancelled transaction gives one reason per operation."""
    reasons = _codes(refusal.CancellationReasons)
    failed = frozenset(place for place, code in enumerate(reasons) if code == "ConditionalCheckFailed")
    if failed:
        return TransactionCancelled("A condition of the transaction did not hold.", failed)
    if "TransactionConflict" in reasons:
        return _conflict()
    if not THROTTLED.isdisjoint(reasons):
        return Throttled("DynamoDB is throttling requests.")
    if "ValidationError" in reasons:
        # Keys and expressions are checked here; what only DynamoDB can tell is the size of the item they make.
        return Rejected(TOO_LARGE)
    return DynamoError(f"DynamoDB cancelled the transaction: {refusal.text}")


def _codes(reasons: list[CancellationReason]) -> list[str]:
    return [reason.Code for reason in reasons]


def _conflict() -> TransactionConflict:
    return TransactionConflict("Another transaction is writing the same item.")
