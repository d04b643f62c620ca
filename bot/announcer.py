"""Announces replies: a reply becomes a card in each channel that takes it, and changes in SendKit
appear on the cards."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from bot import codec, entries
from bot.acts import COMMAND
from bot.assigning import Assigned, Assigning
from bot.cards import Cards
from bot.errors import (
    AnswerUnclear,
    ChannelClosed,
    Later,
    MessageGone,
    Refused,
    RefusedForNow,
    SlackRefused,
)
from bot.filters import Route
from bot.held import Late, Shown, shut
from bot.journal import Attempt
from bot.news import TRIES, Before, News, lacks_reply
from bot.ports import Threads
from bot.sendkit.client import SendKit
from bot.store.channels import STARTED, Channels, Known, is_news, stamp
from bot.store.columns import remember
from bot.store.ledger import Ledger
from bot.text import isolated
from bot.triage import ChannelId, Conversation, ConversationId, Place, as_shown, label
from bot.views.line import news as news_line

log = logging.getLogger(__name__)

NO_RULE: Final = "no subscription takes it, and this is the triage channel"
AT_FIRST: Final = "it was unread when the bot was first started"
WORDS_LIMIT: Final = 600
# A burst of replies must leave clicks some of the client's connections.
SIDE_BY_SIDE: Final = 12
# A reply that neither SendKit nor its list shows for this long is gone.
GONE_SECONDS: Final = 60.0
# Repeated deliveries are merged while one of them waits. A conversation is looked at for deliveries
# at most once in this time.
DELIVERIES_SECONDS: Final = 1.0
NOT_SHOWN: Final = "SendKit does not show the reply yet"


class Announcer:
    """Handles entries of the journal; each public method handles one kind."""

    def __init__(
        self,
        inbox: SendKit,
        ledger: Ledger,
        channels: Channels,
        threads: Threads,
        cards: Cards,
        assigning: Assigning,
        triage_channel: ChannelId,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._inbox = inbox
        self._ledger = ledger
        self._channels = channels
        self._threads = threads
        self._cards = cards
        self._assigning = assigning
        self._triage_channel = triage_channel
        self._clock = clock
        self._late = Late(channels, threads, triage_channel)
        self._places = asyncio.Semaphore(SIDE_BY_SIDE)
        # When a conversation may be looked at again for a delivery, by the monotonic clock.
        self._next_looks: dict[str, float] = {}

    async def announce(self, attempt: Attempt) -> None:
        """Handles a new reply or a changed conversation, as SendKit has it now."""
        if entries.is_delivery(attempt.entry) and attempt.number == 0:
            await self._wait_for_turn(attempt.entry.payload["conversation"])
        try:
            news = await self._news(attempt)
        except Later as later:
            # Decisions do not wait for a look at a conversation that has its cards.
            later.aside = later.aside or not attempt.entry.payload["reply"]
            raise
        if news is None:
            return
        shown = Shown()
        if news.places and not news.is_further:
            await self._tell(attempt, news, news.places, shown)
        given = await self._assign(attempt, news)
        await self._take(attempt, news, shown)
        if news.is_further:
            await self._follow(attempt, news, shown)
        await self._cards.forget(shown.gone)
        if shown.held is not None:
            raise await self._late.aside(attempt, shown.held) from shown.held
        await self._channels.mark_announced(news.now, news.positive)
        if entries.is_again(attempt.entry):
            await self._channels.unmark_unshown(news.now.id)
        if given is not None:
            await self._assigning.tell(attempt, news.now, given)

    async def _assign(self, attempt: Attempt, news: News) -> Assigned | None:
        """Gives a new reply to an owner, whom its cards then show."""
        if not news.fresh:
            return None
        taking = [
            each.channel
            for each in await self._channels.routes()
            if each.filters.take(news.now, news.positive)
        ]
        channels = taking or [self._triage_channel]
        return await self._assigning.at_reply(attempt, news.now, channels, positive=news.positive)

    async def _wait_for_turn(self, conversation: str) -> None:
        now = time.monotonic()
        at = max(self._next_looks.pop(conversation, now), now)
        self._next_looks = {one: then for one, then in self._next_looks.items() if then > now}
        self._next_looks[conversation] = at + DELIVERIES_SECONDS
        await asyncio.sleep(at - now)

    async def first_sync(self, attempt: Attempt) -> None:
        """Posts the unread replies from before the first start: the newest in one message, with the
        number of all."""
        # An older version may have listed one twice.
        listed = list(dict.fromkeys(map(ConversationId, attempt.entry.payload["unread"])))
        found = [
            await self._read_at_first(attempt, each) for each in listed[: entries.MOST_AT_FIRST]
        ]
        newest = [each for each in found if each is not None]
        for conversation in newest:
            await self._ledger.remember(conversation, self._clock())
        try:
            await attempt.step(
                "summary", lambda _: self._summary(attempt, newest, len(listed)), Place
            )
        except Later as later:
            raise await self._late.aside(attempt, later) from later
        await self._channels.mark_all_announced(codec.stamps(attempt.entry.payload))
        await self._channels.set_fact(STARTED, str(len(listed)))

    async def _read_at_first(
        self, attempt: Attempt, identity: ConversationId
    ) -> Conversation | None:
        """The conversation; as the list had it if SendKit does not show it."""
        try:
            async with self._places:
                return await self._inbox.conversation(identity)
        except (Refused, RefusedForNow, AnswerUnclear) as error:
            if attempt.number < TRIES:
                raise Later(NOT_SHOWN) from error
            return await self._ledger.conversation(identity)

    async def _read(
        self, attempt: Attempt, identity: ConversationId, known: Known | None
    ) -> Conversation | None:
        """The conversation with the reply of this entry. If SendKit does not show the reply yet, or
        refuses for a moment, the bot asks some more times, and then relies on the list. None if the
        list no longer has the conversation, either."""
        now, reason = None, "it lacks the reply"
        try:
            async with self._places:
                now = await self._inbox.conversation(identity)
        except (Refused, RefusedForNow, AnswerUnclear) as error:
            reason = type(error).__name__
        if now is not None and not lacks_reply(attempt, now, known):
            return now
        if attempt.number < TRIES:
            raise Later(NOT_SHOWN)
        listed = await self._listed(identity)
        told = attempt.entry.payload.get("told", "")
        if now is not None and (listed is None or not is_news(stamp(listed), stamp(now))):
            listed = now
        if listed is not None and not is_news(told, stamp(listed)):
            log.warning("announced a reply as SendKit’s list has it: %s", reason)
            return listed
        if attempt.age < GONE_SECONDS:
            raise Later(NOT_SHOWN)
        log.warning("SendKit no longer has a reply: %s", reason)
        if listed is None:
            await self._channels.mark_unshown(identity)
        return listed

    async def _listed(self, identity: ConversationId) -> Conversation | None:
        """The conversation in SendKit's list; ListEndless if the list has no end."""
        known = await self._ledger.known(identity)
        narrowed = {"search": known.lead.email} if known.lead.email else {"status": "unread"}
        for query in (narrowed, {}):
            async for each in self._inbox.conversations(**query):
                if each.id == identity:
                    return each
        return None

    async def _news(self, attempt: Attempt) -> News | None:
        identity = ConversationId(attempt.entry.payload["conversation"])
        is_reply = attempt.entry.payload.get("reply", True)
        before, (announced, was_positive), known = await asyncio.gather(
            self._ledger.conversation(identity),
            self._channels.announced(identity),
            self._channels.known([identity]),
        )
        has_looked = "look" in attempt.steps
        # A decision that passes has not recorded its PATCH yet, so what SendKit has would look like
        # somebody else's change, and what it had would replace the record.
        recorded = before if attempt.is_aside and has_looked else None
        now = recorded or await self._read(attempt, identity, known.get(identity))
        if now is None:
            return None
        if not has_looked:
            attempt.need_lane()
        unannounced = is_news(stamp(now), announced)
        fresh = is_reply and unannounced
        if unannounced and not is_reply:
            now = as_shown(before, now)
        positive = bool(attempt.entry.payload.get("positive")) or (was_positive and not fresh)

        async def found(_: Attempt) -> Before:
            places = tuple(await self._ledger.cards(identity))
            # Stored in the same commit.
            attempt.unwritten.append(remember(now, self._clock()))
            return Before(fresh, before, places)

        if has_looked and recorded is None:
            await self._ledger.remember(now, self._clock())
        known_before = await attempt.step("look", found, Before)
        return News(known_before.before, now, known_before.fresh, positive, known_before.places)

    async def _take(self, attempt: Attempt, news: News, shown: Shown) -> None:
        """Posts a card in each channel that takes the conversation and does not show it yet. A
        reply that no channel takes belongs in the triage channel, even if a card was posted
        elsewhere."""
        taken = False
        for route in await self._channels.routes():
            if not route.filters.take(news.now, news.positive):
                continue
            if route.channel in shown.channels or await self._post_to(attempt, news, route, shown):
                shown.channels.add(route.channel)
                taken = True
        if news.fresh and not taken and self._triage_channel not in shown.channels:
            triage = self._triage_channel
            await shown.tried(
                attempt.step("card", lambda _: self._post(attempt, news, triage, NO_RULE), Place)
            )
            shown.channels.add(self._triage_channel)

    async def _post_to(self, attempt: Attempt, news: News, route: Route, shown: Shown) -> bool:
        """Posts a card; returns whether the channel has it, or will once Slack lets the bot post.
        If the channel is closed, the subscriber is told once."""
        rule = str(route.filters) or "it takes every reply"
        try:
            posted = await shown.tried(
                attempt.step(
                    f"card {route.channel}",
                    lambda _: self._post(attempt, news, route.channel, rule),
                    Place,
                )
            )
        except ChannelClosed as error:
            log.warning("a subscribed channel is closed to the bot: %s", error.error)
            # The reply goes elsewhere, whether or not the subscriber can be told.
            await shown.tried(self._tell_of_closed(attempt, route, error))
            return False
        if posted and route.broken is not None:
            await self._channels.mark_healed(route.channel)
        return True

    async def _tell_of_closed(self, attempt: Attempt, route: Route, error: ChannelClosed) -> None:
        """Tells the subscriber once; a step of its own, to try again if Slack is down."""

        async def mark(_: Attempt) -> dict[str, bool]:
            return {"news": await self._channels.mark_broken(route.channel, error.error)}

        marked = await attempt.step(f"closed {route.channel}", mark, dict[str, bool])
        if marked["news"]:
            await attempt.step(
                f"told {route.channel}",
                lambda _: self._threads.tell_of_closed(route.made_by, route.channel, error.error),
            )

    async def _post(self, attempt: Attempt, news: News, channel: ChannelId, rule: str) -> Place:
        try:
            return await self._cards.post(attempt, news.now, channel, rule, news.places)
        except ChannelClosed as error:
            if channel != self._triage_channel:
                raise
            raise shut(error) from error

    async def _follow(self, attempt: Attempt, news: News, shown: Shown) -> None:
        """Gives a further reply its new card: folds the card before it. In a channel that does not
        take the reply, the old card's thread gets a line."""
        newest = {each.channel: each for each in await self._ledger.cards(news.now.id)}
        left = []
        for place in news.places:
            new = newest.get(place.channel, place)
            if new != place:
                await self._fold(attempt, news, place, new)
            elif place.channel not in shown.channels:
                left.append(place)
        if left:
            others = [each for each in newest.values() if each not in left]
            await self._tell(attempt, news, left, shown, others)
        await self._ledger.show_reply(news.now.id, news.now.replied_at)

    async def _fold(self, attempt: Attempt, news: News, old: Place, new: Place) -> None:
        words = news.before.words if news.before else ""
        await attempt.step(f"fold {old.ts}", lambda _: self._cards.fold(news.now, old, new, words))

    async def _tell(
        self,
        attempt: Attempt,
        news: News,
        places: Sequence[Place],
        shown: Shown,
        beside: Sequence[Place] = (),
    ) -> None:
        """Redraws the cards at `places`, then writes a line into their threads. In this order, the
        bot notices a deleted card before it posts a line without a thread."""
        if news.fresh or news.now != news.before:
            shown.gone.extend(await self._cards.redraw(news.now, beside=beside, urgent=False))
        known = await self._ledger.cards(news.now.id)
        # A later attempt says the same, whatever people have decided since.
        line: str = attempt.steps.setdefault("said", await self._line(news))
        for place in places:
            if place not in known or place in shown.gone:
                if line:
                    await self._take_back(attempt, place)
                continue
            said = not line or await self._say_at(attempt, place, line, shown)
            if said or not (news.fresh or place in shown.gone):
                shown.channels.add(place.channel)

    async def _say_at(self, attempt: Attempt, place: Place, line: str, shown: Shown) -> bool:
        """Writes a line; returns whether the thread has it, or will once Slack lets the bot
        post."""
        try:
            await shown.tried(
                attempt.step(f"line {place.channel}", lambda _: self._say(attempt, place, line))
            )
        except MessageGone as error:
            log.warning("a card is gone: %s", error.error)
            shown.gone.append(place)
            return False
        except SlackRefused as error:
            log.warning("a thread is closed to the bot: %s", error.error)
            return False
        return True

    async def _line(self, news: News) -> str:
        now, before = news.now, news.before
        if news.is_further:
            who = isolated(now.lead.label)
            opening = f"Automatic reply from {who}" if now.auto_reply else f"{who} replied again"
            words = now.words[:WORDS_LIMIT] or f"(no text) {now.subject}".strip()
            return f"{opening}: {isolated(words)}"
        touched = await self._ledger.outcome(now.id) is not None
        if touched and before is not None and before.ai_tag != now.ai_tag:
            tags = (before.ai_tag, now.ai_tag)
            old, new = (isolated(label(each)) if each else "no aiTag" for each in tags)
            return f"{isolated(now.lead.label)} was changed in SendKit: {old} → {new}"
        return ""

    async def _say(self, attempt: Attempt, place: Place, line: str) -> None:
        try:
            await self._threads.reply(place, news_line(line), _mark_of_line(attempt), attempt)
        except ChannelClosed as error:
            if place.channel != self._triage_channel:
                raise
            raise shut(error) from error

    async def _take_back(self, attempt: Attempt, place: Place) -> None:
        """Deletes the line that an earlier attempt may have posted beside a deleted card."""

        async def take_back(_: Attempt) -> None:
            if attempt.may_have_run:
                await self._threads.take_back(place, _mark_of_line(attempt), attempt)

        await attempt.step(f"astray {place.channel}", take_back)

    async def _summary(self, attempt: Attempt, newest: Sequence[Conversation], total: int) -> Place:
        opening = (
            f"{total} replies were unread when I started. The newest {len(newest)} are here, "
            f"{COMMAND} inbox has them all:"
        )
        cards = [await self._ledger.card(each) for each in newest]
        mark = f"{attempt.entry.id}/card"
        channel = self._triage_channel
        try:
            places = await self._threads.post_all(channel, opening, cards, mark, attempt)
        except ChannelClosed as error:
            raise shut(error) from error
        await self._channels.set_opening(places[0], opening)
        placed = {}
        for each, place in zip(newest, places, strict=True):
            # A lead who wrote again meanwhile has a newer card.
            if all(other.channel != channel for other in await self._ledger.cards(each.id)):
                placed[each.id] = place
        if placed:
            replies = {each.id: each.replied_at for each in newest}
            await self._ledger.place_all(placed, self._clock(), AT_FIRST, replies=replies)
        return places[0]


def _mark_of_line(attempt: Attempt) -> str:
    """The mark of the line. The same entry may also post a card."""
    return f"{attempt.entry.id}/line"
