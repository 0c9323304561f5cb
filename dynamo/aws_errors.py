"""The errors for failures of boto3, which creates and describes tables and finds credentials.

Misconfigured
├── TableMissing             no table of that name in that account, region or engine
├── TableDiffers             the table has other key names than the settings
├── IndexMissing             the table has no index of that name
├── IndexDiffers             the index has other keys, or does not hold the whole item
├── CredentialsMissing       no credentials, no region, or an endpoint that is not a URL
├── AccessDenied             the credentials are refused, or may not do this
└── Unsupported              the engine lacks the feature
Unavailable
├── EndpointUnreachable      there is no response from the endpoint
└── NotReady                 the table or an index is still being made
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from botocore import exceptions as aws

from dynamo.aws_error_codes import MEANINGS, Meaning
from dynamo.errors import DynamoError, Misconfigured, Throttled, Unavailable
from dynamo.settings import TableSettings

OPTIONAL: Final = frozenset(("DescribeContinuousBackups", "UpdateContinuousBackups"))
"""Actions that `table create` uses only with certain options."""
UNREACHABLE: Final = (aws.HTTPClientError, aws.ConnectionError, aws.ReadTimeoutError)


class TableMissing(Misconfigured):
    """The endpoint, account and region of the settings have no table of that name."""


class TableDiffers(Misconfigured):
    """The table's key names are not those of the settings."""


class IndexMissing(Misconfigured):
    """The table has no index of the name in the settings."""


class IndexDiffers(Misconfigured):
    """An index has other keys than the settings say, or does not project every attribute."""


class CredentialsMissing(Misconfigured):
    """The settings name no account or no endpoint to send requests to."""


class AccessDenied(Misconfigured):
    """The credentials are rejected, or do not allow the action."""


class Unsupported(Misconfigured):
    """The engine lacks a feature that was asked for."""


class EndpointUnreachable(Unavailable):
    """There is no response from the endpoint."""


class NotReady(Unavailable):
    """A table or an index was still being created when the time to wait for it was over."""


@contextmanager
def translated(settings: TableSettings) -> Iterator[None]:
    """Raise boto3's errors as errors of this module, whose messages say what to do."""
    try:
        yield
    except aws.ClientError as error:
        raise _meaning(settings, error) from error
    except (aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError) as error:
        raise CredentialsMissing(
            "No usable AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE "
            "or a role, or set AUTHGRAPH_DYNAMODB_ENDPOINT_URL to a local engine."
        ) from error
    except aws.NoRegionError as error:
        raise CredentialsMissing(
            "No AWS region is set: set AWS_REGION in the environment or in .env, or a region in your AWS profile."
        ) from error
    except UNREACHABLE as error:
        raise EndpointUnreachable(
            f"There is no response from {endpoint_of(settings)}: check that DynamoDB runs there and that "
            "AUTHGRAPH_DYNAMODB_ENDPOINT_URL and the region are right."
        ) from error
    except (aws.BotoCoreError, ValueError) as error:
        # The text of the error is left out: it may contain settings, such as an endpoint with a password.
        raise CredentialsMissing(f"The AWS settings are not valid: correct them ({type(error).__name__}).") from error


def error_code(error: aws.ClientError) -> str:
    """The name that AWS gives to the error in a response."""
    return error.response.get("Error", {}).get("Code", "")


def _meaning(settings: TableSettings, error: aws.ClientError) -> DynamoError:
    code, action = error_code(error), error.operation_name
    table = f"table {settings.table_name} at {endpoint_of(settings)}"
    match code:
        case "ResourceNotFoundException" | "TableNotFoundException":
            return TableMissing(
                f"There is no {table}: create it with `python server.py table create`, "
                "or set AUTHGRAPH_TABLE_NAME and the region to those of your table."
            )
        case "AccessDeniedException":
            return AccessDenied(f"The credentials do not allow {action} on {table}: allow dynamodb:{action} on it.")
        case "UnknownOperationException":
            remedy = "leave that option out" if action in OPTIONAL else "use Amazon DynamoDB or DynamoDB Local"
            return Unsupported(f"The engine at {endpoint_of(settings)} has no {action}: {remedy}.")
        case _ if MEANINGS.get(code) is Meaning.CREDENTIALS:
            return AccessDenied(
                f"The credentials were refused at {endpoint_of(settings)} ({code}): renew or correct them."
            )
        case _ if MEANINGS.get(code) is Meaning.THROTTLED:
            return Throttled(f"DynamoDB throttles requests ({code} for {action} on {table}): try again in a minute.")
        case _ if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) >= 500:
            return Unavailable(f"DynamoDB failed with {code} for {action} on {table}: try again in a minute.")
    message = error.response.get("Error", {}).get("Message", "")
    return Misconfigured(f"DynamoDB rejected {action} on {table} ({code}: {message}): correct what it names.")


def endpoint_of(settings: TableSettings) -> str:
    """The endpoint of the settings, for use in a message."""
    url = urlsplit(settings.dynamodb_endpoint_url or "")
    # The part before an @ and the path are left out, because they may contain a password.
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}" if url.netloc else "AWS"
