"""GET /readyz: whether the bot can work, and if not, why.

Results are kept for some seconds, so that probes may come as often as they like.
"""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

from bot.doctor.kept import KeptFindings
from bot.findings import Finding
from bot.timing import DEFAULT, Timing

PATH: Final = "/readyz"
WELL: Final = "All is well."


class Health:
    """See KeptFindings."""

    def __init__(
        self,
        checks: Mapping[str, Callable[[], Awaitable[Finding]]],
        clock: Callable[[], float] = time.monotonic,
        timing: Timing = DEFAULT,
    ) -> None:
        self._findings = KeptFindings(checks, clock, timing)

    async def answer(self, request: web.Request) -> web.Response:
        """200 if all is well, otherwise 503; the JSON body says which check failed."""
        found = await self._findings.all()
        ready = all(each.word == "ok" for each in found.values())
        body = {name: _shown(each) for name, each in found.items()}
        return web.json_response(
            {"ready": ready, **body},
            status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
            headers={"Cache-Control": "no-store"},
        )


def _shown(found: Finding) -> Mapping[str, object]:
    """The finding for anybody who asks: without the workspace's name and the services' words."""
    said = re.sub("“.*”", "“…”", f"{found.name}: {found.sentence}", flags=re.DOTALL)
    return {"word": found.word, "sentence": WELL if found.word == "ok" else said, **found.numbers}
