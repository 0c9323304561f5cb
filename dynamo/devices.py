"""What is known of the device that a session was created on: its browser and its IP address.

The adapter, and apps, may have stored anything under these names. What is not of this form is a custom attribute.
"""

import ipaddress
from typing import Final

from dynamo import unicode_text

MAX_USER_AGENT_BYTES: Final = 512
MAX_IP_ADDRESS_BYTES: Final = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")


def user_agent(value: object) -> str | None:
    """The `User-Agent` header of a browser; None for anything but a text of up to 512 bytes that is not empty."""
    if not isinstance(value, str) or not value or not unicode_text.fits(value, MAX_USER_AGENT_BYTES):
        return None
    return value


def ip_address(value: object) -> str | None:
    """An IP address in its usual form; None for anything else. An IPv4 address within an IPv6 one is taken out of it,
    and one with a zone, such as `fe80::1%eth0`, means nothing elsewhere.
    """
    if not isinstance(value, str) or len(value) > MAX_IP_ADDRESS_BYTES or "%" in value:
        return None
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
