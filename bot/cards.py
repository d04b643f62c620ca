"""A conversation's cards: one a channel, posted once, each redrawn in place."""

import logging
from collections.abc import Awaitable, Callable

from bot.errors import ChannelClosed
from bot.journal import Page, settling
from bot.ledger import Ledger
from bot.ports import Threads
from bot.triage import Card, ChannelId, Conversation, Lead, Origin, Place, Waiting

log = logging.getLogger(__name__)


class Cards:
    """`pause` waits so many seconds, `clock` is in seconds since the epoch."""

    def __init__(
        self,
        ledger: Ledger,
        threads: Threads,
        pause: Callable[[float], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._ledger = ledger
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
        if again:
            await self.settle(page)
        card = Card(conversation, await self._ledger.outcome(conversation.id))
        # The card's line may come of the same entry, and is another message.
        mark = f"{page.entry.id}/card"
        place = await self._threads.post(channel, card, mark, page.written_at if again else None)
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
        card = Card(conversation, await self._ledger.outcome(conversation.id), waiting)
        pressed = origin if origin and not origin.private else None
        for place in await self._ledger.cards(conversation.id):
            url = pressed.response_url if pressed and pressed.message == place.ts else None
            cards = await self._all(card, place)
            try:
                await self._threads.redraw(place, cards, url)
            except ChannelClosed as error:
                log.warning("a card could not be redrawn: %s", error.error)
                await self._ledger.forget_card(place)

    async def whose(self, place: Place, conversation: Conversation) -> str:
        """The lead's name, where the message is several leads' and a line must say whose it is."""
        return conversation.lead.label if len(await self._ledger.at(place)) > 1 else ""

    async def settle(self, page: Page) -> None:
        """Waits for calls that a dead process left under way."""
        await self._pause(settling(page, self._clock()))

    async def _all(self, card: Card, place: Place) -> list[Card]:
        """All cards of the message that this one is on, in their order."""
        cards = []
        for identity in await self._ledger.at(place):
            if identity == card.conversation.id:
                cards.append(card)
                continue
            other = await self._ledger.conversation(identity)
            nobody = Conversation(identity, Lead(email=""))
            cards.append(Card(other or nobody, await self._ledger.outcome(identity)))
        return cards
