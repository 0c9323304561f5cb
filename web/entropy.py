"""Whether a secret looks random."""

import re
from itertools import pairwise
from math import log
from typing import Final

FEWEST_CHARACTERS: Final = 8
"""The fewest different characters. Of 27 million random keys of 32 hexadecimal digits one has fewer; longer keys, or
keys from a larger alphabet, never do."""
PLACEHOLDERS: Final = (
    "authgraph",
    "changeme",
    "changethis",
    "openssl",
    "password",
    "placeholder",
    "replaceme",
    "secretkey",
    "supersecret",
    "yoursecret",
)
"""Words of example files, without separators. A random key in base64 contains one about once in a billion."""
KEYBOARD: Final = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
)
"""Rows of keys that are next to each other on a keyboard."""
SHARED: Final = 16
"""The fewest consecutive characters that two secrets share if one is derived from the other. Two random ones never
share as many."""

_COMMON = (
    "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi "
    "ri ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc "
    "et ut ss so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv "
    "ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do "
    "uc bu ei ov by rm ep tt oc fa "
)
COMMON_PAIRS: Final = frozenset(_COMMON.split())
"""The 150 most frequent pairs of letters in English text: 85 % or more of its pairs, and 22 % of random ones."""
_AS_IN_TEXT = log(0.85 / (len(COMMON_PAIRS) / 26**2))
_AS_IN_NOISE = log(0.15 / (1 - len(COMMON_PAIRS) / 26**2))
MOST_LIKE_TEXT: Final = 14
"""The logarithm of how much more likely text is than noise. Of a million random secrets, at most one has more."""
_RUN = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{3,}")
_HEXADECIMAL = frozenset("abcdef")

_WITHOUT_JOINTS = str.maketrans("", "", "-_. ")


def weakness(secret: str) -> str | None:
    """Why a secret can be guessed, as the predicate of a sentence; None if it looks random.

    It detects what people type. It cannot detect a bad random generator.
    """
    letters = secret.lower().translate(_WITHOUT_JOINTS)
    if found := next((word for word in PLACEHOLDERS if word in letters), None):
        return f"contains the word `{found}`"
    if len(set(secret)) < FEWEST_CHARACTERS:
        return f"has fewer than {FEWEST_CHARACTERS} different characters"
    if _repeats(secret):
        return "repeats one piece"
    if _counts(secret):
        return "is a sequence of consecutive characters"
    if _walks(secret.lower()):
        return "is a sequence of neighboring keys on the keyboard"
    if any(character.isspace() for character in secret):
        return "contains spaces, like a sentence"
    if _reads(secret):
        return "consists of words"
    return None


def alike(one: str, other: str) -> bool:
    """Whether one secret is derived from the other: a part of it, in other case, backwards, or with an addition."""
    longer = other.lower()
    return any(
        piece[start : start + SHARED] in longer
        for piece in (one.lower(), one.lower()[::-1])
        for start in range(max(len(piece) - SHARED, 0) + 1)
    )


def _repeats(secret: str) -> bool:
    """Whether it repeats a piece of at most half its length."""
    return any(secret[period:] == secret[:-period] for period in range(1, len(secret) // 2 + 1))


def _counts(secret: str) -> bool:
    """Whether three of four characters equal the one before, or are next to it in the alphabet."""
    pairs = list(pairwise(secret))
    return sum(abs(ord(right) - ord(left)) <= 1 for left, right in pairs) * 4 >= len(pairs) * 3


def _walks(secret: str) -> bool:
    """Whether half of the pairs are neighbours on a keyboard."""
    neighbours = {pair for row in KEYBOARD for way in (row, row[::-1]) for pair in pairwise(way)}
    pairs = list(pairwise(secret))
    return sum(pair in neighbours for pair in pairs) * 2 >= len(pairs)


def _reads(secret: str) -> bool:
    """Whether the letters follow each other as in English words. Pairs of hexadecimal digits are not counted."""
    pairs = [pair for run in _RUN.findall(secret) for pair in pairwise(run.lower())]
    telling = [pair for pair in pairs if not _HEXADECIMAL.issuperset(pair)]
    likeness = sum(_AS_IN_TEXT if "".join(pair) in COMMON_PAIRS else _AS_IN_NOISE for pair in telling)
    return likeness > MOST_LIKE_TEXT
