"""Connections are kept and never shared by two requests at a time. A response that cannot be trusted is not
accepted."""

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from dynamo.wire import connection_pool
from dynamo.wire.connection_pool import ConnectionLost, ConnectionPool

ASK = b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n"
PATIENCE = 60.0
"""Seconds after which a test gives up. Where no test is about it, no response takes too long, however busy the machine
is."""


def answer(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """The bytes of a whole HTTP response."""
    lines = (b"HTTP/1.1 " + status, b"content-length: %d" % len(body), *headers)
    return b"\r\n".join((*lines, b"", body))


class Peer:
    """Responds to each request with what `replies` returns for its number. Counts connections and running requests."""

    def __init__(self, replies: Callable[[int], list[bytes]]) -> None:
        self.replies = replies
        self.url = ""
        self.requests = 0
        self.connections = 0
        self.under_way = 0
        self.most = 0
        self.changed = asyncio.Condition()
        self.ended = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection. An empty reply ends it."""
        self.connections += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                number = self.requests
                self.under_way += 1
                self.most = max(self.most, self.under_way)
                async with self.changed:
                    self.changed.notify_all()
                await self.go_on.wait()
                self.under_way -= 1
                for part in self.replies(number):
                    if not part:
                        return
                    writer.write(part)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self.ended.set()

    async def has(self, under_way: int) -> None:
        """Return once so many requests are running."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.under_way >= under_way)


@asynccontextmanager
async def serving(
    replies: Callable[[int], list[bytes]] = lambda number: [answer(b"%d" % number)],
    certificate: ssl.SSLContext | None = None,
) -> AsyncIterator[Peer]:
    """A peer on a free port of loopback."""
    peer = Peer(replies)
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0, ssl=certificate)
    scheme = "https" if certificate else "http"
    peer.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield peer
    finally:
        server.close()


@asynccontextmanager
async def connected(peer: Peer, read_timeout: float = PATIENCE) -> AsyncIterator[ConnectionPool]:
    """A pool of connections to a peer, closed at the end."""
    made = ConnectionPool(peer.url, connect_timeout=PATIENCE, read_timeout=read_timeout)
    try:
        yield made
    finally:
        await made.close()


def wait_for_responses(connections: ConnectionPool, seconds: float) -> None:
    """Change the read timeout of a pool."""
    connections._read_timeout = seconds
    if connections._watch is not None:
        # It would look again only after a part of the time before.
        connections._watch.cancel()
        connections._watch = None


async def until_none_is_reusable(connections: ConnectionPool) -> None:
    """Return once the pool has noticed what has arrived on its connections."""
    async with asyncio.timeout(PATIENCE):
        while any(connection.reusable for connection in connections._open):  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.001)


async def test_one_connection_serves_one_request_after_another() -> None:
    async with serving() as peer, connected(peer) as connections:
        assert [await connections.post(ASK) for _ in range(3)] == [(200, b"1"), (200, b"2"), (200, b"3")]
    assert peer.connections == 1


async def test_requests_at_a_time_have_a_connection_each_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_pool, "MOST", 3)
    async with serving() as peer, connected(peer) as made:
        peer.go_on.clear()
        asked = [asyncio.ensure_future(made.post(ASK)) for _ in range(10)]
        await peer.has(under_way=3)
        peer.go_on.set()
        found = await asyncio.gather(*asked)
    assert {status for status, _ in found} == {200}
    assert len({body for _, body in found}) == 10
    assert (peer.connections, peer.most) == (3, 3)


async def test_an_answer_may_come_in_pieces_and_in_chunks() -> None:
    chunked = b"HTTP/1.1 400 Bad Request\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    pieces = [chunked[place : place + 7] for place in range(0, len(chunked), 7)]
    async with serving(lambda _: pieces) as peer, connected(peer) as connections:
        assert [await connections.post(ASK) for _ in range(2)] == [(400, b"abcde")] * 2
    assert peer.connections == 1


async def test_a_connection_that_the_other_side_closes_is_not_used_again() -> None:
    def replies(_: int) -> list[bytes]:
        return [answer(b"bye", b"connection: close"), b""]

    async with serving(replies) as peer, connected(peer) as connections:
        assert [await connections.post(ASK) for _ in range(2)] == [(200, b"bye")] * 2
    assert peer.connections == 2


async def test_a_kept_connection_that_was_closed_meanwhile_is_not_used_again() -> None:
    async with serving(lambda number: [answer(b"%d" % number), b""]) as peer, connected(peer) as connections:
        assert await connections.post(ASK) == (200, b"1")
        await peer.ended.wait()
        await until_none_is_reusable(connections)
        assert await connections.post(ASK) == (200, b"2")
    assert peer.connections == 2


@pytest.mark.parametrize("cut", [b"", b"HTTP/1.1 200", answer(b"whole")[:-1]], ids=["nothing", "head", "body"])
async def test_an_answer_that_is_cut_off_is_none(cut: bytes) -> None:
    async with serving(lambda _: [cut, b""]) as peer, connected(peer) as connections:
        with pytest.raises(ConnectionLost):
            await connections.post(ASK)


async def test_what_is_not_http_is_no_answer() -> None:
    async with serving(lambda _: [b"SSH-2.0-OpenSSH_9.2\r\n"]) as peer, connected(peer) as connections:
        with pytest.raises(ConnectionLost, match="not HTTP"):
            await connections.post(ASK)


async def test_silence_ends_in_time_and_its_late_answer_reaches_nobody() -> None:
    async with serving() as peer, connected(peer, 0.05) as connections:
        peer.go_on.clear()
        with pytest.raises(TimeoutError):
            await connections.post(ASK)
        wait_for_responses(connections, PATIENCE)
        peer.go_on.set()
        assert await connections.post(ASK) == (200, b"2")
    assert peer.connections == 2


async def test_the_answer_to_a_request_that_was_cancelled_reaches_nobody() -> None:
    async with serving() as peer, connected(peer) as connections:
        peer.go_on.clear()
        asked = asyncio.ensure_future(connections.post(ASK))
        await peer.has(under_way=1)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        peer.go_on.set()
        assert await connections.post(ASK) == (200, b"2")
    assert peer.connections == 2


async def test_a_connection_outlives_who_was_cancelled_with_the_answer_in_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving() as peer, connected(peer) as made:
        asked = asyncio.ensure_future(made.post(ASK))
        complete = connection_pool._Connection.on_message_complete

        def complete_and_cancel(connection: connection_pool._Connection) -> None:
            complete(connection)
            asked.cancel()

        with monkeypatch.context() as patch:
            patch.setattr(connection_pool._Connection, "on_message_complete", complete_and_cancel)
            with pytest.raises(asyncio.CancelledError):
                await asked
        assert await made.post(ASK) == (200, b"2")
    assert peer.connections == 1


@pytest.mark.parametrize("at_once", [True, False], ids=["with the answer", "after it"])
@pytest.mark.parametrize("more", [answer(b"for nobody"), b"SSH-2.0"], ids=["an answer", "no HTTP"])
async def test_what_nobody_asked_for_is_not_taken_for_the_next_answer(more: bytes, at_once: bool) -> None:
    def replies(number: int) -> list[bytes]:
        asked_for = answer(b"%d" % number)
        return [asked_for + more] if at_once else [asked_for, more]

    async with serving(replies) as peer, connected(peer) as connections:
        assert await connections.post(ASK) == (200, b"1")
        await until_none_is_reusable(connections)
        assert await connections.post(ASK) == (200, b"2")
    assert peer.connections == 2


@pytest.mark.parametrize("name", [b"x-amz-crc32", b"X-Amz-Crc32"])
async def test_an_answer_is_what_its_checksum_says(name: bytes) -> None:
    def replies(number: int) -> list[bytes]:
        return [answer(b"{}", b"%b: %d" % (name, zlib.crc32(b"{}" if number != 2 else b"[]")))]

    async with serving(replies) as peer, connected(peer) as connections:
        assert await connections.post(ASK) == (200, b"{}")
        with pytest.raises(ConnectionLost, match="damaged"):
            await connections.post(ASK)
        assert await connections.post(ASK) == (200, b"{}")
    # Other bytes that were on their way on this connection cannot be trusted either.
    assert peer.connections == 2


async def test_a_header_of_one_answer_is_not_taken_for_one_of_the_next() -> None:
    def replies(number: int) -> list[bytes]:
        return [answer(b"{}", b"x-amz-crc32: %d" % zlib.crc32(b"{}")) if number == 1 else answer(b"[]")]

    async with serving(replies) as peer, connected(peer) as connections:
        assert [await connections.post(ASK) for _ in range(2)] == [(200, b"{}"), (200, b"[]")]


async def test_the_other_side_is_known_by_its_name() -> None:
    async with serving(lambda _: [answer(b"", b"Server: Jetty(12.0.31)")]) as peer, connected(peer) as connections:
        assert connections.server == b""
        await connections.post(ASK)
        assert connections.server == b"Jetty(12.0.31)"


async def kept(connections: ConnectionPool, peer: Peer, number: int) -> None:
    """Open so many connections and leave them idle."""
    peer.go_on.clear()
    asked = [asyncio.ensure_future(connections.post(ASK)) for _ in range(number)]
    await peer.has(under_way=number)
    peer.go_on.set()
    await asyncio.gather(*asked)


async def test_after_a_silence_older_idle_connections_are_not_used_again() -> None:
    """A failover or a NAT has forgotten all of them. Used one after another, each would take its time to fail."""

    def replies(number: int) -> list[bytes]:
        return [] if number == 6 else [answer(b"%d" % number)]

    async with serving(replies) as peer, connected(peer) as connections:
        await kept(connections, peer, 5)
        wait_for_responses(connections, 0.05)
        with pytest.raises(TimeoutError):
            await connections.post(ASK)
        wait_for_responses(connections, PATIENCE)
        assert await connections.post(ASK) == (200, b"7")
        assert peer.connections == 6
        assert await connections.post(ASK) == (200, b"8")
    assert peer.connections == 6


@pytest.mark.parametrize(("silence", "connections"), [(0, 4), (3600, 3)], ids=["after a while", "soon"])
async def test_a_request_that_is_given_up_after_a_while_says_as_much(
    monkeypatch: pytest.MonkeyPatch, silence: float, connections: int
) -> None:
    """Of the two other idle connections, none is used again then. One that is given up soon says nothing of them."""
    monkeypatch.setattr(connection_pool, "SILENCE_SECONDS", silence)
    async with serving() as peer, connected(peer) as made:
        await kept(made, peer, 3)
        peer.go_on.clear()
        asked = asyncio.ensure_future(made.post(ASK))
        await peer.has(under_way=1)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        peer.go_on.set()
        await made.post(ASK)
    assert peer.connections == connections


async def test_a_fresh_connection_is_a_new_one() -> None:
    async with serving() as peer, connected(peer) as connections:
        await connections.post(ASK)
        await connections.post(ASK, fresh=True)
        assert peer.connections == 2


async def test_an_idle_connection_grows_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as peer, connected(peer) as made:
        await kept(made, peer, 3)
        await made.post(ASK)
        assert peer.connections == 3
        monkeypatch.setattr(connection_pool, "IDLE_SECONDS", -1.0)
        await made.post(ASK)
        assert peer.connections == 4


async def test_the_system_is_asked_to_notice_a_dead_peer() -> None:
    async with serving() as peer, connected(peer, read_timeout=30) as made:
        await made.post(ASK)
        (connection,) = made._open
        opened = connection._transport.get_extra_info("socket")
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000


async def test_every_request_that_is_late_is_told_in_time_whenever_it_was_sent() -> None:
    """One timer watches all requests. It must not stop while any is running."""
    async with serving() as peer, connected(peer) as connections:
        await connections.post(ASK)
        wait_for_responses(connections, 0.05)
        peer.go_on.clear()
        for _ in range(3):
            async with asyncio.timeout(PATIENCE):
                late = await asyncio.gather(*(connections.post(ASK) for _ in range(2)), return_exceptions=True)
            assert list(map(type, late)) == [TimeoutError] * 2
        peer.go_on.set()


async def test_closing_ends_what_is_under_way() -> None:
    async with serving() as peer, connected(peer) as connections:
        peer.go_on.clear()
        asked = asyncio.ensure_future(connections.post(ASK))
        await peer.has(under_way=1)
        await connections.close()
        with pytest.raises(ConnectionLost):
            await asked
        peer.go_on.set()


@pytest.fixture
def authority() -> trustme.CA:
    """A certificate authority that no system trusts."""
    return trustme.CA()


async def served_securely(authority: trustme.CA, name: str) -> tuple[int, bytes]:
    """Send a request to a peer whose certificate is for a name."""
    certificate = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(certificate)
    async with serving(certificate=certificate) as peer, connected(peer) as connections:
        return await connections.post(ASK)


async def test_a_certificate_of_an_authority_nobody_knows_is_refused(authority: trustme.CA) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await served_securely(authority, "127.0.0.1")


async def test_a_certificate_for_another_name_is_refused(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _trust(authority, tmp_path, monkeypatch)
    assert await served_securely(authority, "127.0.0.1") == (200, b"1")
    with pytest.raises(ssl.SSLCertVerificationError):
        await served_securely(authority, "elsewhere.example")


def _trust(authority: trustme.CA, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
