"""Records of whatever a table contains: unusual values become None or a safe default, never an exception."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from dynamo import format, models, partition
from dynamo.client import Table
from dynamo.item import Item
from tests.interop import odd_rows
from tests.interop.raw import NULL, RawTable, number, text
from tests.tables import any_names

EVERY_KIND: dict[str, dict[str, Any]] = {
    "string": text("x"),
    "empty": text(""),
    "number": number("1.5"),
    "large number": number("12345678901234567890123456789012345678"),
    "huge number": number("1E+125"),
    "tiny number": number("1E-130"),
    "boolean": {"BOOL": True},
    "null": NULL,
    "bytes": {"B": b"\xff"},
    "strings": {"SS": ["b", "a"]},
    "numbers": {"NS": ["2", "1.5"]},
    "byte strings": {"BS": [b"b", b"a"]},
    "list": {"L": [text("x"), NULL, {"M": {"a": number(1)}}]},
    "map": {"M": {"a": {"L": []}}},
}
any_value = pytest.mark.parametrize("value", EVERY_KIND.values(), ids=EVERY_KIND)

FIELDS = [
    *("id", "type", "email", "emailVerified", "name", "image"),
    *("disabledAt", "disabledUntil", "disabledReason", "deletingAt"),
    *("userId", "provider", "providerAccountId", "sessionToken", "expires", "expires_at", "scope", "token_type"),
    *("session_state", "access_token", "refresh_token", "id_token", "custom"),
    *("credentialID", "credentialPublicKey", "counter", "credentialDeviceType", "credentialBackedUp", "transports"),
    *("scopes", "secretHash", "createdAt", "expiresAt", "lastUsedAt", "revokedAt"),
]


def every_property(record: object) -> dict[str, Any]:
    """Read every property of a record once."""
    names = [name for name in dir(type(record)) if not name.startswith("_")]
    return {name: getattr(record, name) for name in names}


async def read(table: Table, raw: RawTable, partition_key: str, sort_key: str) -> Item:
    item = await table.get(table.key(partition_key, sort_key))
    assert item is not None
    return item


@any_value
async def test_any_value_in_any_field_is_read(table: Table, raw: RawTable, value: dict[str, Any]) -> None:
    sorts = ("USER#u1", "ACCOUNT#github#1", "SESSION#s1", "AUTHENTICATOR#c1")
    for sort in sorts:
        raw.put(raw.keys("USER#u1", sort) | dict.fromkeys(FIELDS, value))
    raw.put(raw.keys("VT#a", "VT#t") | dict.fromkeys(FIELDS, value))
    found = await partition.read(table, "u1")
    assert found is not None
    records = [found.user, *found.accounts, *found.sessions, *found.authenticators]
    token = models.verification_token(table, await read(table, raw, "VT#a", "VT#t"))
    for record in (*records, token):
        assert every_property(record)["user_id" if record is not token else "identifier"] in ("u1", "a")
    assert len(records) == 4


@any_value
async def test_an_api_key_with_any_value_in_any_field_is_read(
    table: Table, raw: RawTable, value: dict[str, Any]
) -> None:
    raw.put(raw.keys("APIKEY#k1", "APIKEY#k1") | dict.fromkeys(FIELDS, value))
    key = models.api_key(table, await read(table, raw, "APIKEY#k1", "APIKEY#k1"))
    assert every_property(key)["key_id"] == "k1"


@any_names
async def test_items_of_keys_alone_are_read(table: Table, raw: RawTable) -> None:
    for sort in ("USER#u1", "ACCOUNT#github#1", "SESSION#s1", "AUTHENTICATOR#c1"):
        raw.put(raw.keys("USER#u1", sort))
    found = await partition.read(table, "u1")
    assert found is not None
    assert found.user is not None
    assert found.user.ghost
    assert (found.user.email, found.user.email_verified, found.user.attributes) == (None, None, {})
    (account,), (session,), (passkey,) = found.accounts, found.sessions, found.authenticators
    assert (account.provider, account.provider_account_id, account.attributes) == ("github", "1", {})
    assert (session.token, session.expires, session.expired, session.owned) == ("s1", models.EPOCH, True, False)
    assert (passkey.credential_id, passkey.counter, passkey.backed_up) == ("c1", 0, False)


@any_names
async def test_attributes_are_all_that_no_field_and_no_key_shows(table: Table, raw: RawTable) -> None:
    odd_rows.user(raw, "u1", "ada@example.com", tags={"SS": ["b", "a"]}, big=number("9007199254740993"), b={"B": b"x"})
    user = models.user(table, await read(table, raw, "USER#u1", "USER#u1"))
    assert user.attributes == {"b": "eA==", "big": "9007199254740993", "tags": ["a", "b"]}
    assert list(user.attributes) == ["b", "big", "tags"]


async def test_the_id_is_that_of_the_partition(table: Table, raw: RawTable) -> None:
    raw.put(raw.keys("USER#u1", "USER#u1") | {"id": text("forged"), "type": text("USER")})
    assert models.user(table, await read(table, raw, "USER#u1", "USER#u1")).user_id == "u1"


async def test_tokens_of_an_account_are_shown_and_are_no_attributes(table: Table, raw: RawTable) -> None:
    given = {"access_token": "a", "refresh_token": "r", "id_token": "i", "scope": "s", "token_type": "t"}
    attributes = {name: text(value) for name, value in given.items()}
    odd_rows.account(
        raw, "u1", "github", "1", **attributes, expires_at=number(4_000_000_000), session_state=text("st"), x=number(1)
    )
    account = models.account(table, await read(table, raw, "USER#u1", "ACCOUNT#github#1"))
    assert (account.access_token, account.refresh_token, account.id_token) == ("a", "r", "i")
    assert (account.scope, account.token_type, account.session_state) == ("s", "t", "st")
    assert account.expires_at == 4_000_000_000
    assert account.attributes == {"x": 1}


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        (1, 1),
        (Decimal("1.9"), 1),
        ("12", 12),
        ("x", None),
        ("", None),
        (True, None),
        (None, None),
        (Decimal("NaN"), None),
        (Decimal("Infinity"), None),
        ([1], None),
    ],
)
def test_a_whole_number_is_read_however_it_is_stored(value: object, whole: int | None) -> None:
    assert models.integer(value) == whole


def test_a_disablement_is_in_force_until_it_is_over(table: Table) -> None:
    def user(**attributes: str | None) -> models.User:
        return models.user(table, table.key("USER#u1", "USER#u1") | {"type": "USER"} | attributes)

    past, future = "2020-01-01T00:00:00.000Z", "2037-01-01T00:00:00.000Z"
    disabled = user(disabledAt=past, disabledUntil=future, disabledReason="spam").disabled
    assert disabled is not None
    assert (format.iso(disabled.at), disabled.reason) == (past, "spam")
    assert disabled.until == datetime(2037, 1, 1, tzinfo=UTC)
    assert user(disabledAt=past).disabled is not None
    assert user(disabledAt=past, disabledUntil=past).disabled is None
    assert user().disabled is None
    assert user().may_sign_in
    assert not user(disabledAt=past).may_sign_in
    assert not user(deletingAt=past).may_sign_in


def test_a_disablement_whose_date_cannot_be_read_is_in_force(table: Table) -> None:
    user = models.user(table, table.key("USER#u1", "USER#u1") | {"type": "USER", "disabledAt": True})
    assert user.disabled is not None


@pytest.mark.parametrize("name", ["expiresAt", "revokedAt"])
def test_an_api_key_whose_end_cannot_be_read_has_ended(table: Table, name: str) -> None:
    key = models.api_key(table, table.key("APIKEY#k1", "APIKEY#k1") | {name: True})
    assert (key.expires or key.revoked_at) == models.EPOCH


def test_scopes_are_the_strings_of_a_list_or_set(table: Table) -> None:
    def scopes(value: object) -> tuple[str, ...]:
        return models.api_key(table, table.key("APIKEY#k1", "APIKEY#k1") | {"scopes": value}).scopes

    assert scopes(["b", 1, "a"]) == ("b", "a")
    assert scopes({"a"}) == ("a",)
    assert scopes("admin") == ()
    assert scopes(None) == ()
