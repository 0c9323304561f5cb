"""`moveAccount`: the account, its tokens and its lock change hands in one transaction, or nothing does."""

import asyncio
from typing import Any

import pytest

from tests.api import Api
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy, Drop
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, key_with, passkey

MOVED = "account { id userId: user { userId } tokens { accessToken } } deletedAccountId user { userId }"
GOOGLE = {"provider": "google", "providerAccountId": "ada-at-google"}


async def second_way(api: Api, name: str = "ada") -> None:
    """Link another account, so that the first one is not the user's last way to sign in."""
    account = {"provider": "google", "providerAccountId": f"{name}-at-google"}
    await api.changed("linkAccount", "account { id }", user={"userId": name}, **account, type="oauth")


async def owner(api: Api, person: Person) -> str | None:
    """The raw id of the user whom a person's first account signs in."""
    data = await api.data("query($a: AccountKey!) { user(by: {account: $a}) { userId } }", {"a": person.account})
    return None if data["user"] is None else str(data["user"]["userId"])


def errors(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The codes and paths of a payload's errors."""
    return [(error["code"], error["path"]) for error in payload["userErrors"]]


async def test_an_account_moves_with_its_tokens_and_its_lock(api: Api, ada: Person, bob: Person) -> None:
    await second_way(api)
    payload = await api.changed("moveAccount", MOVED, by={"account": ada.account}, to={"userId": "bob"})
    assert payload["account"]["userId"] == {"userId": "bob"}
    assert payload["account"]["tokens"] == {"accessToken": "access-token-of-ada"}
    assert (payload["deletedAccountId"], payload["user"]) == (ada.account_id, {"userId": "ada"})
    assert payload["account"]["id"] != ada.account_id
    assert await owner(api, ada) == "bob"
    taken = {**ada.account, "type": "oauth"}
    assert errors(await api.change("linkAccount", "account { id }", user={"userId": "ada"}, **taken)) == [
        ("TAKEN", ["providerAccountId"])
    ]
    await assert_clean(api.table)


async def test_moving_again_by_the_old_id_or_by_the_key_changes_nothing(
    api: Api, ada: Person, bob: Person, raw: RawTable
) -> None:
    await second_way(api)
    await api.changed("moveAccount", MOVED, by={"id": ada.account_id}, to={"userId": "bob"})
    stored = raw.items()
    for by in ({"id": ada.account_id}, {"account": ada.account}):
        again = await api.changed("moveAccount", MOVED, by=by, to={"userId": "bob"})
        assert again["account"]["userId"] == {"userId": "bob"}
    assert raw.items() == stored


async def test_the_last_way_to_sign_in_moves_only_if_forced(api: Api, ada: Person, bob: Person) -> None:
    given = {"by": {"id": ada.account_id}, "to": {"userId": "bob"}}
    assert errors(await api.change("moveAccount", MOVED, **given)) == [("LAST_SIGN_IN", [])]
    assert await owner(api, ada) == "ada"
    await api.changed("moveAccount", MOVED, **given, force=True)
    assert await owner(api, ada) == "bob"


@pytest.mark.parametrize(("barred", "path"), [("ada", ["by", "id"]), ("bob", ["to"])])
async def test_no_account_moves_from_or_to_a_user_who_may_not_sign_in(
    api: Api, ada: Person, bob: Person, raw: RawTable, barred: str, path: list[str]
) -> None:
    await second_way(api)
    given = {"by": {"id": ada.account_id}, "to": {"userId": "bob"}}
    await api.changed("disableUser", "user { id }", by={"userId": barred})
    assert errors(await api.change("moveAccount", MOVED, **given)) == [("DISABLED", path)]
    await api.changed("enableUser", "user { id }", by={"userId": barred})
    await api.changed("moveAccount", MOVED, **given)


async def test_a_user_or_an_account_that_does_not_exist_is_not_found(api: Api, ada: Person) -> None:
    await second_way(api)
    given = {"by": {"id": ada.account_id}, "to": {"userId": "nobody"}}
    assert errors(await api.change("moveAccount", MOVED, **given)) == [("NOT_FOUND", ["to"])]
    missing = {"account": {"provider": "github", "providerAccountId": "no-such"}}
    payload = await api.change("moveAccount", MOVED, by=missing, to={"email": "nobody@example.com"})
    assert errors(payload) == [("NOT_FOUND", ["to", "email"]), ("NOT_FOUND", ["by", "account"])]


async def test_an_account_that_the_adapter_has_stored_twice_does_not_move_over_the_other(
    api: Api, ada: Person, bob: Person, raw: RawTable
) -> None:
    await second_way(api)
    odd_rows.account(raw, "bob", "github", ada.provider_account_id)
    payload = await api.change("moveAccount", MOVED, by={"id": ada.account_id}, to={"userId": "bob"})
    assert errors(payload) == [("TAKEN", ["by", "id"])]


async def test_the_account_of_a_passkey_does_not_move_without_it(api: Api, ada: Person, bob: Person) -> None:
    await passkey(api, ada, "a2V5", linked=True)
    account = {"provider": "passkey", "providerAccountId": "a2V5"}
    payload = await api.change("moveAccount", MOVED, by={"account": account}, to={"userId": "bob"})
    assert errors(payload) == [("INVALID", ["by", "account"])]


async def test_of_two_moves_at_once_one_wins(api: Api, ada: Person, bob: Person) -> None:
    """The other user does not get the account as well, and its tokens are in one place."""
    await second_way(api)
    await api.changed("createUser", "user { id }", userId="eve")
    moves = [api.change("moveAccount", MOVED, by={"id": ada.account_id}, to={"userId": to}) for to in ("bob", "eve")]
    payloads = await asyncio.gather(*moves)
    (code,) = [code for payload in payloads for code, _ in errors(payload)]
    assert code in ("TAKEN", "NOT_FOUND")
    assert await owner(api, ada) in ("bob", "eve")
    await assert_clean(api.table)


async def test_of_two_ways_to_sign_in_that_move_at_once_one_stays(api: Api, ada: Person, bob: Person) -> None:
    await second_way(api)
    moves = [
        api.change("moveAccount", MOVED, by={"account": account}, to={"userId": "bob"})
        for account in (ada.account, GOOGLE)
    ]
    codes = [code for payload in await asyncio.gather(*moves) for code, _ in errors(payload)]
    assert codes == ["LAST_SIGN_IN"]
    await assert_clean(api.table)


async def test_tokens_that_are_replaced_meanwhile_move_too(
    counted_api: Api, api: Api, ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await second_way(api)
    transact = type(api.table).transact
    is_first = True

    async def late(table: Any, operations: Any, *token: Any, **more: Any) -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            given = {"by": {"account": ada.account}, "accessToken": "newer"}
            await api.changed("updateAccountTokens", "account { id }", **given)
        await transact(table, operations, *token, **more)

    monkeypatch.setattr(type(api.table), "transact", late)
    payload = await counted_api.changed("moveAccount", MOVED, by={"id": ada.account_id}, to={"userId": "bob"})
    assert payload["account"]["tokens"] == {"accessToken": "newer"}


async def test_a_move_takes_one_transaction_and_is_done_once_if_its_response_is_lost(
    counted_api: Api, api: Api, ada: Person, bob: Person, proxy: CountingProxy
) -> None:
    await second_way(api)
    proxy.reset()
    given = {"by": {"id": ada.account_id}, "to": {"userId": "bob"}}
    proxy.plan("TransactWriteItems", Drop(answered=True))
    await counted_api.changed("moveAccount", "account { id }", **given)
    assert (proxy.count("TransactWriteItems"), proxy.count("GetItem"), proxy.count("Query")) == (2, 4, 3)
    await assert_clean(api.table)


async def test_a_key_without_the_scope_moves_nothing(api: Api, ada: Person) -> None:
    document = "mutation($input: MoveAccountInput!) { moveAccount(input: $input) { account { id } } }"
    variables = {"input": {"by": {"id": ada.account_id}, "to": {"userId": "bob"}}}
    writer = await key_with(api, "USERS_WRITE")
    for caller in (api.acting_as(writer), api.acting_as(ada.token)):
        assert await caller.codes(document, variables) == ["FORBIDDEN"]
