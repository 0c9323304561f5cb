"""The sections of the lists of users: which part of an index has who is wanted."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from dynamo import email as addresses
from dynamo import entries, keys, unicode_text
from dynamo.directory_lists import DirectoryList
from dynamo.listing import AccountsAt, Entries, Section, UserWithAccount, UserWithEmail, UserWithId

HIGHEST: Final = "\U0010ffff"
FIRST_DIGIT: Final = "0"
"""Sorts after the empty value of a user whose creation is not known, and before every date."""


def whole(of: DirectoryList, *, descending: bool = False) -> Sequence[Section]:
    """All entries of a list."""
    return [Entries(of, descending=descending)]


def beginning(of: DirectoryList, prefix: str, *, descending: bool = False) -> Sequence[Section]:
    """The entries whose value begins with a text, folded as the values are. Nothing if no value can."""
    if not unicode_text.is_text(prefix):
        return []
    folded = addresses.normalise(prefix) if of is DirectoryList.EMAIL else entries.fold(prefix)
    if not folded:
        return whole(of, descending=descending)
    if not keys.is_possible(folded):
        return []
    return [Entries(of, folded, after_all(folded), lambda value: value.startswith(folded), descending)]


def after_all(prefix: str) -> str | None:
    """The first text that sorts after all that begin with a prefix; None if there is none."""
    rest = prefix.rstrip(HIGHEST)
    if not rest:
        return None
    following = ord(rest[-1]) + 1
    # No text contains a surrogate.
    return rest[:-1] + chr(0xE000 if 0xD800 <= following <= 0xDFFF else following)


def during(
    of: DirectoryList, start: datetime | None, end: datetime | None, *, descending: bool = False
) -> Sequence[Section]:
    """The entries from one time to before another, of a list in the order of time."""
    low = entries.moment(start) if start is not None else FIRST_DIGIT
    high = entries.moment(end) if end is not None else None

    def accepts(value: str) -> bool:
        return value >= low and (high is None or value < high)

    return [Entries(of, low, high, accepts, descending)]


def at_provider(provider: str) -> Sequence[Section]:
    """The users with an account at a provider."""
    return [AccountsAt(provider)] if keys.is_possible(provider) else []


def search(lists: Iterable[DirectoryList], text: str) -> Sequence[Section]:
    """The ways to find users by a text: their id, an account as `provider:id`, their whole e-mail address, and the
    values of these lists that begin with it."""
    if not keys.is_possible(text):
        return []
    found: list[Section] = [UserWithId(text)]
    provider, separator, provider_account_id = text.partition(":")
    if separator and keys.is_possible(provider) and keys.is_possible(provider_account_id):
        found.append(UserWithAccount(provider, provider_account_id))
    if "@" in text and addresses.spellings(text):
        found.append(UserWithEmail(text))
    for of in lists:
        found += beginning(of, text)
    return found
