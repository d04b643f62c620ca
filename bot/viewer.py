"""Shows what people ask for: a card, or a whole email."""

import logging
import time
from collections.abc import Awaitable, Callable

from bot import entries
from bot.acts import ById, Show, Whole
from bot.cards import ASKED_FOR, Cards
from bot.errors import Later, Refused, SlackDown, UnknownRefusal
from bot.journal import Attempt, Journal
from bot.ports import Authorizer, Threads
from bot.sendkit.client import SendKit
from bot.store.channels import Channels, is_news, stamp
from bot.store.ledger import Ledger
from bot.text import isolated
from bot.triage import Conversation, ConversationId, Origin, Place, as_shown, is_direct
from bot.unchecked import is_unchecked

log = logging.getLogger(__name__)


class Viewer:
    """`show` and `whole` handle entries of these kinds."""

    def __init__(
        self,
        inbox: SendKit,
        ledger: Ledger,
        channels: Channels,
        journal: Journal,
        threads: Threads,
        cards: Cards,
        authorizer: Authorizer,
        offer: Callable[[Origin, Conversation], Awaitable[None]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._inbox = inbox
        self._ledger = ledger
        self._channels = channels
        self._journal = journal
        self._threads = threads
        self._cards = cards
        self._authorizer = authorizer
        self._offer = offer
        self._clock = clock

    async def show(self, attempt: Attempt) -> None:
        """Posts the conversation's card where the person asked for it."""
        identity = ConversationId(attempt.entry.payload["conversation"])
        origin = entries.origin(attempt.entry)
        try:
            await self._show(attempt, identity, origin)
        except Later as later:
            later.aside = isinstance(getattr(later, "cause", later), UnknownRefusal)
            if await is_unchecked(attempt, self._threads, origin, later):
                raise
            if attempt.number == 0 and (later.aside or not isinstance(later, SlackDown)):
                await self._threads.tell(origin, f"{later}. I’ll post the card as soon as I can.")
            raise
        except Refused as error:
            log.warning("a card was not shown: %s", type(error).__name__)
            await self._threads.tell(origin, f"{error} ({attempt.entry.reference})")

    async def _show(self, attempt: Attempt, identity: ConversationId, origin: Origin) -> None:
        await self._authorizer.authorize(origin, Show(ById(identity)))
        known = await self._ledger.conversation(identity) if attempt.is_aside else None
        # A decision that passes may store the conversation at the same time.
        conversation = known or await self._newest(identity)
        if known is None:
            await self._ledger.remember(conversation, self._clock())
        if is_direct(origin.channel):
            await self._offer(origin, conversation)
            return
        places = await self._ledger.cards(identity)
        here = next((each for each in places if each.channel == origin.channel), None)
        if here is not None:
            gone = await self._cards.redraw(conversation)
            await self._cards.forget(gone)
            if here not in gone:
                label = isolated(conversation.lead.label)
                await self._threads.tell(
                    origin, f"{label}’s card is already in this channel.", here
                )
                return
        await attempt.step(
            "card",
            lambda _: self._cards.post(attempt, conversation, origin.channel, ASKED_FOR),
            Place,
        )

    async def _newest(self, identity: ConversationId) -> Conversation:
        """The conversation as it is now. A further reply that is not announced yet is announced
        first; shown only here, it would get no card of its own."""
        now = await self._inbox.conversation(identity)
        shown = await self._ledger.conversation(identity)
        announced, _ = await self._channels.announced(identity)
        if shown is None or not announced or not is_news(stamp(now), announced):
            return now
        await self._journal.write(entries.announce(now))
        return as_shown(shown, now)

    async def whole(self, attempt: Attempt) -> None:
        """Posts the lead's whole last email in the card's thread, once."""
        identity = ConversationId(attempt.entry.payload["conversation"])
        origin = entries.origin(attempt.entry)
        try:
            await self._authorizer.authorize(origin, Whole(ById(identity)))
            conversation, text = await self._inbox.email(identity)
            await self._say_whole(attempt, conversation, origin, text or "This email has no text.")
        except Later as later:
            if isinstance(later, SlackDown):
                raise
            sentence = f"{later}. Try again in a minute. ({attempt.entry.reference})"
            await self._threads.tell(origin, sentence)
        except Refused as error:
            log.warning("an email was not shown: %s", type(error).__name__)
            await self._threads.tell(origin, f"{error} ({attempt.entry.reference})")

    async def _say_whole(
        self, attempt: Attempt, conversation: Conversation, origin: Origin, text: str
    ) -> None:
        places = await self._ledger.cards(conversation.id)
        here = [each for each in places if each.channel == origin.channel]
        if not here and origin.message and not origin.private:
            here = [Place(origin.channel, origin.thread or origin.message)]
        if not here:
            await self._threads.tell(origin, text)
            return
        label = isolated(conversation.lead.label)
        # Each email is posted once, however often people ask for it.
        mark = f"whole:{conversation.id}:{conversation.replied_at}"
        said = f"The whole email from {label}:\n\n{text}"
        await self._threads.say_words(here[0], said, mark, attempt)
        sentence = f"The whole email from {label} is in the card’s thread."
        await self._threads.tell(origin, sentence, here[0])
