"""Requests are signed as botocore signs them, with the credentials that every AWS SDK finds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, EnvProvider, ReadOnlyCredentials, RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError
from hypothesis import given
from hypothesis import strategies as st

from dynamo import aws
from dynamo.aws_errors import CredentialsMissing
from dynamo.settings import TableSettings
from dynamo.wire.signing import Signer, signed

AWS = TableSettings(dynamodb_endpoint_url=None)
LOCAL = TableSettings(dynamodb_endpoint_url="http://127.0.0.1:8000")


def headers_of(request: bytes) -> tuple[dict[str, str], bytes]:
    """The headers of a request by name in lower case, and its body."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert first == "POST / HTTP/1.1"
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}, body


words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)


@given(
    key=st.builds(Credentials, words, words, st.none() | words),
    region=st.sampled_from(["us-east-1", "eu-central-1", "local"]),
    host=st.sampled_from(["dynamodb.us-east-1.amazonaws.com", "127.0.0.1:8000"]),
    operation=st.sampled_from(["GetItem", "TransactWriteItems"]),
    body=st.binary(max_size=300),
)
def test_signatures_are_botocores(key: Credentials, region: str, host: str, operation: str, body: bytes) -> None:
    theirs = AWSRequest(
        "POST",
        f"http://{host}/",
        data=body,
        headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"},
    )
    SigV4Auth(key, "dynamodb", region).add_auth(theirs)
    at = datetime.strptime(theirs.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    headers, sent = headers_of(signed(key.get_frozen_credentials(), region, host, operation, body, at.timestamp()))
    assert sent == body
    assert headers.pop("host") == host
    assert headers.pop("content-length") == str(len(body))
    assert headers == {name.lower(): value for name, value in theirs.headers.items()}


def test_a_signature_is_of_its_second() -> None:
    key = ReadOnlyCredentials("id", "secret", None)
    one, same, other = (signed(key, "us-east-1", "h", "Scan", b"{}", at) for at in (1.0, 1.9, 2.0))
    assert one == same != other


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
async def test_without_settings_requests_go_to_the_regions_endpoint(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token")
    signer = await Signer.find(AWS)
    assert signer.url == "https://dynamodb.eu-central-1.amazonaws.com"
    headers, _ = headers_of(await signer.request("GetItem", b"{}"))
    assert headers["host"] == "dynamodb.eu-central-1.amazonaws.com"
    assert headers["x-amz-security-token"] == "a-token"
    assert "Credential=AKIDEXAMPLE/" in headers["authorization"]
    assert "/eu-central-1/dynamodb/aws4_request" in headers["authorization"]


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"AWS_SESSION_TOKEN": "a-token"},
        {"AWS_SECURITY_TOKEN": "an-old-token", "AWS_SESSION_TOKEN": "a-token"},
        {"AWS_PROFILE": "no-such-profile"},
        {"AWS_SECRET_ACCESS_KEY": ""},
        {"AWS_ACCESS_KEY_ID": ""},
        {"AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00Z"},
    ],
    ids=lambda variables: " ".join(variables) or "no more",
)
def test_the_credentials_of_variables_are_those_that_botocore_finds(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """Or botocore is asked: if there are none, and if they end."""
    for name, value in ({"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "a-secret"} | variables).items():
        monkeypatch.setenv(name, value)
    found = aws.key_of_environment()
    if found is None:
        assert {"AWS_CREDENTIAL_EXPIRATION", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"} & variables.keys()
        return
    theirs = EnvProvider().load()
    assert theirs is not None
    assert found == theirs.get_frozen_credentials()[:3]


async def test_an_engine_on_loopback_takes_anybody() -> None:
    signer = await Signer.find(LOCAL)
    headers, _ = headers_of(await signer.request("GetItem", b"{}"))
    assert f"Credential={aws.LOCAL_KEY}/" in headers["authorization"]


async def test_without_credentials_nothing_is_sent() -> None:
    with pytest.raises(CredentialsMissing):
        await Signer.find(AWS)


def ended(renew: Callable[[], dict[str, Any]]) -> Signer:
    """A signer whose credentials have expired, as those of a role do. `renew` gets new ones."""
    credentials = RefreshableCredentials("old", "s", "t", datetime.now(UTC) - timedelta(seconds=1), renew, "test")
    return Signer(LOCAL, "http://127.0.0.1:8000", "us-east-1", credentials)


async def test_credentials_that_have_ended_are_renewed_once() -> None:
    calls: list[None] = []

    def renew() -> dict[str, Any]:
        calls.append(None)
        end = (datetime.now(UTC) + timedelta(hours=6)).isoformat()
        return {"access_key": "new", "secret_key": "s", "token": "t", "expiry_time": end}

    signer = ended(renew)
    for _ in range(2):
        headers, _ = headers_of(await signer.request("GetItem", b"{}"))
        assert "Credential=new/" in headers["authorization"]
    assert len(calls) == 1


async def test_credentials_that_cannot_be_renewed_are_told_and_nothing_is_signed_with_them() -> None:
    def renew() -> dict[str, Any]:
        raise CredentialRetrievalError(provider="test", error_msg="the metadata service is gone")

    with pytest.raises(CredentialsMissing):
        await ended(renew).request("GetItem", b"{}")
