"""The commands that create, complete and describe the table."""

from pathlib import Path
from typing import TYPE_CHECKING

from dynamo.settings import TableSettings
from dynamo.tables.lifecycle import describe_table
from tests.processes import Environment, refusal, run

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_a_table_is_made_and_described(tmp_path: Path, endpoint_url: str, control: "DynamoDBClient") -> None:
    """It has the index, the expiry and the protection that were asked for."""
    name = f"made-{tmp_path.name}"
    settings = TableSettings(table_name=name, dynamodb_endpoint_url=endpoint_url)
    named = {"AUTHGRAPH_TABLE_NAME": name, "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": endpoint_url}
    try:
        made = run(tmp_path, "table", "create", "--directory-index", **named)

        assert made.returncode == 0, made.stderr
        assert "AUTHGRAPH_DIRECTORY_INDEX_NAME=GSI2" in made.stderr
        assert describe_table(settings).index("GSI2") is not None

        described = run(tmp_path, "table", "describe", **named)

        assert described.returncode == 0, described.stderr
        assert described.stdout == made.stdout
        rows = [line.split(maxsplit=1) for line in described.stdout.splitlines()]
        assert ["table", name] in [[word.strip() for word in row] for row in rows]
    finally:
        control.delete_table(TableName=settings.table_name)


def test_a_missing_table_is_named(tmp_path: Path, environment: Environment) -> None:
    """The message names the command that creates it."""
    sentence = refusal(run(tmp_path, "table", "describe", **environment | {"AUTHGRAPH_TABLE_NAME": "nowhere"}))

    assert sentence.startswith("There is no table nowhere at http://127.0.0.1:")
    assert "create it with `python server.py table create`" in sentence


def test_other_key_names_are_named(tmp_path: Path, environment: Environment) -> None:
    """`describe` prints the table as it is, and then what differs."""
    process = run(tmp_path, "table", "describe", **environment | {"AUTHGRAPH_PARTITION_KEY": "id"})

    assert process.returncode == 2
    assert "pk (HASH), sk (RANGE)" in process.stdout
    assert "set AUTHGRAPH_PARTITION_KEY and AUTHGRAPH_SORT_KEY to the table's" in process.stderr


def test_a_table_with_other_keys_is_left_alone(
    tmp_path: Path, environment: Environment, table_settings: TableSettings
) -> None:
    """`create` rejects it, and adds nothing."""
    before = describe_table(table_settings)

    refusal(run(tmp_path, "table", "create", "--directory-index", **environment | {"AUTHGRAPH_SORT_KEY": "range"}))

    assert describe_table(table_settings) == before


def test_an_unreachable_endpoint_is_named(tmp_path: Path) -> None:
    """The command fails with one sentence, and creates nothing."""
    sentence = refusal(run(tmp_path, "table", "create", AUTHGRAPH_DYNAMODB_ENDPOINT_URL="http://127.0.0.1:9"))

    assert sentence.startswith("There is no response from http://127.0.0.1:9: check that DynamoDB runs there")
    assert list(tmp_path.iterdir()) == []
