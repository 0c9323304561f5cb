"""Which names say that what they name is a secret, and which only sound so: the one list there is of them.

A name is taken apart into words, whether written `access_token`, `access-token` or `accessToken`: so `author` and
`monkey` are no secrets, though `auth` and `key` are. Words written together are found where they can be put together
from known ones: `apikey`, `passwordhash`.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


SECRET_WORDS: Final = _listed(
    """
    assertion auth authorization backup bearer code cookie cred credential csrf hash hmac hotp jwe jws jwt key keystore
    mfa mnemonic nonce otp pass passcode passkey passphrase passwd password pem pin private pwd recovery salt saml
    secret seed session sig signature token totp verifier xsrf
    """
)
ANYWHERE: Final = ("assertion", "credential", "passphrase", "passwd", "password", "secret", "token")
"""Secret words that are found within another, because hardly anything else holds them."""
BESIDE: Final = _listed(
    """
    access account activation admin api app aws bot client confirm confirmation consumer current db device email
    encrypted encryption hashed id invite login master new oauth old plain refresh reset root rsa server service
    shared sign signing sms ssh temp temporary user verification verify wallet web webhook
    """
)
"""Words that are written together with secret ones."""
HARMLESS: Final = _listed(
    """
    area:code branch:code color:code colour:code country:code currency:code department:code dial:code dialing:code
    calling:code error:code industry:code lang:code language:code locale:code phone:code post:code postal:code
    product:code region:code state:code status:code tax:code timezone:code zip:code
    avatar:hash commit:hash content:hash file:hash image:hash photo:hash
    foreign:key partition:key primary:key public:key sort:key translation:key
    auth:method auth:methods auth:provider auth:time auth:type cookie:banner cookie:consent cookie:policy
    cookie:preferences private:email session:state token:endpoint token:type secretary:
    """
)
"""Words side by side that sound secret and are not, parted by a colon; alone, with nothing behind it."""
TIMES: Final = _listed(
    """
    age at date exp expiration expires expiry iat lifetime nbf seconds since time timestamp ttl until
    """
)
"""Last words of names of times and durations: what numbers beside secrets mostly are."""
LONGEST_WORD: Final = 64
"""Letters of a word that is taken apart."""

_KINDS: Final = {
    word + ending: kind
    for kind, words in ((False, BESIDE), (True, SECRET_WORDS))
    for word in words
    for ending in ("", "s", "es")
}
"""Whether a word is a secret one, of all that are known, in the plural too."""
_LONGEST_PART: Final = max(map(len, _KINDS))
_DIGITS: Final = re.compile(r"\d+")
_CHUNKS = re.compile(r"[^\W_]+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\WA-Z\d_]+|\d+")


# As many as one item may hold, so that looking at it again finds them all.
@lru_cache(maxsize=16_384)
def sounds_secret(name: str) -> bool:
    """Whether a name, of at most 255 characters, says that its value is a secret."""
    words = _words(name)
    if any(_is_secret(word) and not _is_harmless(words, place) for place, word in enumerate(words)):
        return True
    # `JWTs` is one word, although its capitals make two of it.
    chunks = (_DIGITS.sub("", chunk).lower() for chunk in _CHUNKS.findall(_plain(name)))
    return any(chunk not in words and _is_made_of_words(chunk) for chunk in chunks)


@lru_cache(maxsize=1024)
def names_a_time(name: str) -> bool:
    """Whether a name is that of a time or a duration, such as `refresh_token_expires_in`."""
    words = _words(name)
    if not words:
        return False
    return words[-1] in TIMES or words[-2:] == ["expires", "in"] or words[-1].endswith(("expiresin", "expiresat"))


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
