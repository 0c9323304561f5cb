"""Events as AWS sends them to a function: of a function URL, and of an HTTP API of API Gateway.

Their form is that of https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html and of
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

FUNCTION_URL: Final = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws"
HTTP_API: Final = "abcde12345.execute-api.eu-west-1.amazonaws.com"
HOSTS: Final = {"function URL": FUNCTION_URL, "HTTP API": HTTP_API}


def event(
    source: str,
    body: bytes | None = None,
    *,
    method: str = "POST",
    path: str = "/graphql",
    query: str = "",
    headers: Mapping[str, str | None] | None = None,
    cookies: list[str] | None = None,
    base64_encoded: bool | None = None,
) -> dict[str, Any]:
    """An event of one of `HOSTS`. Bodies of a function URL come in Base64 unless they are text."""
    host = HOSTS[source]
    sent: dict[str, str | None] = {
        "x-amzn-trace-id": "Root=1-68f0a1b2-0123456789abcdef01234567",
        "x-forwarded-proto": "https",
        "x-forwarded-port": "443",
        "x-forwarded-for": "192.0.2.7",
        "accept": "*/*",
        "user-agent": "a browser",
        "host": host,
        **({"content-length": str(len(body)), "content-type": "application/json"} if body is not None else {}),
        **(headers or {}),
    }
    encoded = base64_encoded if base64_encoded is not None else False
    text = None if body is None else base64.b64encode(body).decode() if encoded else body.decode()
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        **({"cookies": cookies} if cookies is not None else {}),
        "headers": {name: value for name, value in sent.items() if value is not None},
        "requestContext": {
            "accountId": "anonymous" if source == "function URL" else "123456789012",
            "apiId": host.partition(".")[0],
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.7",
                "userAgent": "a browser",
            },
            "requestId": "3f2b1c7e-0000-4a5b-8c6d-7e8f90a1b2c3",
            "routeKey": "$default",
            "stage": "$default",
            "time": "31/Jan/2026:12:00:00 +0000",
            "timeEpoch": 1769860800000,
        },
        **({"body": text} if text is not None else {}),
        "isBase64Encoded": encoded,
    }


def asking(source: str, document: str, variables: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The event of a POST with an operation."""
    return event(source, json.dumps({"query": document, "variables": variables or {}}).encode(), **more)
