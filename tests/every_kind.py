"""A value of every type that DynamoDB has, among them those that JSON cannot tell apart."""

from typing import Any, Final

from tests.interop.raw import NULL, number, text

Value = dict[str, Any]

PLAIN: Final[dict[str, Value]] = {
    "text": text("a text"),
    "empty text": text(""),
    "half a character": text("Zo\ud83d"),
    "a replaced half": text("Zo\ufffd"),
    "a date": text("2030-01-31T12:00:00.000Z"),
    "digits": text("1234567890"),
    "zero": number(0),
    "a whole number": number(41),
    "a negative number": number(-7),
    "a fraction": number("0.1"),
    "a long fraction": number("0.1234567890123456789012345678901234567"),
    "almost a whole number": number("4.9999999999999999999"),
    "the largest exact number": number(2**53 - 1),
    "a long number": number("12345678901234567890123456789012345678"),
    "a huge number": number("1E+125"),
    "a tiny number": number("1E-130"),
    "true": {"BOOL": True},
    "false": {"BOOL": False},
    "null": NULL,
    "bytes": {"B": b"\x00\xffbytes"},
    "a set of texts": {"SS": ["b", "a", "z\ud83d"]},
    "a set of numbers": {"NS": ["2", "1.5", "12345678901234567890"]},
    "a set of bytes": {"BS": [b"b", b"a\xff"]},
}
"""One value of each type that contains no other, and the odd ones of each type."""
NESTED: Final[dict[str, Value]] = {
    "an empty list": {"L": []},
    "an empty map": {"M": {}},
    "a list of everything": {"L": list(PLAIN.values())},
    "a map of everything": {"M": PLAIN},
    "everything below": {"M": {"a": {"L": [{"M": PLAIN}, {"L": [{"L": list(PLAIN.values())}]}]}}},
}
EVERY_KIND: Final = PLAIN | NESTED
