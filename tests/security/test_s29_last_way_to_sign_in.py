"""S29: a user's last way to sign in is not removed unless a program forces it, however many try at once.

Auth.js signs in with a passkey by two items: the authenticator and the account that it names. One alone is no way to
sign in.
"""

import asyncio
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any

import pytest

from dynamo import accounts, authenticators
from dynamo.client import Table
from dynamo.errors import LastSignIn, NotFound, Stale
from tests.api import Api
from tests.faults.turns import Turns
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.resolvers.people import Person, passkey, refusals

GOOGLE = {"provider": "google", "providerAccountId": "1", "type": "oauth"}
SEEDS = range(40)


@dataclass(frozen=True, slots=True)
class Row:
    """An account or an authenticator as it is stored in tables."""

    kind: str
    """The type of an account, or `passkey` for an authenticator."""
    id: str
    names: str = ""
    """The account that an authenticator names."""

    def put(self, raw: RawTable, user_id: str = "u1") -> None:
        """Store it without a lock, as an app would."""
        if self.kind != "passkey":
            provider = "passkeys" if self.kind == "webauthn" else "google"
            odd_rows.account(raw, user_id, provider, self.id, type=text(self.kind))
            return
        key = f"AUTHENTICATOR#{self.id}"
        plain = {"type": "AUTHENTICATOR", "credentialID": self.id, "userId": user_id, "providerAccountId": self.names}
        written = {name: text(value) for name, value in plain.items()}
        raw.put(raw.keys(f"USER#{user_id}", key, (key, key)) | written | {"counter": number(0)})

    async def remove(self, table: Table) -> None:
        """Remove it from its user."""
        if self.kind != "passkey":
            provider = "passkeys" if self.kind == "webauthn" else "google"
            (account,) = await accounts.find(table, provider, self.id)
            await accounts.unlink(table, account)
            return
        found = await authenticators.find(table, self.id)
        assert found is not None
        await authenticators.delete(table, found)


OAUTH = Row("oauth", "g")
WHOLE = (Row("webauthn", "key1"), Row("passkey", "key1", "key1"))
REMOVED = {
    "an account": ((OAUTH,), OAUTH),
    "the authenticator of a passkey": (WHOLE, WHOLE[1]),
    "the account of a passkey": (WHOLE, WHOLE[0]),
}
LEFT: dict[str, tuple[tuple[Row, ...], bool]] = {
    "nothing": ((), False),
    "an account": ((Row("oidc", "h"),), True),
    "a passkey": ((Row("webauthn", "key2"), Row("passkey", "key2", "key2")), True),
    "a passkey whose account has another id": ((Row("webauthn", "z"), Row("passkey", "key2", "z")), True),
    "the account of a passkey": ((Row("webauthn", "key2"),), False),
    "an authenticator": ((Row("passkey", "key2", "key2"),), False),
    "an authenticator that names nothing": ((Row("passkey", "key2"),), False),
    "halves of two passkeys": ((Row("webauthn", "key2"), Row("passkey", "key3", "key3")), False),
    "an authenticator that names an account at a provider": ((Row("passkey", "key2", "g"),), False),
    "many dead halves and a passkey": (
        (*(Row("webauthn", f"w{i:03}") for i in range(120)), Row("passkey", "zzzz", "w119")),
        True,
    ),
}


@pytest.mark.parametrize(("removed", "left"), list(product(REMOVED, LEFT)))
async def test_s29_something_is_removed_only_if_a_whole_way_to_sign_in_is_left(
    table: Table, raw: RawTable, removed: str, left: str
) -> None:
    rows, doomed = REMOVED[removed]
    others, is_a_way = LEFT[left]
    odd_rows.user(raw, "u1", "ada@example.com")
    for row in (*rows, *others):
        row.put(raw)
    before = raw.items()
    if is_a_way:
        await doomed.remove(table)
        assert len(raw.items()) == len(before) - 1
    else:
        with pytest.raises(LastSignIn):
            await doomed.remove(table)
        assert raw.items() == before


@pytest.mark.parametrize("seed", range(10))
async def test_s29_of_passkeys_without_accounts_the_last_one_stays(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """An app may sign people in by authenticators alone."""
    odd_rows.user(raw, "u1", "ada@example.com")
    rows = [Row("passkey", f"key{i}", f"key{i}") for i in range(2)]
    for row in rows:
        row.put(raw)
    turns = Turns(seed, monkeypatch, crashes=0)
    calls = await turns.run({row.id: row.remove(table) for row in rows})
    assert sorted(type(call.error).__name__ for call in calls) == ["LastSignIn", "NoneType"]
    assert len(raw.items()) == 2


def ways(raw: RawTable) -> int:
    """How many complete ways to sign in a table with one user contains."""
    items = [item for item in raw.items() if item["pk"] == text("USER#u1")]
    linked = [item for item in items if item["sk"]["S"].startswith("ACCOUNT#")]
    passkeys = [item for item in items if item["sk"]["S"].startswith("AUTHENTICATOR#")]
    named = [item["providerAccountId"] for item in passkeys]
    return sum(item["type"] != text("webauthn") or item["providerAccountId"] in named for item in linked)


@pytest.mark.parametrize("seed", SEEDS)
async def test_s29_whatever_is_removed_at_once_in_whatever_order_leaves_a_way(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    drawn = Random(seed)
    rows = [*WHOLE, Row("webauthn", "key2"), Row("passkey", "key2", "key2"), Row("passkey", "key3", "key3")]
    rows = [*drawn.sample(rows, 4), *([OAUTH] if seed % 2 else WHOLE)]
    rows = list(dict.fromkeys(rows))
    odd_rows.user(raw, "u1", "ada@example.com")
    for row in rows:
        row.put(raw)
    assert ways(raw)
    turns = Turns(seed, monkeypatch, crashes=0)
    calls = await turns.run({f"{row.kind} {row.id}": row.remove(table) for row in rows})
    unexpected = [call for call in calls if not isinstance(call.error, LastSignIn | NotFound | Stale | None)]
    assert unexpected == []
    assert ways(raw)


async def test_the_last_account_stays(api: Api, ada: Person) -> None:
    for caller in (api, api.acting_as(ada.token)):
        refused = await caller.change("unlinkAccount", "account { id }", by={"account": ada.account})
        assert refusals(refused) == [("LAST_SIGN_IN", [])]


async def test_a_program_forces_it(api: Api, ada: Person) -> None:
    await api.changed("unlinkAccount", "account { id }", by={"account": ada.account}, force=True)
    data = await api.data('{ user(by: {userId: "ada"}) { accounts { nodes { id } } } }')
    assert data["user"]["accounts"]["nodes"] == []


async def test_two_unlinks_at_once_leave_one(api: Api, ada: Person) -> None:
    other = (await api.changed("linkAccount", "account { id }", user={"userId": "ada"}, **GOOGLE))["account"]["id"]
    payloads = await asyncio.gather(
        *(api.change("unlinkAccount", "account { id }", by={"id": id}) for id in (ada.account_id, other))
    )
    assert sorted(len(payload["userErrors"]) for payload in payloads) == [0, 1]
    data = await api.data('{ user(by: {userId: "ada"}) { accounts { nodes { id } } } }')
    assert len(data["user"]["accounts"]["nodes"]) == 1


async def test_an_account_and_a_passkey_removed_at_once_leave_one(api: Api, ada: Person) -> None:
    await passkey(api, ada, "key1", linked=True)
    payloads = await asyncio.gather(
        api.change("unlinkAccount", "account { id }", by={"id": ada.account_id}),
        api.change("deleteAuthenticator", "authenticator { id }", by={"credentialId": "key1"}),
    )
    assert sorted(len(payload["userErrors"]) for payload in payloads) == [0, 1]


@pytest.mark.parametrize("half", ["unlinkAccount", "deleteAuthenticator"])
async def test_s29_neither_half_of_the_last_passkey_is_removed(api: Api, ada: Person, half: str) -> None:
    await passkey(api, ada, "key1", linked=True)
    await api.changed("unlinkAccount", "account { id }", by={"account": ada.account})
    given: dict[str, dict[str, Any]] = {
        "unlinkAccount": {"by": {"account": {"provider": "passkey", "providerAccountId": "key1"}}},
        "deleteAuthenticator": {"by": {"credentialId": "key1"}},
    }
    for caller in (api, api.acting_as(ada.token)):
        refused = await caller.change(half, "userErrors { message }", **given[half])
        assert refusals(refused) == [("LAST_SIGN_IN", [])]
    await api.changed(half, "__typename", **given[half], force=True)


@pytest.fixture
def table(api: Api) -> Table:
    """The table that the API uses."""
    return api.table
