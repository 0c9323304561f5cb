"""S29: a user's last way to sign in is not removed unless an administrator forces it, however many try at once."""

import asyncio

from tests.api import Api
from tests.resolvers.people import Person, passkey, refusals

GOOGLE = {"provider": "google", "providerAccountId": "1", "type": "oauth"}


async def test_the_last_account_stays(api: Api, ada: Person) -> None:
    for caller in (api, api.acting_as(ada.token)):
        refused = await caller.change("unlinkAccount", "account { id }", by={"account": ada.account})
        assert refusals(refused) == [("LAST_SIGN_IN", [])]


async def test_an_administrator_forces_it(api: Api, ada: Person) -> None:
    await api.changed("unlinkAccount", "account { id }", by={"account": ada.account}, force=True)
    data = await api.data('{ user(by: {userId: "ada"}) { accounts { nodes { id } } } }')
    assert data["user"]["accounts"]["nodes"] == []


async def test_two_unlinks_at_once_leave_one(api: Api, ada: Person) -> None:
    other = (await api.changed("linkAccount", "account { id }", user="ada", **GOOGLE))["account"]["id"]
    payloads = await asyncio.gather(
        *(api.change("unlinkAccount", "account { id }", by={"id": id}) for id in (ada.account_id, other))
    )
    assert sorted(len(payload["userErrors"]) for payload in payloads) == [0, 1]
    data = await api.data('{ user(by: {userId: "ada"}) { accounts { nodes { id } } } }')
    assert len(data["user"]["accounts"]["nodes"]) == 1


async def test_an_account_and_a_passkey_removed_at_once_leave_one(api: Api, ada: Person) -> None:
    await passkey(api, ada, "c1")
    payloads = await asyncio.gather(
        api.change("unlinkAccount", "account { id }", by={"id": ada.account_id}),
        api.change("deleteAuthenticator", "authenticator { id }", credentialId="c1"),
    )
    assert sorted(len(payload["userErrors"]) for payload in payloads) == [0, 1]
    data = await api.data('{ user(by: {userId: "ada"}) { accounts { nodes { id } } authenticators { id } } }')
    assert len(data["user"]["accounts"]["nodes"]) + len(data["user"]["authenticators"]) == 1
