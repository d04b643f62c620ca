"""Reads HTTP answers up to MOST_BYTES, since a few packed bytes can become gigabytes."""

import asyncio
import zlib
from collections.abc import AsyncIterable, Mapping
from typing import Any, Final

import aiohttp

MOST_BYTES: Final = 20_000_000
# How much is unpacked before other tasks run.
PIECE_BYTES: Final = 1_000_000
# How long an idle connection is kept. A new one takes two or three round trips, and people pause
# between two presses.
IDLE_SECONDS: Final = 60.0
# Brotli and zstd are left out, since `unpacked` does not read them.
ACCEPTED: Final[Mapping[str, str]] = {"Accept-Encoding": "gzip"}

_PLAIN: Final = ("", "identity")
_PACKED: Final = ("gzip", "x-gzip", "deflate")
_ANY_HEADER: Final = 32 + zlib.MAX_WBITS
_NO_HEADER: Final = -zlib.MAX_WBITS


class Unreadable(aiohttp.ClientPayloadError):
    """The answer does not match its header."""


class TooLong(Unreadable):
    """The answer has more than MOST_BYTES."""


class Response(aiohttp.ClientResponse):
    """A response of a `session`. Its readers raise Unreadable."""

    async def read(self) -> bytes:
        if self._body is None:
            try:
                packing = self.headers.get("Content-Encoding", "")
                self._body = await unpacked(packing, self.content.iter_any())
            finally:
                if self._body is None:
                    self.close()
        return await super().read()


def session(**options: Any) -> aiohttp.ClientSession:
    """A session whose answers are all limited, without cookies."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_SECONDS),
        auto_decompress=False,
        response_class=Response,
        headers=ACCEPTED,
        cookie_jar=aiohttp.DummyCookieJar(),
        **options,
    )


async def unpacked(packing: str, chunks: AsyncIterable[bytes]) -> bytes:
    """The body of an answer, from its Content-Encoding and its bytes as they arrive. Raises
    Unreadable, and what `chunks` raises."""
    packing = packing.strip().lower()
    if packing not in (*_PLAIN, *_PACKED):
        raise Unreadable("an unknown encoding")
    body, unpacking = bytearray(), None
    async for chunk in chunks:
        if packing in _PLAIN:
            body += chunk
        else:
            unpacking = unpacking or zlib.decompressobj(_window(packing, chunk))
            await _unpack(unpacking, chunk, body)
        if len(body) > MOST_BYTES:
            raise TooLong("an answer of more than 20 MB")
    if unpacking is not None and not unpacking.eof:
        raise Unreadable("an answer that was cut short")
    return bytes(body)


async def _unpack(unpacking: "zlib._Decompress", chunk: bytes, body: bytearray) -> None:
    while chunk and not unpacking.eof and len(body) <= MOST_BYTES:
        try:
            body += unpacking.decompress(chunk, PIECE_BYTES)
        except zlib.error as error:
            raise Unreadable("an answer that cannot be unpacked") from error
        chunk = unpacking.unconsumed_tail
        if chunk:
            await asyncio.sleep(0)


def _window(packing: str, start: bytes) -> int:
    """The window of `deflate`: some servers leave out its header."""
    headless = packing == "deflate" and start[0] & 0x0F != 8
    return _NO_HEADER if headless else _ANY_HEADER
