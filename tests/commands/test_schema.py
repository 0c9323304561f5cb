"""The commands that write the schema to a file and check it."""

from pathlib import Path

import pytest

from commands.errors import FileStale
from commands.schema import export, subgraph
from schema import federation
from schema.build import sdl
from tests.processes import refusal, run


def test_the_schema_is_written_where_one_says(tmp_path: Path) -> None:
    """The file has the schema that the server serves."""
    export(tmp_path / "contract.graphql")

    assert (tmp_path / "contract.graphql").read_text() == sdl()


def test_a_file_that_is_up_to_date_passes_the_check(tmp_path: Path) -> None:
    """The check does not write the file."""
    export(tmp_path / "contract.graphql")
    before = (tmp_path / "contract.graphql").stat().st_mtime_ns

    export(tmp_path / "contract.graphql", check=True)

    assert (tmp_path / "contract.graphql").stat().st_mtime_ns == before


def test_a_stale_file_fails_the_check(tmp_path: Path) -> None:
    """The check exits with status 2, and does not write the file."""
    (tmp_path / "schema.graphql").write_text("type Query { old: Int }")

    sentence = refusal(run(tmp_path, "schema", "export", "--check"))

    assert sentence == "schema.graphql is not the schema of the server: run `python server.py schema export`."
    assert (tmp_path / "schema.graphql").read_text() == "type Query { old: Int }"


def test_a_missing_file_fails_the_check(tmp_path: Path) -> None:
    """The check does not create the file."""
    refusal(run(tmp_path, "schema", "export", "--check"))

    assert list(tmp_path.iterdir()) == []


def test_the_schema_goes_to_standard_output(tmp_path: Path) -> None:
    """Nothing else is printed there, so that it can be piped."""
    process = run(tmp_path, "schema", "export", "--output", "-")

    assert process.stdout == sdl()
    assert process.stderr == ""


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The path of a folder is not a file."""
    sentence = refusal(run(tmp_path, "schema", "export", "--output", str(tmp_path)))

    assert sentence == f"{tmp_path} cannot be written (Is a directory): name another with --output."


def test_the_schema_of_the_subgraph_is_written_and_checked(tmp_path: Path) -> None:
    """It is another file, so that the usual one is not overwritten."""
    written = run(tmp_path, "schema", "subgraph")

    assert written.returncode == 0, written.stderr
    assert (tmp_path / "subgraph.graphql").read_text() == federation.sdl()
    assert not (tmp_path / "schema.graphql").exists()
    (tmp_path / "subgraph.graphql").write_text("type Query { old: Int }")
    with pytest.raises(FileStale, match=r"server\.py schema subgraph"):
        subgraph(tmp_path / "subgraph.graphql", check=True)
