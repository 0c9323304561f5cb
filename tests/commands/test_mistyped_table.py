"""A command that only looks makes no table for a name that was mistyped."""

from pathlib import Path

from tests.processes import refusal, run, serving

LOOKING = [
    ("doctor",),
    ("doctor", "merge", "a", "b"),
    ("keys", "list"),
    ("table", "describe"),
]


def test_a_command_that_only_looks_makes_no_table(tmp_path: Path) -> None:
    """It says how one is made, and each is told the same, so none has made it."""
    with serving(tmp_path, AUTHGRAPH_TABLE_NAME="right"):
        for command in LOOKING:
            sentence = refusal(run(tmp_path, *command, AUTHGRAPH_TABLE_NAME="mistyped"))
            assert sentence.startswith("There is no table mistyped at "), command
            assert "`python server.py table create`" in sentence
        assert run(tmp_path, "table", "describe", AUTHGRAPH_TABLE_NAME="right").returncode == 0
