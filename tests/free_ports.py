"""Ports for servers that have to be told one, because something else has to know it before they start."""

import os
import socket
from itertools import count

FIRST, LAST = 10_000, 30_000
"""Nobody who asks for any port, or connects, gets one of these: Linux begins at 32768 for them, and macOS at 49152. So
nobody takes it in the moment between this and the start of the server."""
OWN = 100
"""How far apart the numbers of two processes begin, which run tests side by side."""
_numbers = count(os.getpid() * OWN)


def free_port(host: str = "127.0.0.1") -> int:
    """A port at which no process listens, another one each time."""
    while True:
        port = FIRST + next(_numbers) % (LAST - FIRST)
        with socket.socket() as attempt:
            try:
                attempt.bind((host, port))
            except OSError:
                continue
        return port
