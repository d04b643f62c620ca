"""Servers that the bot's HTTP client may meet, byte by byte."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

WELL: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Lines = asyncio.StreamReader
Out = asyncio.StreamWriter
Serve = Callable[[Lines, Out], Awaitable[None]]


class Peer:
    """A server that sends these bytes, one answer a request, and then hangs up."""

    def __init__(self, *says: bytes) -> None:
        self.heads: list[str] = []
        self.connections = 0
        self.parted = asyncio.Event()
        self._says = list(says)

    async def __call__(self, reader: Lines, writer: Out) -> None:
        self.connections += 1
        while self._says and (head := await read_head(reader)):
            self.heads.append(head)
            writer.write(self._says.pop(0))
        # What is unread when a socket is closed would reset the connection.
        if writer.can_write_eof():
            writer.write_eof()
        await reader.read()
        self.parted.set()


async def read_head(reader: Lines) -> str:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return ""
    length = [line for line in head.lower().split("\r\n") if line.startswith("content-length: ")]
    await reader.readexactly(sum(int(line.split()[1]) for line in length))
    return head


@asynccontextmanager
async def listening(peer: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The address at which it listens; every connection has come to its end afterwards."""

    async def serve(reader: Lines, writer: Out) -> None:
        with suppress(ConnectionError):
            await peer(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def connected(reader: Lines, writer: Out) -> None:
        serving.append(asyncio.ensure_future(serve(reader, writer)))

    serving: list[asyncio.Future[None]] = []
    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*serving)
