"""The choice of a request id."""

import re
from itertools import count
from secrets import token_hex

from execution.request_id import REQUEST_ID

# Anything else could forge a line in a log.
_PLAIN = re.compile(rb"[A-Za-z0-9._-]{1,64}", re.ASCII)

# A random part for the process and a counter: unique, and faster than new random bytes for each request.
_PROCESS = token_hex(10)
_numbers = count(1)


def assign_request_id(incoming: bytes | None) -> bytes:
    """Take over a harmless incoming id or make a new one, and set `REQUEST_ID`."""
    request_id = (
        incoming.decode("ascii") if incoming and _PLAIN.fullmatch(incoming) else f"{_PROCESS}{next(_numbers):012x}"
    )
    REQUEST_ID.set(request_id)
    return request_id.encode("ascii")
