"""The command `directory build`, and what `table describe` says about the lists."""

from pathlib import Path

import pytest

from dynamo import directory_state
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.models import EPOCH
from dynamo.settings import TableSettings
from resolvers.errors import graphql_name
from resolvers.user_lists import ORDERED, UserOrderField
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.processes import Environment, refusal, run
from tests.tables import directory

LISTS: Environment = {"AUTHGRAPH_DIRECTORY_INDEX_NAME": "GSI2"}


@pytest.fixture
def raw(table_settings: TableSettings) -> RawTable:
    """The items of the test's table."""
    return RawTable(table_settings)


def said(text: str) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in text.splitlines()]


@directory
def test_a_build_shows_its_counts_and_makes_the_lists_whole(
    tmp_path: Path, environment: Environment, raw: RawTable
) -> None:
    for n in range(3):
        odd_rows.user(raw, f"a{n}", f"a{n}@example.com")
    before = run(tmp_path, "table", "describe", **environment | LISTS)
    assert "not whole: run `python server.py directory build`" in before.stdout

    built = run(tmp_path, "directory", "build", **environment | LISTS)

    assert built.returncode == 0, built.stderr
    lines = said(built.stdout)
    assert ["Counted", "3", "users."] in lines
    assert ["email", "3", "3", "0", "0", "3"] in lines
    assert ["created", "3", "3", "0", "0", "3"] in lines
    again = run(tmp_path, "directory", "build", **environment | LISTS)
    assert ["email", "3", "0", "0", "0", "3"] in said(again.stdout)
    after = run(tmp_path, "table", "describe", **environment | LISTS)
    assert "list email" in after.stdout
    assert "whole, built at 20" in after.stdout
    assert "3, counted at 20" in after.stdout


@directory
def test_a_list_that_is_not_whole_ends_the_build_with_1(
    tmp_path: Path, environment: Environment, raw: RawTable
) -> None:
    odd_rows.users_sharing_email(raw, "shared@example.com", "d1", "d2")
    built = run(tmp_path, "directory", "build", **environment | LISTS)
    assert built.returncode == 1
    assert "The list email is not whole: 2 users have no entry." in " ".join(built.stderr.split())


@pytest.mark.parametrize("kept", [{}, LISTS | {"AUTHGRAPH_DIRECTORY_LISTS": "none"}], ids=["no-index", "no-list"])
def test_without_a_list_there_is_nothing_to_build(tmp_path: Path, environment: Environment, kept: Environment) -> None:
    sentence = refusal(run(tmp_path, "directory", "build", **environment | kept))
    assert "AUTHGRAPH_DIRECTORY_INDEX_NAME" in sentence
    assert "AUTHGRAPH_DIRECTORY_LISTS" in sentence


SPELLINGS = [
    (of, spelling)
    for of in DirectoryList
    for spelling in (of.setting, of.name, UserOrderField(of).name, UserOrderField(of).name.lower())
] + [(ORDERED[name], graphql_name(name)) for name in ORDERED if name.endswith("_at")]


@pytest.mark.parametrize(("of", "spelling"), SPELLINGS)
def test_the_setting_accepts_a_list_as_the_api_calls_it(of: DirectoryList, spelling: str) -> None:
    assert TableSettings(_env_file=None, directory_lists=spelling).directory_lists == (of,)


def test_a_list_that_does_not_exist_is_refused(tmp_path: Path, environment: Environment) -> None:
    sentence = refusal(run(tmp_path, "directory", "build", **environment, AUTHGRAPH_DIRECTORY_LISTS="email,phone"))
    assert "AUTHGRAPH_DIRECTORY_LISTS" in sentence
    assert "name lists among email, created, signed_in, name" in sentence


@directory
async def test_a_client_that_does_not_keep_a_list_takes_it_off_the_state(
    table_settings: TableSettings, raw: RawTable
) -> None:
    """`serve` does so before it starts: from then on, users are written without their entries."""
    run_of = Table.connect(table_settings)
    built = {
        of: directory_state.Built(EPOCH, 1) for of in (DirectoryList.EMAIL, DirectoryList.CREATED, DirectoryList.NAME)
    }
    whole = directory_state.DirectoryState(built, 5, EPOCH)
    await run_of.put(directory_state.item_of(run_of, whole))

    await directory_state.forget_unkept(run_of)
    state = await directory_state.read(run_of)
    assert (set(state.lists), state.users) == ({DirectoryList.EMAIL, DirectoryList.CREATED}, 5)

    without = Table.connect(table_settings.model_copy(update={"directory_lists": ()}))
    await directory_state.forget_unkept(without)
    assert (await directory_state.read(run_of)).lists == {}
