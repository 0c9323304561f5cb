"""The session cookies of a request are found, put together, sorted and bounded before anything looks at them."""

from itertools import permutations

import pytest

from resolvers.jwt_cookies import MOST_CHARACTERS, JwtCookie
from web.session_cookies import MOST_PARTS, MOST_TOKENS, SessionCookies
from web.settings import SESSION_COOKIES

JWT = f"eyJhbGciOiJkaXIifQ..{'i' * 22}.{'c' * 400}.{'t' * 43}"
OTHER = JWT.replace("c", "d")
NAME = "authjs.session-token"


def sessions(cookie: bytes | str | None, *names: str) -> tuple[str | JwtCookie, ...]:
    """The sessions of a Cookie header, by default under the names of Auth.js."""
    return SessionCookies(names or SESSION_COOKIES).read(cookie.encode() if isinstance(cookie, str) else cookie)


def cut(jwt: str, parts: int, name: str = NAME) -> list[str]:
    """The cookies of a JWT that is cut into so many parts."""
    size = -(-len(jwt) // parts)
    return [f"{name}.{number}={jwt[number * size : (number + 1) * size]}" for number in range(parts)]


@pytest.mark.parametrize("name", SESSION_COOKIES)
def test_every_name_of_the_session_cookie_is_known(name: str) -> None:
    assert sessions(f"a=b; {name}=token; c=d") == ("token",)
    assert sessions(f"a=b; {name}={JWT}; c=d") == (JwtCookie(name, JWT),)


def test_a_cookie_that_only_this_host_can_set_comes_before_one_that_a_sibling_can_plant() -> None:
    cookie = "authjs.session-token=planted; next-auth.session-token=planted; __Secure-next-auth.session-token=real"
    assert sessions(cookie) == ("real", "planted")


@pytest.mark.parametrize("names", [*permutations(("session", "__Secure-session", "__Host-session"))])
def test_however_the_setting_sorts_them(names: tuple[str, ...]) -> None:
    cookie = f"session=planted; __Secure-session={JWT}; __Host-session=real"
    assert sessions(cookie, *names) == ("real", JwtCookie("__Secure-session", JWT), "planted")


def test_the_first_of_two_cookies_with_one_name_is_tried_first() -> None:
    assert sessions("authjs.session-token=first; authjs.session-token=second") == ("first", "second")
    assert sessions(f"{NAME}={JWT}; {NAME}=second; {NAME}={OTHER}") == (
        JwtCookie(NAME, JWT),
        "second",
        JwtCookie(NAME, OTHER),
    )


def test_four_sessions_are_tried_however_many_there_are() -> None:
    plain = "; ".join(f"authjs.session-token={number}" for number in range(1000))
    assert sessions(plain) == ("0", "1", "2", "3")
    assert sessions(f"{plain}; __Secure-next-auth.session-token=real") == ("real", "0", "1", "2")
    assert sessions(b"; ".join([b"authjs.session-token=same"] * 9)) == ("same",)
    sealed = "; ".join(f"{NAME}={JWT}{number}" for number in range(1000))
    assert sessions(sealed) == tuple(JwtCookie(NAME, f"{JWT}{number}") for number in range(MOST_TOKENS))


@pytest.mark.parametrize(
    "cookie",
    [
        None,
        b"",
        b"theme=dark",
        b"authjs.session-token=",
        b"authjs.session-token",
        b"xauthjs.session-token=token",
        b"authjs.session-token.0=chunk",
        b"AUTHJS.session-token=token",
        b"__Host-authjs.session-token=token",
        b"authjs.session-token.x=token",
        b"authjs.session-token0=token",
        b"authjs.session-token. 0=token",
        b"authjs_session-token=token",
    ],
)
def test_other_cookies_are_no_session(cookie: bytes | None) -> None:
    assert sessions(cookie) == ()


def test_only_the_names_of_the_setting_count() -> None:
    cookie = f"authjs.session-token=other; __Host-app.session={JWT}; a+b=c; aab=d"
    assert sessions(cookie, "__Host-app.session") == (JwtCookie("__Host-app.session", JWT),)
    assert sessions(cookie, "a+b") == ("c",)
    assert sessions("session=a; session.token=b", "session", "session.token") == ("a", "b")


@pytest.mark.parametrize(
    ("written", "token"),
    [(b"a%2Fb%3D", "a/b="), (b"%C3%A9", "é"), (b'"quoted"', "quoted"), (b"%FF", "%FF"), (b"100%", "100%"), (b'"', '"')],
)
def test_a_cookie_is_decoded_as_auth_js_encodes_it(written: bytes, token: str) -> None:
    assert sessions(b"authjs.session-token=" + written) == (token,)


@pytest.mark.parametrize("parts", range(1, MOST_PARTS + 1))
@pytest.mark.parametrize("name", SESSION_COOKIES)
def test_a_jwt_in_parts_is_put_together_in_whatever_order_they_come(name: str, parts: int) -> None:
    for order in permutations(cut(JWT, parts, name)):
        assert sessions("; ".join(order)) == (JwtCookie(name, JWT),)


def test_a_jwt_in_too_many_parts_is_nobodys() -> None:
    assert sessions("; ".join(cut(JWT, MOST_PARTS + 1))) == ()
    assert sessions("; ".join(cut(JWT, 200))) == ()


@pytest.mark.parametrize("missing", range(3))
def test_without_one_of_its_parts_a_jwt_is_nobodys(missing: int) -> None:
    parts = cut(JWT, 3)
    empty = parts[missing].partition("=")[0] + "="
    assert sessions("; ".join([*parts[:missing], *parts[missing + 1 :]])) == ()
    assert sessions("; ".join([*parts[:missing], empty, *parts[missing + 1 :]])) == ()


@pytest.mark.parametrize("number", ["00", "01", "-1", "+1", "1.5", "100", "1 ", "\u0661", "1e0"])
def test_a_part_has_a_plain_number(number: str) -> None:
    first, second = cut(JWT, 2)
    assert sessions(f"{first}; {second.replace('.1=', f'.{number}=')}") == (
        (JwtCookie(NAME, JWT),) if number == "1 " else ()
    )


def test_parts_of_two_cookies_are_not_mixed() -> None:
    first, _ = cut(JWT, 2, "authjs.session-token")
    _, second = cut(JWT, 2, "__Secure-authjs.session-token")
    assert sessions(f"{first}; {second}") == ()


def test_of_a_part_that_is_there_twice_each_is_tried() -> None:
    first, second = cut(JWT, 2)
    planted = first.replace("eyJ", "eyJx")
    assert sessions(f"{planted}; {first}; {second}")[-1] == JwtCookie(NAME, JWT)
    assert sessions("; ".join([*cut(JWT, 2), *cut(OTHER, 2)])) == (JwtCookie(NAME, JWT), JwtCookie(NAME, OTHER))
    many = [f"{NAME}.0=eyJ{number}.." for number in range(100)]
    assert len(sessions("; ".join([*many, f"{NAME}.1=a.b.c"]))) == MOST_TOKENS


def test_a_stale_cookie_in_parts_hides_no_whole_one_and_the_other_way_round() -> None:
    both = (JwtCookie(NAME, JWT), JwtCookie(NAME, OTHER))
    assert sessions("; ".join([f"{NAME}={JWT}", *cut(OTHER, 3)])) == both
    assert sessions("; ".join([*cut(OTHER, 3), f"{NAME}={JWT}"])) == both


@pytest.mark.parametrize("parts", [1, 3, MOST_PARTS])
def test_a_jwt_that_is_too_long_is_nobodys(parts: int) -> None:
    longest = JWT.replace("c" * 400, "c" * (MOST_CHARACTERS - len(JWT) + 400))
    too_long = longest.replace("cc", "ccc", 1)
    assert sessions("; ".join(cut(longest, parts))) == (JwtCookie(NAME, longest),)
    assert sessions("; ".join(cut(too_long, parts))) == ()
    if parts == 1:
        assert sessions(f"{NAME}={longest}") == (JwtCookie(NAME, longest),)
        assert sessions(f"{NAME}={too_long}") == ()
