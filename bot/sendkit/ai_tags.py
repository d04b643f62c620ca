"""The workspace's aiTags, and for how long they are kept."""

import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from bot.errors import TriageError
from bot.store.channels import Channels
from bot.timing import DEFAULT, Timing
from bot.triage import AiTag
from bot.ttl_cache import TtlCache

log = logging.getLogger(__name__)

# The name of the fact that holds them.
KEPT: Final = "aiTags"


class AiTags:
    """Asks SendKit for them by `ask`, once in some minutes. `ticks` is any clock in seconds that
    never goes back.

    The database keeps them across restarts: a card that is redrawn while SendKit is down would lose
    its menu, and get it back only at the next decision.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[tuple[AiTag, ...]]],
        channels: Channels,
        ticks: Callable[[], float] = time.monotonic,
        timing: Timing = DEFAULT,
    ) -> None:
        self._ask = ask
        self._channels = channels
        self._ticks = ticks
        self._timing = timing
        self._cache = TtlCache(self._read, ticks)
        self._last: tuple[AiTag, ...] | None = None
        self._paused_until = ticks()

    async def get(self, *, fresh: bool = False) -> tuple[AiTag, ...]:
        """As SendKit says them; `fresh` asks again. While SendKit does not say, the last known ones
        serve: an error is raised only where there are none."""
        if not fresh and self._last is not None and self._ticks() < self._paused_until:
            return self._last
        try:
            return await self._cache.get("", 0.0 if fresh else self._timing.ai_tags_kept)
        except TriageError as error:
            if self._last is None and await self._kept() is None:
                raise
            log.warning("the aiTags that were known last are used: %s", error)
            self._paused_until = self._ticks() + self._timing.ai_tags_pause
            return self._last or ()

    async def offered(self) -> tuple[AiTag, ...]:
        """As `get`, but empty where none are known: a card is shown all the same."""
        try:
            return await self.get()
        except TriageError as error:
            log.warning("no aiTags are known for the menus of cards: %s", error)
            return ()

    async def known(self, *, again: bool = False) -> tuple[AiTag, ...]:
        """Without asking SendKit, for requests that Slack gives three seconds; empty where none are
        known. `again` also reads what another process may have kept since."""
        if again or self._last is None:
            await self._kept()
        return self._last or ()

    async def _read(self, _: str) -> tuple[AiTag, ...]:
        now = await self._ask()
        if now != self._last:
            await self._channels.set_fact(KEPT, json.dumps(now))
            self._last = now
        return now

    async def _kept(self) -> tuple[AiTag, ...] | None:
        if (kept := await self._channels.fact(KEPT)) is not None:
            self._last = tuple(map(AiTag, json.loads(kept)))
        return self._last
