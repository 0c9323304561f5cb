"""What the JavaScript adapter does to e-mail addresses, and what authgraph makes of it, as `docs/auth-js.md`
promises."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from dynamo import disablement, sessions, users
from dynamo.client import Table
from dynamo.errors import AlreadyExists
from dynamo.settings import TableSettings
from dynamo.users import NewUser
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.interop import odd_rows
from tests.interop.javascript import JavaScriptAdapter
from tests.interop.raw import RawTable, text
from tests.tables import any_names

OLD, NEW = "old@example.com", "new@example.com"
LATER = datetime(2037, 1, 1, tzinfo=UTC)


@pytest.fixture
def table(table_settings: TableSettings) -> Table:
    """The adapter's table through our client."""
    return Table.connect(table_settings)


@pytest.fixture
def moved(adapter: JavaScriptAdapter) -> str:
    """The id of a user whose e-mail the adapter has changed."""
    id: str = adapter.create_user({"email": OLD})["id"]
    adapter.create_session({"sessionToken": "token", "userId": id, "expires": LATER})
    adapter.update_user({"id": id, "email": NEW})
    return id


async def ids(table: Table, email: str) -> list[str]:
    return [user.user_id for user in await users.find_by_email(table, email)]


MEETINGS: dict[str, Callable[[Table, str], Awaitable[object]]] = {
    "a sign-in": lambda table, _: sessions.sign_in(table, "token"),
    "a lookup by the old address": lambda table, _: users.find_by_email(table, OLD),
    "a sign-up with the old address": lambda table, _: users.create(table, NewUser(email=OLD)),
    "a change": lambda table, id: users.update(table, id, {"name": "Ada"}),
    "a change to the same e-mail": lambda table, id: users.update(table, id, {"email": NEW}),
    "a disablement": lambda table, id: disablement.disable(table, id, None, None),
    "an enablement": disablement.enable,
}


@any_names
@pytest.mark.parametrize("meeting", MEETINGS)
async def test_a_user_whose_email_the_adapter_changed_is_put_in_place_when_met(
    table: Table, adapter: JavaScriptAdapter, moved: str, meeting: str
) -> None:
    # Nothing in the table leads from the new address to the user.
    assert await ids(table, NEW) == []
    assert adapter.get_user_by_email(NEW) is None
    await MEETINGS[meeting](table, moved)
    assert await ids(table, NEW) == [moved]
    assert (adapter.get_user_by_email(NEW) or {})["id"] == moved
    assert (adapter.get_user_by_email(OLD) or {}).get("id") != moved
    with pytest.raises(AlreadyExists):
        await users.create(table, NewUser(email=NEW))


async def test_until_then_the_new_address_can_be_taken_and_is_not_shared_afterwards(table: Table, moved: str) -> None:
    """This limit is documented: the attribute that the adapter changes has no index."""
    other = await users.create(table, NewUser(email=NEW))
    await users.update(table, moved, {"name": "Ada"})
    assert await ids(table, NEW) == [other.user_id]
    assert await ids(table, OLD) == []


async def test_an_email_that_the_adapter_took_away_finds_nobody_and_is_free(
    table: Table, adapter: JavaScriptAdapter
) -> None:
    id = adapter.create_user({"email": OLD})["id"]
    adapter.update_user({"id": id, "email": None})
    new = await users.create(table, NewUser(email=OLD))
    assert (adapter.get_user_by_email(OLD) or {})["id"] == new.user_id
    assert await users.get(table, id) is not None


async def test_two_users_who_swapped_their_emails_are_both_put_in_place(
    table: Table, adapter: JavaScriptAdapter
) -> None:
    one, two = (adapter.create_user({"email": email})["id"] for email in (OLD, NEW))
    adapter.update_user({"id": one, "email": NEW})
    adapter.update_user({"id": two, "email": OLD})
    assert await ids(table, OLD) == []
    assert await ids(table, NEW) == [one]
    assert await ids(table, OLD) == [two]


async def test_an_address_that_the_adapter_stored_as_it_came_is_taken_in_that_spelling(
    table: Table, adapter: JavaScriptAdapter, moved: str
) -> None:
    adapter.create_user({"email": "Ada@Example.com"})
    with pytest.raises(AlreadyExists):
        await users.create(table, NewUser(email="Ada@Example.com"))
    with pytest.raises(AlreadyExists):
        await users.update(table, moved, {"email": "Ada@Example.com"})


async def test_a_spelling_of_the_adapters_is_left_to_whoever_looks_it_up(
    table: Table, adapter: JavaScriptAdapter, raw: RawTable
) -> None:
    id = adapter.create_user({"email": "Ada@Example.com"})["id"]
    before = raw.items()
    await users.find_by_email(table, "Ada@Example.com")
    await users.update(table, id, {"name": "Ada"})
    (after,) = raw.items()
    assert [{name: value for name, value in after.items() if name != "name"}] == before


async def test_whoever_is_being_deleted_or_is_changed_meanwhile_stays_as_they_are(
    table: Table, raw: RawTable, moved: str
) -> None:
    user = await users.get(table, moved, consistent=True)
    assert user is not None
    key = f"USER#{moved}"
    for now in ({"email": text("newest@example.com")}, {"deletingAt": text("2024-01-01T00:00:00.000Z")}):
        raw.put((raw.get(key, key) or {}) | now)
        before = raw.items()
        await users.put_in_place(table, user)
        assert raw.items() == before


async def test_a_failure_to_put_in_place_fails_nothing_else(
    proxied_settings: TableSettings, proxy: CountingProxy, moved: str
) -> None:
    proxy.fail_next("TransactWriteItems", "InternalServerError", times=100)
    assert await sessions.sign_in(Table.connect(proxied_settings), "token") is not None


async def test_whoever_is_in_place_costs_no_request(
    proxied_settings: TableSettings, proxy: CountingProxy, raw: RawTable
) -> None:
    odd_rows.user(raw, "u1", "Ada@Example.com")
    odd_rows.session(raw, "u1", "token", odd_rows.whole_seconds(samples.FUTURE))
    table = Table.connect(proxied_settings)
    await sessions.sign_in(table, "token")
    await users.find_by_email(table, "Ada@Example.com")
    await users.update(table, "u1", {"name": "Ada"})
    assert proxy.operations == ["Query", "BatchGetItem", "Query", "Query", "TransactWriteItems", "GetItem"]
