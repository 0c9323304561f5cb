"""S27: no value of a caller moves an item to another place in the table."""

import pytest

from tests.api import Api
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, refusals

ODD = ["", "#", "a#SESSION#b", "\0", "a\0b", "\ud800", "x" * 2049]


@pytest.mark.parametrize("value", ODD)
async def test_an_odd_user_id_is_refused(api: Api, value: str) -> None:
    refused = await api.change("createUser", "user { id }", userId=value)
    assert refusals(refused) == [("INVALID", ["userId"])]


@pytest.mark.parametrize("value", ODD)
async def test_an_odd_provider_is_refused(api: Api, ada: Person, value: str) -> None:
    given = {"provider": value, "providerAccountId": "1", "type": "oauth"}
    assert refusals(await api.change("linkAccount", "account { id }", user={"userId": "ada"}, **given)) == [
        ("INVALID", ["provider"])
    ]


@pytest.mark.parametrize("value", [value for value in ODD if "#" not in value])
async def test_an_odd_token_is_refused(api: Api, ada: Person, value: str) -> None:
    refused = await api.change("createSession", "session { id }", user={"userId": "ada"}, sessionToken=value)
    assert refusals(refused) == [("INVALID", ["sessionToken"])]


async def test_a_separator_in_a_value_stays_in_its_place(api: Api, ada: Person, raw: RawTable) -> None:
    """A `#` is stored where it is unambiguous: in the last part of a key."""
    await api.changed("createSession", "session { id }", user={"userId": "ada"}, sessionToken="a#b")
    await api.changed(
        "linkAccount", "account { id }", user={"userId": "ada"}, provider="p", providerAccountId="1#2", type="oauth"
    )
    assert raw.get("USER#ada", "SESSION#a#b") is not None
    assert raw.get("USER#ada", "ACCOUNT#p#1#2") is not None
    data = await api.data('{ account(by: {account: {provider: "p#1", providerAccountId: "2"}}) { id } }')
    assert data == {"account": None}


async def test_a_raw_id_reaches_no_item_but_a_user(api: Api, ada: Person, bob: Person) -> None:
    for user_id in ("ada#ACCOUNT", "USER#ada", "../ada", "ada\0"):
        document = "query($id: ID!) { user(by: {userId: $id}) { id } }"
        assert await api.data(document, {"id": user_id}) == {"user": None}
    await api.changed("deleteUser", "user { id }", by={"userId": "USER#ada"})
    assert (await api.data('{ user(by: {userId: "ada"}) { userId } }'))["user"] == {"userId": "ada"}
