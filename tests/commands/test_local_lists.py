"""The lists of users on the local engine: they are there from the start, and in tables that were made without them."""

import os
from pathlib import Path
from typing import Any

import pytest

from commands import engine
from commands.settings import read_settings
from dynamo import directory_state
from dynamo.aws_errors import TableMissing
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.settings import TableSettings
from dynamo.tables import lifecycle
from dynamo.tables.layout import DIRECTORY_INDEX

EVERY = set(DirectoryList)
GIVEN: dict[str, tuple[dict[str, str], set[DirectoryList]]] = {
    "nothing": ({}, EVERY),
    "an index": ({"AUTHGRAPH_DIRECTORY_INDEX_NAME": "by-type"}, EVERY),
    "a list": ({"AUTHGRAPH_DIRECTORY_LISTS": "email"}, {DirectoryList.EMAIL}),
    "no list": ({"AUTHGRAPH_DIRECTORY_LISTS": "none"}, set()),
    "another engine": ({"AUTHGRAPH_DYNAMODB_ENDPOINT_URL": "http://127.0.0.1:8001"}, set()),
    "production": ({"AUTHGRAPH_ENV": "production"}, set()),
}
"""Settings, and the lists that are kept with them."""


@pytest.mark.parametrize("given", GIVEN)
def test_all_lists_are_kept_on_the_local_engine_unless_the_settings_say_otherwise(
    given: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment, kept = GIVEN[given]
    monkeypatch.chdir(tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    table = read_settings().table
    assert table.lists_kept == kept
    if kept:
        assert table.directory_index_name == environment.get("AUTHGRAPH_DIRECTORY_INDEX_NAME", DIRECTORY_INDEX)


@pytest.fixture
def listed(usual_settings: TableSettings, monkeypatch: pytest.MonkeyPatch) -> TableSettings:
    """Settings of a table that does not exist, as they are on the local engine."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    update = {"directory_index_name": DIRECTORY_INDEX, "directory_lists": tuple(DirectoryList)}
    return usual_settings.model_copy(update=update)


def reached(settings: TableSettings, name: str, *, make: bool) -> TableSettings:
    """What leads to a table of the test engine, as if it were our own."""
    assert settings.dynamodb_endpoint_url is not None
    named = settings.model_copy(update={"table_name": name})
    return engine.table_at(named, settings.dynamodb_endpoint_url, make=make)


def state_of(settings: TableSettings) -> Any:
    """The state of the directory."""

    async def read(table: Table) -> directory_state.DirectoryState:
        return await directory_state.read(table)

    return engine.run(settings, read)


def test_a_table_that_is_made_has_whole_lists(listed: TableSettings) -> None:
    settings = reached(listed, "made-with-lists", make=True)
    assert lifecycle.check_table(settings) == ()
    assert set(state_of(settings).lists) == EVERY
    assert state_of(settings).users is None


@pytest.mark.parametrize("make", [True, False])
def test_a_table_that_was_made_without_the_index_gets_it_and_its_lists_are_not_whole(
    listed: TableSettings, make: bool
) -> None:
    name = f"made-before-{make}"
    lifecycle.create_table(listed.model_copy(update={"table_name": name, "directory_index_name": None}))
    settings = reached(listed, name, make=make)
    assert lifecycle.check_table(settings) == ()
    assert state_of(settings).lists == {}


def test_a_command_that_only_reads_creates_no_table_for_a_mistyped_name(listed: TableSettings) -> None:
    settings = reached(listed, "mistyped", make=False)
    with pytest.raises(TableMissing):
        lifecycle.check_table(settings)
