"""The web server of the playground's page: its files, its state, and its requests.

Other web pages can neither reach it under their own name (DNS rebinding) nor send requests (CSRF).
Other machines, and clients of a container's published port, need the key in its address, which is
printed at start.
"""

import asyncio
import hmac
import json
import secrets
from pathlib import Path
from typing import Final, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.playground.guard import WRONG_HOST, is_local, is_loopback, names_here
from bot.playground.page_api import BadRequest, PageApi
from bot.playground.page_state import PageState, Scene
from bot.playground.slack import Slack

FILES: Final = Path(__file__).parent / "page"
NO_KEY: Final = "Open the address that the playground printed at start: it ends in ?key=…"
EVERYWHERE: Final = ("0.0.0.0", "::")
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# A comment keeps the stream open through proxies, and shows which clients have left.
KEEPALIVE_SECONDS: Final = 15.0


class Page:
    """The server, for as long as its `async with` lasts. Port 0 takes a free one."""

    def __init__(self, slack: Slack, scene: Scene, *, host: str, port: int) -> None:
        self.watched = asyncio.Event()
        self._scene = scene
        self._asked = PageApi(slack, scene)
        self._host, self._port = host, port
        self._key = secrets.token_urlsafe(16)
        self._open: set[asyncio.Event] = set()
        self._closing = False

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._guarded])
        app.router.add_get("/", self._index)
        app.router.add_get("/stream", self._stream)
        app.router.add_get("/wire/{number:[0-9]{1,9}}", self._bodies)
        app.router.add_post("/do/{name}", self._do)
        app.router.add_static("/", FILES)
        app.on_response_prepare.append(protect)
        app.on_shutdown.append(self._close_streams)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._host, self._port = self._runner.addresses[0][:2]
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        await self._runner.cleanup()

    @property
    def address(self) -> str:
        """The address for a browser."""
        host = "localhost" if self._host in EVERYWHERE else self._host
        address = f"http://{f'[{host}]' if ':' in host else host}:{self._port}"
        return address if is_loopback(self._host) else f"{address}/?key={self._key}"

    def changed(self) -> None:
        """Something that the page shows has changed."""
        for stream in self._open:
            stream.set()

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Accepts requests of this page only."""
        if not names_here(request):
            return _wrong(WRONG_HOST, 403)
        origin = request.headers.get("Origin", f"http://{request.host}")
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if origin != f"http://{request.host}" or site not in ("same-origin", "none"):
            return _wrong("Only the playground’s own page may send requests.", 403)
        given = request.query.get("key") or request.cookies.get(self._cookie, "")
        if not is_local(request) and not _is_same(given, self._key):
            return _wrong(NO_KEY, 403)
        return await handler(request)

    @property
    def _cookie(self) -> str:
        # Cookies do not distinguish ports, so each playground needs a cookie of its own.
        return f"playground-{self._port}"

    async def _follow(self) -> None:
        # No other await between two waits for a change, so that none is missed.
        while True:
            await self._scene.space.changes.next()
            self.changed()

    async def _close_streams(self, app: web.Application) -> None:
        self._closing = True
        self.changed()

    async def _index(self, request: web.Request) -> web.StreamResponse:
        response = web.FileResponse(FILES / "index.html")
        if "key" in request.query:
            response.set_cookie(self._cookie, self._key, httponly=True, samesite="Strict")
        return response

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        state, news = PageState(self._scene), asyncio.Event()
        self._open.add(news)
        self.watched.set()
        try:
            while not self._closing:
                news.clear()
                told = state.news()
                text = f"data: {json.dumps(told)}\n\n" if told else ":\n\n"
                await response.write(text.encode())
                await _within(news, KEEPALIVE_SECONDS)
        except ConnectionError:
            return response
        finally:
            self._open.discard(news)
            if not self._open:
                self.watched.clear()
        return response

    async def _bodies(self, request: web.Request) -> web.StreamResponse:
        row = self._scene.tape.rows.get(int(request.match_info["number"]))
        if row is None:
            return _wrong("This request has expired.", 404)
        return web.json_response(row.bodies())

    async def _do(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in self._asked.known:
            return _wrong(f"The playground has no action {name!r}.", 404)
        if request.content_type != "application/json":
            return _wrong("Send JSON.", 415)
        try:
            body = json.loads(await request.read())
        except ValueError:
            return _wrong("This is not JSON.", 400)
        if not isinstance(body, dict):
            return _wrong("Send a JSON object.", 400)
        try:
            return web.json_response(await self._asked.carry_out(name, body))
        except BadRequest as error:
            # People cause these errors with a click. With another status the browser would report
            # one.
            return _wrong(str(error), 200)


async def protect(request: web.Request, response: web.StreamResponse) -> None:
    """Adds headers that keep the page from loading or running anything from other hosts."""
    response.headers.update(HEADERS)


async def _within(news: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return


def _is_same(given: str, key: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), key.encode())


def _wrong(told: str, status: int) -> web.Response:
    return web.json_response({"error": told}, status=status)
