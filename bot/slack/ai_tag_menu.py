"""What cards offer: the workspace's aiTags, as SendKit says them or as it said them last."""

import json
import logging
from collections.abc import Sequence
from typing import Final, Protocol

from bot.errors import TriageError
from bot.store.channels import Channels
from bot.triage import AiTag
from bot.views.card import Palette, palette

log = logging.getLogger(__name__)

KEPT: Final = "aiTags"


class Inbox(Protocol):
    """SendKit's side; see bot.sendkit.client."""

    async def ai_tags(self) -> Sequence[AiTag]: ...


class Choices:
    """`quick` are the aiTags that have a button of their own.

    What SendKit said is kept across restarts: a card that is redrawn while SendKit cannot say
    would lose its menu, and keep none for as long as nobody decides.
    """

    def __init__(self, inbox: Inbox, channels: Channels, quick: Sequence[str]) -> None:
        self._inbox = inbox
        self._channels = channels
        self._quick = quick
        self._kept: tuple[AiTag, ...] | None = None

    async def __call__(self) -> Palette:
        return palette(await self._now(), self._quick)

    async def known(self, *, again: bool = False) -> Palette:
        """Without asking SendKit, for those who cannot wait for it. `again` reads what another
        process may have kept since."""
        kept = None if again else self._kept
        return palette(kept if kept is not None else await self._read(), self._quick)

    async def _now(self) -> tuple[AiTag, ...]:
        try:
            now = tuple(await self._inbox.ai_tags())
        except TriageError as error:
            log.warning("cards have the menu of aiTags that was known last: %s", error)
            return self._kept if self._kept is not None else await self._read()
        if now != self._kept:
            await self._channels.set_fact(KEPT, json.dumps(now))
            self._kept = now
        return now

    async def _read(self) -> tuple[AiTag, ...]:
        kept = await self._channels.fact(KEPT)
        self._kept = tuple(AiTag(each) for each in json.loads(kept)) if kept else ()
        return self._kept
