"""The socket that the server listens on. It is bound before anything is created, so that a taken port is found
first."""

import errno
import ipaddress
import os
import resource
import socket
import struct
import sys
from array import array
from contextlib import suppress
from typing import Final

from commands.errors import AddressUnusable

BACKLOG: Final = 2048
DESCRIPTORS: Final = 16
"""The event loop accepts one connection per iteration and descriptor, and iterations are long under load."""
MOST_FILES: Final = 16_384
"""The most open files to request from the system. Each connection is one."""

SO_ATTACH_FILTER: Final = 26
"""A filter of the packets that a socket gets, which Linux runs (`socket(7)`). Python has no name for it."""
NO_SYN: Final = (
    # Load the TCP flags, and of these only SYN and ACK.
    (0x30, 0, 0, 13),
    (0x54, 0, 0, 0x12),
    # Is it SYN alone? Then take nothing of the packet, otherwise all of it.
    (0x15, 0, 1, 0x02),
    (0x06, 0, 0, 0),
    (0x06, 0, 0, 0xFFFFFFFF),
)
"""A filter that drops packets that ask for a new connection, in the instructions of `linux/filter.h`: an operation, the
jumps if true and if false, an operand."""


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address. Connections wait in the backlog until the workers run. Raises `AddressUnusable`."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise AddressUnusable(_sentence(host, port, error)) from error


def duplicated(listener: socket.socket) -> list[socket.socket]:
    """The same listener several times, so that several connections are accepted per iteration of the event loop."""
    return [listener, *(listener.dup() for _ in range(DESCRIPTORS - 1))]


def connect_no_more(listener: socket.socket) -> None:
    """Let the system drop requests for new connections. Whoever sent one repeats it after a second.

    Connections that are being made are completed, and wait to be accepted. Does nothing if the system is not Linux or
    forbids it.
    """
    if sys.platform == "linux":
        program = array("B", b"".join(struct.pack("HBBI", *instruction) for instruction in NO_SYN))
        address, _ = program.buffer_info()
        with suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(NO_SYN), address))


def allow_files() -> None:
    """Raise the limit of open files as far as the system allows without privileges."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def is_loopback(listener: socket.socket) -> bool:
    """Whether only this machine can connect."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def url_of(listener: socket.socket) -> str:
    """The URL for a browser on this machine."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    return f"http://{address}:{port}" if address.version == 4 else f"http://[{address}]:{port}"


def _sentence(host: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"Port {port} of {host} is used by another program: stop it, or set AUTHGRAPH_PORT to a free "
                "port (0 finds one)."
            )
        case errno.EACCES:
            return f"Port {port} requires rights that this user does not have: set AUTHGRAPH_PORT to 1024 or higher."
        case _:
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else "the name is not known"
            return (
                f"AUTHGRAPH_HOST={host} is not an IP address of this machine ({reason}): set it to one, such "
                "as 127.0.0.1."
            )
