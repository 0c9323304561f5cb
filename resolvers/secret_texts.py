"""What can be read out of a text: names with their values, and what encoded parts decode to."""

import html
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from resolvers.secret_forms import OBJECT, decoded
from resolvers.secret_work import Doubt, Work

NOTHING: Final = frozenset(("true", "false", "null", "none", "nil", "undefined", "yes", "no"))
"""Values that are not a secret under any name."""
RIGHTS: Final = frozenset(("read", "write", "create", "update", "delete", "list", "view", "manage"))
"""Words after a name in a permission: `tokens:write`."""
MOST_PARTS: Final = 2000
"""The most pairs and encoded parts of one text. A text with more raises `Doubt`."""
LEAST_ENCODED: Final = 16
"""The fewest base64 letters or hexadecimal digits that are decoded. Fewer cannot contain a name with a useful value."""

_RIAP = re.compile(r"(?:>=|=:|==?|:|>)\s{0,4}[\"'\]]{0,2}([\w.\-]++)(?: ([\w.\-]++))?")
"""A name before `=`, `=>`, `:=`, `==`, `:` or `>`, and the word before the name. It is matched against the reversed
text, because the separators are rarer than names."""
_VALUE = re.compile(r"\s{0,4}[\"'\[{(<]{0,3}([^\s\"'&,;<>\[\](){}=]{1,128})")
_PATH = re.compile(r"://[^\s?#;&,\"'<>]*")
_IN_PATH = re.compile(r"/([A-Za-z_-]{2,40}=[^/]+)")
_QUOTED = re.compile(r"\"([^\"\\]{2,64})\"|'([^'\\]{2,64})'")
_ESCAPE = re.compile(r"\\++(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|[nrtbf])?")
_PERCENT = re.compile("%[0-9a-fA-F]{2}")
_ENCODED = re.compile(rf"([A-Za-z0-9+/_-]{{{LEAST_ENCODED},}})={{0,2}}")
_HEX = re.compile(rf"(?:[0-9a-fA-F]{{2}}){{{LEAST_ENCODED // 2},}}")
_PRINTABLE = re.compile(rb"[\x20-\x7e]{16,}")


def pairs(text: str, work: Work) -> Iterator[tuple[str, str]]:
    """The names in a text that sound secret, each with its value: `password=x`, `"token": "x"`, `<pin>1</pin>`.

    In the path of a URL, only whole segments count: `/token=x`. Raises `Doubt`.
    """
    if not (":" in text or "=" in text or ">" in text):
        return
    if "://" in text:
        text = _PATH.sub(lambda path: " ".join(["", *_IN_PATH.findall(path[0])]), text)
    for before, name, value in _named_values(text, work):
        phrase = f"{before} {name}" if before else name
        # `zip code` is not a secret, `magic link` is one, and `key person` is a person.
        if not work.sounds_secret(phrase) or (before and not work.sounds_secret(name) and work.sounds_secret(before)):
            continue
        if value.lower() not in NOTHING and value not in RIGHTS:
            yield phrase, value


def _named_values(text: str, work: Work) -> Iterator[tuple[str, str, str]]:
    work.take(len(text) // 2 + 8 * (text.count("=") + text.count(":") + text.count(">")))
    number = 0
    for match in _RIAP.finditer(text[::-1]):
        work.take(20)
        value = _VALUE.match(text, len(text) - match.start())
        if value is None:
            continue
        if number == MOST_PARTS:
            raise Doubt
        number += 1
        name, before = match.groups("")
        yield before[::-1], name[::-1], value[1]


def quoted(text: str, work: Work) -> Iterator[str]:
    """The texts in quotation marks that may be names. Raises `Doubt`."""
    work.take(2 * len(text))
    for match in _QUOTED.finditer(text):
        work.take(40)
        yield match[1] or match[2]


def readings(text: str, work: Work) -> Iterator[str]:
    """What a text says once its escapes are decoded, or the base64 or hexadecimal parts in it. Raises `Doubt`."""
    plain = _unescaped(text, work)
    if plain != text:
        yield plain
        return  # The search of the unescaped text finds what is encoded in it.
    if len(text) < LEAST_ENCODED:
        return
    work.take(len(text))
    for number, match in enumerate(_ENCODED.finditer(text)):
        if number == MOST_PARTS:
            raise Doubt
        run = match[1]
        yield from _texts_in(run, work)
        inside = OBJECT.search(run, 1)
        if inside is not None:
            yield from _texts_in(run[inside.start() :], work)
    if len(text) % 2 == 0 and _HEX.fullmatch(text):
        yield from _texts_of(bytes.fromhex(text))


def _unescaped(text: str, work: Work) -> str:
    work.take(10 * (text.count("\\") + text.count("%") + text.count("&")))
    if "\\" in text:
        text = _ESCAPE.sub(_character, text)
    if _PERCENT.search(text):
        text = unquote(text)
    return html.unescape(text) if "&" in text and ";" in text else text


def _character(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2]
    if digits:
        return chr(int(digits, 16))
    return " " if escape[0][-1] != "\\" else ""


def _texts_in(letters: str, work: Work) -> Iterator[str]:
    """The text in the bytes that base64 letters decode to."""
    work.take(40 + len(letters) // 2)
    return _texts_of(decoded(letters))


def _texts_of(data: bytes) -> Iterator[str]:
    """All of the bytes as text or, if they are not UTF-8, their printable runs."""
    try:
        yield data.decode()
    except UnicodeDecodeError:
        for run in _PRINTABLE.findall(data):
            yield run.decode()
