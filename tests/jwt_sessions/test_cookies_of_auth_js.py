"""The session cookies that Auth.js 5 and next-auth 4 make are read, and JWTs are accepted as these packages do."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from resolvers.jwt_cookies import JwtCookie
from resolvers.session_jwts import SessionJwts
from tests.session_jwts import AUTH_SECRET, COOKIE, FOREIGN_SECRET, OLD_SECRET, VERSIONS, claims_of, make_jwt
from web.session_cookies import SessionCookies
from web.settings import SESSION_COOKIES

HERE = Path(__file__).parent
NAMES = (*SESSION_COOKIES, "__Host-app.session", "sid")
LONG: dict[str, Any] = {"parts": 5, "picture": "https://example.com/" + "ü" * 5_900}
"""Claims that fill almost as many parts as there may be."""
PROFILE: dict[str, Any] = {"name": "Ada", "email": "ada@example.com", "picture": None}


@dataclass(frozen=True)
class Given:
    """What a cookie is made of."""

    version: str
    name: str
    secret: str
    claims: dict[str, Any]
    maxAge: int = 60

    def __str__(self) -> str:
        return f"{self.version} {self.name} {'new' if self.secret == AUTH_SECRET else 'old'} {len(str(self.claims))}"


VALID = [
    Given(version, name, secret, claims)
    for version, name, (secret, claims) in product(
        VERSIONS, NAMES, [(AUTH_SECRET, PROFILE), (OLD_SECRET, PROFILE), (AUTH_SECRET, PROFILE | LONG)]
    )
]
ENDED = [Given(version, COOKIE, AUTH_SECRET, {}, maxAge=-60) for version in VERSIONS]
FOREIGN = [Given(version, COOKIE, FOREIGN_SECRET, {}) for version in VERSIONS]
OF_NOBODY = [Given(version, COOKIE, AUTH_SECRET, {"sub": None, "code_verifier": "x"}) for version in VERSIONS]


def from_now(seconds: int) -> Callable[[], int]:
    """A time, reckoned when it is needed."""
    return lambda: int(time.time()) + seconds


CLAIMS: dict[str, dict[str, Any]] = {
    "valid": {},
    "expired within the tolerance": {"exp": from_now(-5)},
    "expired": {"exp": from_now(-30)},
    "begins within the tolerance": {"nbf": from_now(5)},
    "begins later": {"nbf": from_now(60)},
    "ends as text": {"exp": "soon"},
    "begins as text": {"nbf": "soon"},
    "issued as text": {"iat": "now"},
}
DECODED = [(version, claims) for version in VERSIONS for claims in CLAIMS]


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """Everything that the packages make and read for these tests, from one run of node."""
    if shutil.which("node") is None or not (HERE / "node_modules" / "next-auth").is_dir():
        pytest.skip("node or the npm packages of tests/jwt_sessions are not installed: run `make setup`")
    given = [asdict(one) for one in VALID + ENDED + FOREIGN + OF_NOBODY]
    encode = [one | {"claims": {"sub": "ada"} | one["claims"]} for one in given]
    jwts = [make_jwt(version, claims(name)) for version, name in DECODED]
    decode = [
        {"version": version, "name": COOKIE, "secret": AUTH_SECRET, "jwt": jwt}
        for (version, _), jwt in zip(DECODED, jwts, strict=True)
    ]
    process = subprocess.run(
        [shutil.which("node") or "node", "cookies.mjs"],
        cwd=HERE,
        input=json.dumps({"encode": encode, "decode": decode}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    answer = json.loads(process.stdout)
    return {"cookies": answer["encoded"], "jwts": jwts, "decoded": answer["decoded"]}


def claims(name: str) -> dict[str, Any]:
    """The claims of a case, with its times reckoned from now."""
    changed = {claim: value() if callable(value) else value for claim, value in CLAIMS[name].items()}
    return claims_of("ada", **changed)


def read(header: str) -> list[str | None]:
    """The users that a Cookie header names."""
    reader = SessionJwts((AUTH_SECRET, OLD_SECRET), NAMES)
    found = SessionCookies(NAMES).read(header.encode())
    return [reader.user_id(cookie) for cookie in found if isinstance(cookie, JwtCookie)]


@pytest.mark.parametrize("place", range(len(VALID)), ids=map(str, VALID))
def test_a_cookie_of_auth_js_names_its_user(made: dict[str, Any], place: int) -> None:
    header, given = made["cookies"][place], VALID[place]
    assert (f"{given.name}.4=" in header) == ("parts" in given.claims)
    assert read(f"theme=dark; {header}; lang=en") == ["ada"]


@pytest.mark.parametrize("place", range(len(VALID), len(VALID + ENDED + FOREIGN + OF_NOBODY)))
def test_one_that_has_ended_or_is_of_others_names_nobody(made: dict[str, Any], place: int) -> None:
    assert read(made["cookies"][place]) == [None]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_cookies_of_the_tests_have_the_header_of_the_real_ones(made: dict[str, Any], version: str) -> None:
    place = next(i for i, one in enumerate(VALID) if (one.version, one.name) == (version, COOKIE))
    real = made["cookies"][place].removeprefix(f"{COOKIE}=")
    assert make_jwt(version, {}).partition(".")[0] == real.partition(".")[0]


@pytest.mark.parametrize("place", range(len(DECODED)), ids=[f"{version}, {name}" for version, name in DECODED])
def test_a_jwt_is_accepted_where_auth_js_accepts_it(made: dict[str, Any], place: int) -> None:
    theirs = made["decoded"][place]
    assert read(f"{COOKIE}={made['jwts'][place]}") == [theirs["sub"] if theirs is not None else None]
