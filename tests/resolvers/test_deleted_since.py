"""A change that was made is never answered with a "no", even when what was changed is deleted before it can be read."""

from pathlib import Path
from typing import Any

import pytest

import dynamo
from dynamo.client import Table
from tests.api import Api
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, api_key, sign_up

CREDENTIAL = {
    "credentialId": "Y3JlZA",
    "providerAccountId": "Y3JlZA",
    "credentialPublicKey": "a2V5",
    "counter": 0,
    "deviceType": "SINGLE_DEVICE",
    "backedUp": False,
}


def changes_of(ada: Person, key_id: str = "") -> dict[str, dict[str, Any]]:
    """Every mutation that changes something and reads it back, by what it is called here."""
    return {
        "updateUser": {"by": {"id": ada.id}, "name": "Ada Lovelace"},
        "updateUser with attributes": {"by": {"id": ada.id}, "attributes": {"plan": ["pro"]}},
        "updateUser with an e-mail": {"by": {"id": ada.id}, "email": "new@example.com"},
        "disableUser": {"by": {"id": ada.id}},
        "enableUser": {"by": {"id": ada.id}},
        "updateAccountTokens": {"by": {"id": ada.account_id}, "accessToken": "new"},
        "updateSession": {"by": {"id": ada.session_id}, "attributes": {"theme": "dark"}},
        "updateAuthenticatorCounter": {"by": {"credentialId": CREDENTIAL["credentialId"]}, "counter": 1},
        "revokeApiKey": {"by": {"id": key_id}},
    }


@pytest.mark.parametrize("change", changes_of(Person("", "", "", "", "", "", "")))
async def test_a_change_that_was_made_is_never_denied(
    api: Api, raw: RawTable, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await sign_up(api, "ada")
    await api.changed("createAuthenticator", "authenticator { id }", user={"id": ada.id}, **CREDENTIAL)
    key_id, _ = await api_key(api, ["USERS_READ"])
    if change == "enableUser":
        await api.changed("disableUser", "user { id }", by={"id": ada.id})
    changed: list[dict[str, Any]] = []
    transact = Table.transact

    async def transact_and_delete(table: Table, operations: Any, *token: Any, **more: Any) -> None:
        await transact(table, operations, *token, **more)
        for key in (operation["Update"]["Key"] for operation in operations if "Update" in operation):
            changed.append(key)
            raw.delete(key)

    monkeypatch.setattr(Table, "transact", transact_and_delete)
    mutation = change.partition(" ")[0]
    selection = {"updateAccountTokens": "account", "updateSession": "session", "revokeApiKey": "apiKey"}.get(
        mutation, "authenticator" if "Authenticator" in mutation else "user"
    )
    payload = await api.change(mutation, f"{selection} {{ id }}", **changes_of(ada, key_id)[change])
    assert changed
    assert payload == {selection: None, "userErrors": []}


def test_these_are_all_that_read_what_they_have_changed() -> None:
    """Whoever calls `update_once` has its mutations in the list above."""
    store = Path(dynamo.__file__).parent
    calling = {file.stem for file in store.rglob("*.py") if "update_once" in file.read_text()}
    assert calling == {"client", "users", "accounts", "sessions", "authenticators", "api_keys"}
