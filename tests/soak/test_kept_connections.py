"""The light client of the overload experiment, against a server that ends connections in every way."""

import asyncio

import pytest

from soak.kept_connections import KeptConnections, NoResponse

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LAST = b"HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\ncontent-length: 2\r\n\r\n[]"
ENDINGS = {
    "nothing": b"",
    "part of the headers": WHOLE[:20],
    "part of the body": WHOLE[:-1],
    "no length": b"HTTP/1.1 200 OK\r\n\r\n{}",
}


async def exchange(responses: list[bytes]) -> list[int]:
    """Get each response from a server that ends a connection after whatever is not whole. Returns, for each request,
    the number of the connection that it came over."""
    connections = 0
    used: list[int] = []
    left = list(responses)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        number, response = connections, WHOLE
        while response == WHOLE and left:
            try:
                await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            assert await reader.readexactly(4) == b"body"
            used.append(number)
            response = left.pop(0)
            writer.write(response)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with KeptConnections(f"http://127.0.0.1:{port}", "/graphql", (("x", "y"),)) as client:
            for response in responses:
                if response in ENDINGS.values():
                    with pytest.raises(NoResponse):
                        await client.post(b"body")
                else:
                    assert await client.post(b"body") == response[-2:]
    return used


async def test_a_connection_is_used_for_the_next_request() -> None:
    assert await exchange([WHOLE, WHOLE, WHOLE]) == [1, 1, 1]


async def test_a_connection_that_the_server_closes_is_used_no_more() -> None:
    assert await exchange([WHOLE, LAST, WHOLE]) == [1, 1, 2]


@pytest.mark.parametrize("ending", ENDINGS)
async def test_what_is_not_a_whole_response_is_none(ending: str) -> None:
    assert await exchange([WHOLE, ENDINGS[ending], WHOLE]) == [1, 1, 2]
