"""How httpx reaches SendKit: over aiohttp's connections, which cost a fraction of the processor's
time that httpx's own do."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
import httpx
import yarl

from bot import bounded_read
from bot.proxies import proxy_for


class TooLong(httpx.DecodingError):
    """An answer of more than bounded_read.MOST_BYTES."""


# As long as httpx keeps an idle connection. The shorter, the rarer does SendKit hang up first.
IDLE_SECONDS: Final = 5.0
# The first that fits. With a ConnectError or a ConnectTimeout nothing was sent, with others it may
# have been: whoever asked relies on that.
_TOLD: Final[tuple[tuple[type[Exception], type[httpx.RequestError]], ...]] = (
    (bounded_read.TooLong, TooLong),
    (bounded_read.Unreadable, httpx.DecodingError),
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientConnectionError, httpx.ReadError),
    (aiohttp.ClientHttpProxyError, httpx.ProxyError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
    (aiohttp.ClientError, httpx.RemoteProtocolError),
    (TimeoutError, httpx.WriteTimeout),
    (ValueError, httpx.LocalProtocolError),
)


class Transport(httpx.AsyncBaseTransport):
    """Sends each request once, and has read the whole answer when it gives it.

    Of httpx's limits, which have to be numbers, `connect` is for all that comes before the first
    byte. The length of an answer is limited too: see bot.bounded_read. SettingsWrong where the
    environment's proxy is of no use.
    """

    def __init__(self, url: httpx.URL) -> None:
        self._proxy = proxy_for(str(url))
        self._tls = httpx.create_ssl_context()
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._session is None:
            self._session = bounded_read.session(
                connector=aiohttp.TCPConnector(
                    limit=0, keepalive_timeout=IDLE_SECONDS, ssl=self._tls
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=[_once],
            )
        limits = request.extensions["timeout"]
        with _told():
            # aiohttp limits no writing: a server that reads nothing would hold it for ever.
            async with asyncio.timeout(limits["connect"] + limits["write"] + limits["read"]):
                answer = await self._session.request(
                    request.method,
                    _address(request.url),
                    headers=request.headers.multi_items(),
                    data=await request.aread() or None,
                    allow_redirects=False,
                    proxy=self._proxy,
                    timeout=aiohttp.ClientTimeout(
                        connect=limits["connect"], sock_read=limits["read"]
                    ),
                )
            body = await answer.read()
        return httpx.Response(
            answer.status,
            headers=[
                (name, value)
                for name, value in answer.raw_headers
                if name.lower() != b"content-encoding"
            ],
            stream=httpx.ByteStream(body),
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


def _address(url: httpx.URL) -> yarl.URL:
    """Just as httpx has encoded it; without a name and a password, which it has made a header."""
    path, _, query = url.raw_path.decode().partition("?")
    return yarl.URL.build(
        scheme=url.scheme,
        authority=url.netloc.decode(),
        path=path,
        query_string=query,
        encoded=True,
    )


async def _once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """aiohttp would send a GET again when the connection broke; httpx's errors it does not know."""
    with _told():
        return await send(request)


@contextmanager
def _told() -> Iterator[None]:
    """aiohttp's errors as httpx's. Their texts are left out: they quote whole addresses."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        told = next(told for known, told in _TOLD if isinstance(error, known))
        raise told(type(error).__name__) from error.__cause__
