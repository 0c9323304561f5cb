"""S50: the official adapter can store any address on a user. Lookups still find the user who holds the address here.

A magic link signs in the user whom the lookup by e-mail finds, so the address must never lead to a user who only claims
it.
"""

import pytest

from dynamo import users
from dynamo.client import Table
from dynamo.errors import AlreadyExists
from dynamo.settings import TableSettings
from dynamo.users import NewUser
from tests.api import Api, make_api
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.interop import odd_rows
from tests.interop.javascript import JavaScriptAdapter
from tests.interop.raw import RawTable, text
from tests.interop.test_emails_the_adapter_changes import MEETINGS, OLD
from tests.tables import any_names

VICTIM = "victim@example.com"
SPELLINGS = [VICTIM, "Victim@Example.com", " victim@example.com"]
"""Spellings of the address that the adapter may be given. It stores each unchanged."""
VICTIMS = ["registered here", "made by the adapter", "without index keys"]
IDS = ["0", "zzz"]
"""Ids that are sorted before and after any UUID, because no order may matter."""


@pytest.fixture
def table(table_settings: TableSettings) -> Table:
    """The adapter's table through our client."""
    return Table.connect(table_settings)


@pytest.fixture
def api(table_settings: TableSettings) -> Api:
    """An administrator's API over the table."""
    return make_api(table_settings)


async def found(api: Api, email: str) -> str | None:
    data = await api.data("query($e: String!) { user(by: {email: $e}) { userId } }", {"e": email})
    return None if data["user"] is None else str(data["user"]["userId"])


async def victim(table: Table, raw: RawTable, adapter: JavaScriptAdapter, how: str) -> str:
    if how == "made by the adapter":
        return str(adapter.create_user({"email": VICTIM})["id"])
    user = await users.create(table, NewUser(email=VICTIM))
    if how == "without index keys":
        key = f"USER#{user.user_id}"
        item = raw.get(key, key) or {}
        names = (raw.settings.index_partition_key, raw.settings.index_sort_key)
        raw.put({name: value for name, value in item.items() if name not in names})
    return user.user_id


def attacker(raw: RawTable, adapter: JavaScriptAdapter, user_id: str, email: str) -> None:
    """A signed-in user with this id, whose e-mail the adapter has changed to the victim's."""
    odd_rows.user(raw, user_id, OLD)
    odd_rows.session(raw, user_id, "token", odd_rows.whole_seconds(samples.FUTURE))
    adapter.update_user({"id": user_id, "email": email})


@pytest.mark.parametrize("user_id", IDS)
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("how", VICTIMS)
async def test_s50_nobody_is_moved_onto_an_address_that_somebody_else_has(
    table: Table, api: Api, raw: RawTable, adapter: JavaScriptAdapter, how: str, spelling: str, user_id: str
) -> None:
    """However the attacker is read, and whichever of the two users is sorted first."""
    owner = await victim(table, raw, adapter, how)
    attacker(raw, adapter, user_id, spelling)
    before = await found(api, VICTIM)
    for meeting in MEETINGS.values():
        try:
            await meeting(table, user_id)
        except AlreadyExists:
            continue
        assert await found(api, VICTIM) == before in (owner, None)
        assert (adapter.get_user_by_email(VICTIM) or {}).get("id") != user_id
    await users.update(table, owner, {"email": VICTIM})
    assert await found(api, VICTIM) == owner


@any_names
async def test_s50_whoever_is_met_is_taken_off_the_address_they_left(
    table: Table, raw: RawTable, adapter: JavaScriptAdapter
) -> None:
    """It is done once, so it is not tried again with each request."""
    await users.create(table, NewUser(email=VICTIM))
    attacker(raw, adapter, "u1", VICTIM)
    await MEETINGS["a sign-in"](table, "u1")
    item = raw.get("USER#u1", "USER#u1") or {}
    assert item["email"] == text(VICTIM)
    assert raw.settings.index_partition_key not in item
    assert raw.settings.index_sort_key not in item


async def test_s50_an_address_that_is_free_is_claimed_in_the_same_transaction(
    table: Table, raw: RawTable, adapter: JavaScriptAdapter
) -> None:
    attacker(raw, adapter, "u1", VICTIM)
    await MEETINGS["a sign-in"](table, "u1")
    lock = raw.get(f"LOCK#EMAIL#{VICTIM}", f"LOCK#EMAIL#{VICTIM}")
    assert lock is not None
    assert lock["owner"] == text("u1")


@pytest.mark.parametrize("owner", [*IDS, None, "gone"])
async def test_s50_of_several_with_one_address_the_holder_of_its_lock_is_found_or_the_first_by_id(
    api: Api, raw: RawTable, owner: str | None
) -> None:
    odd_rows.users_sharing_email(raw, VICTIM, *IDS, "m")
    lock = f"LOCK#EMAIL#{VICTIM}"
    if owner is not None:
        raw.put(raw.keys(lock, lock) | {"type": text("LOCK"), "owner": text(owner)})
    assert await found(api, VICTIM) == (owner if owner in IDS else "0")


async def test_s50_without_a_lock_every_spelling_finds_the_user_in_the_normalised_one(api: Api, raw: RawTable) -> None:
    odd_rows.user(raw, "0", "Victim@Example.com")
    odd_rows.user(raw, "victim", VICTIM)
    for spelling in (VICTIM, "Victim@Example.com", "VICTIM@example.com"):
        assert await found(api, spelling) == "victim"


async def test_s50_being_put_in_place_costs_a_check_and_a_transaction_once(
    proxied_settings: TableSettings, proxy: CountingProxy, raw: RawTable, adapter: JavaScriptAdapter
) -> None:
    signed_in = ["Query", "BatchGetItem"]
    attacker(raw, adapter, "u1", VICTIM)
    table = Table.connect(proxied_settings)
    await MEETINGS["a sign-in"](table, "u1")
    await MEETINGS["a sign-in"](table, "u1")
    assert proxy.operations == [*signed_in, "Query", "TransactWriteItems", *signed_in]


async def test_s50_being_taken_off_costs_two_reads_and_a_transaction_once(
    proxied_settings: TableSettings, proxy: CountingProxy, raw: RawTable, adapter: JavaScriptAdapter
) -> None:
    signed_in = ["Query", "BatchGetItem"]
    odd_rows.user(raw, "victim", VICTIM)
    attacker(raw, adapter, "u1", VICTIM)
    table = Table.connect(proxied_settings)
    await MEETINGS["a sign-in"](table, "u1")
    await MEETINGS["a sign-in"](table, "u1")
    assert proxy.operations == [*signed_in, "Query", "GetItem", "TransactWriteItems", *signed_in]
