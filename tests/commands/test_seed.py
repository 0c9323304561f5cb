"""The command `seed`, which creates invented users."""

from pathlib import Path

import pytest

from commands.demo_data import write
from commands.people import PROVIDERS, person
from commands.seed import MAX_ACCOUNTS
from dynamo import accounts, registration, sessions, users
from dynamo.client import Table
from dynamo.item import Item
from dynamo.partition import read
from dynamo.settings import TableSettings
from tests import directory_rows
from tests.dynamo.directories import assert_exact
from tests.interop.raw import RawTable
from tests.processes import Environment, refusal, run


async def _everything(table: Table) -> list[Item]:
    page = await table.scan(limit=1000, after=None)
    assert page.last_key is None
    return sorted(page.items, key=lambda item: sorted(table.key_of(item).values()))


async def test_a_seed_writes_what_it_says(
    tmp_path: Path, environment: Environment, table_settings: TableSettings
) -> None:
    """Users with accounts and sessions, which are found by e-mail and account. Existing users stay as they are."""
    table = Table.connect(table_settings)

    first = run(tmp_path, "seed", "12", "--accounts", "2", "--sessions", "3", **environment)

    assert first.stderr.strip() == ("Wrote 12 users with 24 accounts and 36 sessions; 0 users already existed."), (
        first.stderr
    )
    before = await _everything(table)
    assert len(before) == 12 * (1 + 1 + 2 * 2 + 3)
    expected = person(7, 2, 3)
    assert expected.user.email is not None
    (found,) = await users.find_by_email(table, expected.user.email)
    whole = await read(table, found.user_id)
    assert whole is not None
    assert len(whole.sessions) == 3
    assert {account.provider for account in whole.accounts} == {account.provider for account in expected.accounts}
    assert await sessions.sign_in(table, whole.sessions[0].token) is not None

    second = run(tmp_path, "seed", "13", **environment)

    assert second.stderr.strip() == "Wrote 1 users with 2 accounts and 3 sessions; 12 users already existed."
    after = await _everything(table)
    assert [item for item in after if item in before] == before


async def test_seeded_items_are_those_of_the_api(table_settings: TableSettings) -> None:
    """They have the same attributes, keys and locks as after a registration."""
    table = Table.connect(table_settings)
    made_up = person(1, 1, 1)
    assert await write(table, [made_up]) == 1
    seeded = await _everything(table)
    for item in seeded:
        await table.delete(table.key_of(item))

    await registration.register(table, made_up.user, made_up.accounts[0], made_up.sessions[0])

    registered = await _everything(table)
    differing = {"id": "", "claim": "", "createdAt": ""}
    assert [item | differing for item in registered] == [item | differing for item in seeded]


async def test_somebody_elses_account_is_not_taken(table_settings: TableSettings) -> None:
    """Only the person who would have got it is left out."""
    table = Table.connect(table_settings)
    other = await users.create(table, users.NewUser())
    await accounts.link(table, other.user_id, person(1, 1, 0).accounts[0])

    assert await write(table, [person(1, 1, 0), person(2, 1, 0)]) == 1

    (kept,) = await accounts.find(table, "google", "1000001")
    assert kept.user_id == other.user_id


def test_production_is_not_seeded(tmp_path: Path, environment: Environment) -> None:
    """Invented users must not be created there."""
    sentence = refusal(run(tmp_path, "seed", AUTHGRAPH_ENV="production", **environment))

    assert sentence.startswith("seed creates invented users: use AUTHGRAPH_ENV=development")


def test_there_are_as_many_providers_as_accounts() -> None:
    """The option allows as many accounts as there are providers."""
    assert len(PROVIDERS) == MAX_ACCOUNTS


@pytest.mark.parametrize(
    "table_settings",
    [{"directory_index": True, "directory_lists": directory_rows.ALL}],
    indirect=True,
    ids=["all-lists"],
)
async def test_seeded_users_are_in_every_list_and_have_different_times(table_settings: TableSettings) -> None:
    table = Table.connect(table_settings)
    people = [person(number, 0, 2) for number in range(1, 5)]
    assert await write(table, people) == len(people)
    await assert_exact(table, RawTable(table_settings))
    found = [await users.get(table, str(one.user.user_id)) for one in people]
    for times in ([user.created_at for user in found if user], [user.last_sign_in_at for user in found if user]):
        assert None not in times
        assert len(set(times)) == len(people)
