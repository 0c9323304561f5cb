"""S59: no error of a command contains the value of a setting. Every setting is tried."""

from pathlib import Path

import pytest

from commands.errors import BadSettings, CommandError
from commands.settings import read_settings
from dynamo.aws import connect
from dynamo.aws_errors import endpoint_of, translated
from dynamo.errors import DynamoError
from dynamo.settings import TableSettings
from execution.settings import Limits
from resolvers.settings import Visibility
from web.settings import ServerSettings

CANARY = "canary-7f3a"
PATHS = {"data_dir", "documents"}
"""Paths of files, which errors name so that people find them."""
NAMES = sorted(
    name
    for settings in (ServerSettings, TableSettings, Limits, Visibility)
    for name in settings.model_fields
    if name not in PATHS
)
VALUES = [
    CANARY,
    f"http://svc:{CANARY}@127.0.0.1:9/{CANARY}",
    f"https://{CANARY}:x@app.example",
    f"http://127.0.0.1:9/?key={CANARY}",
    f"{CANARY} {CANARY}",
    f"[{CANARY}",
]


def refused() -> str:
    """The error about the settings; empty if they are accepted."""
    try:
        read_settings()
    except CommandError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_s59_no_setting_is_told_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    for value in VALUES:
        variable = "WEB_CONCURRENCY" if name == "web_concurrency" else f"AUTHGRAPH_{name.upper()}"
        monkeypatch.setenv(variable, value)
        sentence = refused()
        assert CANARY not in sentence, value
        assert not sentence or variable in sentence, value


@pytest.mark.parametrize("url", [value for value in VALUES if "://" in value])
def test_s59_an_endpoint_has_no_user_path_or_query(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTHGRAPH_DYNAMODB_ENDPOINT_URL", url)
    with pytest.raises(BadSettings, match="without a user, a path or a query"):
        read_settings()


def test_s59_a_message_names_no_more_of_an_endpoint_than_its_address() -> None:
    url = f"http://svc:{CANARY}@127.0.0.1:9/{CANARY}?{CANARY}"
    assert endpoint_of(TableSettings(dynamodb_endpoint_url=url)) == "http://127.0.0.1:9"
    assert endpoint_of(TableSettings()) == "AWS"


def test_s59_what_boto_says_of_an_address_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"svc:{CANARY}")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    settings = TableSettings()
    with pytest.raises(DynamoError) as raised, translated(settings):
        connect(settings)
    assert CANARY not in str(raised.value)
