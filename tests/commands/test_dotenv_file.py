"""`.env`: a line that sets nothing stops the start, and the AWS SDK finds its variables."""

import os
from pathlib import Path

import pytest

from commands.dotenv_file import Line, adopt_variables, read_lines
from commands.errors import BadSettings
from tests.processes import Environment, refusal, run

MALFORMED = {
    "no equals sign": "AUTHGRAPH_PORT 8000",
    "a colon": "AUTHGRAPH_PORT: 8000",
    "a name alone": "AUTHGRAPH_PORT",
    "an exported name alone": "export AUTHGRAPH_PORT",
    "a double quote that is left open": 'AUTHGRAPH_ADMIN_KEY="swordfish',
    "a single quote that is left open": "AUTHGRAPH_ADMIN_KEY='swordfish",
    "text after a quote": 'AUTHGRAPH_TABLE_NAME="auth" swordfish',
    "no name": "=swordfish",
    "a null character": "AUTHGRAPH_TABLE_NAME=sword\0fish",
    "a command": "set -o allexport",
    "another language": "const port = 8000;",
}
WELL_FORMED = {
    "AUTHGRAPH_PORT=8000": "AUTHGRAPH_PORT",
    "AUTHGRAPH_PORT = 8000": "AUTHGRAPH_PORT",
    "  AUTHGRAPH_PORT=8000  # the port": "AUTHGRAPH_PORT",
    "export AUTHGRAPH_PORT=8000": "AUTHGRAPH_PORT",
    "AUTHGRAPH_PORT=": "AUTHGRAPH_PORT",
    'AUTHGRAPH_ADMIN_KEY="a b\nc"': "AUTHGRAPH_ADMIN_KEY",
    "'AUTHGRAPH_PORT'=8000": "AUTHGRAPH_PORT",
    "AUTHGRAPH_ADMIN_KEY=a#b=c==": "AUTHGRAPH_ADMIN_KEY",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.fixture(autouse=True)
def _environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("line", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_line_is_named_and_never_shown(file: Path, line: str, ending: str) -> None:
    """By its number in the file, with comments and empty lines before it."""
    file.write_bytes(ending.join(["# a comment", "AUTHGRAPH_ENV=development", "", "", line, "OTHER=1", ""]).encode())

    with pytest.raises(BadSettings) as refused:
        read_lines(file)

    assert str(refused.value).startswith(f"Line 5 of {file} cannot be read: ")
    assert "sword" not in str(refused.value)


@pytest.mark.parametrize(("text", "name"), WELL_FORMED.items())
def test_whatever_sets_a_variable_is_read(file: Path, text: str, name: str) -> None:
    file.write_text(f"\n{text}\n")

    assert read_lines(file) == (Line(name, 2),)


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n  # comments\n", "\ufeff"])
def test_a_file_may_set_nothing(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")

    assert read_lines(file) == ()


def test_a_file_need_not_be_there(file: Path) -> None:
    assert read_lines(file) == ()
    adopt_variables(file)


def test_a_malformed_line_stops_a_command(tmp_path: Path, file: Path) -> None:
    file.write_text('AUTHGRAPH_ADMIN_KEY="swordfish\n')

    assert refusal(run(tmp_path, "table", "describe")) == (
        "Line 1 of .env cannot be read: write it as NAME=value, and close a quote that begins the value."
    )
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_in_another_encoding_is_named(tmp_path: Path, file: Path) -> None:
    file.write_bytes("AUTHGRAPH_PORT=8000\n".encode("utf-16"))

    assert ".env cannot be read" in refusal(run(tmp_path, "table", "describe"))


AWS = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_CA_BUNDLE": "x"}


@pytest.mark.parametrize(
    ("environment", "taken"),
    [
        ({}, {*AWS}),
        ({"AWS_REGION": ""}, {*AWS}),
        ({"AWS_REGION": "us-east-1"}, {*AWS} - {"AWS_REGION"}),
        ({"AWS_DEFAULT_REGION": "us-east-1"}, {*AWS} - {"AWS_REGION"}),
        ({"AWS_PROFILE": "shop"}, {"AWS_REGION", "AWS_CA_BUNDLE"}),
        ({"AWS_SESSION_TOKEN": "token"}, {"AWS_REGION", "AWS_CA_BUNDLE"}),
        ({"AWS_ACCESS_KEY_ID": "other"}, {"AWS_REGION", "AWS_CA_BUNDLE"}),
        ({"AWS_CA_BUNDLE": "y"}, {*AWS} - {"AWS_CA_BUNDLE"}),
    ],
)
def test_the_aws_sdk_gets_what_the_environment_does_not_say(
    file: Path, environment: dict[str, str], taken: set[str]
) -> None:
    """Credentials and the region are taken together or not at all."""
    file.write_text("".join(f"{name}={value}\n" for name, value in AWS.items()) + "OTHER=1\nAWS_EMPTY=\n")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(environment)
    before = dict(os.environ)

    adopt_variables(file)

    assert dict(os.environ) == before | {name: AWS[name] for name in taken}


def test_region_and_credentials_of_the_file_lead_a_command_to_aws(
    tmp_path: Path, file: Path, environment: Environment
) -> None:
    """Here to an engine that stands for AWS. Without the region the command cannot know where the table is."""
    endpoint = environment.pop("AUTHGRAPH_DYNAMODB_ENDPOINT_URL")
    lines = [
        "AUTHGRAPH_ENV=production",
        "AWS_ACCESS_KEY_ID=local",
        "AWS_SECRET_ACCESS_KEY=local",
        f"AWS_ENDPOINT_URL_DYNAMODB={endpoint}",
    ]
    file.write_text("\n".join(lines))
    assert refusal(run(tmp_path, "table", "describe", **environment)) == (
        "No AWS region is set: set AWS_REGION in the environment or in .env, or a region in your AWS profile."
    )

    file.write_text("\n".join([*lines, "AWS_REGION=us-east-1"]))
    described = run(tmp_path, "table", "describe", **environment)

    assert described.returncode == 0, described.stderr
    assert environment["AUTHGRAPH_TABLE_NAME"] in described.stdout
