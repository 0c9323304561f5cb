"""The handler of AWS Lambda, behind a function URL or an HTTP API of API Gateway.

An instance makes the application and opens the table once, before its first event. Whatever is in front of it has read
HTTP, so of the checks of the HTTP front those remain that an event can fail: of the Host header, which decides the
origin of the server, and of the number and the size of the headers. A repeated header comes joined, as
`web.headers.read_headers` joins it. How long a request may take to arrive, and how its bytes are framed, is not ours to
check here.
"""

import asyncio
import gc
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from starlette.types import Receive, Scope, Send

from commands.application import Parts, assemble
from commands.errors import BadSettings, CommandError
from commands.logs import configure_logs
from commands.settings import Settings, read_settings
from dynamo import directory_state
from dynamo.aws import BUNDLED_AUTHORITIES
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.errors import DynamoError, Unavailable
from execution.operation_log import record_refusal
from web.errors import BadRequest, HeadersTooLarge, RequestRejected
from web.head_checks import check_head
from web.http_response import JSON_HEADERS
from web.media import MediaType
from web.request_id import assign_request_id
from web.settings import ServerSettings

Event = Mapping[str, Any]
Answer = dict[str, Any]

VERSION: Final = "2.0"
"""The payload format of function URLs, and of HTTP APIs unless they are set to another."""
MOST_RESPONSE_BYTES: Final = 3 * 1024 * 1024
"""Lambda takes responses of up to 6 MB, in which a quotation mark of JSON takes two bytes."""
NO_REQUEST: Final = "The event is not a request of a function URL or an HTTP API."
DEFAULTS: Final = {
    "AUTHGRAPH_ENV": "production",
    "AUTHGRAPH_RATE_LIMIT_SHARED": "true",
    "AUTHGRAPH_MAX_RESPONSE_BYTES": str(MOST_RESPONSE_BYTES),
    "AWS_CA_BUNDLE": str(BUNDLED_AUTHORITIES),
}
"""What settings are on Lambda if nobody sets them. With all of these, and what Lambda sets, nothing imports boto3."""
EXIT_CODE: Final = 2


class Handler:
    """Answers the events of one instance, one at a time."""

    def __init__(self, parts: Parts, settings: ServerSettings) -> None:
        self._parts = parts
        self._settings = settings
        text = [*DEFAULT_TEXT_MIME_TYPES, *(kind.value.decode() for kind in MediaType)]
        self._mangum = Mangum(self._run, lifespan="off", text_mime_types=text)

    def __call__(self, event: Event, context: Any) -> Answer:
        """The response to an event, in the form that Lambda wants it."""
        answer = self._answer(event, context)
        # Lambda sends a body as it is, also to HEAD.
        return answer | {"body": "", "isBase64Encoded": False} if _is_head(event) else answer

    def _answer(self, event: Event, context: Any) -> Answer:
        try:
            self._check(event)
            return self._mangum(dict(event), context)
        except RequestRejected as rejection:
            return _refusal(rejection)
        except (KeyError, TypeError, ValueError):
            # What the application raises is an answer already, so Mangum could not read the event: broken Base64, half
            # a surrogate pair, a port that is no number, or an event that looks like one of a load balancer.
            return _refusal(BadRequest(NO_REQUEST))

    def _check(self, event: Event) -> None:
        """Raise `RequestRejected` for an event that is no request, or has a head that is not accepted."""
        try:
            if event["version"] != VERSION:
                raise BadRequest("The event is not of a function URL or an HTTP API with payload format 2.0.")
            _check_types(event)
            named = [*event["headers"].items(), *(("cookie", cookie) for cookie in event.get("cookies") or ())]
            headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named]
            size = len(event["rawPath"]) + len(event.get("rawQueryString", ""))
        except (KeyError, TypeError, AttributeError, UnicodeEncodeError) as error:
            raise BadRequest(NO_REQUEST) from error
        if len(headers) > self._settings.max_headers:
            raise HeadersTooLarge(
                f"The request has {len(headers)} headers; at most {self._settings.max_headers} are allowed "
                "(AUTHGRAPH_MAX_HEADERS)."
            )
        if size + sum(len(name) + len(value) + 4 for name, value in headers) > self._settings.max_header_bytes:
            raise HeadersTooLarge(
                f"The headers are over the limit of {self._settings.max_header_bytes} bytes "
                "(AUTHGRAPH_MAX_HEADER_BYTES)."
            )
        check_head("1.1", headers)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A client can send X-Forwarded-Proto, but reach neither a function URL nor API Gateway without TLS.
        scope["scheme"] = "https"
        await self._parts.application(scope, receive, send)
        if self._parts.last_seen is not None:
            # The instance is frozen after the response.
            await self._parts.last_seen.finish()


def _is_head(event: Event) -> bool:
    try:
        return bool(event["requestContext"]["http"]["method"] == "HEAD")
    except (KeyError, TypeError):
        return False


def _check_types(event: Event) -> None:
    """Raise `KeyError` or `TypeError` unless everything that is read of an event is there, in its type.

    Whoever may invoke the function can send it any event.
    """
    request = event["requestContext"]["http"]
    texts = [request["method"], request["path"], request["sourceIp"], event["rawPath"], event.get("rawQueryString", "")]
    texts += [event.get("body") or "", *(event.get("cookies") or ())]
    if not all(isinstance(text, str) for text in texts) or not isinstance(event.get("isBase64Encoded", False), bool):
        raise TypeError


def make_handler() -> Handler:
    """Make the handler of an instance from its environment. If it cannot work, one sentence is printed, and the exit
    status is 2."""
    try:
        for name, value in (DEFAULTS | _endpoint(os.environ.get("AWS_REGION"))).items():
            os.environ.setdefault(name, value)
        settings = read_settings()
        if reasons := refusals_on_lambda(settings):
            raise BadSettings(f"Correct these settings of the function – {'; '.join(reasons)}.")
        configure_logs(production=True, gathered=False)
        parts = assemble(settings)
        loop = asyncio.new_event_loop()
        # Mangum runs requests in the loop of the thread.
        asyncio.set_event_loop(loop)
        loop.run_until_complete(_open(parts.table))
    except (CommandError, DynamoError) as error:
        sys.stderr.write(f"authgraph: {error}\n")
        sys.exit(EXIT_CODE)
    # What an instance has made so far lives as long as it, so it is not searched for garbage.
    gc.freeze()
    gc.enable()
    return Handler(parts, settings.server)


async def _open(table: Table) -> None:
    """Open the table, and take the lists of the directory that are off out of its state, as a server does that starts.

    A function that keeps all lists has nothing to take out, so it saves the request.
    """
    await table.open()
    if not {*DirectoryList}.issubset(table.directory_lists):
        with suppress(Unavailable):
            await directory_state.forget_unkept(table)


def _endpoint(region: str | None) -> dict[str, str]:
    """The endpoint of DynamoDB in a region. boto3 would read all endpoints of AWS to find it."""
    if region is None:
        return {}
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return {"AUTHGRAPH_DYNAMODB_ENDPOINT_URL": f"https://dynamodb.{region}.{domain}"}


def refusals_on_lambda(settings: Settings) -> tuple[str, ...]:
    """What is set and cannot be meant on Lambda, each with the reason."""
    server, limits = settings.server, settings.limits
    listening = sorted({"host", "port", "metrics_host", "metrics_port"} & server.model_fields_set)
    named = ", ".join(f"AUTHGRAPH_{name.upper()}" for name in listening)
    found = {
        "AUTHGRAPH_ENV: the local engine of development does not run on Lambda, so set it to production": (
            not settings.production
        ),
        "WEB_CONCURRENCY: Lambda starts as many instances as it needs, so unset it": server.web_concurrency != 1,
        f"{named}: nobody can connect to a port of a function, so unset it": bool(listening),
        "AUTHGRAPH_GRAPHIQL: the package does not contain GraphiQL, so unset it": bool(server.graphiql),
        "AUTHGRAPH_CONSOLE: the package does not contain the console, so unset it": bool(server.console),
        "AUTHGRAPH_TRACES: an instance is frozen before it has sent its spans, so unset it": server.traces,
        "AUTHGRAPH_RATE_LIMIT_SHARED: each instance would count for itself, so set it to true": (
            bool(limits.rate_limit) and not limits.rate_limit_shared
        ),
        f"AUTHGRAPH_MAX_RESPONSE_BYTES: Lambda takes no longer responses, so set it to at most {MOST_RESPONSE_BYTES}": (
            limits.max_response_bytes > MOST_RESPONSE_BYTES
        ),
    }
    return tuple(reason for reason, applies in found.items() if applies)


def _refusal(rejection: RequestRejected) -> Answer:
    """The response to a request that does not reach the application. It is counted and logged."""
    request_id = assign_request_id(None)
    record_refusal(rejection.code, rejection.message)
    headers = (*JSON_HEADERS[MediaType.JSON], *rejection.headers, (b"x-request-id", request_id))
    return {
        "statusCode": rejection.status,
        "headers": {name.decode(): value.decode("latin-1") for name, value in headers},
        "body": rejection.body.decode(),
        "isBase64Encoded": False,
    }
