"""Which strings are text, and how long a text is. Every check of what a client sends asks here.

JSON can write half of a surrogate pair, such as `"\\ud83d"`. A string with a half is no text: UTF-8 cannot hold it.
"""

from typing import Final

from dynamo.errors import Rejected

NOT_TEXT: Final = "holds a lone surrogate, which is not text"


def is_text(string: str) -> bool:
    """Whether UTF-8 can hold the string."""
    if string.isascii():
        return True
    try:
        string.encode()
    except UnicodeEncodeError:
        return False
    return True


def check(string: str, field: str) -> None:
    """Raise `Rejected` for a string that is no text; `field` is the input that it is in."""
    if not is_text(string):
        raise Rejected(f"{field} {NOT_TEXT}.", field)


def size(string: str) -> int:
    """The bytes that the string takes in UTF-8; half of a surrogate pair takes three."""
    return len(string) if string.isascii() else len(string.encode("utf-8", "surrogatepass"))


def fits(string: str, most: int) -> bool:
    """Whether the string takes at most so many bytes, without encoding one that is far too long."""
    # A character has one byte or more.
    return len(string) <= most and (string.isascii() or size(string) <= most)
