"""The socket comes before everything else."""

import socket

import pytest

from commands.errors import AddressUnusable
from commands.listening import listen, url_of


def test_port_0_takes_a_free_one() -> None:
    """And the address says which."""
    with listen("127.0.0.1", 0) as listener:
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"
        with socket.create_connection(listener.getsockname()):
            pass


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("localhost", "127.0.0.1")])
def test_the_address_is_one_that_a_browser_can_open(host: str, shown: str) -> None:
    """Whatever it listens on."""
    try:
        listener = listen(host, 0)
    except AddressUnusable:
        pytest.skip(f"{host} is no address of this machine")
    with listener:
        assert url_of(listener).startswith((f"http://{shown}:", "http://[::1]:"))


def test_a_taken_port_is_named() -> None:
    """With what to do."""
    with listen("127.0.0.1", 0) as first, pytest.raises(AddressUnusable) as refused:
        listen("127.0.0.1", first.getsockname()[1])

    port = first_port(str(refused.value))
    assert str(refused.value) == (
        f"Port {port} of 127.0.0.1 is taken by another program: stop that one, "
        "or set AUTHGRAPH_PORT to a free port (0 finds one)."
    )


def first_port(sentence: str) -> str:
    """The port that a sentence is about."""
    return sentence.split()[1]


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_foreign_address_is_named(host: str) -> None:
    """An address of another machine, or a name that nobody knows."""
    with pytest.raises(AddressUnusable, match=f"AUTHGRAPH_HOST={host} is no address of this machine"):
        listen(host, 0)
