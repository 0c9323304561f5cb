"""Session cookies in the form of an encrypted JWT, and whom they name. `resolvers.session_jwts` decrypts them."""

from datetime import datetime
from typing import Final, NamedTuple

MOST_CHARACTERS: Final = 16 * 1024
"""The longest JWT that is read. Node.js accepts at most 16 KiB of headers, so apps cannot read a longer one either."""


class JwtCookie(NamedTuple):
    """A session cookie in the form of an encrypted JWT."""

    name: str
    """The name of the cookie, without the number of a part. Auth.js 5 derives the key from it."""
    jwt: str


class Named(NamedTuple):
    """Whom a JWT session names."""

    user_id: str
    """The raw id of the user."""
    issued_at: datetime | None
    """When the app made this JWT; None if it does not say."""


def looks_like_jwt(value: str) -> bool:
    """Whether a session cookie has the form of an encrypted JWT rather than of a database session's token."""
    return value.startswith("eyJ") and value.count(".") == 4
