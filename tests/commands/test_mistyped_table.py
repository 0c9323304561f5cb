"""Commands that only read create no table for a mistyped name."""

from pathlib import Path

from tests.processes import refusal, run, serving

LOOKING = [
    ("doctor",),
    ("doctor", "merge", "a", "b"),
    ("keys", "list"),
    ("table", "describe"),
]


def test_a_command_that_only_looks_makes_no_table(tmp_path: Path) -> None:
    """The message says how to create one. Each command gives the same, so none has created it."""
    with serving(tmp_path, AUTHGRAPH_TABLE_NAME="right"):
        for command in LOOKING:
            sentence = refusal(run(tmp_path, *command, AUTHGRAPH_TABLE_NAME="mistyped"))
            assert sentence.startswith("There is no table mistyped at "), command
            assert "`python server.py table create`" in sentence
        assert run(tmp_path, "table", "describe", AUTHGRAPH_TABLE_NAME="right").returncode == 0
