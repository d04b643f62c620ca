"""The workspace's aiTags, cached in memory and in the database."""

import asyncio
import json
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.errors import TriageError
from bot.store.channels import Channels
from bot.timing import DEFAULT, Timing
from bot.triage import AiTag
from bot.ttl_cache import TtlCache

log = logging.getLogger(__name__)

# The name of the database's fact with the aiTags.
KEPT: Final = "aiTags"
# How old the aiTags of a card may be. Older ones are asked for before it is drawn.
USABLE_SECONDS: Final = 3600.0


class AiTags:
    """Calls `ask` at most once every few minutes. It returns the aiTags with what SendKit says they
    mean. `ticks` is a clock in seconds that never goes back.

    The database keeps the aiTags across restarts. Without them, a card that is redrawn while
    SendKit is down would lose its menu until the next decision.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[Mapping[AiTag, str]]],
        channels: Channels,
        ticks: Callable[[], float] = time.monotonic,
        timing: Timing = DEFAULT,
    ) -> None:
        self._ask = ask
        self._channels = channels
        self._ticks = ticks
        self._timing = timing
        self._cache = TtlCache(self._read, ticks)
        self._last: Mapping[AiTag, str] | None = None
        self._paused_until = ticks()
        self._read_at = -math.inf
        self._asking: asyncio.Task[Mapping[AiTag, str]] | None = None

    async def get(self, *, fresh: bool = False) -> tuple[AiTag, ...]:
        """The aiTags from SendKit; `fresh` asks again. While SendKit does not answer, the last
        known ones are returned. Raises an error only if there are none."""
        return tuple(await self._get(fresh=fresh))

    async def offered(self) -> Mapping[AiTag, str]:
        """The aiTags and what they mean. As `get`, but empty if none are known, since the card is
        shown all the same. Nor does it wait for SendKit if it asked within the last hour."""
        now = self._ticks()
        if self._last is not None and now - self._read_at < USABLE_SECONDS:
            is_old = now - self._read_at >= self._timing.ai_tags_kept and now >= self._paused_until
            if is_old and (self._asking is None or self._asking.done()):
                self._asking = asyncio.create_task(self._get())
            return self._last
        try:
            return await self._get()
        except TriageError as error:
            log.warning("no aiTags are known for the menus of cards: %s", error)
            return {}

    async def known(self, *, again: bool = False) -> tuple[AiTag, ...]:
        """The known aiTags without a call to SendKit, for requests that Slack gives three seconds;
        empty if none are known. `again` also reads what another process may have stored."""
        return tuple(await self.meanings(again=again))

    async def meanings(self, *, again: bool = False) -> Mapping[AiTag, str]:
        """As `known`, with what the aiTags mean."""
        if again or self._last is None:
            await self._kept()
        return self._last or {}

    async def _get(self, *, fresh: bool = False) -> Mapping[AiTag, str]:
        if not fresh and self._last is not None and self._ticks() < self._paused_until:
            return self._last
        try:
            return await self._cache.get("", 0.0 if fresh else self._timing.ai_tags_kept)
        except TriageError as error:
            if self._last is None and await self._kept() is None:
                raise
            log.warning("the aiTags that were known last are used: %s", error)
            self._paused_until = self._ticks() + self._timing.ai_tags_pause
            return self._last or {}

    async def _read(self, _: str) -> Mapping[AiTag, str]:
        asked_at = self._ticks()
        now = await self._ask()
        self._read_at = asked_at
        if self._last is None or [*now.items()] != [*self._last.items()]:
            await self._channels.set_fact(KEPT, json.dumps(now))
            self._last = now
        return now

    async def _kept(self) -> Mapping[AiTag, str] | None:
        """Reads them from the database. An earlier version of the bot stored the names alone."""
        if (kept := await self._channels.fact(KEPT)) is not None:
            found = json.loads(kept)
            said = found if isinstance(found, dict) else dict.fromkeys(found, "")
            self._last = {AiTag(name): meaning for name, meaning in said.items()}
        return self._last
