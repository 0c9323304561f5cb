"""Which names say that their value is a secret, and which only sound like it: the only list of such names.

A name is split into words, whether it is written `access_token`, `access-token` or `accessToken`. So `author` and
`monkey` are not secrets, although `auth` and `key` are. Words written together are found if they can be composed of
known words: `apikey`, `passwordhash`.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import Final


def listed(words: str) -> frozenset[str]:
    """The words of a text, separated by white space."""
    return frozenset(words.split())


SECRET_WORDS: Final = listed(
    """
    assertion auth authorization backup bearer code cookie cred credential csrf cvc cvv dek hash hmac hotp
    jsessionid jwe jwk jws jwt kek key keystore mfa mnemonic nonce otp pass passcode passkey passphrase passwd
    password pat pem phpsessid pin pk private psk pswd pw pwd recovery salt saml secret seed sessid session sid
    sig signature sk tfa token totp verifier webhook xsrf
    """
)
"""Words that mark a secret. `pk` and `sk` are names of keys of the table and its indexes, which contain tokens:
`GSI2PK`."""
SECRET_PAIRS: Final = listed(
    """
    2:fa connection:string invitation:link invite:link login:link magic:link reset:link second:factor security:answer
    signin:link two:fa two:factor verification:link verify:link
    """
)
"""Pairs of adjacent words that mark a secret, separated by a colon."""
ANYWHERE: Final = ("assertion", "credential", "passphrase", "passwd", "password", "secret", "token")
"""Secret words that also count within a longer word, because hardly any other word contains them."""
BESIDE: Final = listed(
    """
    access account activation admin api app aws bot client confirm confirmation consumer current db device email
    encrypted encryption hashed id invite login master new oauth old plain refresh reset root rsa server service
    shared sign signing sms ssh temp temporary user verification verify wallet web
    """
)
"""Words that are often written together with secret words."""
HARMLESS: Final = listed(
    """
    area:code branch:code color:code colour:code country:code currency:code department:code dial:code dialing:code
    calling:code error:code industry:code lang:code language:code locale:code post:code postal:code product:code
    region:code state:code status:code tax:code timezone:code zip:code
    avatar:hash commit:hash content:hash file:hash image:hash photo:hash
    foreign:key public:key translation:key jwks:uri jwks:url
    auth:method auth:methods auth:provider auth:time auth:type cookie:banner cookie:consent cookie:policy
    cookie:preferences private:email session:state token:endpoint token:type secretary:
    """
)
"""Pairs of adjacent words that sound secret and are not, separated by a colon, or one word with nothing after the
colon."""
MOMENTS: Final = listed("at date exp expiration expire expires expiry iat nbf since time timestamp until")
"""The last words of names of points in time."""
SPANS: Final = listed("age lifetime seconds ttl")
"""The last words of names of durations; `expires_in` counts too."""
LIVING: Final = listed("jwt jwts session sessions token tokens")
"""Secret words whose times and durations are stored as numbers. A number beside any other secret word may be the
secret."""
LONGEST_NAME: Final = 255
"""The most characters of a name that is checked. No name that Auth.js writes is longer. A longer one counts as a
secret."""
EACH: Final = 40
"""Steps that any name takes."""
EACH_HINT: Final = 100
"""Additional steps if the name contains the letters of a secret word."""
LONGEST_TAKEN_APART: Final = 64
"""The most characters of a name that is split into words. A longer one is a secret if it contains the letters of a
secret word."""

_JOINED: Final = frozenset(pair.replace(":", "") for pair in SECRET_PAIRS)
_KINDS: Final = {
    word + ending: kind
    for kind, words in ((False, BESIDE), (True, SECRET_WORDS | _JOINED))
    for word in words
    for ending in ("", "s", "es")
}
"""For each known word, in singular and plural, whether it is a secret word."""
_LENGTHS: Final = {
    start: tuple({len(word) for word in _KINDS if word.startswith(start)}) for start in {word[:2] for word in _KINDS}
}
"""The lengths of the known words, by their first two letters."""
_HINT: Final = re.compile("|".join(sorted({*SECRET_WORDS, *(pair.partition(":")[2] for pair in SECRET_PAIRS)})))
"""Finds the letters of a secret word. A name in lower case that does not match is not a secret."""
_NO_WAY, _HARMLESS_WAY, _SECRET_WAY = 0, 1, 2
_DIGITS: Final = re.compile(r"\d+")
_CHUNKS = re.compile(r"[^\W_]+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\WA-Z\d_]+|\d+")


class Time(Enum):
    """What a number whose name contains a secret word may mean."""

    MOMENT = "moment"
    SPAN = "span"


@dataclass(frozen=True, slots=True)
class Said:
    """What a name says about its value."""

    secrets: frozenset[str]
    """The words in the name that mark a secret. For a name that is too long to be split, the whole name."""
    time: Time | None
    """What a number under the name would mean, if the name marks a secret."""
    steps: int
    """How many steps the check takes, in the unit of `Work`."""


def sounds_secret(name: str) -> bool:
    """Whether a name says that its value is a secret."""
    return bool(said_by(name).secrets)


def said_by(name: str) -> Said:
    """Check a name. Names of up to 255 characters are cached."""
    return _said_by(name) if len(name) <= LONGEST_NAME else _too_long(name, 0)


# As many names as one item can have, so that checking the same item again finds all of them in the cache.
@lru_cache(maxsize=16_384)
def _said_by(name: str) -> Said:
    plain = name
    if not unicodedata.is_normalized("NFKC", name):
        if len(name) > LONGEST_TAKEN_APART:
            return _too_long(name, len(name))  # NFKC may turn one letter into eighteen.
        plain = _plain(name)
    if not _HINT.search(_DIGITS.sub("", plain).lower()):
        return Said(frozenset(), None, EACH + 3 * len(plain))
    if len(plain) > LONGEST_TAKEN_APART:
        return _too_long(name, len(plain))
    words = _words(plain)
    return Said(_secrets_in(plain, words), _time_in(words), EACH + EACH_HINT + 20 * len(plain))


def _too_long(name: str, looked_at: int) -> Said:
    return Said(frozenset((name,)), None, EACH + EACH_HINT + 3 * looked_at)


def _secrets_in(plain: str, words: list[str]) -> frozenset[str]:
    found = {word for place, word in enumerate(words) if _is_secret(word) and not _is_harmless(words, place)}
    found |= {f"{one}:{next}" for one, next in pairwise(words)} & SECRET_PAIRS
    # `JWTs` is one word, although its capitals split it into two.
    chunks = (_DIGITS.sub("", chunk).lower() for chunk in _CHUNKS.findall(plain))
    return frozenset(found.union(chunk for chunk in chunks if chunk not in words and _is_made_of_words(chunk)))


def _time_in(words: list[str]) -> Time | None:
    """What a number under the name would mean: `refresh_token_expires_in` is a duration. None if it names no time."""
    if not words:
        return None
    if words[-1] in SPANS or words[-2:] == ["expires", "in"] or words[-1].endswith("expiresin"):
        return Time.SPAN
    return Time.MOMENT if words[-1] in MOMENTS or words[-1].endswith("expiresat") else None


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _words(plain: str) -> list[str]:
    return [word.lower() for chunk in _CHUNKS.findall(plain) for word in _WORDS.findall(chunk)]


def _is_harmless(words: list[str], place: int) -> bool:
    word = words[place]
    before = words[place - 1] if place else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    return not HARMLESS.isdisjoint((f"{word}:", f"{before}:{word}", f"{word}:{after}"))


def _is_secret(word: str) -> bool:
    return any(part in word for part in ANYWHERE) or _is_made_of_words(word)


def _is_made_of_words(word: str) -> bool:
    """Whether a word is a secret word, or can be composed of known words of which one is secret."""
    if word in _KINDS:
        return _KINDS[word]
    # For each place, whether known words fill the text before it: not at all, without a secret word, with one, or both.
    reached = [_NO_WAY] * (len(word) + 1)
    reached[0] = _HARMLESS_WAY
    for start in range(len(word)):
        ways = reached[start]
        for length in _LENGTHS.get(word[start : start + 2], ()) if ways else ():
            end = start + length
            kind = _KINDS.get(word[start:end]) if end <= len(word) else None
            if kind is not None:
                reached[end] |= _SECRET_WAY if kind else ways
    return reached[-1] >= _SECRET_WAY
