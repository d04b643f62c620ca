"""Keeps the findings of checks for some seconds, so that they may be asked for at any rate."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from bot.findings import Finding, bad
from bot.timing import DEFAULT, Timing
from bot.ttl_cache import TtlCache


class KeptFindings:
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

    async def all(self) -> Mapping[str, Finding]:
        """The findings, in the order of the checks."""
        kept = self._timing.findings_kept
        found = await asyncio.gather(*(self._findings.get(name, kept) for name in self._checks))
        return dict(zip(self._checks, found, strict=True))

    async def _check(self, name: str) -> Finding:
        limit = self._timing.health_check
        try:
            async with asyncio.timeout(limit):
                return await self._checks[name]()
        except TimeoutError:
            return bad(name, f"No answer within {limit:g} s.", "slow")
