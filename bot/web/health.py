"""GET /readyz: whether the bot can work, and if not, why.

Results are kept for some seconds, so that probes may come as often as they like.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

from bot.findings import Finding, bad
from bot.timing import DEFAULT, Timing
from bot.ttl_cache import TtlCache

PATH: Final = "/readyz"
WELL: Final = "All is well."


class Health:
    """Runs all checks at once, each with a time limit. `clock` is in seconds."""

    def __init__(
        self,
        checks: Mapping[str, Callable[[], Awaitable[Finding]]],
        clock: Callable[[], float] = time.monotonic,
        timing: Timing = DEFAULT,
    ) -> None:
        self._checks = checks
        self._timing = timing
        self._findings = TtlCache(self._check, clock)

    async def answer(self, request: web.Request) -> web.Response:
        """200 if all is well, otherwise 503; the JSON body says which check failed."""
        kept = self._timing.findings_kept
        found = await asyncio.gather(*(self._findings.get(name, kept) for name in self._checks))
        ready = all(each.word == "ok" for each in found)
        body = {name: _shown(each) for name, each in zip(self._checks, found, strict=True)}
        return web.json_response(
            {"ready": ready, **body},
            status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
            headers={"Cache-Control": "no-store"},
        )

    async def _check(self, name: str) -> Finding:
        limit = self._timing.health_check
        try:
            async with asyncio.timeout(limit):
                return await self._checks[name]()
        except TimeoutError:
            return bad(name, f"No answer within {limit:g} s.", "slow")


def _shown(found: Finding) -> Mapping[str, object]:
    """The finding for anybody who asks: without the workspace's name and the services' words."""
    said = re.sub("“.*”", "“…”", f"{found.name}: {found.sentence}", flags=re.DOTALL)
    return {"word": found.word, "sentence": WELL if found.word == "ok" else said, **found.numbers}
