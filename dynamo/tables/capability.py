"""Whether an engine with DynamoDB's protocol has what authgraph needs: transactions with conditions."""

from typing import TYPE_CHECKING, Final

from botocore import exceptions as aws

from dynamo.aws import connect
from dynamo.aws_errors import AccessDenied, Unsupported, endpoint_of, error_code, translated
from dynamo.settings import TableSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PROBE: Final = "AUTHGRAPH#PROBE"
"""Both keys of an item that is never stored."""
ENGINES: Final = "authgraph needs Amazon DynamoDB, or an engine with transactions such as DynamoDB Local"


def require_transactions(settings: TableSettings, client: "DynamoDBClient | None" = None) -> None:
    """Send a transaction whose condition must fail, so nothing is written. Raises `Unsupported` unless it fails.

    If the table is missing or has other keys, nothing is raised: the engine knows the operation, and the check of the
    table gives a better message. Raises `AccessDenied` if the credentials may not write.
    """
    try:
        with translated(settings):
            refused = _refuses(client or connect(settings), settings)
    except Unsupported as error:
        raise Unsupported(f"The engine at {endpoint_of(settings)} has no TransactWriteItems: {ENGINES}.") from error
    except AccessDenied as error:
        if not isinstance(error.__cause__, aws.ClientError) or error_code(error.__cause__) != "AccessDeniedException":
            raise
        raise AccessDenied(
            f"The credentials do not allow writing to table {settings.table_name} at {endpoint_of(settings)}: "
            "allow dynamodb:PutItem, dynamodb:UpdateItem and dynamodb:DeleteItem on it."
        ) from error
    if not refused:
        raise Unsupported(
            f"The engine at {endpoint_of(settings)} accepts a transaction whose condition is false: {ENGINES}."
        )


def _refuses(client: "DynamoDBClient", settings: TableSettings) -> bool:
    try:
        client.transact_write_items(
            TransactItems=[
                {
                    "Delete": {
                        "TableName": settings.table_name,
                        "Key": {settings.partition_key: {"S": PROBE}, settings.sort_key: {"S": PROBE}},
                        "ConditionExpression": "attribute_exists(#key)",
                        "ExpressionAttributeNames": {"#key": settings.partition_key},
                    }
                }
            ]
        )
    except aws.ClientError as error:
        if error_code(error) in ("TransactionCanceledException", "ResourceNotFoundException", "ValidationException"):
            return True
        raise
    return False
