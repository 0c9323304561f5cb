"""Which attributes may be secrets, and what is shown of them."""

import base64
import json
from typing import Any

import pytest

from resolvers import secrecy, secret_names
from resolvers.secret_names import LIVING, SECRET_WORDS, said_by, sounds_secret
from tests.planted_secrets import FORMS, PLACES, SHAPES, names, nested

SECRET = "s3cr3t-9f1c-5a2b77d0"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
HARMLESS_NAMES = """
    locale country_code countryCode zip_code zipCode zipcode postal-code postcode language_code currencyCode status_code
    keyboard monkey turkey author authority pinned pinterest codename codec barcode decoder compass passenger hashtag
    secretary sessional signup sign_in signal name role level birthday tags address scope plan device ip user_agent
    token_type tokenType risk desk side inside compat pattern phone_number skill
    public_key publicKey authMethod auth_time private_email cookieConsent not-before-policy
    expires_in ok_team is_admin preferences theme nickname picture given_name email_verified
""".split()  # noqa: SIM905


def test_a_name_that_says_secret_is_found_however_it_is_written() -> None:
    written = {*names(), "refreshToken", "oauth_token_secret", "JWTs", "ｐａｓｓｗｏｒｄ", "codes"}
    assert [name for name in sorted(written) if not sounds_secret(name)] == []


def test_a_name_that_only_sounds_like_it_is_not() -> None:
    assert [name for name in HARMLESS_NAMES if sounds_secret(name)] == []


@pytest.mark.parametrize("name", ["pass" * 1000, "key_" * 10_000, "passkey" * 9 + "x", "_" * 1000, "", "\ud800", "🔑"])
def test_no_name_is_too_odd_or_too_long(name: str) -> None:
    assert sounds_secret(name) in (True, False)
    assert secrecy.shown({name: 1}) in ({}, {name: 1})


@pytest.mark.parametrize("shape", SHAPES)
def test_s54_a_secret_is_hidden_under_every_name_at_every_depth(shape: str) -> None:
    for name in names():
        attributes = SHAPES[shape](name, SECRET)
        assert SECRET not in json.dumps(secrecy.shown(attributes)), name
        assert secrecy.concealed(attributes) == attributes, name


@pytest.mark.parametrize("number", [123456, 0, -1, 12.5, "123456", "0012"])
def test_a_number_is_a_secret_like_any_other(number: object) -> None:
    for word in sorted(SECRET_WORDS):
        assert secrecy.shown({word: number, "a": [{word: number}]}) == {"a": [{}]}, word


@pytest.mark.parametrize("value", [None, True, False, [], {}])
@pytest.mark.parametrize("name", ["otp_enabled", "password", "tokens"])
def test_nothing_yes_and_no_are_no_secrets(name: str, value: object) -> None:
    assert secrecy.shown({name: value}) == {name: value}


DURATIONS = ["refresh_token_expires_in", "refreshTokenExpiresIn", "sessionLifetime", "session_max_age", "token_ttl"]
MOMENTS = ["tokenExpiresAt", "token_exp", "jwtIat", "session_since", "access_token_expires"]
NOW = 1_764_000_000


@pytest.mark.parametrize("value", [3600, 1.5, "3600", 15_552_000, NOW, NOW * 1000])
@pytest.mark.parametrize("name", DURATIONS)
def test_durations_of_tokens_and_sessions_are_shown(name: str, value: object) -> None:
    assert secrecy.shown({name: value}) == {name: value}
    assert secrecy.shown({"a": json.dumps({name: value})}) == {"a": json.dumps({name: value})}


@pytest.mark.parametrize("value", [NOW, str(NOW), NOW * 1000, NOW + 0.5, 4_000_000_000])
@pytest.mark.parametrize("name", MOMENTS)
def test_times_of_tokens_and_sessions_are_shown(name: str, value: object) -> None:
    assert secrecy.shown({name: value}) == {name: value}
    assert secrecy.shown({name: 123456, "a": [{name: "123456"}]}) == {"a": [{}]}


@pytest.mark.parametrize("name", [*DURATIONS, *MOMENTS, "password_changed_at", "pinSince", "otpTime", "codeAt"])
def test_a_date_is_no_secret_where_the_name_is_that_of_a_time(name: str) -> None:
    assert secrecy.shown({name: "2030-01-01T00:00:00.000Z"}) == {name: "2030-01-01T00:00:00.000Z"}
    assert secrecy.shown({name: SECRET}) == {}


@pytest.mark.parametrize("value", [123456, "123456", 1234, "0012", NOW, str(NOW), 0.5])
def test_s54_a_number_beside_another_secret_is_none_of_the_times(value: object) -> None:
    """`pinSince: "1234"` may be the PIN itself. OpenID Connect's `auth_time` is when a person signed in."""
    for word in sorted(SECRET_WORDS - LIVING - {"auth"}):
        for ending in ("Since", "Time", "At", "_exp", "_ttl", "_expires_in"):
            assert said_by(word + ending).time is not None, (word, ending)
            assert secrecy.shown({word + ending: value}) == {}, (word, ending)


@pytest.mark.parametrize("value", [-1, 0, 12, 10**8, 10**11, 10**15, "12345"])
def test_a_number_that_can_be_no_time_is_a_secret(value: object) -> None:
    assert secrecy.shown({"token_at": value}) == {}


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
        "{theme: dark}",
        "a {b} c",
        '{"country_code": "GB"}',
        '{"otp": true}',
        "otp=false&theme=dark",
    ]
    + ["eyJ" * 20_000, '"' * 20_000, '{"' * 20_000, "-----BEGIN " * 5000],
)
def test_other_text_is_shown(text: str) -> None:
    assert secrecy.shown({"a": text}) == {"a": text}


@pytest.mark.parametrize("place", PLACES)
def test_s54_a_secret_is_hidden_in_every_form_at_every_depth(place: str) -> None:
    for form, write in FORMS.items():
        value = write(SECRET)
        attributes = PLACES[place](value)
        left = json.dumps(secrecy.shown(attributes))
        assert SECRET not in left, form
        assert not isinstance(value, str) or json.dumps(value)[1:-1] not in left, form
        assert secrecy.concealed(attributes) == attributes, form


def test_what_a_provider_answered_for_a_field_is_a_secret_by_its_form() -> None:
    for form, write in FORMS.items():
        value = write(SECRET)
        if isinstance(value, str):
            assert secrecy.answered(value)[0] is None, form
    for text in ("openid profile", "read:user user:email", "bearer", "3f1c9a3e-7a55-4c3b-9a6e-0d3c8f7e2b11", None):
        assert secrecy.answered(text)[0] == text


ORDINARY: dict[str, Any] = {
    "locale": "de-DE",
    "languages": "de-DE,de;q=0.9,en;q=0.8",
    "country_code": "DE",
    "dialCode": 49,
    "zip_code": "10115",
    "postcode": "SW1A 1AA",
    "phone": "+49 30 123456",
    "timezone": "Europe/Berlin",
    "offset": "UTC+02:00",
    "created": "2024-01-01T10:00:00.000Z",
    "birthday": "1990-05-17",
    "opens": "10:30",
    "last_login": NOW,
    "google": "https://lh3.googleusercontent.com/a/ACg8ocJ3k2xyzPk9Qw_K-s=s96-c",
    "github": "https://avatars.githubusercontent.com/u/583231?v=4",
    "gravatar": "https://secure.gravatar.com/avatar/205e460b479e2e5b48aec07710c08d50?s=80&d=identicon",
    "icon": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA",
    "website": "https://example.com:8080/~ada/@home?utm_source=news&page=2#about",
    "uuid": "3f1c9a3e-7a55-4c3b-9a6e-0d3c8f7e2b11",
    "ulid": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "object": "507f1f77bcf86cd799439011",
    "nano": "V1StGXR8_Z5jdHi6B-myT",
    "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "role": "admin",
    "roles": ["admin", "token-manager"],
    "permissions": ["users:read", "tokens:write", "secrets:read"],
    "granted": "openid user:email read:org https://www.googleapis.com/auth/userinfo.profile",
    "preferences": '{"theme": "dark", "mail": {"weekly": true}, "columns": ["name", "created"], "since": null}',
    "encoded": "eyJ0aGVtZSI6ImRhcmsifQ==",
    "bio": "I like long walks, and writing about passwords, code and music. Ask me!",
    "note": "Reset your password at https://example.com/help",
    "html": '<p class="a">Hello <b>you</b></p>',
    "address": {"street": "Main St 5", "zip_code": "10115"},
    "label": "Main St 5\nZip code: 10115\nCountry: DE",
    "agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0",
    "ip": "fe80::1ff:fe23:4567:890a",
    "email2": "ada.lovelace+news@example.com",
    "path": "C:\\Users\\ada\\notes.txt",
    "host": "a.very.long.host.example.com",
    "price": "$5 or US$10",
    "discount": "50% off & more;",
    "plan": {"name": "Basic plan", "price": 5},
    "tier": "Basic subscription",
    "answer": {"token_type": "bearer", "scope": "repo user", "expires_in": 3600},
    "providers": ["google", "credentials"],
    "amr": ["pwd", "otp"],
    "login": {"method": "password", "at": "2024-01-01T10:00:00.000Z"},
    "otp": {"enabled": True}["enabled"],
    "card": {"title": "Key Account Manager", "company": "Passmore & Sons"},
    "city": "東京都千代田区",
}


def test_s54_what_apps_usually_store_is_shown() -> None:
    for name, value in ORDINARY.items():
        for attributes in ({name: value}, {"a": {"kept": 1, name: value}}):
            assert secrecy.shown(attributes) == attributes, name
        text = {"a": json.dumps({name: value}, ensure_ascii=False)}
        assert secrecy.shown(text) == text, name


def test_all_of_it_together_is_shown() -> None:
    assert secrecy.shown(ORDINARY) == ORDINARY
    assert secrecy.concealed(ORDINARY) == {}


class TestOwnTokens:
    """A value that is a secret in one place of an item is a secret in every place."""

    TOKEN = "4f1d-8c2277ab91e0-66"

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("text", ["{}", "x{}y", "ref/{}/1", "{}#2024"])
    def test_s54_no_value_holds_it(self, text: str, place: str) -> None:
        attributes = PLACES[place](text.format(self.TOKEN))
        assert secrecy.shown(attributes) == attributes
        assert self.TOKEN not in json.dumps(secrecy.shown(attributes, [None, self.TOKEN]))
        assert self.TOKEN not in json.dumps(secrecy.below(attributes, [self.TOKEN]))
        assert secrecy.concealed(attributes, [self.TOKEN]) == attributes

    def test_no_name_is_it(self) -> None:
        assert secrecy.shown({f"seen-{self.TOKEN}": 1, "a": 1}, [self.TOKEN]) == {"a": 1}

    def test_nor_is_it_encoded(self) -> None:
        for encoded in (
            base64.b64encode(self.TOKEN.encode()).decode(),
            self.TOKEN.encode().hex(),
            self.TOKEN.replace("-", "%2D"),
        ):
            assert secrecy.shown({"a": f"{encoded}"}, [self.TOKEN]) == {}

    def test_a_secret_that_has_a_name_is_one_under_any(self) -> None:
        attributes = {
            "accessToken": self.TOKEN,
            "codes": [self.TOKEN + "1"],
            "a": [self.TOKEN, 1],
            "b": self.TOKEN + "1",
        }
        assert secrecy.shown(attributes) == {"a": [1]}

    def test_a_short_one_is_not_sought(self) -> None:
        """Otherwise a caller who may store attributes could find out a password by storing guesses."""
        assert secrecy.shown({"password": "hunter2", "a": "hunter2"}) == {"a": "hunter2"}


@pytest.mark.parametrize(
    "attributes",
    [
        {"name": "access_token", "value": SECRET},
        {"key": "password", "value": SECRET},
        {"type": "Recovery code", "data": SECRET},
    ],
)
def test_a_name_at_the_top_hides_the_value_beside_it_alone(attributes: dict[str, Any]) -> None:
    assert SECRET not in json.dumps(secrecy.shown({**attributes, "theme": "dark"}))
    assert secrecy.shown({**attributes, "theme": "dark"})["theme"] == "dark"


def test_text_that_says_too_much_is_hidden() -> None:
    assert secrecy.shown({"a": " ".join(f"a{number}:b" for number in range(3000))}) == {}
    assert secrecy.shown({"a": '{"a": ' + "[" * 5000}) == {}


@pytest.mark.parametrize(
    "part", ["%", "%25", "\\", "&amp;", "a=", "a: b ", "://", "a.", "eyJ.", "\n", "\t", "A" * 17 + " ", "$a$", "é"]
)
def test_looking_takes_time_in_proportion_to_the_text(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a text of four times the length, at most four times as many characters are read, and few of them more than
    once."""
    looked: list[int] = []
    hides = secrecy._Look._hides

    def counting(look: Any, text: str, levels: int) -> bool:
        looked.append(len(text))
        return hides(look, text, levels)

    monkeypatch.setattr(secrecy._Look, "_hides", counting)
    text = part * (25_000 // len(part))
    secrecy.shown({"a": text})
    assert looked
    assert sum(looked) <= 4 * len(text)


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
