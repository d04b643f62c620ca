"""A conversation's cards: one a channel, posted once, each redrawn in place."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from bot.channels import Channels
from bot.errors import MessageGone, SlackRefused
from bot.journal import Page, settling
from bot.ledger import Ledger
from bot.ports import Earlier, Threads
from bot.timing import DEFAULT, Timing
from bot.triage import Card, ChannelId, Conversation, ConversationId, Origin, Place, Waiting

log = logging.getLogger(__name__)


class Cards:
    """`pause` waits so many seconds, `clock` is in seconds since the epoch."""

    def __init__(
        self,
        ledger: Ledger,
        channels: Channels,
        threads: Threads,
        pause: Callable[[float], Awaitable[None]],
        clock: Callable[[], float],
        timing: Timing = DEFAULT,
    ) -> None:
        self._timing = timing
        self._ledger = ledger
        self._channels = channels
        self._threads = threads
        self._pause = pause
        self._clock = clock

    async def post(
        self,
        page: Page,
        conversation: Conversation,
        channel: ChannelId,
        again: bool,
        rule: str,
    ) -> Place:
        """Posts the card, or finds it where an earlier attempt did. `rule` is why it is there."""
        card = Card(conversation, await self._ledger.outcome(conversation.id))
        # The card's line may come of the same entry, and is another message.
        mark = f"{page.entry.id}/card"
        earlier = self.earlier(page) if again else None
        place = await self._threads.post(channel, card, mark, earlier)
        await self._ledger.place(conversation.id, place, self._clock(), rule)
        return place

    async def redraw(
        self,
        conversation: Conversation,
        waiting: Waiting | None = None,
        origin: Origin | None = None,
    ) -> None:
        """Every card of the conversation; the pressed one through its `response_url`, which does
        not count against the workspace's rate."""
        pressed = origin if origin and not origin.private else None
        for place in await self._ledger.cards(conversation.id):
            url = pressed.response_url if pressed and pressed.message == place.ts else None
            cards = [
                replace(each, conversation=conversation, waiting=waiting)
                if each.conversation.id == conversation.id
                else each
                for each in await self._ledger.shown(place)
            ]
            opening = await self._channels.opening(place) if len(cards) > 1 else ""
            try:
                await self._threads.redraw(place, cards, opening, url)
            except MessageGone as error:
                log.warning("a card is gone: %s", error.error)
                await self._ledger.forget_card(place)
            except SlackRefused as error:
                log.warning("a card could not be redrawn: %s", error.error)

    async def whose(self, place: Place, identity: ConversationId) -> str:
        """The lead's name, where the message is several leads' and a line must say whose it is."""
        if len(await self._ledger.at(place)) < 2:
            return ""
        return (await self._ledger.known(identity)).lead.label

    def earlier(self, page: Page) -> Earlier:
        """The attempt at this entry that may have come through."""
        return Earlier(page.written_at, partial(self.settled, page))

    async def settled(self, page: Page) -> bool:
        """Waits for calls that an earlier attempt left under way; whether there was to wait."""
        seconds = settling(page, self._clock(), self._timing.settling)
        if seconds > 0:
            await self._pause(seconds)
        return seconds > 0
