"""HTTP, byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    text: str


class Socket:
    """One connection to a server on this machine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def open(cls, port: int) -> AsyncIterator[Self]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield cls(reader, writer)
        finally:
            writer.transport.abort()

    async def send(self, raw: bytes) -> None:
        self._writer.write(raw)
        await self._writer.drain()

    async def response(self) -> Response:
        """The next one; EOFError where the connection ends instead."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.strip().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (each.partition(": ") for each in lines)
        }
        text = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return Response(int(status.split()[1]), headers, text.decode())

    async def ask(self, raw: bytes) -> Response:
        await self.send(raw)
        return await self.response()

    async def rest(self) -> str:
        """All that comes until the other side ends it."""
        found = b""
        with suppress(ConnectionError):
            while part := await self._reader.read(65_536):
                found += part
        return found.decode("latin-1")

    async def is_cut(self) -> bool:
        """Waits until the other side has ended it, without a word."""
        try:
            return await self._reader.read() == b""
        except ConnectionError:
            return True

    async def is_cut_unread(self, raw: bytes) -> bool:
        """Sends this again and again, and reads nothing, until the other side has ended it."""
        try:
            while True:
                await self.send(raw)
        except ConnectionError:
            return True


def request(
    method: str = "GET",
    path: str = "/healthz",
    body: bytes = b"",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    fields = {"Host": "bot.example.com", "Content-Length": str(len(body)), **headers}
    lines = [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode() + body


async def asked(port: int, raw: bytes) -> Response:
    """The response to one request on a connection of its own."""
    async with Socket.open(port) as socket:
        return await socket.ask(raw)
