"""The people in the measured table: the same ones every time, written as the Auth.js adapter writes them."""

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from dynamo import aws
from dynamo.settings import TableSettings
from dynamo.tables import lifecycle
from dynamo.tables.layout import DIRECTORY_INDEX

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, dict[str, Any]]
"""An item in DynamoDB's JSON, with the types of its values."""

PROVIDERS: Final = ("github", "google")
SESSIONS: Final = 3
FIRST_EXPIRY: Final = 1_924_992_000
"""2031-01-01, so that no session expires during a measurement."""
BATCH: Final = 25
WRITERS: Final = 4
TOKEN_BYTES: Final = {"access_token": 180, "refresh_token": 90, "id_token": 480}
"""About 1 KB of base64 tokens per account, as an OpenID Connect provider issues them."""


@dataclass(frozen=True, slots=True)
class Person:
    """What requests need to know of a user."""

    id: str
    email: str
    session_tokens: tuple[str, ...]


def person(number: int) -> Person:
    """The person with that number."""
    tokens = tuple(_uuid(f"session {number} {index}") for index in range(SESSIONS))
    return Person(_uuid(f"user {number}"), f"person{number}@example.com", tokens)


def create_populated_table(
    endpoint_url: str, people: int, *, directory_index: bool = False, accounts: int = len(PROVIDERS)
) -> TableSettings:
    """Create a table with a name of its own, and store that many people with so many accounts each."""
    settings = TableSettings(
        _env_file=None,
        table_name=f"people-{people}-{'indexed' if directory_index else 'plain'}",
        dynamodb_endpoint_url=endpoint_url,
        directory_index_name=DIRECTORY_INDEX if directory_index else None,
    )
    lifecycle.create_table(settings, directory_index=directory_index)
    client = aws.session(settings).client("dynamodb", endpoint_url=endpoint_url)
    with ThreadPoolExecutor(WRITERS) as pool:
        for _ in pool.map(lambda batch: _write(client, settings.table_name, batch), _batches(people, accounts)):
            pass
    return settings


def items_of(number: int, accounts: int = len(PROVIDERS)) -> Iterator[Item]:
    """The user, the accounts and the sessions of a person."""
    who = person(number)
    partition = f"USER#{who.id}"
    login = f"USER#{who.email}"
    yield _keys(partition, partition, login, login) | {
        "type": _text("USER"),
        "id": _text(who.id),
        "name": _text(f"Person {number}"),
        "email": _text(who.email),
        "emailVerified": _text("2025-06-01T12:00:00.000Z"),
        "image": _text(f"https://images.example.com/people/{number}.png"),
    }
    more = (f"provider-{place}" for place in range(accounts - len(PROVIDERS)))
    for provider in (*PROVIDERS, *more):
        account_id = str(10_000_000 + number)
        yield _keys(partition, f"ACCOUNT#{provider}#{account_id}", f"ACCOUNT#{provider}", f"ACCOUNT#{account_id}") | {
            "type": _text("oidc"),
            "id": _text(_uuid(f"account {number} {provider}")),
            "userId": _text(who.id),
            "provider": _text(provider),
            "providerAccountId": _text(account_id),
            "scope": _text("openid profile email"),
            "token_type": _text("bearer"),
            "expires_at": {"N": str(FIRST_EXPIRY + number)},
            **{name: _text(_secret(f"{name} {number} {provider}", size)) for name, size in TOKEN_BYTES.items()},
        }
    for index, token in enumerate(who.session_tokens):
        key = f"SESSION#{token}"
        yield _keys(partition, key, key, key) | {
            "type": _text("SESSION"),
            "sessionToken": _text(token),
            "userId": _text(who.id),
            "expires": {"N": str(FIRST_EXPIRY + index)},
        }


def _batches(people: int, accounts: int) -> Iterator[list[Item]]:
    items = (item for number in range(people) for item in items_of(number, accounts))
    while batch := list(islice(items, BATCH)):
        yield batch


def _write(client: "DynamoDBClient", table: str, batch: list[Item]) -> None:
    answer = client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in batch]})
    if answer["UnprocessedItems"]:
        raise RuntimeError("The engine left items unwritten: it is overloaded, run the benchmark again.")


def _keys(partition: str, sort: str, index_partition: str, index_sort: str) -> Item:
    return {
        "pk": _text(partition),
        "sk": _text(sort),
        "GSI1PK": _text(index_partition),
        "GSI1SK": _text(index_sort),
    }


def _text(value: str) -> dict[str, Any]:
    return {"S": value}


def _uuid(seed: str) -> str:
    return str(UUID(bytes=hashlib.sha256(seed.encode()).digest()[:16], version=4))


def _secret(seed: str, size: int) -> str:
    return base64.urlsafe_b64encode(hashlib.shake_256(seed.encode()).digest(size)).decode()
