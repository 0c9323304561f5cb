"""How long a text may be that a client sends: declared on the argument or input field, and said in its description.

`execution.texts` holds every operation to what is declared, before anything else looks at a text. All numbers are bytes
of UTF-8.
"""

from collections.abc import Mapping
from typing import Final

from dynamo.email import MAX_EMAIL_BYTES
from dynamo.keys import MAX_PART_BYTES

MOST: Final = "most"
"""Where a declaration's metadata holds its maximum."""

KEY: Final = MAX_PART_BYTES
"""What becomes part of a key, or is looked up by one."""
EMAIL: Final = MAX_EMAIL_BYTES
TEXT: Final = 2048
"""What people read."""
SEALED: Final = 32 * 1024
"""Global ids and cursors. They hold keys of up to 3 KB, each character of which may take six in JSON."""
PROVIDER: Final = 64 * 1024
"""What a provider answers a sign-in with: an id token may hold the names of a thousand groups."""
PUBLIC_KEY: Final = 8 * 1024
"""Post-quantum keys have 2 to 3 KB."""
IMAGE: Final = 96 * 1024
"""A `data:` URL of 64 KiB, which is what Microsoft's photos take, and half as much again."""
ATTRIBUTES: Final = 256 * 1024
"""The names and texts of a JSON value, together. An item holds 400 KB in all."""

JSON_VALUES: Final = 10_000
"""The values in a JSON value, lists and objects included."""


def said(description: str, most: int | None) -> str:
    """A description that ends with the maximum."""
    return description if most is None else f"{description} At most {most:,} bytes."


def declared_as(most: int | None) -> Mapping[str, int]:
    """The metadata that declares a maximum."""
    return {} if most is None else {MOST: most}
