"""S51: if several users have one account or passkey, it signs in the holder of its lock, or the first by id.

The official adapter stores an account twice without a check. An item that names another user signs nobody in here: the
adapter uses the name, this API the partition.
"""

from typing import Any

import pytest

from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.resolvers.people import refusals

USERS = ("a", "b", "c")
KEYS = {
    "account": ('account(by: {account: {provider: "github", providerAccountId: "1"}})', "LOCK#ACCOUNT#6#github#1"),
    "user": ('user(by: {account: {provider: "github", providerAccountId: "1"}})', "LOCK#ACCOUNT#6#github#1"),
    "passkey": ('authenticator(by: {credentialId: "key1"})', "LOCK#AUTHENTICATOR#key1"),
}


def put(raw: RawTable, kind: str, user_id: str, *, names: str | None = None) -> None:
    named = text(names or user_id)
    if kind != "passkey":
        odd_rows.account(raw, user_id, "github", "1", userId=named)
        return
    key = "AUTHENTICATOR#key1"
    plain = {"type": text("AUTHENTICATOR"), "credentialID": text("key1"), "counter": number(0), "userId": named}
    raw.put(raw.keys(f"USER#{user_id}", key, (key, key)) | plain)


def lock(raw: RawTable, kind: str, owner: str | None) -> None:
    key = KEYS[kind][1]
    if owner is not None:
        raw.put(raw.keys(key, key) | {"type": text("LOCK"), "owner": text(owner)})


async def found(api: Api, kind: str) -> str | None:
    """The id of the user that a lookup finds."""
    selection = "userId" if kind != "passkey" else "user { userId }"
    data = await api.data(f"{{ one: {KEYS[kind][0]} {{ {selection} }} }}")
    one: dict[str, Any] | None = data["one"]
    if one is None:
        return None
    return str(one["userId"] if kind != "passkey" else one["user"]["userId"])


@pytest.fixture
def users(raw: RawTable) -> None:
    for user_id in USERS:
        odd_rows.user(raw, user_id, f"{user_id}@example.com")


@pytest.mark.parametrize("owner", [*USERS, None, "gone"])
@pytest.mark.parametrize("kind", KEYS)
async def test_s51_the_holder_of_the_lock_comes_first_and_then_the_first_by_id(
    api: Api, raw: RawTable, users: None, kind: str, owner: str | None
) -> None:
    for user_id in reversed(USERS):
        put(raw, kind, user_id)
    lock(raw, kind, owner)
    assert await found(api, kind) == (owner if owner in USERS else "a")


@pytest.mark.parametrize("owner", ["a", "b", None])
@pytest.mark.parametrize("kind", KEYS)
async def test_s51_what_names_another_user_signs_nobody_in(
    api: Api, raw: RawTable, users: None, kind: str, owner: str | None
) -> None:
    put(raw, kind, "a", names="b")
    lock(raw, kind, owner)
    assert await found(api, kind) is None
    put(raw, kind, "c")
    assert await found(api, kind) == "c"


@pytest.mark.parametrize("kind", ["account", "passkey"])
async def test_s51_it_counts_as_taken_and_can_be_removed_by_its_key(
    api: Api, raw: RawTable, users: None, kind: str
) -> None:
    put(raw, kind, "a", names="b")
    account = {"provider": "github", "providerAccountId": "1"}
    if kind == "account":
        refused = await api.change("linkAccount", "__typename", user={"userId": "c"}, **account, type="oauth")
        assert refusals(refused) == [("TAKEN", ["providerAccountId"])]
        await api.changed("unlinkAccount", "__typename", by={"account": account}, force=True)
    else:
        await api.changed("deleteAuthenticator", "__typename", by={"credentialId": "key1"}, force=True)
    assert not [item for item in raw.items() if item["sk"] != item["pk"]]


@pytest.mark.parametrize(("kind", "after"), [("account", []), ("user", ["GetItem"]), ("passkey", ["GetItem"])])
async def test_s51_only_where_there_are_several_the_lock_is_read(
    counted_api: Api, raw: RawTable, users: None, proxy: CountingProxy, kind: str, after: list[str]
) -> None:
    put(raw, kind, "a")
    await found(counted_api, kind)
    assert proxy.operations == ["Query", *after]
    put(raw, kind, "b")
    proxy.reset()
    await found(counted_api, kind)
    assert proxy.operations == ["Query", "GetItem", *after]
