"""A network between a process and its database that may stop carrying anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Network:
    """Carries bytes both ways, until it holds them: that closes nobody's connection, but no new
    one is made."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._wires: set[asyncio.Task[None]] = set()
        self._ends: list[asyncio.StreamWriter] = []
        self._word: bytes | None = None
        self.held = asyncio.Event()

    def hold(self, word: bytes = b"") -> None:
        """From the first bytes on that have the word in them, nothing arrives."""
        self._word = word

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.append(writer)
        if self.held.is_set():
            writer.close()
            return
        there, back = await asyncio.open_connection(*self._server)
        self._ends.append(back)
        for source, target in ((reader, back), (there, writer)):
            wire = asyncio.create_task(self._carry(source, target))
            self._wires.add(wire)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while some := await source.read(65_536):
            if self._word is not None and self._word in some:
                self._word = b""
                self.held.set()
            if self.held.is_set():
                await asyncio.Event().wait()
            target.write(some)
        target.close()

    async def close(self) -> None:
        for wire in self._wires:
            wire.cancel()
        for end in self._ends:
            end.close()
        ends = (end.wait_closed() for end in self._ends)
        await asyncio.gather(*self._wires, *ends, return_exceptions=True)


@asynccontextmanager
async def between(url: str) -> AsyncIterator[tuple[str, Network]]:
    """The URL that leads to the same database through the network."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    network = Network(parts.hostname, parts.port or 5432)
    server = await asyncio.start_server(network.connect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user, at, _ = parts.netloc.rpartition("@")
    try:
        yield parts._replace(netloc=f"{user}{at}127.0.0.1:{port}").geturl(), network
    finally:
        server.close()
        await network.close()
