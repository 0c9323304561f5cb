"""S54: if a value cannot be searched, only that value is hidden, and the response does not fail."""

import html
import json
import logging
import random
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest

from resolvers import attributes, secrecy
from tests.api import Api
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, key_with

DIGITS = "1" * 5000
FAILING = [
    f"&#{DIGITS};",
    f"a=1&#{DIGITS};",
    '{"token_expires": NaN}',
    '{"session_max_age": Infinity}',
    '{"session_max_age": -Infinity}',
    '{"token_expires": 1e999}',
    f'{{"token_ttl": {DIGITS}}}',
    '[{"jwt_exp": NaN}]',
    "%5B%7B%22token_expires%22:NaN%7D%5D",
    f"token_at={DIGITS}",
]
"""Texts for which the search once failed, and similar ones."""
READ = ("USERS_READ", "ACCOUNTS_READ", "SESSIONS_READ", "SECRETS_READ")
FIELDS = "attributes secretAttributes"
ANSWERED = {"scope": "scope", "token_type": "tokenType", "session_state": "sessionState"}
LIST = f"""{{ users(first: 100) {{ nodes {{ {FIELDS}
  accounts {{ nodes {{ {FIELDS} {" ".join(ANSWERED.values())} }} }} sessions {{ nodes {{ {FIELDS} }} }} }} }} }}"""
PIECES = [
    *(
        "&#",
        "&#x",
        ";",
        "1" * 4400,
        "9" * 400,
        "NaN",
        "Infinity",
        "-",
        "1e999",
        "{",
        "}",
        "[",
        "]",
        '"',
        ":",
        ",",
        "\\",
    ),
    *("\\u", "\\ud800", "d800", "%", "%41", "%u0041", "=", "==", "eyJ", "token", "_expires", "session_max_age", "\n"),
    *(
        "\ud800",
        "\udc00",
        "\u0000",
        "\ufdfa",
        "\u0130",
        "é",
        "𝟙",
        "٣",
        " ",
        "0x",
        "true",
        "password",
        "2030-01-01",
        "://",
    ),
]


@pytest.mark.parametrize("value", FAILING)
def test_s54_a_text_that_made_looking_fail_is_hidden_and_what_is_beside_it_is_not(value: str) -> None:
    for place in ({"a": value}, {"a": {"b": value}}, {"a": [value]}, {"a": json.dumps([value])}):
        seen = secrecy.seen({**place, "theme": "dark"})
        assert seen.shown["theme"] == "dark"
        assert value not in json.dumps(seen.shown)
        assert seen.concealed == place
    assert secrecy.answered(value)[0] is None


def test_s54_no_text_of_such_pieces_makes_looking_fail() -> None:
    chance = random.Random(54)
    for _ in range(3000):
        value = "".join(chance.choices(PIECES, k=chance.randint(1, 9)))
        assert secrecy.shown({"a": value, value[:200]: [value, {"b": value}], "theme": "dark"})["theme"] == "dark"
        assert secrecy.answered(value)[0] in (None, value)


NUMBERS = [0, -1, 10**40, 0.5, 1e308, float("inf"), float("nan"), Decimal("1e120"), Decimal("NaN")]
KINDS: list[Any] = [*NUMBERS, None, True, "", [], {}, {1}, {"a"}, b"\xff", (1,), object()]


@pytest.mark.parametrize("name", ["a", "token_expires", "session_max_age", "password", "name", "", "\ud800"])
@pytest.mark.parametrize("value", KINDS, ids=lambda value: type(value).__name__)
def test_s54_every_kind_of_value_is_looked_through_under_every_kind_of_name(name: str, value: Any) -> None:
    for place in ({name: value}, {"b": {name: value, "name": "x"}}, {"b": [value, {name: [value]}]}):
        assert secrecy.shown({**place, "theme": "dark"})["theme"] == "dark"
        assert secrecy.below({**place, "theme": "dark"})["theme"] == "dark"


@pytest.mark.parametrize("stage", ["_parsed", "pairs", "readings", "has_secret_form", "_is_time", "_may_be_secret"])
@pytest.mark.parametrize("error", [ValueError, OverflowError, TypeError, RecursionError, MemoryError, KeyError])
def test_s54_whatever_a_stage_raises_hides_the_value_and_is_logged_once_without_it(
    stage: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: Any) -> Any:
        raise error(str(arguments))

    secrecy._note.cache_clear()
    monkeypatch.setattr(secrecy, stage, fail)
    value = {"names": ["password", 5], "token_at": 1, "text": '{"a": ["plain words; of: 1 person"]}'}
    with caplog.at_level(logging.WARNING, "authgraph"):
        for _ in range(3):
            shown = secrecy.shown({"a": value, "theme": "dark"})
            assert shown["theme"] == "dark"
            assert shown.get("a") != value
    # A text that is not JSON raises ValueError, and is searched as text.
    expected = 0 if (stage, error) in {("_parsed", ValueError), ("_parsed", RecursionError)} else 1
    assert [error.__name__ in record.message for record in caplog.records] == [True] * expected
    assert "plain words" not in caplog.text
    assert "password" not in caplog.text


def test_s54_what_raised_still_raises_where_it_is_not_caught() -> None:
    """Otherwise these texts would prove nothing."""
    with pytest.raises(ValueError, match="digits"):
        html.unescape(FAILING[0])
    assert unquote("%41") == "A"
    with pytest.raises(OverflowError):
        int(float("inf"))


@pytest.mark.parametrize("value", [FAILING[0], FAILING[3], FAILING[4]], ids=["a reference", "no number", "infinity"])
async def test_s54_one_such_text_fails_no_answer(api: Api, ada: Person, raw: RawTable, value: str) -> None:
    """For the user, the account and the session, in lists and lookups, for programs and people."""
    for sort_key in ("USER#ada", f"SESSION#{ada.token}"):
        item = raw.get("USER#ada", sort_key)
        assert item is not None
        raw.put(item | {"note": text(value), "theme": text("dark")})
    held = {"note": value, "theme": "dark"}
    given = dict.fromkeys(ANSWERED.values(), value)
    await api.changed("updateAccountTokens", "account { id }", by={"id": ada.account_id}, attributes=held, **given)
    program = api.acting_as(await key_with(api, *READ))
    for _ in range(3):  # by the executor, and by a plan
        (user,) = (await program.data(LIST))["users"]["nodes"]
        (account,), (session,) = user["accounts"]["nodes"], user["sessions"]["nodes"]
        for record in (user, account, session):
            assert record["attributes"] == {"theme": "dark"}
        assert user["secretAttributes"] == session["secretAttributes"] == {"note": value}
        assert account["secretAttributes"] == {"note": value} | dict.fromkeys(ANSWERED, value)
        assert [account[field] for field in ANSWERED.values()] == [None] * 3
        person = api.acting_as(ada.token)
        assert await person.codes("{ viewer { user { attributes } session { attributes } } }") == []


def test_s54_every_field_that_a_provider_fills_is_looked_into() -> None:
    assert set(attributes.ANSWERED) == set(ANSWERED)
