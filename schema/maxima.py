"""The maximum length of each text that a client sends: declared on the argument or input field, and part of its
description.

`execution.texts` checks every operation against these maxima before anything else looks at a text. All numbers are
bytes of UTF-8.
"""

from collections.abc import Mapping
from typing import Final

from dynamo.devices import MAX_IP_ADDRESS_BYTES, MAX_USER_AGENT_BYTES
from dynamo.email import MAX_EMAIL_BYTES
from dynamo.format import MAX_NAME_BYTES
from dynamo.keys import MAX_PART_BYTES

MOST: Final = "most"
"""The key of a declaration's metadata that holds the maximum."""

KEY: Final = MAX_PART_BYTES
"""For a value that becomes part of a key, or that something is looked up by."""
EMAIL: Final = MAX_EMAIL_BYTES
TEXT: Final = 2048
"""For names, reasons and other texts that people read."""
USER_AGENT: Final = MAX_USER_AGENT_BYTES
"""For the `User-Agent` header of a browser."""
IMPERSONATOR: Final = 256
"""For who acts as a user: an id, or an e-mail address."""
IP_ADDRESS: Final = MAX_IP_ADDRESS_BYTES
"""For an IP address: an IPv6 address that ends with an IPv4 address is the longest."""
NAME: Final = MAX_NAME_BYTES
"""For the name of a custom attribute, and for a transport of a passkey."""
SEALED: Final = 32 * 1024
"""For global ids and cursors. They contain keys of up to 3 KB, and JSON may write each character as six bytes."""
PROVIDER: Final = 64 * 1024
"""For what a provider returns when a user signs in: an id token may contain the names of a thousand groups."""
PUBLIC_KEY: Final = 8 * 1024
"""For public keys. Those of post-quantum algorithms have 2 to 3 KB."""
IMAGE: Final = 96 * 1024
"""For `data:` URLs. Microsoft's photos take 64 KiB; this allows half as much again."""
ATTRIBUTES: Final = 256 * 1024
"""For all names and texts of a JSON value together. An item holds at most 400 KB."""

JSON_VALUES: Final = 10_000
"""The most values in a JSON value, counting lists and objects."""


def said(description: str, most: int | None, *, each: bool = False) -> str:
    """The description, followed by the maximum if there is one, which holds for `each` text of a list."""
    if most is None:
        return description
    return f"{description} Each has at most {most:,} bytes." if each else f"{description} At most {most:,} bytes."


def declared_as(most: int | None) -> Mapping[str, int]:
    """The metadata that declares a maximum, or none."""
    return {} if most is None else {MOST: most}
