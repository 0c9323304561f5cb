"""The real Auth.js adapter, driven from Python: one node process that exchanges JSON lines (see `adapter.mjs`)."""

import base64
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, Final

from dynamo import aws
from dynamo.format import LARGEST_SAFE_INTEGER
from dynamo.settings import TableSettings

Object = dict[str, Any]

HERE: Final = Path(__file__).parent
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Undefined(Enum):
    """The type of `UNDEFINED`, so that mypy can tell it from a value."""

    UNDEFINED = "undefined"


UNDEFINED: Final = Undefined.UNDEFINED
"""JavaScript's `undefined`. `None` stands for `null`."""


@dataclass(frozen=True, slots=True)
class FarDate:
    """A JavaScript date that `datetime` cannot represent; `None` for an invalid one."""

    milliseconds: int | None


class JavaScriptError(Exception):
    """An error that the adapter threw. `name` is its class, such as `ValidationException`."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


def missing() -> str | None:
    """Why the adapter cannot run here; None if it can."""
    if shutil.which("node") is None:
        return "node is not installed: `make setup` brings one"
    if not (HERE / "node_modules" / "@auth" / "dynamodb-adapter").is_dir():
        return "the npm packages of tests/interop are not installed: run `make setup`"
    return None


class Node:
    """The node process, which ends with `close`."""

    def __init__(self) -> None:
        node = shutil.which("node")
        assert node is not None, missing()
        self._process = subprocess.Popen(
            [node, "adapter.mjs"], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        self._ids = count()
        self._lock = Lock()

    def request(self, **request: object) -> Object:
        """Send one request and wait for its response. Raises `RuntimeError` if node has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            id = next(self._ids)
            self._process.stdin.write(json.dumps({"id": id, **request}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"node ended with exit code {self._process.wait()}; it said why on stderr")
        answer: Object = json.loads(line)
        assert answer["id"] == id
        return answer

    def call(self, method: str, *args: object) -> Any:
        """Call one of the adapter's plain functions: `format.to`, `format.from`, `generateUpdateExpression`."""
        return result_of(self.request(method=method, args=encode(args)))

    def close(self) -> None:
        """End the process: without another line it stops by itself."""
        with self._process as process:
            process.communicate()


@dataclass(frozen=True, slots=True)
class Interlude:
    """A method of the adapter to call just before a client call (`put`, `get`, `query`, `update`, `delete`)."""

    before: str
    method: str
    args: tuple[object, ...]


@dataclass(slots=True)
class JavaScriptAdapter:
    """The adapter on one table. `calls` are the client methods that the last call used."""

    node: Node
    settings: TableSettings
    calls: list[str] = field(default_factory=list)

    def call(self, method: str, *args: object, interlude: Interlude | None = None) -> Any:
        """Call any method by its JavaScript name. Raises `JavaScriptError`."""
        request: Object = {"method": method, "args": encode(args), "options": self._options()}
        if interlude is not None:
            request["interlude"] = {
                "before": interlude.before,
                "method": interlude.method,
                "args": encode(interlude.args),
            }
        answer = self.node.request(**request)
        self.calls = answer["calls"]
        return result_of(answer)

    def create_user(self, user: Mapping[str, object]) -> Object:
        """Call `createUser`. The adapter makes the id."""
        created: Object = self.call("createUser", user)
        return created

    def get_user(self, user_id: str) -> Object | None:
        return _optional(self.call("getUser", user_id))

    def get_user_by_email(self, email: str) -> Object | None:
        return _optional(self.call("getUserByEmail", email))

    def get_user_by_account(self, provider: str, provider_account_id: str) -> Object | None:
        account = {"provider": provider, "providerAccountId": provider_account_id}
        return _optional(self.call("getUserByAccount", account))

    def update_user(self, user: Mapping[str, object]) -> Object:
        """Call `updateUser` with `id` and the changes."""
        updated: Object = self.call("updateUser", user)
        return updated

    def delete_user(self, user_id: str) -> Object | None:
        return _optional(self.call("deleteUser", user_id))

    def link_account(self, account: Mapping[str, object]) -> Object:
        """Call `linkAccount`, which returns its argument."""
        linked: Object = self.call("linkAccount", account)
        return linked

    def unlink_account(self, provider: str, provider_account_id: str) -> Object | None:
        account = {"provider": provider, "providerAccountId": provider_account_id}
        return _optional(self.call("unlinkAccount", account))

    def create_session(self, session: Mapping[str, object]) -> Object:
        """Call `createSession`, which returns an `id` that it does not store."""
        created: Object = self.call("createSession", session)
        return created

    def get_session_and_user(self, session_token: str) -> Object | None:
        """The result of `getSessionAndUser`, with the members `session` and `user`."""
        return _optional(self.call("getSessionAndUser", session_token))

    def update_session(self, session: Mapping[str, object], *, interlude: Interlude | None = None) -> Object | None:
        """Call `updateSession` with `sessionToken` and the changes."""
        return _optional(self.call("updateSession", session, interlude=interlude))

    def delete_session(self, session_token: str) -> Object | None:
        return _optional(self.call("deleteSession", session_token))

    def create_verification_token(self, token: Mapping[str, object]) -> Object:
        created: Object = self.call("createVerificationToken", token)
        return created

    def use_verification_token(self, identifier: str, token: str) -> Object | None:
        return _optional(self.call("useVerificationToken", {"identifier": identifier, "token": token}))

    def _options(self) -> Object:
        session = aws.session(self.settings)
        found = session.get_credentials()
        assert found is not None
        return {
            "endpoint": self.settings.dynamodb_endpoint_url,
            "region": session.region_name,
            "credentials": {"accessKeyId": found.access_key, "secretAccessKey": found.secret_key},
            "adapter": {
                "tableName": self.settings.table_name,
                "partitionKey": self.settings.partition_key,
                "sortKey": self.settings.sort_key,
                "indexName": self.settings.index_name,
                "indexPartitionKey": self.settings.index_partition_key,
                "indexSortKey": self.settings.index_sort_key,
            },
        }


def result_of(answer: Object) -> Any:
    """What a method returned. Raises `JavaScriptError` if it threw an error."""
    if "error" in answer:
        raise JavaScriptError(**answer["error"])
    return decode(answer["result"])


def encode(value: object) -> Any:
    """A Python value as tagged JSON: values that JSON lacks become an object with one `$` member."""
    match value:
        case datetime():
            return {"$date": (value - _EPOCH) // timedelta(milliseconds=1)}
        case FarDate(milliseconds):
            return {"$date": milliseconds}
        case Undefined():
            return {"$undefined": True}
        case int() if abs(value) > LARGEST_SAFE_INTEGER:
            return {"$bigint": str(value)}
        case bytes():
            return {"$bytes": base64.b64encode(value).decode()}
        case set() | frozenset():
            return {"$set": [encode(member) for member in value]}
        case Mapping():
            return {name: encode(member) for name, member in value.items()}
        case list() | tuple():
            return [encode(member) for member in value]
        case _:
            return value


def decode(value: Any) -> Any:
    """Turn a value that was encoded by `encode` back into Python's."""
    match value:
        case {"$date": milliseconds}:
            return _date(milliseconds)
        case {"$undefined": True}:
            return UNDEFINED
        case {"$bigint": digits}:
            return int(digits)
        case {"$bytes": text}:
            return base64.b64decode(text)
        case {"$set": members}:
            return {decode(member) for member in members}
        case dict():
            return {name: decode(member) for name, member in value.items()}
        case list():
            return [decode(member) for member in value]
        case _:
            return value


def _date(milliseconds: int | None) -> datetime | FarDate:
    if milliseconds is None:
        return FarDate(None)
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return FarDate(milliseconds)


def _optional(result: Any) -> Object | None:
    """None for both `null` and `undefined`."""
    return None if result is UNDEFINED else result
