"""Whether a secret looks as if a machine had drawn it."""

from itertools import pairwise

FEWEST_CHARACTERS = 8
"""Different ones. Of 27 million random keys of 32 hexadecimal digits one has fewer; longer or wider ones never do."""
PLACEHOLDERS = (
    "changeme",
    "changethis",
    "password",
    "placeholder",
    "replaceme",
    "secretkey",
    "supersecret",
    "yoursecret",
)
"""Words of example files, without what joins them. A random key in base64 holds one about once in a billion."""
_WITHOUT_JOINTS = str.maketrans("", "", "-_. ")


def weakness(secret: str) -> str | None:
    """Why a secret may be guessed, to follow its name in a sentence; None for one that looks random.

    It finds what people type, not what a bad generator makes: nothing can tell that from a good one.
    """
    letters = secret.lower().translate(_WITHOUT_JOINTS)
    if found := next((word for word in PLACEHOLDERS if word in letters), None):
        return f"holds the word `{found}`"
    if len(set(secret)) < FEWEST_CHARACTERS:
        return f"has fewer than {FEWEST_CHARACTERS} different characters"
    if _repeats(secret):
        return "says one piece again and again"
    if _counts(secret):
        return "is made of characters in their order"
    return None


def _repeats(secret: str) -> bool:
    """Whether it is the beginning of an endless repetition of its first half, or of less."""
    return any(secret[period:] == secret[:-period] for period in range(1, len(secret) // 2 + 1))


def _counts(secret: str) -> bool:
    """Whether three of four characters are the one before, or its neighbour in the alphabet."""
    pairs = list(pairwise(secret))
    return sum(abs(ord(right) - ord(left)) <= 1 for left, right in pairs) * 4 >= len(pairs) * 3
