"""Which strings are text, and how long they are."""

import pytest

from dynamo import unicode_text
from dynamo.errors import Rejected

TEXTS = {"": 0, "Ada": 3, "Zoë": 4, "€": 3, "😀": 4, "a\0b": 3, "\ufffd": 3}
NO_TEXTS = {"\ud83d": 3, "a\ud800b": 5, "\ude00\ud83d": 6}


@pytest.mark.parametrize(("string", "size"), (TEXTS | NO_TEXTS).items())
def test_a_string_fits_from_its_size_on(string: str, size: int) -> None:
    assert unicode_text.size(string) == size
    assert [unicode_text.fits(string, most) for most in (size - 1, size, size + 1)] == [False, True, True]


@pytest.mark.parametrize("string", TEXTS)
def test_what_utf8_can_hold_is_text(string: str) -> None:
    assert unicode_text.is_text(string)
    unicode_text.check(string, "name")


@pytest.mark.parametrize("string", NO_TEXTS)
def test_half_of_a_surrogate_pair_is_no_text(string: str) -> None:
    assert not unicode_text.is_text(string)
    with pytest.raises(Rejected, match=r"^name holds a lone surrogate, which is not text\.$") as refusal:
        unicode_text.check(string, "name")
    assert refusal.value.field == "name"
