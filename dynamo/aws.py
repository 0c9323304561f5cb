"""Sessions, credentials and certificate authorities of the AWS SDK. A local engine accepts any credentials."""

import os
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.httpsession import get_cert_path
from botocore.session import get_session

from dynamo.aws_errors import translated
from dynamo.settings import TableSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOCAL_REGION: Final = "us-east-1"
LOCAL_KEY: Final = "local"
"""The access key for a local engine, which requires one and accepts any."""


def is_loopback(endpoint_url: str | None) -> bool:
    """Whether the endpoint is on this machine."""
    host = urlsplit(endpoint_url or "").hostname
    if host is None:
        return False
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def session(settings: TableSettings) -> boto3.Session:
    """A boto3 session with the credentials and region that the SDK finds; for a local engine, placeholders if it
    finds none."""
    # boto3 ignores AWS_REGION, which every other AWS SDK reads, also those of the apps that share the table.
    region = os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION")
    found = boto3.Session(region_name=region)
    if not is_loopback(settings.dynamodb_endpoint_url):
        return found
    region = found.region_name or LOCAL_REGION
    if found.get_credentials() is not None:
        return boto3.Session(region_name=region)
    return boto3.Session(aws_access_key_id=LOCAL_KEY, aws_secret_access_key=LOCAL_KEY, region_name=region)


def connect(settings: TableSettings) -> "DynamoDBClient":
    """A boto3 client with the settings' time limits and attempts; sends nothing yet."""
    config = Config(
        connect_timeout=settings.dynamodb_connect_timeout_seconds,
        read_timeout=settings.dynamodb_read_timeout_seconds,
        retries={"mode": "standard", "total_max_attempts": settings.dynamodb_max_attempts},
    )
    with translated(settings):
        return session(settings).client("dynamodb", endpoint_url=settings.dynamodb_endpoint_url, config=config)


def authorities() -> str | None:
    """The path of the certificate authorities that boto3 trusts: from AWS_CA_BUNDLE, the AWS profile, or its own."""
    named: str | None = get_session().get_config_variable("ca_bundle")
    return named or get_cert_path(True)
