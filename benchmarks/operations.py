"""The measured operations: one document for both servers, and the requests that send it for each person in turn."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from benchmarks.population import Person

USER: Final = "id userId name email emailVerified image"
ACCOUNTS: Final = "accounts { nodes { id provider providerAccountId type scope tokenType expiresAt } }"
SESSIONS: Final = "sessions { nodes { id expires expired } }"
PAGE: Final = 100
CONNECTIONS: Final = 16
"""The number of clients that send requests at the same time."""
VARIANTS: Final = 60
"""The number of different requests of an operation, which alternate."""
UNIQUE: Final = "UNIQUEUNIQUE0000"
"""Stands in a body for 16 hexadecimal digits that are different in every request."""
UNIQUE_BEGINS: Final = "f00d"
"""The first of these digits, by which they can be told from others."""
NEW_EXPIRY: Final = "2032-05-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Call:
    """The variables of one request, and the session token to send instead of the administrator's key."""

    variables: Mapping[str, Any]
    session_token: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the comparison, with its requests."""

    name: str
    title: str
    document: str
    calls: Callable[[Sequence[Person]], list[Call]]
    peer_document: str | None = None
    """The document for the peer, if its schema has another field for it."""
    patience: int = 1
    """How many times longer it is measured, because slow operations need more time."""
    adds: bool = False
    """Whether it adds items. Such operations come last, and long runs leave them out, because the table grows."""


def _of_each(variables: Callable[[int, Person], Mapping[str, Any]]) -> Callable[[Sequence[Person]], list[Call]]:
    return lambda people: [Call(variables(number, who)) for number, who in enumerate(people[:VARIANTS])]


def _viewers(people: Sequence[Person]) -> list[Call]:
    return [Call({}, session_token=who.session_tokens[0]) for who in people[:VARIANTS]]


def _pages_of_ids(people: Sequence[Person]) -> list[Call]:
    ids = [who.id for who in people]
    starts = range(0, len(people) - PAGE + 1, max((len(people) - PAGE) // 10, 1))
    return [Call({"ids": ids[start : start + PAGE]}) for start in starts]


def _new_expiry(number: int, who: Person) -> Mapping[str, Any]:
    day = f"{number % 28 + 1:02}"
    return {"input": {"by": {"sessionToken": who.session_tokens[-1]}, "expires": f"2032-05-{day}T00:00:00.000Z"}}


def _new_session(_: int, who: Person) -> Mapping[str, Any]:
    return {"input": {"user": {"userId": who.id}, "sessionToken": f"created-{UNIQUE}", "expires": NEW_EXPIRY}}


def _new_user(number: int, _: Person) -> Mapping[str, Any]:
    account = {
        "provider": "github",
        "providerAccountId": UNIQUE,
        "type": "oauth",
        "accessToken": "t" * 240,
        "scope": "read:user,user:email",
        "tokenType": "bearer",
    }
    user = {
        "email": f"{UNIQUE}@example.org",
        "emailVerified": "2025-06-01T12:00:00.000Z",
        "name": f"New person {number}",
        "image": f"https://images.example.com/new/{number}.png",
    }
    return {
        "input": {
            "user": user,
            "account": account,
            "session": {"sessionToken": f"registered-{UNIQUE}", "expires": NEW_EXPIRY},
        }
    }


OPERATIONS: Final = (
    Operation(
        "viewer",
        "viewer with accounts and sessions",
        f"query Viewer {{ viewer {{ user {{ {USER} {ACCOUNTS} {SESSIONS} }} session {{ id expires }} }} }}",
        _viewers,
    ),
    Operation(
        "user-by-id",
        "user by id",
        f"query User($by: UserBy!) {{ user(by: $by) {{ {USER} }} }}",
        _of_each(lambda _, who: {"by": {"userId": who.id}}),
    ),
    Operation(
        "user-by-email",
        "user by e-mail",
        f"query User($by: UserBy!) {{ user(by: $by) {{ {USER} }} }}",
        _of_each(lambda _, who: {"by": {"email": who.email}}),
    ),
    Operation(
        "users-by-id",
        "100 users by id",
        f"query Users($ids: [ID!]!) {{ users: nodes(ids: $ids) {{ ... on User {{ {USER} }} }} }}",
        _pages_of_ids,
        f"query Users($ids: [ID!]!) {{ users: usersById(ids: $ids) {{ {USER} }} }}",
    ),
    Operation(
        "users-with-children",
        "100 users with accounts and sessions",
        f"query Users {{ users(first: {PAGE}) {{ nodes {{ {USER} {ACCOUNTS} {SESSIONS} }} }} }}",
        lambda people: [Call({})],
        patience=2,
    ),
    Operation(
        "update-session",
        "mutation updateSession",
        "mutation Extend($input: UpdateSessionInput!) "
        "{ updateSession(input: $input) { session { id expires } userErrors { code } } }",
        _of_each(_new_expiry),
    ),
    Operation(
        "create-session",
        "mutation createSession",
        "mutation SignIn($input: CreateSessionInput!) "
        "{ createSession(input: $input) { session { id expires expired } userErrors { code } } }",
        _of_each(_new_session),
        adds=True,
    ),
    Operation(
        "register-user",
        "mutation registerUser",
        "mutation Register($input: RegisterUserInput!) { registerUser(input: $input) { "
        "user { id name emailVerified image } account { id provider type scope tokenType } session { id expires } "
        "userErrors { code } } }",
        _of_each(_new_user),
        adds=True,
    ),
)

LIST: Final = Operation(
    "users",
    "100 users",
    f"query Users {{ users(first: {PAGE}) {{ nodes {{ {USER} }} }} }}",
    lambda people: [Call({})],
    patience=2,
)
"""An operation that is measured for growth only, because the directory index makes the difference."""


def body(document: str, variables: Mapping[str, Any]) -> bytes:
    """The JSON body of a request with a document and variables."""
    return orjson.dumps({"query": document, "variables": dict(variables)})


def normalised(answer: Any) -> Any:
    """A response without global ids, which each server makes in its own way."""
    match answer:
        case dict():
            return {name: normalised(value) for name, value in answer.items() if name != "id"}
        case list():
            return [normalised(value) for value in answer]
        case _:
            return answer


def named(names: str) -> tuple[Operation, ...]:
    """The operations of a list such as `viewer,user-by-id`; all of them for an empty one. Raises `ValueError`."""
    wanted = re.findall(r"[^,\s]+", names)
    known = {operation.name: operation for operation in OPERATIONS}
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(f"There is no operation {unknown[0]!r}; there are {', '.join(known)}.")
    return tuple(known[name] for name in wanted) or OPERATIONS
