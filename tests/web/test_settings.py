"""The settings of the server and their checks."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.web.conftest import settings_of
from web.settings import SESSION_COOKIES, ServerSettings, refusals

KEY = "m7Qw2ZrT9xLcV4bN8sDf3GhJ6kPy5AeU"
OTHER_KEY = "9f86d081884c7d659a2feaa0c55ad015"


def test_the_defaults_are_those_of_a_developer_alone() -> None:
    settings = settings_of()
    assert (settings.env, settings.host, settings.port) == ("development", "127.0.0.1", 8000)
    assert settings.max_body_bytes == 1024 * 1024
    assert settings.allowed_origins == settings.trusted_proxies == settings.secret_keys == settings.auth_secrets == ()
    assert settings.session_cookies == SESSION_COOKIES


def test_the_environment_is_read_with_lists_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHGRAPH_ENV", "production")
    monkeypatch.setenv("AUTHGRAPH_PORT", "9000")
    monkeypatch.setenv("AUTHGRAPH_ALLOWED_ORIGINS", "https://a.example, http://localhost:3000,")
    monkeypatch.setenv("AUTHGRAPH_TRUSTED_PROXIES", "10.0.0.0/8,::1")
    monkeypatch.setenv("AUTHGRAPH_SECRET_KEY", f"{KEY}, {KEY}2")
    monkeypatch.setenv("AUTHGRAPH_AUTH_SECRET", f"{KEY},{OTHER_KEY}")
    monkeypatch.setenv("AUTHGRAPH_SESSION_COOKIES", "__Host-app.session, app.session")
    monkeypatch.setenv("AUTHGRAPH_GRAPHIQL", "")
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    settings = settings_of()
    assert (settings.env, settings.port, settings.web_concurrency) == ("production", 9000, 3)
    assert settings.allowed_origins == ("https://a.example", "http://localhost:3000")
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert settings.secret_keys == (KEY, f"{KEY}2")
    assert settings.auth_secrets == (KEY, OTHER_KEY)
    assert settings.session_cookies == ("__Host-app.session", "app.session")
    assert settings.graphiql is None


def test_a_dotenv_file_is_read_and_its_other_lines_are_ignored(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AUTHGRAPH_PORT=9001\nAUTHGRAPH_TABLE_NAME=auth\nOTHER=1\n")
    assert ServerSettings(_env_file=tmp_path / ".env").port == 9001


@pytest.mark.parametrize(
    ("env", "graphiql", "is_served"),
    [
        ("development", None, True),
        ("development", False, False),
        ("production", None, False),
        ("production", True, True),
    ],
)
def test_graphiql_and_the_console_are_for_development_unless_set(
    env: str, graphiql: bool | None, is_served: bool
) -> None:
    assert settings_of(env=env, graphiql=graphiql).serves_graphiql is is_served
    assert settings_of(env=env, console=graphiql).serves_console is is_served


@pytest.mark.parametrize(
    "values",
    [
        {"env": "staging"},
        {"port": 65536},
        {"web_concurrency": 0},
        {"admin_key": "k" * 31},
        {"admin_key": "k " * 16},
        {"admin_key": "é" * 32},
        {"secret_key": "short"},
        {"secret_key": f"{KEY},short"},
        {"secret_key": f"{KEY},"},
        {"auth_secret": "short"},
        {"auth_secret": f"{KEY},short"},
        {"auth_secret": f",{KEY}"},
        {"session_cookies": ""},
        {"session_cookies": "a b"},
        {"session_cookies": "a;b"},
        {"session_cookies": "a=b"},
        {"session_cookies": "é"},
        {"session_cookies": "session.0"},
        {"session_cookies": "session,session.12"},
        {"session_cookies": "s" * 129},
        {"session_cookies": ",".join(f"session-{number}" for number in range(9))},
        {"allowed_origins": "app.example"},
        {"allowed_origins": "https://app.example/"},
        {"allowed_origins": "https://App.example"},
        {"allowed_origins": "https://*.example"},
        {"allowed_origins": "null"},
        {"trusted_proxies": "10.0.0.1/8"},
        {"trusted_proxies": "*"},
        {"max_body_bytes": 0},
        {"max_json_depth": 1025},
        {"timeout_seconds": 0},
    ],
)
def test_a_value_that_cannot_work_is_an_error(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings_of(**values)


def test_secrets_do_not_show_in_a_print(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(admin_key="admin-" + KEY, secret_key="secret-" + KEY, auth_secret="auth-" + KEY)
    assert KEY not in repr(settings)
    assert KEY not in str(settings)


def test_production_refuses_to_start_without_its_keys_in_one_sentence_each() -> None:
    sentences = refusals(settings_of(env="production"))
    assert [sentence.split()[0] for sentence in sentences] == ["AUTHGRAPH_ADMIN_KEY", "AUTHGRAPH_SECRET_KEY"]
    assert all(sentence.endswith(".") and sentence.count(". ") == 0 for sentence in sentences)


def test_production_starts_with_its_keys_and_development_without() -> None:
    assert refusals(settings_of(env="production", admin_key=KEY, secret_key=OTHER_KEY)) == ()
    assert refusals(settings_of()) == ()
