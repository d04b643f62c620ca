"""The cards of a conversation: one in each channel, posted once and redrawn in place."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Final
from uuid import uuid4
from weakref import WeakValueDictionary

from bot import entries
from bot.codec import decode
from bot.errors import (
    ChannelClosed,
    Later,
    MessageGone,
    SlackBusy,
    SlackDown,
    SlackRefused,
    UnknownRefusal,
)
from bot.journal import Attempt, Journal
from bot.ports import Threads
from bot.store.channels import Channels
from bot.store.ledger import Ledger
from bot.text import cut
from bot.triage import (
    Card,
    ChannelId,
    Conversation,
    ConversationId,
    Folded,
    Origin,
    Place,
    Waiting,
)

log = logging.getLogger(__name__)

# How many of the lead's characters a folded card keeps.
FOLDED_LIMIT: Final = 200

# A claim is void after this: the process that made it has died.
POSTING_SECONDS: Final = 60.0

# The rule of a card that no subscription brought.
ASKED_FOR: Final = "somebody decided about it or asked for it here"


def _unchanged(cards: Sequence[Card]) -> Sequence[Card]:
    return cards


class Cards:
    """`redraw_owed` handles entries of the kind `redraw`. `clock` is in seconds since the epoch."""

    def __init__(
        self,
        ledger: Ledger,
        channels: Channels,
        threads: Threads,
        journal: Journal,
        clock: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._channels = channels
        self._threads = threads
        self._journal = journal
        self._clock = clock
        # Messages that an entry will redraw. One entry is enough for all changes until then.
        self._owed: set[Place] = set()
        # Held while a card is posted, since two entries may want the same one.
        self._posting: WeakValueDictionary[tuple[ConversationId, ChannelId], asyncio.Lock] = (
            WeakValueDictionary()
        )

    async def post(
        self,
        attempt: Attempt,
        conversation: Conversation,
        channel: ChannelId,
        rule: str,
        beside: Collection[Place] = (),
    ) -> Place:
        """Posts the card, or finds the one that an earlier attempt or another entry posted. `rule`:
        why it is there. Cards at `beside` do not count, since they are gone or closed."""
        lock = self._posting.setdefault((conversation.id, channel), asyncio.Lock())
        async with lock:
            # It is not redrawn: its message may have several leads, and some may not be recorded
            # yet.
            for each in await self._ledger.cards(conversation.id):
                if each.channel == channel and each not in beside:
                    if attempt.may_have_run:
                        await self._redraw_soon(each, urgent=True)
                    return each
            before = next((each for each in beside if each.channel == channel), None)
            link = await self._threads.link(before) if before else ""
            # The same entry may also post a line.
            mark = f"{attempt.entry.id}/card"
            card = replace(await self._ledger.card(conversation), earlier=link)
            async with self._claimed(conversation.id, channel):
                place = await self._threads.post(channel, card, mark, attempt)
                await self._ledger.place(
                    conversation.id, place, self._clock(), rule, link, conversation.replied_at
                )
            now = await self._ledger.card(conversation)
            if (now.owner, now.later) != (card.owner, card.later):
                # Somebody took it, or put it off, before its card was recorded.
                await self._redraw_soon(place, urgent=True)
            if attempt.may_have_run and len(await self._ledger.at(place)) > 1:
                # Until it was recorded, a decision about another lead of its message may have
                # redrawn the message without it.
                await self._redraw_soon(place, urgent=True)
            return place

    @asynccontextmanager
    async def _claimed(
        self, conversation: ConversationId, channel: ChannelId
    ) -> AsyncIterator[None]:
        """Keeps other processes from posting the same card. Entries of one conversation run one
        after another, unless one of them lets the others pass. Later if another process posts."""
        if not await self._ledger.is_passed(entries.lane_of(conversation)):
            yield
            return
        name = f"posting {conversation} {channel}"
        if not await self._channels.claim(name, self._clock(), POSTING_SECONDS):
            raise Later("another process posts the card")
        try:
            yield
        finally:
            await self._channels.forget_fact(name)

    async def announce_changed(self, identity: str, old: Conversation, new: Conversation) -> None:
        """Announces the conversation in channels whose filters take it only now. `identity`: of the
        decision that changed it."""
        routes = await self._channels.routes()
        positive = bool(routes) and (await self._channels.announced(new.id))[1]
        if any(
            each.filters.take(new, positive) and not each.filters.take(old, positive)
            for each in routes
        ):
            await self._journal.write(entries.refresh(f"{identity}/refresh", new.id, reply=False))

    async def fold(self, conversation: Conversation, old: Place, new: Place, words: str) -> None:
        """Folds a card into a line with a link to the newer one and the `words` that it showed."""
        link = await self._threads.link(new)
        line = cut(" ".join(words.split()), FOLDED_LIMIT)
        await self._ledger.fold(conversation.id, old, Folded(link, line))
        if not await self._redraw_at(old, await self._ledger.shown(old), urgent=False):
            await self.forget([old])

    async def redraw(
        self,
        conversation: Conversation,
        waiting: Waiting | None = None,
        origin: Origin | None = None,
        also: Mapping[Place, Sequence[Card]] = MappingProxyType({}),
        beside: Collection[Place] = (),
        *,
        urgent: bool = True,
    ) -> Sequence[Place]:
        """Redraws all cards of the conversation except those at `beside`, and the messages in
        `also` with these cards. The pressed one is redrawn through its `response_url`, which does
        not count against the workspace's rate.

        Returns the deleted ones. If Slack does not let the bot redraw a card now, an entry does it
        later, and nothing else has to wait. `urgent` as in bot.ports.Threads.
        """
        pressed = origin if origin and not origin.private else None
        gone = []
        places = dict.fromkeys([*await self._ledger.cards(conversation.id), *also])

        def now(cards: Sequence[Card]) -> Sequence[Card]:
            return [
                replace(each, conversation=conversation, waiting=waiting)
                if each.conversation.id == conversation.id
                else each
                for each in cards
            ]

        for place in (each for each in places if each not in beside):
            url = pressed.response_url if pressed and pressed.message == place.ts else None
            shown = also.get(place) or await self._ledger.shown(place)
            if not shown:
                shown = [replace(await self._ledger.card(conversation), waiting=waiting)]
            # A delayed redraw is useless for a waiting decision, which may be done by then.
            owed = waiting is None
            if not await self._redraw_at(place, shown, now, url, urgent=urgent, owed=owed):
                gone.append(place)
        return gone

    async def _redraw_at(
        self,
        place: Place,
        shown: Sequence[Card],
        now: Callable[[Sequence[Card]], Sequence[Card]] = _unchanged,
        url: str | None = None,
        *,
        urgent: bool,
        owed: bool = True,
    ) -> bool:
        """Redraws a message; returns whether it still exists. Unless it is `owed`, a redraw that
        exceeds Slack's rate is skipped."""
        try:
            if not await self._draw(place, shown, now, url, urgent=urgent):
                await self._owe(place, urgent=urgent)
        except MessageGone as error:
            log.warning("a card is gone: %s", error.error)
            return False
        except SlackBusy:
            if owed:
                await self._owe(place, urgent=urgent)
        except (ChannelClosed, UnknownRefusal) as error:
            log.warning("could not redraw a card yet: %s", error.error)
            await self._owe(place, urgent=urgent, is_closed=isinstance(error, ChannelClosed))
        except SlackRefused as error:
            log.warning("could not redraw a card: %s", error.error)
        return True

    async def forget(self, gone: Sequence[Place]) -> None:
        """Forgets messages that were deleted. The folded card before each of them links to the
        card that is in the channel now, if there is one."""
        for place in gone:
            for identity, old in await self._ledger.folded_before(place):
                cards = await self._ledger.cards(identity)
                here = [each for each in cards if each.channel == place.channel and each != place]
                link = await self._threads.link(here[0]) if here else ""
                await self._ledger.relink(identity, old, link)
                if not await self._redraw_at(old, await self._ledger.shown(old), urgent=False):
                    await self.forget([old])
            await self._ledger.forget_card(place)

    async def redraw_owed(self, attempt: Attempt) -> None:
        """Redraws the cards of a message that could not be redrawn when they changed."""
        place = decode(attempt.entry.payload["place"], Place)
        self._owed.discard(place)
        try:
            while shown := await self._ledger.shown(place):
                if await self._draw(place, shown, urgent="urgent" in attempt.entry.payload):
                    return
        except MessageGone:
            await self.forget([place])
        except ChannelClosed as error:
            self._owed.add(place)
            raise Later(str(error).rstrip(".")) from error
        except SlackDown:
            self._owed.add(place)
            raise
        except SlackRefused as error:
            log.warning("could not redraw a card: %s", error.error)

    async def _draw(
        self,
        place: Place,
        shown: Sequence[Card],
        now: Callable[[Sequence[Card]], Sequence[Card]] = _unchanged,
        url: str | None = None,
        *,
        urgent: bool,
    ) -> bool:
        """Draws what the ledger has `shown`; returns whether that is still the newest. If not,
        another redraw may have come first, and this one undid it."""
        cards = now(shown)
        opening = await self._channels.opening(place) if len(cards) > 1 else ""
        await self._threads.redraw(place, cards, opening, url, urgent=urgent)
        newest = await self._ledger.shown(place)
        return not newest or newest == shown

    async def _owe(self, place: Place, *, urgent: bool, is_closed: bool = False) -> None:
        if place not in self._owed:
            await self._redraw_soon(place, urgent=urgent, is_closed=is_closed)
            self._owed.add(place)

    async def _redraw_soon(self, place: Place, *, urgent: bool, is_closed: bool = False) -> None:
        identity = f"redraw:{uuid4().hex}"
        # While a channel is closed, one entry at a time tries whether it is open again.
        lane = place.channel if is_closed else f"{place.channel}:{place.ts}"
        await self._journal.write(entries.redraw(identity, place, lane, urgent=urgent))
