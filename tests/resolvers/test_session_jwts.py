"""Whom a JWT session cookie names: the user whose id a secret of the settings has sealed, and otherwise nobody."""

import string
from bisect import bisect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from joserfc import jwt

from resolvers.jwt_cookies import MOST_CHARACTERS, JwtCookie, looks_like_jwt
from resolvers.session_jwts import CLOCK_TOLERANCE, SessionJwts
from tests.session_jwts import (
    AUTH_SECRET,
    COOKIE,
    FOREIGN_SECRET,
    OLD_SECRET,
    VERSIONS,
    base64,
    claims_of,
    jwt_cookie,
    make_jwt,
    session_jwts,
)
from web.settings import SESSION_COOKIES

NOW = 1_800_000_000
READER = session_jwts()
each_version = pytest.mark.parametrize("version", VERSIONS)


@pytest.fixture
def decryptions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The JWTs that were decrypted, or tried to be."""
    tried: list[str] = []
    decode = jwt.decode

    def decode_and_note(value: str, *args: Any, **options: Any) -> jwt.Token:
        tried.append(value)
        return decode(value, *args, **options)

    monkeypatch.setattr(jwt, "decode", decode_and_note)
    return tried


def named(jwt: str, cookie: str = COOKIE) -> str | None:
    """The user that a JWT names."""
    return READER.user_id(JwtCookie(cookie, jwt))


@each_version
@pytest.mark.parametrize("cookie", SESSION_COOKIES)
@pytest.mark.parametrize("secret", [AUTH_SECRET, OLD_SECRET])
def test_a_jwt_with_any_of_the_secrets_names_its_user(
    version: str, cookie: str, secret: str, decryptions: list[str]
) -> None:
    assert named(make_jwt(version, claims_of("ada"), secret=secret, cookie=cookie), cookie) == "ada"
    # The header of Auth.js 5 tells which key it was. That of next-auth 4 does not, and the newest is tried first.
    assert len(decryptions) == (2 if version == "next-auth 4" and secret == OLD_SECRET else 1)


def test_the_key_of_auth_js_5_is_for_one_cookie() -> None:
    for other in set(SESSION_COOKIES) - {COOKIE}:
        assert named(jwt_cookie("ada").jwt, other) is None


def test_a_cookie_with_a_name_that_is_not_set_names_nobody(decryptions: list[str]) -> None:
    for version in VERSIONS:
        assert READER.user_id(jwt_cookie("ada", version=version, cookie="authjs.pkce.code_verifier")) is None
    assert decryptions == []


@each_version
def test_a_jwt_with_another_secret_names_nobody(version: str, decryptions: list[str]) -> None:
    assert named(make_jwt(version, claims_of("ada"), secret=FOREIGN_SECRET)) is None
    assert len(decryptions) == (2 if version == "next-auth 4" else 0)


def test_a_forged_jwt_costs_one_decryption_for_each_secret_at_most(decryptions: list[str]) -> None:
    for version in VERSIONS:
        header = make_jwt(version, claims_of("ada")).partition(".")[0]
        decryptions.clear()
        assert named(f"{header}..{'A' * 16}.{'A' * 1000}.{'A' * 22}") is None
        assert len(decryptions) == (2 if version == "next-auth 4" else 1)


REPLACEMENTS = (*"AQgwz9-_", *"+/=.,;\"' %\0\xe9", "", "AA")


def altered(jwt: str) -> Iterator[str]:
    """The JWT with each of its characters replaced by each of the characters above, and without each of its parts."""
    for place, character in enumerate(jwt):
        for other in REPLACEMENTS:
            if other != character:
                yield jwt[:place] + other + jwt[place + 1 :]
    parts = jwt.split(".")
    for number in range(len(parts)):
        yield ".".join([*parts[:number], *parts[number + 1 :]])
        yield ".".join([*parts[:number], "", *parts[number + 1 :]])
        yield ".".join([*parts[:number], parts[number] * 2, *parts[number + 1 :]])
        yield ".".join([*parts[:number], "", *parts[number:]])
    yield from ("", ".", "....", f" {jwt}", f"{jwt} ", f"{jwt}.", f".{jwt}", jwt * 2, jwt.swapcase(), jwt[::-1])


@each_version
def test_a_jwt_with_any_character_changed_names_nobody(version: str) -> None:
    sealed = make_jwt(version, {"sub": "a", "exp": NOW})
    reader = SessionJwts((AUTH_SECRET,), (COOKIE,), now=lambda: NOW)
    assert reader.user_id(JwtCookie(COOKIE, sealed)) == "a"
    assert [text for text in altered(sealed) if text != sealed and reader.user_id(JwtCookie(COOKIE, text))] == []


@each_version
def test_parts_of_two_jwts_make_none(version: str) -> None:
    one, other = (make_jwt(version, claims_of(user)).split(".") for user in ("ada", "bob"))
    for number in range(2, 5):
        assert named(".".join([*one[:number], other[number], *one[number + 1 :]])) is None


HEADERS: dict[str, dict[str, Any]] = {
    "no encryption": {"alg": "none"},
    "no encryption of the content": {"enc": "none"},
    "a signature": {"alg": "HS256"},
    "a wrapped key": {"alg": "A256KW"},
    "a password, a million times": {"alg": "PBES2-HS512+A256KW", "p2c": 1_000_000, "p2s": "AAAA"},
    "a key agreement": {"alg": "ECDH-ES", "epk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
    "RSA": {"alg": "RSA-OAEP"},
    "a shorter key": {"enc": "A128GCM"},
    "the other shorter key": {"enc": "A128CBC-HS256"},
    "compression": {"zip": "DEF"},
    "an unknown compression": {"zip": "GZIP"},
    "a critical extension": {"crit": ["exp"], "exp": 1},
    "a key of its own": {"jwk": {"kty": "oct", "k": "AA"}},
    "a key at an address": {"jku": "http://169.254.169.254/"},
    "another kid": {"kid": "AA"},
    "a kid that is no text": {"kid": {"$gt": ""}},
    "an alg that is no text": {"alg": ["dir"]},
    "an enc that is no text": {"enc": {}},
    "an unknown member": {"x": 1},
    "a type": {"typ": "JWT"},
}


@each_version
@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_header_that_auth_js_does_not_write_is_not_decrypted(
    version: str, header: dict[str, Any], decryptions: list[str]
) -> None:
    _, *rest = make_jwt(version, claims_of("ada")).split(".")
    whole = VERSIONS[version].header(AUTH_SECRET, COOKIE) | header
    forged = ".".join([base64(repr(whole).replace("'", '"').encode()), *rest])
    assert looks_like_jwt(forged)
    assert named(forged) is None
    assert decryptions == []


@each_version
def test_not_even_if_it_is_encrypted_with_the_right_key(version: str, decryptions: list[str]) -> None:
    for header in ({"zip": "DEF"}, {"typ": "JWT"}, {"kid": "AA"}, {"x": 1}):
        assert named(make_jwt(version, claims_of("ada"), **header)) is None
    assert decryptions == []


def test_one_version_does_not_read_what_was_encrypted_in_the_way_of_the_other() -> None:
    for version, other in ("Auth.js 5", "next-auth 4"), ("next-auth 4", "Auth.js 5"):
        header = VERSIONS[other].header(AUTH_SECRET, COOKIE)
        _, *rest = make_jwt(version, claims_of("ada")).split(".")
        assert named(".".join([base64(repr(header).replace("'", '"').replace(" ", "").encode()), *rest])) is None


TIMES: dict[str, tuple[dict[str, Any], bool]] = {
    "it has expired": ({"exp": NOW - CLOCK_TOLERANCE}, False),
    "it has expired by a fraction": ({"exp": NOW - CLOCK_TOLERANCE - 0.5}, False),
    "it may not have expired where the clock is late": ({"exp": NOW - CLOCK_TOLERANCE + 1}, True),
    "it expires now": ({"exp": NOW}, True),
    "it has no end": ({"exp": None}, False),
    "it ends as text": ({"exp": str(NOW + 1)}, False),
    "it ends as a boolean": ({"exp": True}, False),
    "it ends in an object": ({"exp": {}}, False),
    "it ends in infinity": ({"exp": float("inf")}, False),
    "it ends nowhere": ({"exp": float("nan")}, False),
    "it ends after all dates": ({"exp": 10**40}, True),
    "it was issued where the clock is early": ({"iat": NOW + CLOCK_TOLERANCE}, True),
    "it was issued in the future": ({"iat": NOW + CLOCK_TOLERANCE + 1}, False),
    "it was issued as text": ({"iat": "now"}, False),
    "it begins soon": ({"nbf": NOW + CLOCK_TOLERANCE}, True),
    "it begins later": ({"nbf": NOW + CLOCK_TOLERANCE + 1}, False),
    "it begins as text": ({"nbf": "now"}, False),
}


@each_version
@pytest.mark.parametrize(("claims", "is_valid"), TIMES.values(), ids=TIMES)
def test_the_times_count_with_the_tolerance_of_auth_js(version: str, claims: dict[str, Any], is_valid: bool) -> None:
    reader = SessionJwts((AUTH_SECRET,), (COOKIE,), now=lambda: NOW + 0.9)
    sealed = make_jwt(version, {"sub": "ada", "iat": NOW, "exp": NOW + 60} | claims)
    assert reader.user_id(JwtCookie(COOKIE, sealed)) == ("ada" if is_valid else None)


def without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A change that leaves out one claim."""
    return lambda claims: {claim: value for claim, value in claims.items() if claim != name}


BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no sub": without("sub"),
    "no exp": without("exp"),
    "a sub of null": lambda claims: claims | {"sub": None},
    "an empty sub": lambda claims: claims | {"sub": ""},
    "a number as sub": lambda claims: claims | {"sub": 1},
    "a boolean as sub": lambda claims: claims | {"sub": True},
    "a list as sub": lambda claims: claims | {"sub": ["ada"]},
    "an object as sub": lambda claims: claims | {"sub": {"id": "ada"}},
    "the state of a sign-in": lambda claims: without("sub")(claims) | {"code_verifier": "x", "id": "ada"},
    "nothing": lambda _: b"",
    "no JSON": lambda _: b"{'sub': 'ada'}",
    "a text": lambda _: b'"ada"',
    "null": lambda _: b"null",
    "a list": lambda claims: [claims],
    "half a character": lambda _: b'{"sub": "\xff", "exp": 9999999999}',
    "ten thousand lists": lambda _: b"[" * 10_000,
}


@each_version
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_claims_that_name_nobody_sign_nobody_in(version: str, broken: Callable[[dict[str, Any]], Any]) -> None:
    assert named(make_jwt(version, broken(claims_of("ada")))) is None


@each_version
def test_what_else_an_app_puts_into_it_does_not_matter(version: str) -> None:
    odd: dict[str, Any] = {
        "aud": 1,
        "iss": None,
        "jti": [],
        "email": {"$ne": 1},
        "role": "admin",
        "userId": "bob",
        "id": "bob",
    }
    assert named(make_jwt(version, claims_of("ada", **odd))) == "ada"


@each_version
def test_a_jwt_that_is_too_long_is_not_decrypted(version: str, decryptions: list[str]) -> None:
    def padded(size: int) -> str:
        return make_jwt(version, claims_of("ada", padding="x" * size))

    size = bisect(range(20_000), MOST_CHARACTERS, key=lambda size: len(padded(size)))
    assert named(padded(size)) is None
    assert decryptions == []
    assert named(padded(size - 1)) == "ada"


def test_a_secret_that_is_listed_twice_is_tried_once(decryptions: list[str]) -> None:
    reader = SessionJwts((AUTH_SECRET, AUTH_SECRET), (COOKIE,))
    forged = make_jwt("next-auth 4", claims_of("ada"), secret=FOREIGN_SECRET)
    assert reader.user_id(JwtCookie(COOKIE, forged)) is None
    assert len(decryptions) == 1


@pytest.mark.parametrize(
    "token",
    [
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
        "....",
        "a.b.c.d.e",
        string.printable,
        "",
    ],
)
def test_other_tokens_do_not_look_like_a_jwt(token: str) -> None:
    assert not looks_like_jwt(token)


def test_the_reader_does_not_show_its_secrets() -> None:
    assert AUTH_SECRET not in repr(READER) + repr(vars(READER))
