"""S33, S51: a new user gets nothing of an earlier user with the same id, whatever was left and by whom."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from dynamo import format
from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.resolvers.people import Person, refusals

ID = "ada"
LONG_AGO = text("2020-01-01T00:00:00.000Z")
LATER = number(4_000_000_000)
ACCOUNT = {"provider": "gitlab", "providerAccountId": "new", "type": "oauth"}
CREATIONS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "createUser": ({"userId": ID}, ["userId"]),
    "registerUser": ({"user": {"userId": ID}, "account": ACCOUNT}, ["user", "userId"]),
}
PASSKEY = {"type": text("AUTHENTICATOR"), "credentialID": text("a2V5"), "userId": text(ID)}


def passkey(raw: RawTable) -> None:
    key = "AUTHENTICATOR#a2V5"
    raw.put(raw.keys(f"USER#{ID}", key, (key, key)) | PASSKEY)


def sessions(raw: RawTable) -> None:
    for place in range(5):
        odd_rows.session(raw, ID, f"left{place}", LATER)


def row(raw: RawTable, **attributes: dict[str, Any]) -> None:
    """The item at the place of the user."""
    raw.put(raw.keys(f"USER#{ID}", f"USER#{ID}") | {"id": text(ID)} | attributes)


CHILDREN: dict[str, Callable[[RawTable], None]] = {
    "a session": lambda raw: odd_rows.session(raw, ID, "left", LATER),
    "an account": lambda raw: odd_rows.account(raw, ID, "github", "left"),
    "a passkey": passkey,
    "an item of another app": lambda raw: raw.put(raw.keys(f"USER#{ID}", "PROFILE#1")),
    "many sessions": sessions,
}
"""What the official adapter, another app or a script leaves without a user: by deleting the user's item alone, or by
a sign-in after the deletion."""
HEADS: dict[str, Callable[[RawTable], None]] = {
    "nobody": lambda _: None,
    "an old tombstone": lambda raw: row(raw, deletingAt=LONG_AGO),
}
LEFT = {
    f"{child} under {head}": (put_head, put_child)
    for head, put_head in HEADS.items()
    for child, put_child in CHILDREN.items()
}


@pytest.mark.parametrize("mutation", CREATIONS)
@pytest.mark.parametrize("left", LEFT)
async def test_s33_an_id_is_not_given_again_while_anything_is_left_under_it(
    api: Api, raw: RawTable, mutation: str, left: str
) -> None:
    for put in LEFT[left]:
        put(raw)
    before = raw.items()
    given, path = CREATIONS[mutation]
    refused = await api.change(mutation, "userErrors { message }", **given)
    assert refusals(refused) == [("TAKEN", path)]
    assert "deleteUser" in refused["userErrors"][0]["message"]
    assert raw.items() == before

    await api.changed("deleteUser", "user { id }", by={"userId": ID})
    assert raw.items() == []
    await api.changed(mutation, "__typename", **given)


@pytest.mark.parametrize("mutation", CREATIONS)
@pytest.mark.parametrize("mark", [LONG_AGO, text("x"), number(1), text(format.iso(datetime.now(UTC)))])
@pytest.mark.parametrize("more", [{"name": text("Ada")}, {"email": text("ada@example.com")}, {"type": text("USER")}])
async def test_s33_only_a_tombstone_gives_way(
    api: Api, raw: RawTable, mutation: str, mark: dict[str, Any], more: dict[str, Any]
) -> None:
    """A user whose deletion was interrupted does not, with or without `type`."""
    row(raw, deletingAt=mark, **more)
    before = raw.items()
    given, path = CREATIONS[mutation]
    refused = await api.change(mutation, "userErrors { message }", **given)
    assert refusals(refused) == [("TAKEN", path)]
    assert "deleteUser" in refused["userErrors"][0]["message"]
    assert raw.items() == before


@pytest.mark.parametrize("mutation", CREATIONS)
async def test_s33_an_old_tombstone_gives_way_and_a_new_one_does_not(api: Api, raw: RawTable, mutation: str) -> None:
    given, path = CREATIONS[mutation]
    row(raw, deletingAt=text(format.iso(datetime(2099, 1, 1, tzinfo=UTC))))
    assert refusals(await api.change(mutation, "__typename", **given)) == [("TAKEN", path)]
    row(raw, deletingAt=LONG_AGO)
    await api.changed(mutation, "__typename", **given)


@pytest.mark.parametrize("mutation", CREATIONS)
async def test_s33_of_somebody_who_stands_it_is_said_that_they_have_the_id(
    api: Api, ada: Person, mutation: str
) -> None:
    given, path = CREATIONS[mutation]
    refused = await api.change(mutation, "userErrors { message }", **given)
    assert refusals(refused) == [("TAKEN", path)]
    assert "deleteUser" not in refused["userErrors"][0]["message"]


async def test_s51_a_session_that_was_left_signs_nobody_new_in(api: Api, raw: RawTable) -> None:
    odd_rows.session(raw, ID, "left", LATER)
    await api.change("createUser", "user { id }", userId=ID)
    assert await api.acting_as("left").codes("{ caller { kind } }") == ["UNAUTHENTICATED"]


async def test_s33_a_new_user_who_meets_another_one_after_the_check_is_refused(
    api: Api, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The condition of the write repeats the check."""
    row(raw, deletingAt=LONG_AGO)
    transact = type(api.table).transact

    async def overtaken(table: Any, operations: Any, *token: Any, **more: Any) -> None:
        row(raw, deletingAt=text("2020-01-02T00:00:00.000Z"))
        await transact(table, operations, *token, **more)

    monkeypatch.setattr(type(api.table), "transact", overtaken)
    assert refusals(await api.change("createUser", "__typename", userId=ID)) == [("TAKEN", ["userId"])]
