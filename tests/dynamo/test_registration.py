"""Registration: user, account and session together, or nothing."""

import pytest

from dynamo import registration, sessions
from dynamo.accounts import NewAccount
from dynamo.client import Table
from dynamo.errors import AlreadyExists, Rejected
from dynamo.registration import Registration
from dynamo.sessions import NewSession
from dynamo.users import NewUser
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.tables import any_names

ADA = "ada@example.com"


async def register(
    table: Table,
    email: str | None = ADA,
    account_id: str = "1",
    token: str | None = None,
    user_id: str | None = None,
    provider: str = "github",
) -> Registration:
    session = None if token is None else NewSession(token, samples.FUTURE, {"ip": "a"})
    new = NewUser({"name": "Ada"}, email, user_id)
    return await registration.register(table, new, NewAccount(provider, account_id, "oauth", {}), session)


@any_names
async def test_it_writes_what_creating_each_by_itself_writes(table: Table, raw: RawTable) -> None:
    await register(table, token="t1", user_id="u1")
    together = {item[raw.settings.sort_key]["S"]: item for item in raw.items()}
    for item in raw.items():
        await table.delete(table.key(item[table.partition_key]["S"], item[table.sort_key]["S"]))
    await samples.user(table, "u1", ADA, name="Ada")
    await samples.account(table, "u1")
    await samples.session(table, "u1", "t1", ip="a")
    apart = {item[raw.settings.sort_key]["S"]: item for item in raw.items()}
    for items in (together, apart):
        items["ACCOUNT#github#1"].pop("id")
        items["SESSION#t1"].pop("createdAt")
        items["USER#u1"].pop("createdAt")
        for lock in (f"LOCK#EMAIL#{ADA}", "LOCK#ACCOUNT#6#github#1"):
            items[lock].pop("claim")
    assert together == apart


async def test_it_returns_all_three(table: Table) -> None:
    made = await register(table, token="t1")
    assert made.session is not None
    assert (made.user.email, made.account.provider_account_id, made.session.token) == (ADA, "1", "t1")
    assert made.account.user_id == made.session.user_id == made.user.user_id
    signed_in = await sessions.sign_in(table, "t1")
    assert signed_in is not None
    assert signed_in.user.user_id == made.user.user_id


async def test_neither_session_nor_email_is_needed(table: Table, raw: RawTable) -> None:
    made = await register(table, None)
    assert made.session is None
    assert made.user.email is None
    assert len(raw.items()) == 3


async def test_it_costs_a_check_for_the_account_the_email_and_a_chosen_token_and_one_transaction(
    proxied: Table, proxy: CountingProxy
) -> None:
    await register(proxied)
    assert proxy.operations == ["Query", "Query", "TransactWriteItems"]
    proxy.reset()
    await register(proxied, "bob@example.com", "2", token="t1")
    assert proxy.operations == ["Query", "Query", "Query", "TransactWriteItems"]


@pytest.mark.parametrize("locked", [True, False])
async def test_a_taken_email_account_or_id_leaves_nothing_behind(table: Table, raw: RawTable, locked: bool) -> None:
    if locked:
        await register(table, user_id="u1", token="t1")
    else:
        odd_rows.user(raw, "u1", ADA)
        odd_rows.account(raw, "u1", "github", "1")
    before = raw.items()
    for email, account_id, user_id, field in (
        (ADA, "2", None, "email"),
        ("eve@example.com", "1", None, "providerAccountId"),
        ("eve@example.com", "2", "u1", "userId"),
    ):
        with pytest.raises(AlreadyExists) as refusal:
            await register(table, email, account_id, "t2", user_id)
        assert refusal.value.field == field
        assert raw.items() == before


@pytest.mark.parametrize(
    ("field", "bad"),
    [("email", "nothing"), ("user_id", "a#b"), ("provider", "a#b"), ("account_id", ""), ("token", "\0")],
)
async def test_a_bad_part_leaves_nothing_behind(table: Table, raw: RawTable, field: str, bad: str) -> None:
    with pytest.raises(Rejected):
        await register(table, **{field: bad})
    assert raw.items() == []


async def test_of_concurrent_sign_ups_with_one_account_and_email_exactly_one_succeeds(
    table: Table, raw: RawTable
) -> None:
    for turn in range(5):
        made, refused = await samples.outcomes(
            register(table, f"a{turn}@example.com", str(turn), f"t{turn}-{i}") for i in range(8)
        )
        assert len(made) == 1
        assert all(isinstance(reason, AlreadyExists) for reason in refused), refused
        assert len(raw.items()) == 5 * (turn + 1)
