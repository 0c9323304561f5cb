"""S29: a row that signs in nobody, or another user, is no way to sign in, and is not changed by the check of the last
one.

A row signs its user in if the index finds it, its key and attributes agree, and it names the user of its partition. If
several users have the same account or passkey, it must be that of the holder of its lock.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import NULL, Item, RawTable, number, text
from tests.resolvers.people import refusals

GITHUB = {"provider": "github", "providerAccountId": "1"}
GITLAB = {"provider": "gitlab", "providerAccountId": "2"}
BY_GITLAB = 'user(by: {account: {provider: "gitlab", providerAccountId: "2"}}) { userId }'
WHOLE: Item = {
    "pk": text("USER#ada"),
    "sk": text("ACCOUNT#gitlab#2"),
    "GSI1PK": text("ACCOUNT#gitlab"),
    "GSI1SK": text("ACCOUNT#2"),
    "provider": text("gitlab"),
    "providerAccountId": text("2"),
    "userId": text("ada"),
    "type": text("oauth"),
}
"""An account that signs ada in."""
PASSKEY: Item = {
    "pk": text("USER#ada"),
    "sk": text("AUTHENTICATOR#key1"),
    "GSI1PK": text("AUTHENTICATOR#key1"),
    "GSI1SK": text("AUTHENTICATOR#key1"),
    "credentialID": text("key1"),
    "providerAccountId": text("2"),
    "counter": number(0),
    "userId": text("ada"),
    "type": text("AUTHENTICATOR"),
}
"""The other half of a passkey, whose account is `WHOLE` with the type `webauthn`."""
VALUES: list[dict[str, Any] | None] = [None, NULL, text(""), text("bob"), number(1), {"M": {}}]
"""Values that may be stored instead of those that name a user or an account."""


def but(item: Item, **changes: dict[str, Any] | None) -> Item:
    """An item with other attributes, or without some."""
    return {name: value for name, value in {**item, **changes}.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Left:
    """What a user has besides the account that they unlink."""

    name: str
    items: tuple[Item, ...]
    signs_in: bool = False
    lock: tuple[str, str] | None = None
    """The key of a lock and its owner."""

    def __str__(self) -> str:
        return self.name


def theirs(item: Item) -> Item:
    """The same thing in Bob's partition, naming Bob."""
    return but(item, pk=text("USER#bob"), userId=text("bob"))


WEBAUTHN = but(WHOLE, type=text("webauthn"))
LOCK = "LOCK#ACCOUNT#6#gitlab#2"
ROWS = [
    Left("an account", (WHOLE,), True),
    Left("an account without a type", (but(WHOLE, type=None),), True),
    Left("an account that its key alone names", (but(WHOLE, provider=None, providerAccountId=NULL),), True),
    Left("a passkey", (WEBAUTHN, PASSKEY), True),
    Left("an account whose lock is theirs", (WHOLE, theirs(WHOLE)), True, (LOCK, "ada")),
    Left("an account that is another's too, whose id comes later", (WHOLE, theirs(WHOLE)), True),
    Left("an account whose lock is another's", (WHOLE, theirs(WHOLE)), False, (LOCK, "bob")),
    Left("an account that names another in his partition", (WHOLE, but(theirs(WHOLE), userId=text("ada"))), True),
    Left("settings of another app", ({"pk": text("USER#ada"), "sk": text("ACCOUNT#SETTINGS"), "theme": text("x")},)),
    Left("preferences of another app", ({"pk": text("USER#ada"), "sk": text("ACCOUNT#prefs"), "userId": text("ada")},)),
    Left("nothing but the prefix", ({"pk": text("USER#ada"), "sk": text("ACCOUNT#"), "userId": text("ada")},)),
    Left("an account under another key", (but(WHOLE, sk=text("ACCOUNT#gitlab#3")),)),
    Left("an account at another place of the index", (but(WHOLE, GSI1SK=text("ACCOUNT#3")),)),
    Left("an account of another provider in the index", (but(WHOLE, GSI1PK=text("ACCOUNT#gitea")),)),
    Left("an account without index keys", (but(WHOLE, GSI1PK=None, GSI1SK=None),)),
    *(Left(f"an account whose userId is {value}", (but(WHOLE, userId=value),)) for value in VALUES),
    *(
        Left(f"an account whose {name} is {value}", (but(WHOLE, **{name: value}),))
        for name in ("provider", "providerAccountId")
        for value in (text("bob"), text(""))
    ),
    *(Left(f"a passkey whose userId is {value}", (WEBAUTHN, but(PASSKEY, userId=value))) for value in VALUES),
    *(Left(f"a passkey whose account's is {value}", (but(WEBAUTHN, userId=value), PASSKEY)) for value in VALUES),
    Left("a passkey of another credential", (WEBAUTHN, but(PASSKEY, credentialID=text("key2")))),
    Left("a passkey without index keys", (WEBAUTHN, but(PASSKEY, GSI1PK=None, GSI1SK=None))),
    Left("a passkey whose account is not in the index", (but(WEBAUTHN, GSI1PK=None, GSI1SK=None), PASSKEY)),
    Left(
        "a passkey whose lock is another's",
        (WEBAUTHN, PASSKEY, theirs(PASSKEY)),
        False,
        ("LOCK#AUTHENTICATOR#key1", "bob"),
    ),
    Left(
        "a passkey whose account is another's by its lock", (WEBAUTHN, PASSKEY, theirs(WEBAUTHN)), False, (LOCK, "bob")
    ),
]


@pytest.mark.parametrize("left", ROWS, ids=str)
async def test_s29_the_last_account_is_kept_unless_what_is_left_signs_the_user_in(
    api: Api, raw: RawTable, left: Left
) -> None:
    """For the person and for programs. What is left is unchanged, whatever the result."""
    odd_rows.user(raw, "ada", "ada@example.com")
    odd_rows.user(raw, "bob", "bob@example.com")
    odd_rows.account(raw, "ada", "github", "1")
    odd_rows.session(raw, "ada", "token", number(4_000_000_000))
    for item in left.items:
        raw.put(item)
    if left.lock is not None:
        key, owner = left.lock
        raw.put(raw.keys(key, key) | {"type": text("LOCK"), "owner": text(owner)})
    before = raw.items()
    for caller in (api.acting_as("token"), api):
        if left.signs_in and caller is api:
            break
        payload = await caller.change("unlinkAccount", "account { provider }", by={"account": GITHUB})
        assert refusals(payload) == ([] if left.signs_in else [("LAST_SIGN_IN", [])])
    gone = [text("ACCOUNT#github#1")] if left.signs_in else []
    assert raw.items() == [item for item in before if item["sk"] not in gone]


@pytest.mark.parametrize("left", [row for row in ROWS if len(row.items) == 1], ids=str)
async def test_s29_what_counts_as_a_way_to_sign_in_is_what_a_lookup_finds(api: Api, raw: RawTable, left: Left) -> None:
    odd_rows.user(raw, "ada", "ada@example.com")
    odd_rows.user(raw, "bob", "bob@example.com")
    raw.put(left.items[0])
    data = await api.data(f"{{ {BY_GITLAB} }}")
    assert data["user"] == ({"userId": "ada"} if left.signs_in else None)
