"""The examples of GraphiQL and of the terminal do what their titles say."""

import pytest

from commands.examples import CREATE, EXAMPLES, PASTE
from dynamo.settings import TableSettings
from tests.api import Api, make_api

PANE = 55
"""How many characters GraphiQL's editor shows in a window of 1,400 pixels."""


@pytest.fixture
def api(table_settings: TableSettings) -> Api:
    """An administrator's API over an empty table."""
    return make_api(table_settings)


async def test_the_examples_work_in_their_order(api: Api) -> None:
    """The one that creates a user says what a second user with the same e-mail is."""
    for example in EXAMPLES:
        data = await api.data(example.query, example.variables)
        assert not any(payload.get("userErrors") for payload in data.values()), example.title

    given = (CREATE.variables or {})["input"]
    assert isinstance(given, dict)
    (error,) = (await api.data(CREATE.query, {"input": {**given, "userId": "another"}}))["createUser"]["userErrors"]
    assert (error["code"], error["path"]) == ("TAKEN", ["email"])
    assert f"`{error['code']}`" in CREATE.title


async def test_what_the_terminal_prints_works(api: Api) -> None:
    for name in ("Create", "Lookup"):
        assert b'"errors"' not in (await api.send(PASTE, operation_name=name)).body


def test_the_title_of_an_example_fits_into_the_editor() -> None:
    assert [example.title for example in EXAMPLES if len(f"# {example.title}") > PANE] == []
