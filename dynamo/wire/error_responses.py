"""DynamoDB's error responses as errors of our own. They contain none of DynamoDB's text, because they are logged."""

import re
from http import HTTPStatus
from typing import Final

from dynamo.aws_error_codes import MEANINGS, Meaning
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
from dynamo.wire.attribute_values import item_of
from dynamo.wire.responses import ErrorResponse, decode_error

TOO_LARGE: Final = "A user, an account or a session can have at most 400 KB in DynamoDB; store less."
MISCONFIGURATIONS: Final = (
    "have the specified index",
    "match the schema",
    "key schema",
    "Missing the key",
    "required key",
)
"""Parts of DynamoDB's messages if the index, or a key of the table or the index, has another name."""

_EXPRESSION = re.compile("[Ee]xpression")
"""A message about an expression is not about the size of an item: too long an expression is our own mistake."""
_NAME = re.compile("[A-Za-z]{1,64}")


REASONS: Final[dict[str, Meaning]] = {
    "ConditionalCheckFailed": Meaning.CONDITION,
    "TransactionConflict": Meaning.CONFLICT,
    "ThrottlingError": Meaning.THROTTLED,
    "ProvisionedThroughputExceeded": Meaning.THROTTLED,
    "RequestLimitExceeded": Meaning.THROTTLED,
    # Keys were checked before, so what is not valid is the size of an item or of an expression.
    "ValidationError": Meaning.TOO_LARGE,
    "AccessDenied": Meaning.CREDENTIALS,
    "ItemCollectionSizeLimitExceeded": Meaning.BUG,
    "DuplicateItem": Meaning.BUG,
}
"""Why a transaction was cancelled, by the code of one of its operations. If there are several, the first in this
order counts."""


def error_of(status: int, body: bytes, table: str) -> DynamoError:
    """The error for a response whose status is not 200."""
    refusal = decode_error(body)
    meaning = MEANINGS.get(refusal.name)
    if meaning is None:
        # A proxy's page has no error name, and new errors of DynamoDB have unknown names.
        meaning = Meaning.RETRY if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not refusal.name else Meaning.BUG
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            meaning = Meaning.THROTTLED
    return _error(meaning, refusal, table)


def _error(meaning: Meaning, refusal: ErrorResponse, table: str) -> DynamoError:
    match meaning:
        case Meaning.CONDITION:
            item = item_of(refusal.Item) if refusal.Item is not None else None
            return ConditionFailed("The item is not in the state the write asked for.", item)
        case Meaning.CANCELLED:
            return _cancellation(refusal, table)
        case Meaning.CONFLICT:
            return TransactionConflict("Another transaction is writing the same item.")
        case Meaning.IN_PROGRESS:
            return TransactionConflict("An earlier attempt at the same transaction has not ended.")
        case Meaning.THROTTLED:
            return Throttled("DynamoDB is throttling requests.")
        case Meaning.RETRY:
            return Unavailable("DynamoDB cannot be reached or did not answer in time.")
        case Meaning.CREDENTIALS:
            return Misconfigured("DynamoDB refused the credentials.")
        case Meaning.CLOCK:
            return Misconfigured("DynamoDB's clock and the one of this machine differ: set the clock.")
        case Meaning.TOKEN_USED:
            return TokenUsed("Another transaction was done with this client request token.")
        case Meaning.MISSING:
            return Misconfigured(f"The table {table!r} or one of its indexes does not exist.")
        case Meaning.VALIDATION:
            return _invalid(refusal, table)
        case Meaning.TOO_LARGE:
            return Rejected(TOO_LARGE)
        case Meaning.BUG:
            return _refused(refusal)


def _invalid(refusal: ErrorResponse, table: str) -> DynamoError:
    for sign in MISCONFIGURATIONS:
        if sign in refusal.text:
            return Misconfigured(
                f"The keys or indexes of the table {table!r} are not those of the settings: DynamoDB says {sign!r}."
            )
    if "exceeded the maximum allowed size" in refusal.text and not _EXPRESSION.search(refusal.text):
        return Rejected(TOO_LARGE)
    return _refused(refusal)


def _refused(refusal: ErrorResponse) -> DynamoError:
    name = refusal.name if _NAME.fullmatch(refusal.name) else "no error of DynamoDB's"
    return DynamoError(f"DynamoDB refused the request ({name}).")


def _cancellation(refusal: ErrorResponse, table: str) -> DynamoError:
    """The error for a cancelled transaction, whose response has one reason per operation."""
    codes = [reason.Code for reason in refusal.CancellationReasons]
    meanings = [meaning for code, meaning in REASONS.items() if code in codes]
    if Meaning.CONDITION in meanings:
        failed = (place for place, code in enumerate(codes) if code == "ConditionalCheckFailed")
        return TransactionCancelled("A condition of the transaction did not hold.", frozenset(failed))
    invalid = [reason.Message or "" for reason in refusal.CancellationReasons if reason.Code == "ValidationError"]
    if meanings[:1] == [Meaning.TOO_LARGE] and any(map(_EXPRESSION.search, invalid)):
        return _refused(refusal)
    return _error(meanings[0] if meanings else Meaning.BUG, refusal, table)
