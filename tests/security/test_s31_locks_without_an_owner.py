"""S31: a lock without a valid owner blocks nobody: the next user who claims it takes it over."""

from typing import Any

import pytest

from tests.api import Api
from tests.interop.raw import NULL, RawTable, number, text
from tests.resolvers.people import Person, passkey_input

OWNERS: dict[str, dict[str, Any] | None] = {
    "missing": None,
    "null": NULL,
    "empty": text(""),
    "a number": number(5),
    "yes": {"BOOL": True},
    "a map": {"M": {"id": text("ada")}},
    "a list": {"L": [text("ada")]},
    "a set": {"SS": ["ada"]},
    "bytes": {"B": b"ada"},
    "no part of a key": text("a\0b"),
    "longer than a key": text("a" * 3000),
    "nobody": text("gone"),
}
"""Values of `owner` that were written by hand or by another app."""
GITHUB = {"provider": "github", "providerAccountId": "1", "type": "oauth"}
EMAIL = "new@example.com"
CLAIMS: dict[str, tuple[str, dict[str, Any]]] = {
    f"LOCK#EMAIL#{EMAIL}": ("createUser", {"email": EMAIL}),
    f"LOCK#EMAIL#{EMAIL} of a change": ("updateUser", {"by": {"userId": "ada"}, "email": EMAIL}),
    f"LOCK#EMAIL#{EMAIL} of a sign-up": ("registerUser", {"user": {"email": EMAIL}, "account": GITHUB}),
    "LOCK#ACCOUNT#6#github#1": ("linkAccount", {"user": {"userId": "ada"}, **GITHUB}),
    "LOCK#ACCOUNT#6#github#1 of a sign-up": ("registerUser", {"user": {}, "account": GITHUB}),
    "LOCK#AUTHENTICATOR#key1": ("createAuthenticator", passkey_input("ada", "key1")),
}
"""Every mutation that claims a lock."""


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("claim", CLAIMS)
async def test_s31_a_lock_without_an_owner_is_taken_over(
    api: Api, ada: Person, raw: RawTable, claim: str, owner: str
) -> None:
    mutation, given = CLAIMS[claim]
    lock = claim.partition(" ")[0]
    stored = OWNERS[owner]
    raw.put(raw.keys(lock, lock) | {"type": text("LOCK")} | ({} if stored is None else {"owner": stored}))
    await api.changed(mutation, "__typename", **given)
    held = raw.get(lock, lock)
    assert held is not None
    users = [item["id"] for item in raw.items() if item["pk"] == item["sk"] and item["pk"]["S"].startswith("USER#")]
    assert held["owner"] in users
