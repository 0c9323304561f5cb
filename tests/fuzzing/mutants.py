"""Texts that differ from a given text in one or a few bytes."""

from collections.abc import Iterator
from itertools import pairwise
from string import printable
from typing import Final

from hypothesis import strategies as st

URL_SAFE: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def one_byte_off(text: str) -> Iterator[str]:
    """All texts that result from changing, adding, removing or swapping one letter."""
    for place in range(len(text)):
        head, letter, tail = text[:place], text[place], text[place + 1 :]
        yield head + tail
        yield f"{head}={letter}{tail}"
        for other in URL_SAFE:
            if other != letter:
                yield head + other + tail
        yield (
            head + letter.swapcase() + tail if letter.isalpha() else head + "\N{LATIN SMALL LETTER E WITH ACUTE}" + tail
        )
    for place, (one, next_one) in enumerate(pairwise(text)):
        if one != next_one:
            yield text[:place] + next_one + one + text[place + 2 :]
    yield from (text + "=", text + "\n", " " + text, text + text, text + "A")


@st.composite
def mutants(draw: st.DrawFn, text: str) -> str:
    """The text with up to four edits, each of which may insert anything."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 4, len(text))))
        text = text[:start] + draw(st.text(st.sampled_from(printable) | st.characters(), max_size=4)) + text[end:]
    return text
