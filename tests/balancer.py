"""One address in front of several processes of the bot: a request goes to the next one in turn."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp import web

from tests.canned_server import serving

SECONDS: Final = aiohttp.ClientTimeout(total=30)
# They are about one connection, of which there are two.
_OF_ONE_CONNECTION: Final = ("Host", "Connection", "Content-Length", "Transfer-Encoding")


@dataclass(frozen=True)
class Answered:
    """A request, and which process gave it what answer."""

    address: str
    body: bytes
    status: int


@dataclass
class Balancer:
    """A process that cannot be reached is passed over. A request that was sent and got no answer
    is not sent again: it may have been carried out. `on_answer` hears of each that got one."""

    addresses: Sequence[str]
    on_answer: list[Callable[[Answered], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._turns = deque(self.addresses)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Its address."""
        # A connection that was kept could be to a process that is gone, which is seen too late.
        one_each = aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(connector=one_each, auto_decompress=False) as session:
            self._session = session
            async with serving(self._pass_on) as address:
                yield address

    async def _pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        self._turns.rotate(-1)
        for address in tuple(self._turns):
            try:
                return await self._ask(address, request, body)
            except aiohttp.ClientConnectorError:
                # Nothing was sent, so the next request takes the next process.
                self._turns.rotate(-1)
            except (aiohttp.ClientError, TimeoutError):
                return web.Response(status=HTTPStatus.BAD_GATEWAY, text="no answer")
        return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="nobody is there")

    async def _ask(self, address: str, request: web.Request, body: bytes) -> web.Response:
        headers = request.headers.copy()
        for name in _OF_ONE_CONNECTION:
            headers.popall(name, None)
        async with self._session.request(
            request.method,
            f"{address}{request.path_qs}",
            data=body,
            headers=headers,
            timeout=SECONDS,
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
        for hear in self.on_answer:
            hear(Answered(address, body, answer.status))
        kind = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
        return web.Response(status=answer.status, body=content, headers=kind)
