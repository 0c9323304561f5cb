"""Whether a secret looks as if a machine had drawn it."""

import re
from itertools import pairwise
from math import log
from typing import Final

FEWEST_CHARACTERS: Final = 8
"""Different ones. Of 27 million random keys of 32 hexadecimal digits one has fewer; longer or wider ones never do."""
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
"""Words of example files, without what joins them. A random key in base64 holds one about once in a billion."""
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
"""Keys that lie side by side."""
SHARED: Final = 16
"""Characters that two secrets have in common if one was made of the other; two random ones never have as many."""

_COMMON = (
    "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi "
    "ri ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc "
    "et ut ss so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv "
    "ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do "
    "uc bu ei ov by rm ep tt oc fa "
)
COMMON_PAIRS: Final = frozenset(_COMMON.split())
"""The 150 pairs of letters that English text has most: 85 % or more of its pairs, and 22 % of random ones."""
_AS_IN_TEXT = log(0.85 / (len(COMMON_PAIRS) / 26**2))
_AS_IN_NOISE = log(0.15 / (1 - len(COMMON_PAIRS) / 26**2))
MOST_LIKE_TEXT: Final = 14
"""The logarithm of how much likelier words are than noise. Of e^14, a million random secrets, one has more at most."""
_RUN = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{3,}")
_HEXADECIMAL = frozenset("abcdef")

_WITHOUT_JOINTS = str.maketrans("", "", "-_. ")


def weakness(secret: str) -> str | None:
    """Why a secret may be guessed, to follow its name in a sentence; None for one that looks random.

    It finds what people type, not what a bad generator makes: nothing can tell that from a good one.
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
    """Whether one secret looks made of the other: a part of it, in other case, backwards, or with more around it."""
    longer = other.lower()
    return any(
        piece[start : start + SHARED] in longer
        for piece in (one.lower(), one.lower()[::-1])
        for start in range(max(len(piece) - SHARED, 0) + 1)
    )


def _repeats(secret: str) -> bool:
    """Whether it is the beginning of an endless repetition of its first half, or of less."""
    return any(secret[period:] == secret[:-period] for period in range(1, len(secret) // 2 + 1))


def _counts(secret: str) -> bool:
    """Whether three of four characters are the one before, or its neighbour in the alphabet."""
    pairs = list(pairwise(secret))
    return sum(abs(ord(right) - ord(left)) <= 1 for left, right in pairs) * 4 >= len(pairs) * 3


def _walks(secret: str) -> bool:
    """Whether half of the pairs are neighbours on a keyboard."""
    neighbours = {pair for row in KEYBOARD for way in (row, row[::-1]) for pair in pairwise(way)}
    pairs = list(pairwise(secret))
    return sum(pair in neighbours for pair in pairs) * 2 >= len(pairs)


def _reads(secret: str) -> bool:
    """Whether the letters follow each other as in words. Those of hexadecimal digits alone tell nothing."""
    pairs = [pair for run in _RUN.findall(secret) for pair in pairwise(run.lower())]
    telling = [pair for pair in pairs if not _HEXADECIMAL.issuperset(pair)]
    likeness = sum(_AS_IN_TEXT if "".join(pair) in COMMON_PAIRS else _AS_IN_NOISE for pair in telling)
    return likeness > MOST_LIKE_TEXT
