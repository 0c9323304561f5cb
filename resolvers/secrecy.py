"""Which custom attributes a caller is shown: none that may hold a secret, at whatever depth it lies.

Auth.js apps and providers store what they like beside the fields: `authed_user: {access_token: …}`, a password hash,
whole token responses as text. A value is a secret if its name says so, or if it looks like one by itself. What is left
of an attribute is shown; the whole of it needs `secrets:read`.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from dynamo import format
from resolvers.secret_names import names_a_time, sounds_secret

LONGEST_NAME: Final = 255
"""Characters of a name that is remembered; none that Auth.js writes is longer."""
LONGEST_TEXT: Final = 65_536
"""Characters of JSON held as text that are looked through; a longer one with names in it is hidden."""
MOST_NAMES: Final = 1000
"""Names of JSON held as text that are looked at; one with more is hidden."""

_RUN = re.compile(r"[\w.-]+")
_FORM = re.compile(
    r"(?:^|[?&#;\s])[\w.-]{0,64}(?:token|secret|password|passwd|pwd|api_?key)=[^&\s]"
    r"|\b(?:bearer|basic) [\w.~+/=-]{8}"
    r"|://[^/\s:@]{1,256}:[^/\s@]{1,256}@|otpauth://"
    r"|^\$(?:2[abxy]|argon2\w{0,2}|scrypt|pbkdf2[\w-]{0,16}|[156y])\$"
    r"|(?<![a-z0-9])(?:gh[opusr]_|github_pat_|xox[abeprs]-|[sr]k_live_|akia[0-9a-z]{12}|glpat-|ya29\.|ag_[0-9a-f]{16}_)",
    re.IGNORECASE,
)
"""Forms of a secret in running text: a parameter, a header, a password in an address or its hash, a known prefix."""
_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")
_ENCODED = ("LS0tLS1CRUdJTi", "ZXlK")
"""How a PEM file and a JWT begin when they were stored as bytes, which are shown in base64."""
_MEMBER = re.compile(r'"([^"\\]*)"\s*:')
_DIGITS = re.compile(r"-?\d{1,20}(\.\d{1,10})?")


class _Hidden:
    """The type of `HIDDEN`."""


HIDDEN: Final = _Hidden()
"""In place of a value that is not shown."""


def shown(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes without what may be a secret."""
    return _members(attributes)


def below(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes whose own names are trusted, without what may be a secret within them."""
    parts = ((name, _part(value)) for name, value in attributes.items())
    return {name: part for name, part in parts if part is not HIDDEN}


def concealed(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of which `shown` leaves something out, whole."""
    return {name: value for name, value in attributes.items() if _member(name, value) is not value}


def _members(values: Mapping[str, Any]) -> dict[str, Any]:
    parts = ((name, _member(name, value)) for name, value in values.items())
    return {name: part for name, part in parts if part is not HIDDEN}


def _member(name: str, value: Any) -> Any:
    return HIDDEN if _is_secret(name, value) else _part(value)


def _part(value: Any) -> Any:
    """What is shown of a value: itself if it is all of it."""
    match value:
        case str():
            return HIDDEN if _looks_secret(value) else value
        case dict():
            members = _members(value)
            whole = len(members) == len(value) and all(members[name] is value[name] for name in value)
            return value if whole else members
        case list():
            parts = [part for part in map(_part, value) if part is not HIDDEN]
            whole = len(parts) == len(value) and all(part is member for part, member in zip(parts, value, strict=True))
            return value if whole else parts
        case _:
            return value


def _is_secret(name: str, value: Any) -> bool:
    """Whether a member is a secret by its name. Nothing, yes and no are none, nor is a number that is a time."""
    if value is None or isinstance(value, bool) or value in ([], {}):
        return False
    if len(name) > LONGEST_NAME:
        return True
    return sounds_secret(name) and not (names_a_time(name) and _is_time(value))


def _is_time(value: Any) -> bool:
    if isinstance(value, str):
        return _DIGITS.fullmatch(value) is not None or format.parse_date(value) is not None
    return isinstance(value, int | float)


def _looks_secret(text: str) -> bool:
    """Whether a text is a secret by its form: a JWT, a private key, a known form, or JSON that holds a secret."""
    if "eyJ" in text and any(map(_is_jwt, _RUN.findall(text))):
        return True
    if _FORM.search(text):
        return True
    if text.startswith(_ENCODED) or ("-----BEGIN" in text and _KEY.search(text)):
        return True
    start = text.lstrip("\ufeff \t\r\n")[:1]
    return start in ("{", "[", '"') and '"' in text[1:] and _json_holds_secret(text)


def _json_holds_secret(text: str) -> bool:
    """Whether a text that may be JSON holds a secret, in text within it too."""
    # Most holds none, which its names say without its being read; an escape may hide a name.
    names = set(_MEMBER.findall(text))
    if names and (len(text) > LONGEST_TEXT or len(names) > MOST_NAMES or max(map(len, names)) > LONGEST_NAME):
        return True
    suspicious = "\\" in text or any(map(sounds_secret, names))
    if not suspicious:
        return False
    try:
        value = _parsed(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        # A part of JSON, lines of it, or what only JavaScript takes.
        return any(map(sounds_secret, names)) or len(text) > LONGEST_TEXT
    return _holds_secret(value)


def _is_jwt(run: str) -> bool:
    """Whether a run of letters and dots holds a JWT, whatever stands right before it."""
    _, found, rest = run.partition("eyJ")
    return bool(found) and rest.count(".") >= 2


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        # JavaScript takes half a surrogate pair.
        return json.loads(text, parse_int=str, parse_float=str)


def _holds_secret(value: Any) -> bool:
    """Whether parsed JSON holds a secret. It may be a thousand deep, so nothing here calls itself for each level."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str(text):
                if _looks_secret(text):
                    return True
            case dict(members):
                if any(_is_secret(name, member) for name, member in members.items()):
                    return True
                waiting += members.values()
            case list(members):
                waiting += members
    return False
