"""Which attributes may be secrets, and what is shown of them."""

import json
from typing import Any

import pytest

from resolvers import secrecy, secret_names
from resolvers.secret_names import SECRET_WORDS, names_a_time, sounds_secret
from tests.planted_secrets import SHAPES, names, nested

SECRET = "s3cr3t-9f1c"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
HARMLESS_NAMES = """
    locale country_code countryCode zip_code zipCode zipcode postal-code postcode language_code currencyCode status_code
    keyboard monkey turkey author authority pinned pinterest codename codec barcode decoder compass passenger hashtag
    secretary sessional signup sign_in signal name role level birthday tags address scope plan device ip user_agent
    token_type tokenType public_key publicKey authMethod auth_time private_email cookieConsent not-before-policy
    expires_in ok_team is_admin preferences theme nickname picture given_name email_verified
""".split()  # noqa: SIM905


@pytest.mark.parametrize(
    "name", sorted({*names(), "refreshToken", "oauth_token_secret", "JWTs", "ｐａｓｓｗｏｒｄ", "codes"})
)
def test_a_name_that_says_secret_is_found_however_it_is_written(name: str) -> None:
    assert sounds_secret(name)


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_a_name_that_only_sounds_like_it_is_not(name: str) -> None:
    assert not sounds_secret(name)


@pytest.mark.parametrize("name", ["pass" * 1000, "key_" * 10_000, "passkey" * 9 + "x", "_" * 1000, "", "\ud800", "🔑"])
def test_no_name_is_too_odd_or_too_long(name: str) -> None:
    assert sounds_secret(name) in (True, False)
    assert secrecy.shown({name: 1}) in ({}, {name: 1})


@pytest.mark.parametrize("shape", SHAPES)
def test_a_secret_is_hidden_under_every_name_at_every_depth(shape: str) -> None:
    for name in names():
        attributes = SHAPES[shape](name, SECRET)
        assert SECRET not in json.dumps(secrecy.shown(attributes)), name
        assert secrecy.concealed(attributes) == attributes, name


@pytest.mark.parametrize("number", [123456, 0, -1, 12.5, "123456", "0012"])
@pytest.mark.parametrize("word", sorted(SECRET_WORDS))
def test_a_number_is_a_secret_like_any_other(word: str, number: object) -> None:
    assert secrecy.shown({word: number, "a": [{word: number}]}) == {"a": [{}]}


@pytest.mark.parametrize("value", [None, True, False, [], {}])
@pytest.mark.parametrize("name", ["otp_enabled", "password", "tokens"])
def test_nothing_yes_and_no_are_no_secrets(name: str, value: object) -> None:
    assert secrecy.shown({name: value}) == {name: value}


TIMES = [
    "refresh_token_expires_in",
    "refreshTokenExpiresIn",
    "tokenExpiresAt",
    "password_changed_at",
    "code_exp",
    "jwtIat",
]


@pytest.mark.parametrize("value", [3600, 1.5, "3600", "2030-01-01T00:00:00.000Z", 4_000_000_000])
@pytest.mark.parametrize("name", TIMES)
def test_times_and_durations_beside_secrets_are_shown(name: str, value: object) -> None:
    assert names_a_time(name)
    assert secrecy.shown({name: value}) == {name: value}
    assert secrecy.shown({name: SECRET, "a": json.dumps({name: value})}) == {"a": json.dumps({name: value})}


@pytest.mark.parametrize(
    "text", [JWT, f"Bearer {JWT}", f"{JWT}.a.b", PEM, f"x\n{PEM}", f'{{"x": "{JWT}"}}', f'["{JWT}"]']
)
def test_what_looks_like_a_secret_is_hidden_under_any_name(text: str) -> None:
    attributes = {"a": text, "b": {"c": [text, 1]}}
    assert secrecy.shown(attributes) == {"b": {"c": [1]}}
    assert secrecy.below(attributes) == {"b": {"c": [1]}}
    assert secrecy.concealed(attributes) == attributes


@pytest.mark.parametrize(
    "text",
    [
        '\ufeff {"token": "x"}',
        '\n[{"a": 1, "t\\u006fken": "x"}]',
        '{"token": "x", "a": "\\ud800"}',
        '"{\\"token\\": \\"x\\"}"',
        f'{{"a": {"[" * 5000}{"]" * 5000}, "token": "x"}}',
        '{"a": "' + "x" * 100_000 + '", "token": "y"}',
        '{"n": ' + "1" * 5000 + ', "a": "\\ud800", "token": "x"}',
    ],
)
def test_json_held_as_text_is_hidden_however_it_is_written(text: str) -> None:
    assert secrecy.shown({"a": text}) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[",
        "{}",
        "[]",
        '"',
        '"a"',
        '{"a": 1}',
        '["token"]',
        "{token: x}",
        "a {b} c",
        '{"country_code": "GB"}',
        '{"otp": true}',
    ]
    + ["eyJ" * 20_000, '"' * 20_000, "[" * 20_000, '{"' * 20_000, "-----BEGIN " * 5000],
)
def test_other_text_is_shown(text: str) -> None:
    assert secrecy.shown({"a": text}) == {"a": text}


def test_what_is_left_of_an_attribute_is_shown_and_the_whole_is_a_secret_one() -> None:
    raw = [{"id": 1, "client_secret": SECRET}]
    attributes: dict[str, Any] = {"authed_user": {"id": "U1", "access_token": SECRET}, "raw": raw, "team": "T1"}
    assert secrecy.shown(attributes) == {"authed_user": {"id": "U1"}, "raw": [{"id": 1}], "team": "T1"}
    assert secrecy.concealed(attributes) == {"authed_user": attributes["authed_user"], "raw": raw}


def test_a_trusted_name_is_shown_and_what_is_secret_below_it_is_not() -> None:
    attributes = {"pin": "1234", "settings": {"theme": "dark", "api_key": SECRET}}
    assert secrecy.below(attributes) == {"pin": "1234", "settings": {"theme": "dark"}}


def test_the_deepest_that_can_be_stored_is_looked_through() -> None:
    assert secrecy.shown(nested(30, {"token": SECRET, "kept": 1})) == nested(30, {"kept": 1})


@pytest.mark.parametrize(
    "text",
    [
        "access_token=gho_0123456789&scope=repo",
        "https://app.example/in?token=0123456789",
        "otpauth://totp/app?secret=0123456789",
        "Bearer gho_0123456789",
        "postgres://app:0123456789@db.example/x",
        "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
        "s_eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        '{"access_token": "gho"}\n{"x": 1}',
        '{"access_token": "gho",}',
        '{"access_token": "gho"',
        '{"' + "aB " * 20_000 + '": 1}',
        '{"' + "a\u0301\u0316" * 20_000 + '": 1}',
        "{" + ", ".join(f'"name{number}": 1' for number in range(2000)) + "}",
    ],
    ids=lambda text: text[:24],
)
def test_a_text_in_the_form_of_a_secret_is_hidden_whatever_its_name(text: str) -> None:
    for place in ({"raw": text}, {"a": [{"b": text}]}):
        assert text not in str(secrecy.shown(place))


def test_no_name_is_taken_apart_that_is_longer_than_any_that_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    plain = secret_names._plain

    def measured(name: str) -> str:
        lengths.append(len(name))
        return plain(name)

    monkeypatch.setattr(secret_names, "_plain", measured)
    for name in ("aB " * 1000, "a\u0301\u0316" * 1000):
        assert secrecy.shown({"raw": f'{{"{name}": "x"}}', name: "x", "b": {name: "x"}}) == {"b": {}}
    assert max(lengths, default=0) <= 255
