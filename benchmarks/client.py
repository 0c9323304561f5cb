"""Sends operations to a server one at a time: to compare responses, and to write the requests that wrk sends."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import orjson

from benchmarks.operations import UNIQUE, UNIQUE_BEGINS, Call, Operation, body
from benchmarks.population import Person
from benchmarks.servers import ADMIN_KEY, Server


class AnswerFailed(Exception):
    """A server responded with an error."""


def requests_of(operation: Operation, server: Server, people: Sequence[Person]) -> list[tuple[str, bytes]]:
    """The Authorization header and the body of every request of an operation, for one server."""
    document = (server.peer and operation.peer_document) or operation.document
    calls: Iterable[Call] = operation.calls(people)
    if not server.peer:
        calls = _with_global_ids(calls, server)
    return [(f"Bearer {call.session_token or ADMIN_KEY}", body(document, call.variables)) for call in calls]


def ask(server: Server, authorization: str, payload: bytes) -> tuple[Any, int]:
    """The data of a response, and its size in bytes. Raises `AnswerFailed`."""
    digits = UNIQUE_BEGINS + secrets.token_hex((len(UNIQUE) - len(UNIQUE_BEGINS)) // 2)
    payload = payload.replace(UNIQUE.encode(), digits.encode())
    request = Request(
        f"{server.url}/graphql", payload, {"Content-Type": "application/json", "Authorization": authorization}
    )
    with urlopen(request, timeout=30) as response:
        answer = response.read()
    decoded = orjson.loads(answer)
    if "errors" in decoded or decoded.get("data") is None:
        raise AnswerFailed(f"{server.name} answered {answer[:500].decode()}")
    return decoded["data"], len(answer)


def write_requests(path: Path, requests: Sequence[tuple[str, bytes]]) -> Path:
    """Write requests in the form that the script of wrk reads."""
    path.write_bytes(b"".join(b"%b\t%b\n" % (authorization.encode(), payload) for authorization, payload in requests))
    return path


def _with_global_ids(calls: Iterable[Call], server: Server) -> Iterator[Call]:
    """The same calls with this server's global ids instead of raw ids, which clients know from earlier responses."""
    known: dict[str, str] = {}
    for call in calls:
        ids: Sequence[str] = call.variables.get("ids", ())
        missing = [user_id for user_id in ids if user_id not in known]
        known |= {user_id: _global_id(server, user_id) for user_id in missing}
        yield Call({"ids": [known[user_id] for user_id in ids]}, call.session_token) if ids else call


def _global_id(server: Server, user_id: str) -> str:
    document = "query Id($by: UserBy!) { user(by: $by) { id } }"
    data, _ = ask(server, f"Bearer {ADMIN_KEY}", body(document, {"by": {"userId": user_id}}))
    found: str = data["user"]["id"]
    return found
