"""Handles posts that Slack refuses for now: they wait, everything else is done, and after a day
people are told."""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

from bot.errors import ChannelClosed, Later, SlackDown, SlackRefused, UnknownRefusal
from bot.journal import PATIENCE_SECONDS, Attempt
from bot.ports import Threads
from bot.store.channels import Channels
from bot.triage import ChannelId, Place

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Shown:
    """The results of showing a reply. `channels`: show it or will. `gone`: deleted cards. `held`:
    why something has to wait."""

    channels: set[ChannelId] = field(default_factory=set)
    gone: list[Place] = field(default_factory=list)
    held: Later | None = None

    async def tried(self, effect: Awaitable[Any]) -> bool:
        """Waits for the effect; returns whether it was done. A refusal that may pass does not stop
        the rest. If Slack is not responding at all, the error is raised."""
        try:
            await effect
        except Later as later:
            if not (later.aside or isinstance(later, UnknownRefusal)):
                raise
            self.held = self.held or later
            return False
        return True


class Late:
    """Tells people of replies that Slack has refused to show for a day."""

    def __init__(self, channels: Channels, threads: Threads, triage_channel: ChannelId) -> None:
        self._channels = channels
        self._threads = threads
        self._triage_channel = triage_channel

    async def aside(self, attempt: Attempt, held: Later) -> Later:
        """Lets decisions about the conversation pass a reply that Slack refuses for now, and tells
        people after a day."""
        if isinstance(held, UnknownRefusal):
            held.aside = True
        if held.aside and attempt.age > PATIENCE_SECONDS:
            try:
                await attempt.step("told late", lambda _: self._tell_late(attempt, held))
            except (SlackDown, SlackRefused) as error:
                log.warning("could not tell people that a reply is late: %s", error)
        return held

    async def _tell_late(self, attempt: Attempt, held: Later) -> None:
        """Tells the triage channel, or everybody who subscribed a channel if that one is closed."""
        sentence = (
            f"For a day I could not post a reply. {held}. I keep trying. Look at the inbox in "
            "SendKit, and ask the person who runs this bot to look at its log. "
            f"({attempt.entry.reference})"
        )
        try:
            await self._threads.announce(self._triage_channel, sentence)
        except (SlackRefused, UnknownRefusal):
            people = {route.made_by for route in await self._channels.routes()}
            if not people:
                raise
            for user in sorted(people):
                await self._threads.announce(ChannelId(user), sentence)


def shut(error: ChannelClosed) -> Later:
    """The triage channel is closed: work for it waits until the bot may post there."""
    log.error("cannot post in the triage channel: %s", error.error)
    later = Later(str(error).rstrip("."))
    later.aside = True
    return later
