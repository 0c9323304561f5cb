"""What is typed wrong is said in one sentence."""

from pathlib import Path

import pytest

from tests.processes import refusal, run

CASES = {
    "serv": "No such command 'serv' (did you mean 'serve'?): run `python server.py --help`.",
    "frobnicate": "No such command 'frobnicate': run `python server.py --help`.",
    "table creat": "No such command 'creat' (did you mean 'create'?): run `python server.py table --help`.",
    "--port 9": "No such option: --port: run `python server.py --help`.",
    "serve --port 9": "No such option: --port: run `python server.py serve --help`.",
    "serve now": "Got unexpected extra argument(s) (now): run `python server.py serve --help`.",
    "seed many": "Invalid value for 'number': it should be a valid integer, unable to parse string as an integer: "
    "run `python server.py seed --help`.",
    "seed 0": "Invalid value for 'number': it should be greater than or equal to 1: "
    "run `python server.py seed --help`.",
    "seed --accounts": "Option '--accounts' requires an argument: run `python server.py --help`.",
    "keys create --scope admin": "Missing option '--name': run `python server.py keys create --help`.",
    "keys revoke": "Missing argument 'ID': run `python server.py keys revoke --help`.",
    "doctor merge a": "Missing argument 'lose': run `python server.py doctor merge --help`.",
    "doctor --examples 1001": "Invalid value for '--examples': it should be less than or equal to 1000: run "
    "`python server.py doctor --help`.",
}


@pytest.mark.parametrize(("typed", "sentence"), CASES.items(), ids=CASES)
def test_a_usage_error_is_one_sentence(tmp_path: Path, typed: str, sentence: str) -> None:
    """On standard error, with exit status 2 and the help that fits."""
    assert refusal(run(tmp_path, *typed.split())) == sentence


def test_the_choices_are_listed(tmp_path: Path) -> None:
    sentence = refusal(run(tmp_path, "keys", "create", "--name", "shop", "--scope", "users"))

    assert sentence.startswith("Invalid value for '--scope': 'users' is not one of 'users:read', ")


def test_what_was_typed_steers_no_terminal(tmp_path: Path) -> None:
    """Nor does it break the line."""
    sentence = refusal(run(tmp_path, "se\x1b[31m\nrve"))

    assert sentence.isprintable()


@pytest.mark.parametrize("group", ["", "table", "keys", "schema"])
def test_a_group_without_a_command_shows_its_help(tmp_path: Path, group: str) -> None:
    process = run(tmp_path, *group.split())

    assert process.returncode == 2
    assert "Usage: server.py" in process.stdout
    assert process.stderr == ""
