"""Requests to DynamoDB, signed with Signature Version 4.

Source: "Create a signed AWS API request" in the IAM user guide. Botocore finds and renews the credentials. The
signatures are identical to botocore's, and take a seventh of its time.
"""

import asyncio
import hashlib
import hmac
import time
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple, Self
from urllib.parse import urlsplit

from dynamo import aws
from dynamo.aws import AccessKey
from dynamo.aws_errors import CredentialsMissing, translated
from dynamo.daemon_thread import in_daemon_thread
from dynamo.settings import TableSettings

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials, RefreshableCredentials

API_VERSION: Final = "DynamoDB_20120810"
CONTENT_TYPE: Final = "application/x-amz-json-1.0"
ALGORITHM: Final = "AWS4-HMAC-SHA256"
WAITING_SECONDS: Final = 60
"""How long before the end of credentials requests begin to wait for new ones. Until then they use those there are."""
BLOCK_BYTES: Final = 64
"""The length of a block of SHA-256, to which HMAC fills up a key."""
INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))
"""With which bytes HMAC replaces those of the key."""


class Signer:
    """Writes the signed requests of one process to the endpoint at `url`."""

    def __init__(
        self, settings: TableSettings, url: str, region: str, found: "AccessKey | RefreshableCredentials"
    ) -> None:
        self.url = url
        self._settings = settings
        self._host = urlsplit(url).netloc
        self._region = region
        self._credentials = found
        self._latest: ReadOnlyCredentials | None = None
        self._renewal: asyncio.Task[ReadOnlyCredentials] | None = None

    @classmethod
    async def find(cls, settings: TableSettings) -> Self:
        """Find credentials, region and endpoint as the AWS SDKs do. Raises `Misconfigured` if one is missing."""
        # In a thread, because credentials may come from a slow service.
        return await in_daemon_thread(partial(cls._find, settings))

    @classmethod
    def _find(cls, settings: TableSettings) -> Self:
        region, key = aws.region_of_environment(), aws.key_of_environment()
        if settings.dynamodb_endpoint_url and region and key:
            return cls(settings, settings.dynamodb_endpoint_url, region, key)
        from botocore.credentials import RefreshableCredentials

        with translated(settings):
            session = aws.session(settings)
            found = session.get_credentials()
            if found is None:
                raise CredentialsMissing("No usable AWS credentials were found: provide them as for any AWS SDK.")
            url = settings.dynamodb_endpoint_url or session.client("dynamodb").meta.endpoint_url
            usable = (
                found
                if isinstance(found, RefreshableCredentials)
                else AccessKey(found.access_key, found.secret_key, found.token)
            )
            return cls(settings, url, session.region_name or aws.LOCAL_REGION, usable)

    def request_at_once(self, operation: str, body: bytes) -> bytes | None:
        """A whole signed HTTP request, if the credentials have no end; None if somebody has to look whether they have
        expired."""
        found = self._credentials
        if isinstance(found, AccessKey):
            return signed(found, self._region, self._host, operation, body, time.time())
        return None

    async def request(self, operation: str, body: bytes) -> bytes:
        """A whole signed HTTP request. Raises `Misconfigured` if the credentials have expired and cannot be renewed."""
        found = self._credentials
        if isinstance(found, AccessKey):
            return signed(found, self._region, self._host, operation, body, time.time())
        with translated(self._settings):
            key = await self._renewed(found)
        return signed(key, self._region, self._host, operation, body, time.time())

    async def _renewed(self, found: "RefreshableCredentials") -> "ReadOnlyCredentials":
        """The key of credentials that have an end. One thread renews them for all requests: AWS may take long."""
        if not found.refresh_needed():
            self._latest = found.get_frozen_credentials()
            return self._latest
        if self._renewal is None:
            self._renewal = asyncio.ensure_future(in_daemon_thread(found.get_frozen_credentials))
            self._renewal.add_done_callback(self._end_renewal)
        if self._latest is not None and not found.refresh_needed(WAITING_SECONDS):
            return self._latest
        # Shielded, because others wait for it too.
        return await asyncio.shield(self._renewal)

    def _end_renewal(self, renewal: "asyncio.Task[ReadOnlyCredentials]") -> None:
        self._renewal = None
        if not renewal.cancelled():
            # Asked for, because an error that nobody waits for is logged otherwise; the SDK logs it anyway.
            renewal.exception()


def signed(
    key: "AccessKey | ReadOnlyCredentials", region: str, host: str, operation: str, body: bytes, now: float
) -> bytes:
    """The bytes of a signed HTTP request for a DynamoDB operation. `now` is in seconds since the Unix epoch."""
    form = _form(key, region, host, operation, int(now))
    canonical = form.canonical.copy()
    canonical.update(hashlib.sha256(body).hexdigest().encode())
    inner = form.inner.copy()
    inner.update(canonical.hexdigest().encode())
    signature = form.outer.copy()
    signature.update(inner.digest())
    return b"%b%b\r\ncontent-length: %d\r\n\r\n%b" % (form.head, signature.hexdigest().encode(), len(body), body)


class _Form(NamedTuple):
    """What all requests for one operation within one second have in common. Each part ends where the body matters."""

    canonical: "hashlib._Hash"
    """The hash of the canonical request, begun with all that is before the hash of the body."""
    inner: "hashlib._Hash"
    """The inner hash of the signature, an HMAC (RFC 2104) under the key of the day, begun with what is before the hash
    of the request."""
    outer: "hashlib._Hash"
    """Its outer hash, begun with the key. Copying an `hmac.HMAC` takes four times as long as copying both."""
    head: bytes


@lru_cache(maxsize=32)
def _form(key: "AccessKey | ReadOnlyCredentials", region: str, host: str, operation: str, second: int) -> _Form:
    at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
    scope = f"{at[:8]}/{region}/dynamodb/aws4_request"
    # In alphabetical order, as the signature requires.
    headers = {"content-type": CONTENT_TYPE, "host": host, "x-amz-date": at}
    if key.token:
        headers["x-amz-security-token"] = key.token
    headers["x-amz-target"] = f"{API_VERSION}.{operation}"
    names = ";".join(headers)
    lines = "".join([f"{name}:{value}\n" for name, value in headers.items()])
    head = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    key_of_day = _signing_key(key.secret_key, scope).ljust(BLOCK_BYTES, b"\0")
    authorization = f"{ALGORITHM} Credential={key.access_key}/{scope}, SignedHeaders={names}, Signature="
    return _Form(
        hashlib.sha256(f"POST\n/\n\n{lines}\n{names}\n".encode()),
        hashlib.sha256(key_of_day.translate(INNER) + f"{ALGORITHM}\n{at}\n{scope}\n".encode()),
        hashlib.sha256(key_of_day.translate(OUTER)),
        f"POST / HTTP/1.1\r\n{head}authorization: {authorization}".encode(),
    )


@lru_cache(maxsize=4)
def _signing_key(secret: str, scope: str) -> bytes:
    """The signing key for a day, a region and a service."""
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
