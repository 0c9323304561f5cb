"""Sessions, credentials and certificate authorities of the AWS SDK. A local engine accepts any credentials.

The SDK is imported by the functions that use it, because this takes a tenth of a start, and a server whose environment
names everything does without it.
"""

import os
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import botocore

from dynamo.aws_errors import translated
from dynamo.settings import TableSettings

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_dynamodb import DynamoDBClient

LOCAL_REGION: Final = "us-east-1"
LOCAL_KEY: Final = "local"
"""The access key for a local engine, which requires one and accepts any."""
BUNDLED_AUTHORITIES: Final = Path(botocore.__file__).with_name("cacert.pem")
"""The certificate authorities that come with the SDK."""


class AccessKey(NamedTuple):
    """Credentials that are never renewed."""

    access_key: str
    secret_key: str
    token: str | None


def is_loopback(endpoint_url: str | None) -> bool:
    """Whether the endpoint is on this machine."""
    host = urlsplit(endpoint_url or "").hostname
    if host is None:
        return False
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def region_of_environment() -> str | None:
    """The region that a variable names. boto3 ignores AWS_REGION, which every other AWS SDK reads, also those of the
    apps that share the table."""
    return os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION")


def key_of_environment() -> AccessKey | None:
    """The credentials that variables contain, where the SDK looks first. None if they are missing or will end."""
    values = os.environ
    access_key, secret_key = values.get("AWS_ACCESS_KEY_ID"), values.get("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key or values.get("AWS_CREDENTIAL_EXPIRATION"):
        return None
    return AccessKey(access_key, secret_key, values.get("AWS_SECURITY_TOKEN") or values.get("AWS_SESSION_TOKEN"))


def session(settings: TableSettings) -> "boto3.Session":
    """A boto3 session with the credentials and region that the SDK finds; for a local engine, placeholders if it
    finds none."""
    import boto3

    found = boto3.Session(region_name=region_of_environment())
    if not is_loopback(settings.dynamodb_endpoint_url):
        return found
    region = found.region_name or LOCAL_REGION
    if found.get_credentials() is not None:
        return boto3.Session(region_name=region)
    return boto3.Session(aws_access_key_id=LOCAL_KEY, aws_secret_access_key=LOCAL_KEY, region_name=region)


def connect(settings: TableSettings) -> "DynamoDBClient":
    """A boto3 client with the settings' time limits and attempts; sends nothing yet."""
    from botocore.config import Config

    config = Config(
        connect_timeout=settings.dynamodb_connect_timeout_seconds,
        read_timeout=settings.dynamodb_read_timeout_seconds,
        retries={"mode": "standard", "total_max_attempts": settings.dynamodb_max_attempts},
    )
    with translated(settings):
        return session(settings).client("dynamodb", endpoint_url=settings.dynamodb_endpoint_url, config=config)


def authorities() -> str | None:
    """The path of the certificate authorities that boto3 trusts: from AWS_CA_BUNDLE, the AWS profile, or its own."""
    if bundle := os.environ.get("AWS_CA_BUNDLE"):
        return bundle
    from botocore.httpsession import get_cert_path
    from botocore.session import get_session

    named: str | None = get_session().get_config_variable("ca_bundle")
    return named or get_cert_path(True)
