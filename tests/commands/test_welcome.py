"""What `serve` prints when it has started."""

import pytest

from commands.welcome import welcome
from dynamo.settings import TableSettings


def welcomed(
    capsys: pytest.CaptureFixture[str], *, graphiql: bool = True, console: bool = True, trusted: bool = False
) -> str:
    """The text for a server with these settings."""
    table = TableSettings(_env_file=None)
    welcome(
        "http://127.0.0.1:8000",
        "key",
        table,
        own_engine=True,
        empty=True,
        graphiql=graphiql,
        console=console,
        trusted=trusted,
    )
    return capsys.readouterr().out


def test_a_developer_gets_a_command_and_operations_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    text = welcomed(capsys, graphiql=True, trusted=False)
    assert "GraphQL and GraphiQL" in text
    assert "curl -s http://127.0.0.1:8000/graphql" in text
    assert "mutation Create" in text


def test_without_graphiql_there_is_nothing_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    text = welcomed(capsys, graphiql=False, trusted=False)
    assert "curl -s" in text
    assert "GraphiQL" not in text
    assert "mutation" not in text


def test_with_trusted_documents_there_is_no_example_that_the_server_rejects(capsys: pytest.CaptureFixture[str]) -> None:
    text = welcomed(capsys, graphiql=True, trusted=True)
    assert "AUTHGRAPH_DOCUMENTS" in text
    for rejected in ("curl", "mutation", "schema.graphql", "GraphQL and GraphiQL"):
        assert rejected not in text


@pytest.mark.parametrize("console", [True, False])
def test_the_address_of_the_console_is_said_if_it_is_served(capsys: pytest.CaptureFixture[str], console: bool) -> None:
    assert ("http://127.0.0.1:8000/console" in welcomed(capsys, console=console)) is console
