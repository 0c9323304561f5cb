"""A name that is misspelt is found, and the one that is meant is proposed."""

from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from commands.setting_names import CLASSES, names, unknown
from tests.processes import refusal, run

NAMES = sorted(names())
OTHER_PROGRAMS = {
    "PATH": "/usr/bin",
    "PORT": "3000",
    "AUTH_SECRET": "x",
    "AUTH_URL": "https://app.example",
    "AUTH_GITHUB_ID": "x",
    "NEXTAUTH_URL": "https://app.example",
    "AUTHENTIK_HOST": "sso.example",
    "AWS_REGION": "eu-west-1",
    "DATABASE_URL": "postgres://db",
    "GRAPHQL_URL": "https://api.example",
    "GRAPH_PORT": "1",
    "WEB_URL": "https://app.example",
    "WEBHOOK_CONCURRENCY": "4",
    # What our client's README and our examples call theirs.
    "AUTHGRAPH_URL": "https://auth.example/graphql",
    "AUTHGRAPH_API_KEY": "ag_",
    "AUTHGRAPH_ORIGIN": "https://auth.example",
    # What Kubernetes says of services named authgraph, authgraph-server.
    "AUTHGRAPH_SERVICE_HOST": "10.0.0.1",
    "AUTHGRAPH_SERVICE_PORT": "80",
    "AUTHGRAPH_SERVICE_PORT_HTTP": "80",
    "AUTHGRAPH_PORT_80_TCP": "tcp://10.0.0.1:80",
    "AUTHGRAPH_PORT_80_TCP_ADDR": "10.0.0.1",
    "AUTHGRAPH_PORT_80_TCP_PROTO": "tcp",
    "AUTHGRAPH_SERVER_PORT": "tcp://10.0.0.1:80",
    "AUTHGRAPH_SERVER_SERVICE_HOST": "10.0.0.1",
    "AUTHGRAPH_SERVER_PORT_80_TCP": "tcp://10.0.0.1:80",
}
COMMANDS = {
    "serve": "",
    "seed": "",
    "table create": "",
    "table describe": "",
    "keys create": "--name shop --scope admin",
    "keys list": "",
    "keys revoke": "0123456789abcdef",
    "doctor": "",
    "doctor merge": "a b",
    "documents check": "manifest.json",
    "directory build": "",
    "export": "users.jsonl",
    "import": "manifest.json",
}
"""Every command that reads settings, with arguments for it."""
WITHOUT_SETTINGS = {"schema export", "schema subgraph", "permissions export"}


def _misspellings(name: str) -> set[str]:
    """One letter left out, doubled, or changed places with the next one."""
    places = range(len(name))
    left_out = {name[:i] + name[i + 1 :] for i in places}
    doubled = {name[:i] + name[i] + name[i:] for i in places}
    swapped = {name[:i] + name[i + 1] + name[i] + name[i + 2 :] for i in places[:-1]}
    return (left_out | doubled | swapped) - {name}


@pytest.mark.parametrize("name", NAMES)
def test_every_misspelling_of_a_name_is_found_and_the_name_proposed(name: str) -> None:
    """In the environment's upper case and in lower case, which settings are also read in."""
    wrong = _misspellings(name)

    assert unknown((each, "") for each in wrong) == dict.fromkeys(wrong, name)
    assert unknown((each.lower(), "") for each in wrong) == {each.lower(): name for each in wrong}


@pytest.mark.parametrize("name", NAMES)
def test_the_name_itself_is_none_of_them(name: str) -> None:
    assert unknown([(name, ""), (name.lower(), "")]) == {}


def test_names_of_other_programs_are_passed_over() -> None:
    assert unknown(OTHER_PROGRAMS.items()) == {}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("AUTHGRAPH_TABLE", "AUTHGRAPH_TABLE_NAME"),
        ("AUTHGRAPH_ENDPOINT_URL", "AUTHGRAPH_DYNAMODB_ENDPOINT_URL"),
        ("AUTHGRAPH_WEB_CONCURRENCY", "WEB_CONCURRENCY"),
        ("AUTHGRAPH-PORT", "AUTHGRAPH_PORT"),
        ("AUTH_GRAPH_PORT", "AUTHGRAPH_PORT"),
        ("AUTHGRAPH_ALLOWED_ORIGIN", "AUTHGRAPH_ALLOWED_ORIGINS"),
        ("AUTHGRAPH_COLOUR", None),
        ("AUTHGRAPH_", None),
    ],
)
def test_a_name_that_is_further_off_is_found_too(name: str, meant: str | None) -> None:
    """With the prefix always; a proposal is made where there is one to make."""
    assert unknown([(name, "")]) == {name: meant}


def test_every_class_of_settings_is_known() -> None:
    """One that is forgotten would have all its names refused."""
    ours = {cls for cls in BaseSettings.__subclasses__() if cls.__module__.endswith(".settings")}

    assert ours == {*CLASSES}


@pytest.mark.parametrize(("command", "arguments"), COMMANDS.items(), ids=COMMANDS)
def test_every_command_that_reads_settings_refuses_a_misspelt_one(tmp_path: Path, command: str, arguments: str) -> None:
    """Before it does anything else."""
    manifest = tmp_path / "manifest.json"
    manifest.write_text("{}")

    sentence = refusal(run(tmp_path, *command.split(), *arguments.split(), AUTHGRAPH_PROT="9000"))

    assert sentence == (
        "Correct these settings – AUTHGRAPH_PROT in the environment: there is no such setting (did you mean "
        "AUTHGRAPH_PORT?)."
    )
    assert list(tmp_path.iterdir()) == [manifest]


def test_every_command_is_tried_or_reads_no_settings() -> None:
    from commands.main import cli

    known = {command.name for command in cli.registered_commands} | {
        f"{group.name} {command.name}"
        for group in cli.registered_groups
        if group.typer_instance is not None
        for command in group.typer_instance.registered_commands
    }

    assert known == ({*COMMANDS} | WITHOUT_SETTINGS) - {"doctor"}


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    """Where each name stands, and never its value."""
    (tmp_path / ".env").write_text("# ours\nAUTHGRAPH_PORT=8000\n\nAUTHGRAPH_SECRT_KEY=swordfish\nAUTHGRAPH_SHOE=9\n")

    sentence = refusal(run(tmp_path, "table", "describe", WEB_CONCURENCY="2"))

    assert sentence == (
        "Correct these settings – WEB_CONCURENCY in the environment: there is no such setting (did you mean "
        "WEB_CONCURRENCY?); AUTHGRAPH_SECRT_KEY in line 4 of .env: there is no such setting (did you mean "
        "AUTHGRAPH_SECRET_KEY?); AUTHGRAPH_SHOE in line 5 of .env: there is no such setting (README.md lists all)."
    )


def test_a_name_with_a_letter_that_cannot_be_seen_is_spelt_out(tmp_path: Path) -> None:
    """A zero-width space makes it another name, and no editor shows it."""
    (tmp_path / ".env").write_text("AUTHGRAPH_\u200bPORT=8000\n", encoding="utf-8")

    sentence = refusal(run(tmp_path, "table", "describe"))

    assert (
        "'AUTHGRAPH_\\u200bPORT' in line 1 of .env: there is no such setting (did you mean AUTHGRAPH_PORT?)" in sentence
    )
