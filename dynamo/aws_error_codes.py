"""AWS's error codes and the meaning of each, for our own requests and for those of boto3."""

from enum import Enum
from typing import Final


class Meaning(Enum):
    """What an error code of DynamoDB means for the request that got it."""

    CONDITION = "the item is not in the state that the write asked for"
    CANCELLED = "the transaction did not happen, for reasons of its own"
    CONFLICT = "somebody else is writing the same item: once more, soon"
    IN_PROGRESS = "an earlier attempt at the same transaction has not ended: once more, soon"
    THROTTLED = "too much at a time: once more, later"
    RETRY = "DynamoDB has failed: once more"
    CREDENTIALS = "an operator must give other credentials or permissions"
    CLOCK = "an operator must set the clock"
    MISSING = "an operator must make the table or the index, or name another"
    VALIDATION = "the text tells what is wrong"
    TOO_LARGE = "the caller wants to store more than DynamoDB takes"
    TOKEN_USED = "another transaction was done with this client request token"
    BUG = "nothing that is sent here is ever answered so"


MEANINGS: Final[dict[str, Meaning]] = {
    "ConditionalCheckFailedException": Meaning.CONDITION,
    "TransactionCanceledException": Meaning.CANCELLED,
    "TransactionConflictException": Meaning.CONFLICT,
    "ReplicatedWriteConflictException": Meaning.CONFLICT,
    "TransactionInProgressException": Meaning.IN_PROGRESS,
    "ProvisionedThroughputExceededException": Meaning.THROTTLED,
    "ThrottlingException": Meaning.THROTTLED,
    "Throttling": Meaning.THROTTLED,
    "ThrottledException": Meaning.THROTTLED,
    "RequestThrottledException": Meaning.THROTTLED,
    "RequestThrottled": Meaning.THROTTLED,
    "RequestLimitExceeded": Meaning.THROTTLED,
    "LimitExceededException": Meaning.THROTTLED,
    "TooManyRequestsException": Meaning.THROTTLED,
    "BandwidthLimitExceeded": Meaning.THROTTLED,
    "SlowDown": Meaning.THROTTLED,
    "InternalServerError": Meaning.RETRY,
    "InternalFailure": Meaning.RETRY,
    "ServiceUnavailable": Meaning.RETRY,
    "ServiceUnavailableException": Meaning.RETRY,
    "RequestTimeout": Meaning.RETRY,
    "RequestTimeoutException": Meaning.RETRY,
    "RequestAbortedException": Meaning.RETRY,
    "PriorRequestNotComplete": Meaning.RETRY,
    "ResourceInUseException": Meaning.RETRY,
    "AccessDeniedException": Meaning.CREDENTIALS,
    "AccessDenied": Meaning.CREDENTIALS,
    "NotAuthorized": Meaning.CREDENTIALS,
    "OptInRequired": Meaning.CREDENTIALS,
    "UnrecognizedClientException": Meaning.CREDENTIALS,
    "InvalidClientTokenId": Meaning.CREDENTIALS,
    "InvalidSignatureException": Meaning.CREDENTIALS,
    "SignatureDoesNotMatch": Meaning.CREDENTIALS,
    "IncompleteSignature": Meaning.CREDENTIALS,
    "IncompleteSignatureException": Meaning.CREDENTIALS,
    "MissingAuthenticationToken": Meaning.CREDENTIALS,
    "MissingAuthenticationTokenException": Meaning.CREDENTIALS,
    "ExpiredToken": Meaning.CREDENTIALS,
    "ExpiredTokenException": Meaning.CREDENTIALS,
    "RequestExpired": Meaning.CLOCK,
    "RequestTimeTooSkewed": Meaning.CLOCK,
    "ResourceNotFoundException": Meaning.MISSING,
    "TableNotFoundException": Meaning.MISSING,
    "IndexNotFoundException": Meaning.MISSING,
    "ValidationException": Meaning.VALIDATION,
    "ValidationError": Meaning.VALIDATION,
    "RequestEntityTooLarge": Meaning.TOO_LARGE,
    "RequestEntityTooLargeException": Meaning.TOO_LARGE,
    # Only tables with a local secondary index limit the size of item collections, and our table has none.
    "ItemCollectionSizeLimitExceededException": Meaning.BUG,
    "IdempotentParameterMismatchException": Meaning.TOKEN_USED,
    "SerializationException": Meaning.BUG,
    "MalformedHttpRequestException": Meaning.BUG,
    "UnknownOperationException": Meaning.BUG,
}
"""Every error that botocore's model lists for the operations that `dynamo.wire` sends, and the errors common to all
of AWS."""
