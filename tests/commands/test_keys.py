"""The commands that create, list and revoke API keys."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from commands.errors import Refused
from commands.keys import _end
from resolvers.global_ids import GlobalIds
from tests.processes import ADMIN_KEY, Environment, refusal, run, serving

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_key_works_until_it_is_revoked(tmp_path: Path, environment: Environment) -> None:
    """Only the key is printed. It is listed without its secret, and rejected from the first request after its
    revocation."""
    made = run(
        tmp_path, "keys", "create", "--name", "shop", "--scope", "users:read", "--scope", "adapter", **environment
    )
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    key_id, secret = key.removeprefix("ag_").split("_")

    listed = run(tmp_path, "keys", "list", **environment)
    assert "shop" in listed.stdout
    assert "users:read adapter" in listed.stdout
    assert "active" in listed.stdout
    assert key_id in listed.stdout
    assert secret not in listed.stdout + made.stderr

    with serving(tmp_path, AUTHGRAPH_ADMIN_KEY=ADMIN_KEY, **environment) as server:
        assert server.data("{ caller { kind } }", key) == {"caller": {"kind": "API_KEY"}}

        revoked = run(tmp_path, "keys", "revoke", key_id, **environment)

        assert revoked.stderr == f"Key {key_id} of shop is revoked.\n"
        (error,) = server.ask("{ caller { kind } }", key)["errors"]
        assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "revoked" in run(tmp_path, "keys", "list", **environment).stdout


def test_a_name_is_shown_as_it_is_and_steers_no_terminal(tmp_path: Path, environment: Environment) -> None:
    name = "a[bold]b[/]:smile:\x1b[2J\u202e\x07c"
    plain = name.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd").replace("\x07", "\ufffd")
    made = run(tmp_path, "keys", "create", "--name", name, "--scope", "users:read", **environment)
    assert f" for {plain}. " in made.stderr
    assert plain in run(tmp_path, "keys", "list", **environment).stdout
    key_id = made.stdout.removeprefix("ag_").partition("_")[0]
    assert f" of {plain} is revoked" in run(tmp_path, "keys", "revoke", key_id, **environment).stderr


def test_an_unknown_key_is_named(tmp_path: Path, environment: Environment) -> None:
    """Only its id is printed, even if the whole key was given."""
    sentence = refusal(run(tmp_path, "keys", "revoke", "ag_0123456789abcdef_secret", **environment))

    assert sentence == "There is no API key 0123456789abcdef: `keys list` shows all keys."


def test_the_id_that_the_api_shows_names_the_key_too(tmp_path: Path, environment: Environment) -> None:
    """Whoever has signed it: an operator may name any key, and servers have secrets of their own."""
    shown = GlobalIds(["a secret of thirty-two characters"]).id_of_api_key("0123456789abcdef")

    sentence = refusal(run(tmp_path, "keys", "revoke", shown, **environment))

    assert sentence == "There is no API key 0123456789abcdef: `keys list` shows all keys."


def test_s59_a_secret_that_is_to_be_revoked_is_not_told_back(tmp_path: Path, environment: Environment) -> None:
    """The argument may be another secret, pasted by mistake."""
    sentence = refusal(run(tmp_path, "keys", "revoke", ADMIN_KEY, **environment))
    assert sentence == "There is no API key of this id: `keys list` shows all keys."


def test_no_keys_is_not_an_error(tmp_path: Path, environment: Environment) -> None:
    """The message says how to create one."""
    process = run(tmp_path, "keys", "list", **environment)

    assert process.returncode == 0
    assert process.stderr == "There are no keys: create one with `keys create`.\n"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("12h", datetime(2026, 5, 2, tzinfo=UTC)),
        ("90d", datetime(2026, 7, 30, 12, tzinfo=UTC)),
        ("2030-01-31", datetime(2030, 1, 31, tzinfo=UTC)),
        ("2030-01-31T10:00:00+02:00", datetime(2030, 1, 31, 8, tzinfo=UTC)),
    ],
)
def test_an_end_is_a_span_or_a_date(text: str, end: datetime) -> None:
    """Dates without an offset are in UTC."""
    assert _end(text, NOW) == end


@pytest.mark.parametrize("text", ["tomorrow", "0d", "2020-01-01", "99999d0", "", "-1d"])
def test_an_end_that_is_none_is_refused(text: str) -> None:
    """A text that is not a time, or a time in the past."""
    with pytest.raises(Refused, match="--expires"):
        _end(text, NOW)
