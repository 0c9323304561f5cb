"""Who signs requests: an engine on loopback takes anybody, everything else the credentials every AWS SDK finds."""

import asyncio
from functools import cached_property
from ipaddress import ip_address
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, RefreshableCredentials

from dynamo.errors import Misconfigured
from dynamo.settings import TableSettings

LOCAL_REGION = "us-east-1"
LOCAL_KEY = "local"
"""A local engine demands a key and takes any."""


def is_loopback(endpoint_url: str | None) -> bool:
    """Whether the endpoint is an engine on this machine."""
    host = urlsplit(endpoint_url or "").hostname
    if host is None:
        return False
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def session(settings: TableSettings) -> boto3.Session:
    """A boto3 session: its own credentials and region if it finds any, placeholders for a local engine otherwise."""
    found = boto3.Session()
    if not is_loopback(settings.dynamodb_endpoint_url):
        return found
    region = found.region_name or LOCAL_REGION
    if found.get_credentials() is not None:
        return boto3.Session(region_name=region)
    return boto3.Session(aws_access_key_id=LOCAL_KEY, aws_secret_access_key=LOCAL_KEY, region_name=region)


class Signer:
    """Signs the data plane's requests with Signature Version 4; what expires is renewed in time."""

    def __init__(self, settings: TableSettings) -> None:
        self._settings = settings

    @cached_property
    def url(self) -> str:
        """Where requests go: the endpoint of the settings, else the one the AWS SDK has for the region."""
        endpoint = self._settings.dynamodb_endpoint_url or self._session.client("dynamodb").meta.endpoint_url
        return endpoint.rstrip("/") + "/"

    async def headers(self, target: str, body: bytes) -> dict[str, str]:
        """The headers of a request for an operation. Raises `Misconfigured` without credentials."""
        if isinstance(self._credentials, RefreshableCredentials) and self._credentials.refresh_needed():
            # Asks a service that may take its time.
            await asyncio.to_thread(self._credentials.get_frozen_credentials)
        request = AWSRequest(
            "POST", self.url, data=body, headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}
        )
        self._auth.add_auth(request)
        return dict(request.headers.items())

    @cached_property
    def _session(self) -> boto3.Session:
        return session(self._settings)

    @cached_property
    def _credentials(self) -> Credentials:
        found = self._session.get_credentials()
        if found is None:
            raise Misconfigured("No usable AWS credentials were found: provide them as for every AWS SDK.")
        return found

    @cached_property
    def _auth(self) -> SigV4Auth:
        return SigV4Auth(self._credentials, "dynamodb", self._session.region_name)
