"""Which names say that what they name is a secret, and which only sound so: the one list there is of them.

A name is taken apart into words, whether written `access_token`, `access-token` or `accessToken`: so `author` and
`monkey` are no secrets, though `auth` and `key` are. Words written together are found where they can be put together
from known ones: `apikey`, `passwordhash`.
"""

import re
import unicodedata
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import Final


def listed(words: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(words.split())


SECRET_WORDS: Final = listed(
    """
    assertion auth authorization backup bearer code cookie cred credential csrf cvc cvv dek hash hmac hotp
    jsessionid jwe jwk jws jwt kek key keystore mfa mnemonic nonce otp pass passcode passkey passphrase passwd
    password pat pem phpsessid pin pk private psk pswd pw pwd recovery salt saml secret seed sessid session sid
    sig signature sk tfa token totp verifier webhook xsrf
    """
)
"""`pk` and `sk` are what keys of the table and its indexes are called, which hold tokens: `GSI2PK`."""
SECRET_PAIRS: Final = listed(
    """
    2:fa connection:string invitation:link invite:link login:link magic:link reset:link second:factor security:answer
    signin:link two:fa two:factor verification:link verify:link
    """
)
"""Words that are secret side by side, parted by a colon."""
ANYWHERE: Final = ("assertion", "credential", "passphrase", "passwd", "password", "secret", "token")
"""Secret words that are found within another, because hardly anything else holds them."""
BESIDE: Final = listed(
    """
    access account activation admin api app aws bot client confirm confirmation consumer current db device email
    encrypted encryption hashed id invite login master new oauth old plain refresh reset root rsa server service
    shared sign signing sms ssh temp temporary user verification verify wallet web
    """
)
"""Words that are written together with secret ones."""
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
"""Words side by side that sound secret and are not, parted by a colon; alone, with nothing behind it."""
MOMENTS: Final = listed("at date exp expiration expire expires expiry iat nbf since time timestamp until")
"""Last words of names of times."""
SPANS: Final = listed("age lifetime seconds ttl")
"""Last words of names of durations; `expires_in` is one too."""
LIVING: Final = listed("jwt jwts session sessions token tokens")
"""Secret words whose times and durations are stored as numbers. Beside others a number may be the secret itself."""
LONGEST_NAME: Final = 255
"""Characters of a name that is taken apart; none that Auth.js writes is longer. A longer one counts as a secret."""
LONGEST_WORD: Final = 64
"""Letters of a word that is taken apart."""

_JOINED: Final = frozenset(pair.replace(":", "") for pair in SECRET_PAIRS)
_KINDS: Final = {
    word + ending: kind
    for kind, words in ((False, BESIDE), (True, SECRET_WORDS | _JOINED))
    for word in words
    for ending in ("", "s", "es")
}
"""Whether a word is a secret one, of all that are known, in the plural too."""
_LONGEST_PART: Final = max(map(len, _KINDS))
_HINT: Final = re.compile("|".join((*SECRET_WORDS, *(pair.partition(":")[2] for pair in SECRET_PAIRS))), re.IGNORECASE)
"""Without any of these letters in it, a name is none."""
_DIGITS: Final = re.compile(r"\d+")
_CHUNKS = re.compile(r"[^\W_]+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\WA-Z\d_]+|\d+")


class Time(Enum):
    """What a number beside a secret may be."""

    MOMENT = "moment"
    SPAN = "span"


def sounds_secret(name: str) -> bool:
    """Whether a name says that its value is a secret."""
    return bool(secrets_in(name))


def secrets_in(name: str) -> frozenset[str]:
    """The words of a name that say that its value is a secret; a name beyond `LONGEST_NAME` is one whole."""
    return _secrets_in(name) if len(name) <= LONGEST_NAME else frozenset((name,))


# As many as one item may hold, so that looking at it again finds them all.
@lru_cache(maxsize=16_384)
def _secrets_in(name: str) -> frozenset[str]:
    if name.isascii() and not _HINT.search(_DIGITS.sub("", name)):
        return frozenset()
    words = _words(name)
    found = {word for place, word in enumerate(words) if _is_secret(word) and not _is_harmless(words, place)}
    found |= {f"{one}:{next}" for one, next in pairwise(words)} & SECRET_PAIRS
    # `JWTs` is one word, although its capitals make two of it.
    chunks = (_DIGITS.sub("", chunk).lower() for chunk in _CHUNKS.findall(_plain(name)))
    return frozenset(found.union(chunk for chunk in chunks if chunk not in words and _is_made_of_words(chunk)))


@lru_cache(maxsize=1024)
def time_named(name: str) -> Time | None:
    """What a name says of a number: `refresh_token_expires_in` is a duration. None if it names no time."""
    words = _words(name)
    if not words:
        return None
    if words[-1] in SPANS or words[-2:] == ["expires", "in"] or words[-1].endswith("expiresin"):
        return Time.SPAN
    return Time.MOMENT if words[-1] in MOMENTS or words[-1].endswith("expiresat") else None


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _words(name: str) -> list[str]:
    return [word.lower() for chunk in _CHUNKS.findall(_plain(name)) for word in _WORDS.findall(chunk)]


def _is_harmless(words: list[str], place: int) -> bool:
    word = words[place]
    before = words[place - 1] if place else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    return not HARMLESS.isdisjoint((f"{word}:", f"{before}:{word}", f"{word}:{after}"))


def _is_secret(word: str) -> bool:
    return any(part in word for part in ANYWHERE) or _is_made_of_words(word)


def _is_made_of_words(word: str) -> bool:
    """Whether a word is a secret one, or can be put together from several, one of them secret."""
    if word in _KINDS:
        return _KINDS[word]
    if len(word) > LONGEST_WORD:
        return False
    # How far known words reach from the beginning, and whether a secret one is among them.
    reached = {(0, False)}
    waiting = [(0, False)]
    while waiting:
        start, secret = waiting.pop()
        if start == len(word) and secret:
            return True
        for end in range(start + 1, min(start + _LONGEST_PART, len(word)) + 1):
            kind = _KINDS.get(word[start:end])
            step = (end, secret or kind is True)
            if kind is not None and step not in reached:
                reached.add(step)
                waiting.append(step)
    return False
