"""Which custom attributes a caller is shown: none that may hold a secret, at whatever depth it lies.

Auth.js apps and providers store what they like besides the fields: `authed_user: {access_token: …}`, a password hash,
whole token responses as text. A value is a secret if its name says so, if it looks like one, if it contains a secret of
its own item, or if it is text that cannot be parsed reliably and may contain one. The rest of an attribute is shown.
The full value requires `secrets:read`.
"""

import json
import logging
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from dynamo import format
from resolvers.secret_forms import has_secret_form
from resolvers.secret_names import LIVING, Said, Time, listed
from resolvers.secret_sought import Sought
from resolvers.secret_texts import pairs, quoted, readings
from resolvers.secret_work import Doubt, Work

logger = logging.getLogger("authgraph")

LONGEST_JSON: Final = 65_536
"""The most characters of JSON stored as text that are parsed. In a longer text, every name and word counts."""
MOST_LEVELS: Final = 100
"""The most levels that are searched, including texts within texts. Deeper values are hidden. Stored values have at
most 32."""
MOST_ANSWER_STEPS: Final = 100_000
"""The most steps to search one field that a provider fills."""
EACH: Final = 20
"""Steps that any text takes."""
EACH_ODD: Final = 120
"""Additional steps for a text that is not plain words."""
EACH_NESTED: Final = 40
"""Steps for an object or a list."""
LEAST_OWN: Final = 8
"""The fewest characters of an item's own token for it to be searched for in the item's attributes."""
LEAST_NAMED: Final = 16
"""The fewest characters of a secret attribute for it to be searched for in other attributes.

A caller could find a shorter one by storing guesses and looking which of them are hidden.
"""
MOST_NAMED: Final = 32
LONGEST_HEAD: Final = 4096
"""The most characters of a table's first line that are searched for column names."""
LONGEST_ANSWER: Final = 255
"""The most characters of a provider's text for its result to be cached."""
LONGEST_SPAN: Final = 10 * 366 * 24 * 3600
"""The longest duration, in seconds, that a number beside a token may mean: ten years."""
MOMENTS: Final = (range(10**9, 10**10), range(10**12, 10**13))
"""Numbers that are taken for times: seconds and milliseconds since the Unix epoch, from 2001 on."""

NAMING: Final = listed("name k key field label param parameter header attribute property variable id type kind")
"""Names of members whose value may be the name of another member."""
VALUES: Final = listed("value val v values content data text string payload body")
"""Names of members that hold the value for a name in a `NAMING` member."""
LISTING: Final = listed(
    """
    amr categories events features flags grants groups interests kind method methods permissions provider providers
    role roles scope scopes skills strategy tags topics type types
    """
)
"""Last words of names whose values name a kind, not a secret: `token_type: "bearer"`, `providers: ["credentials"]`."""

_ORDINARY = re.compile(
    r"(?:[^\W_]{1,15}(?:[ ,!?'()/]{1,3}|\. ))*+[^\W_]{0,15}[.!?)]?"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?"
)
"""Words with spaces between them, a UUID or a date. Most texts match, and none that does has a secret form, except
`Bearer x`."""
_WORD = re.compile(r"[\w.\-]{1,15}")
"""A word that is too short to be a secret in any way but by its form."""
_SCHEME = re.compile("bearer|basic", re.IGNORECASE)
_NAME = re.compile(r"(?:[A-Za-z_.\-\[\]/]++\d{0,2}+){1,4}(?: (?:[A-Za-z_.\-\[\]/]++\d{0,2}+){1,4}){0,2}")
_LONGEST_NAME_AS_VALUE: Final = 64
_LAST_WORD = re.compile("[A-Za-z][a-z]*$")
_DIGITS = re.compile(r"-?\d{1,20}(\.\d{1,10})?")
_LEAD = re.compile(r"\A[\s\ufeff]*(?:(?:\)\]\}',?|for\s?\(;;\);|while\s?\(1\);)[\s\ufeff]*)?")
"""What some services put before JSON so that browsers do not run it."""
_COLUMNS = re.compile("[,;\t|]")


class _Hidden:
    """The type of `HIDDEN`, which no stored value has."""


HIDDEN: Final = _Hidden()
"""Stands for a value that is not shown."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of searching an item's attributes for secrets."""

    attributes: Mapping[str, Any]
    shown: Mapping[str, Any]
    """The attributes without what may be a secret."""
    steps: int
    """How many steps the search took."""

    @property
    def concealed(self) -> dict[str, Any]:
        """The full values of the attributes that `shown` leaves out in part or in full."""
        left = self.shown
        return {name: value for name, value in self.attributes.items() if left.get(name, HIDDEN) is not value}


def seen(
    attributes: Mapping[str, Any],
    own: Iterable[str | None] = (),
    *,
    trusted: bool = False,
    secret: Collection[str] = (),
) -> Seen:
    """Search attributes for secrets.

    `own` are the item's tokens, which the attributes must not show. With `trusted`, attributes are shown even if their
    own names sound secret. `secret` are names whose values are never shown, not even if they are true or empty.
    """
    tokens = tuple(token for token in own if token is not None and len(token) >= LEAST_OWN)
    look = _Look(Work(), Sought(tokens) if tokens else None)
    searched = {name: value for name, value in attributes.items() if name not in secret}
    left = look.top(searched, trusted=trusted)
    if look.found:
        # A value that is secret under one name is secret under every other name.
        named = sorted(look.found, key=len, reverse=True)[:MOST_NAMED]
        left = _Look(look.work, Sought((*tokens, *named))).top(searched, trusted=trusted)
    return Seen(attributes, left, look.work.done)


def shown(attributes: Mapping[str, Any], own: Iterable[str | None] = ()) -> Mapping[str, Any]:
    """The attributes without what may be a secret."""
    return seen(attributes, own).shown


def names_shown(names: Iterable[str]) -> frozenset[str]:
    """The names that are not secrets themselves, as one in `{"sk_live_…": true}` is."""
    return frozenset(shown(dict.fromkeys(names)))


def below(attributes: Mapping[str, Any], own: Iterable[str | None] = ()) -> Mapping[str, Any]:
    """The attributes without what may be a secret within them; their own names may sound secret."""
    return seen(attributes, own, trusted=True).shown


def concealed(attributes: Mapping[str, Any], own: Iterable[str | None] = ()) -> dict[str, Any]:
    """The full values of the attributes that `shown` leaves out in part or in full."""
    return seen(attributes, own).concealed


def answered(text: str | None) -> tuple[str | None, int]:
    """A text that a provider answered for a field, None if it may be a secret, and the steps it took to look."""
    if text is None:
        return None, 0
    hidden, steps = is_hidden(text) if len(text) <= LONGEST_ANSWER else _looked_into(text)
    return None if hidden else text, steps


def _looked_into(text: str) -> tuple[bool, int]:
    """Whether a text may be a secret, and the number of steps that the search took."""
    work = Work(MOST_ANSWER_STEPS)
    hidden = _Look(work).part(text, MOST_LEVELS) is HIDDEN
    return hidden, work.done


is_hidden = lru_cache(maxsize=256)(_looked_into)
"""`_looked_into` with a cache for short texts: a provider gives the same text for most accounts."""


@lru_cache(maxsize=64)
def _note(kind: str) -> None:
    """Log an unexpected error, once for each type, because a caller who stores values could fill the log.

    The error's message is not logged, because it may quote a value.
    """
    logger.warning("A stored value is hidden, because looking for secrets in it failed: %s.", kind)


@dataclass(slots=True)
class _Look:
    """One search through the attributes of an item. If anything goes wrong with a value, the value is hidden."""

    work: Work
    own: Sought | None = None
    """Texts that no shown value may contain."""
    found: set[str] = field(default_factory=set)
    """Secrets that were found by their names."""

    def top(self, attributes: Mapping[str, Any], *, trusted: bool) -> dict[str, Any]:
        """What is shown of an item's attributes."""
        named = not trusted and any(name.lower() in NAMING and self.names(value) for name, value in attributes.items())
        parts = {
            name: self.part(value, MOST_LEVELS, name) if trusted else self.member(name, value, MOST_LEVELS)
            for name, value in attributes.items()
            if not (named and name.lower() in VALUES)
        }
        return {name: part for name, part in parts.items() if part is not HIDDEN}

    def member(self, name: str, value: Any, levels: int) -> Any:
        """What is shown of a member of an object, or `HIDDEN`."""
        if self.work.over:
            return HIDDEN
        try:
            if self._is_secret(name, value):
                self.found.update(_long(value))
                return HIDDEN
            if len(name) >= LEAST_OWN and self._hides(name, levels):
                return HIDDEN
        except Exception as error:
            return _doubted(error)
        return self.part(value, levels, name)

    def part(self, value: Any, levels: int, name: str = "") -> Any:
        """What is shown of a value: the value itself if nothing is hidden."""
        try:
            match value:
                case str():
                    return HIDDEN if self._hides(value, levels) else value
                case dict() | list() if levels == 0:
                    return HIDDEN
                case dict():
                    return self._object(value, levels - 1)
                case list():
                    return self._list(value, levels - 1, name)
                case _:
                    return value
        except Exception as error:
            return _doubted(error)

    def names(self, value: Any) -> bool:
        """Whether a value is the name of a secret, or the check failed."""
        try:
            return isinstance(value, str) and self._names_secret(value)
        except Exception as error:
            return _doubted(error) is HIDDEN

    def _object(self, value: dict[str, Any], levels: int) -> Any:
        self.work.take(EACH_NESTED)
        if len(value) > 1 and self._names_its_neighbour(value):
            return HIDDEN
        left: dict[str, Any] = {}
        is_whole = True
        for name, member in value.items():
            part = self.member(name, member, levels)
            is_whole = is_whole and part is member
            if part is not HIDDEN:
                left[name] = part
        return value if is_whole else left

    def _list(self, value: list[Any], levels: int, name: str) -> Any:
        self.work.take(EACH_NESTED + 20 * len(value))
        if len(value) > 1 and not _lists_kinds(name) and self._is_beside_others(value):
            return HIDDEN
        left: list[Any] = []
        is_whole = True
        for member in value:
            part = self.part(member, levels)
            is_whole = is_whole and part is member
            if part is not HIDDEN:
                left.append(part)
        return value if is_whole else left

    def _hides(self, text: str, levels: int) -> bool:
        """Whether a text is a secret or contains one. Raises `Doubt`."""
        work = self.work
        if self.own is not None and self.own.is_in(text, work):
            return True
        is_short = len(text) < LEAST_NAMED
        if is_short and text.isalnum():
            return False
        work.take(EACH + len(text) * 3 // 2)
        if levels == 0:
            return True
        if is_short and _WORD.fullmatch(text):
            return has_secret_form(text, work)
        if _ORDINARY.fullmatch(text):
            return _SCHEME.search(text) is not None and has_secret_form(text, work)
        work.take(EACH_ODD)
        return has_secret_form(text, work) or self._says_secret(text, levels - 1)

    def _says_secret(self, text: str, levels: int) -> bool:
        """Whether a text contains a secret as JSON, as a pair of name and value, as a table, or in an encoded part.

        Raises `Doubt`.
        """
        start = text if text[0] in "{[" else _LEAD.sub("", text, count=1)
        if start[:1] in ("{", "[", '"'):
            try:
                value = _parsed(start)
            except RecursionError:
                return True
            except ValueError:
                # Several lines of JSON, a part of a JSON text, or JavaScript.
                if "\\" in text or any(map(self._names_secret, quoted(text, self.work))):
                    return True
            else:
                return self.part(value, levels) is not value
        if any(self._is_secret(name, value) for name, value in pairs(text, self.work)) or self._heads_columns(text):
            return True
        return any(self._hides(reading, levels) for reading in readings(text, self.work))

    def _is_secret(self, name: str, value: Any) -> bool:
        """Whether a member is a secret by its name. Null, booleans, empty values and times are not secrets."""
        said = self.work.said_by(name)
        if not said.secrets or value is None or isinstance(value, bool) or value in ([], {}):
            return False
        return not _is_time(said, value)

    def _names_secret(self, value: str) -> bool:
        """Whether a value is the name of a secret, such as `access_token` or `Recovery code`, and not a sentence
        about one."""
        if len(value) > _LONGEST_NAME_AS_VALUE or not _NAME.fullmatch(value):
            return False
        _, space, last = value.rpartition(" ")
        return self.work.sounds_secret(value) and (not space or self.work.sounds_secret(last))

    def _names_its_neighbour(self, members: Mapping[str, Any]) -> bool:
        """Whether one member of an object says that another is a secret: `{"name": "password", "value": "x"}`."""
        naming = [name for name, value in members.items() if isinstance(value, str) and self._names_secret(value)]
        if not naming:
            return False
        if any(name.lower() in VALUES for name in members):
            return True
        others = any(_may_be_secret(value) for name, value in members.items() if name not in naming)
        return others and not all(map(_lists_kinds, naming))

    def _is_beside_others(self, values: list[Any]) -> bool:
        """Whether one value of a list is the name of a secret and another may be that secret: `["password", "x"]`."""
        naming = [isinstance(value, str) and self._names_secret(value) for value in values]
        return any(naming) and any(
            not names and _may_be_secret(value) for names, value in zip(naming, values, strict=True)
        )

    def _heads_columns(self, text: str) -> bool:
        """Whether the first line of a table in text form names a column of secrets."""
        head, line_break, rest = text.partition("\n")
        columns = _COLUMNS.findall(head[:LONGEST_HEAD]) if line_break else ()
        if not columns or len(_COLUMNS.findall(rest.partition("\n")[0][:LONGEST_HEAD])) != len(columns):
            return False
        return any(self._names_secret(name.strip(" \"'\r")) for name in _COLUMNS.split(head[:LONGEST_HEAD]))


def _doubted(error: Exception) -> _Hidden:
    if not isinstance(error, Doubt):
        _note(type(error).__name__)
    return HIDDEN


def _parsed(text: str) -> Any:
    if len(text) > LONGEST_JSON:
        raise ValueError
    return _JSON.decode(text)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Doubt  # It says a thing twice.
    return members


_JSON = json.JSONDecoder(object_pairs_hook=_members, parse_int=str, parse_float=str, parse_constant=str, strict=False)


def _is_time(said: Said, value: Any) -> bool:
    if said.time is None:
        return False
    if isinstance(value, str):
        if format.parse_date(value) is not None:
            return True
        value = float(value) if _DIGITS.fullmatch(value) else None
    if not isinstance(value, int | float) or not said.secrets <= LIVING:
        return False
    return any(int(value) in moments for moments in MOMENTS) or (said.time is Time.SPAN and 0 <= value <= LONGEST_SPAN)


def _long(value: Any) -> Iterator[str]:
    """The texts directly under a name that are long enough to be searched for in other attributes."""
    for text in value if isinstance(value, list) else (value,):
        if isinstance(text, str) and len(text) >= LEAST_NAMED and not any(map(str.isspace, text)):
            yield text


def _may_be_secret(value: Any) -> bool:
    if value is None or isinstance(value, bool) or value in ([], {}, ""):
        return False
    return not isinstance(value, str) or format.parse_date(value) is None


def _lists_kinds(name: str) -> bool:
    """Whether the values under a name are names of kinds. `type` alone is not enough: it may name the member beside
    it."""
    last = _LAST_WORD.search(name)
    return last is not None and last[0].lower() in LISTING and name.lower() not in NAMING
