"""When a server that is measured listens."""

import socket
from pathlib import Path

import pytest

from benchmarks import servers

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="there is no /proc here")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_the_kernel_knows_who_listens(address: str) -> None:
    """Also who has bound a port and does not listen yet. Nothing connects, which could take the port itself."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as server:
        try:
            server.bind((address, 0))
        except OSError:
            pytest.skip(f"{address} is missing here")
        port = server.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            servers._require_listener(port)
        server.listen()
        servers._require_listener(port)
