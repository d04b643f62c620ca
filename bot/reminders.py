"""Reminds channels, and the owners of conversations, of leads who wait for an answer."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from bot import entries
from bot.cards import Cards
from bot.errors import (
    Later,
    MessageGone,
    Refused,
    SlackRefused,
)
from bot.filters import is_negative
from bot.hours import after, before
from bot.journal import Attempt, Entry, Journal
from bot.news import TRIES
from bot.ports import Threads
from bot.sendkit.client import SendKit
from bot.store.ledger import Ledger
from bot.store.schedules import Schedule, Schedules, State
from bot.triage import ChannelId, ConversationId, Place, UserId
from bot.views import Message
from bot.views.schedules import reminder

log = logging.getLogger(__name__)

# A reminder that was missed for longer, since no process ran, is of no use.
MISSED_SECONDS: Final = 3 * 86_400.0
# The times that people do not work between two working days. A week has at least one.
MARGIN_SECONDS: Final = 8 * 86_400.0

# Sends a person a message about a conversation; the text is an id, the same for a repeat.
Tell = Callable[[UserId, Message, str, ConversationId], Awaitable[None]]


class Reminders:
    """`write_due` writes an entry for each reminder that is due soon. `remind` handles it, and
    looks at the conversation again. The rows of the database say what is due, so any process may
    write and handle it, and at any time after it was due."""

    def __init__(
        self,
        inbox: SendKit,
        ledger: Ledger,
        schedules: Schedules,
        journal: Journal,
        threads: Threads,
        cards: Cards,
        tell: Tell,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._inbox = inbox
        self._ledger = ledger
        self._schedules = schedules
        self._journal = journal
        self._threads = threads
        self._cards = cards
        self._tell = tell
        self._clock = clock

    async def write_due(self, until: float) -> None:
        """Writes an entry for each reminder that is due until then and has none."""
        due = {
            entry.id: entry
            for schedule in await self._schedules.reminding()
            for seconds in schedule.remind
            for entry in await self._due(schedule, seconds, until)
        }
        for identity in await self._schedules.unwritten(list(due)):
            await self._journal.write(due[identity])

    async def _due(self, schedule: Schedule, seconds: int, until: float) -> list[Entry]:
        first = max(self._clock() - MISSED_SECONDS, schedule.since)
        waiting = await self._schedules.waiting(
            schedule.channel,
            before(first, seconds, schedule.hours) - MARGIN_SECONDS,
            before(until, seconds, schedule.hours),
        )
        found = [
            (identity, since, after(since, seconds, schedule.hours))
            for identity, since in waiting.items()
        ]
        return [
            entries.reminder(identity, since, schedule.channel, seconds, at)
            for identity, since, at in found
            if first <= at <= until
        ]

    async def remind(self, attempt: Attempt) -> None:
        """Writes the line and tells the owner, unless that is no longer wanted."""
        payload = attempt.entry.payload
        identity, channel = ConversationId(payload["conversation"]), ChannelId(payload["channel"])
        since, seconds = float(payload["since"]), int(payload["seconds"])
        schedule, state = await self._wanted(identity, channel, since, seconds)
        if state is None or not await self._still_waits(attempt, identity, since):
            return
        said = reminder(state.conversation, since, seconds, in_hours=schedule.hours is not None)
        places = await self._ledger.cards(identity)
        here = next((each for each in places if each.channel == channel), None)
        if here is not None:
            await attempt.step("line", lambda _: self._say(attempt, here, said))
        if state.owner:
            # Once, even if several channels are reminded after that time.
            told = f"{entries.REMIND}:{identity}:{int(since)}:{seconds}"
            await self._tell(state.owner, said, told, identity)

    async def _wanted(
        self, identity: ConversationId, channel: ChannelId, since: float, seconds: int
    ) -> tuple[Schedule, State | None]:
        """The conversation as the bot last saw it; None if the channel is not to be reminded of it
        any more, or of several reminders that are late this is not the last. Later if it is not due
        yet, since the working hours have changed."""
        schedule, state = await self._schedules.of(channel), await self._schedules.state(identity)
        if state is None or state.is_later or is_negative(state.conversation.ai_tag):
            return schedule, None
        if int(state.waiting_since or 0) != int(since) or seconds not in schedule.remind:
            return schedule, None
        now = self._clock()
        if (at := after(since, seconds, schedule.hours)) > now:
            raise Later("the channel’s working hours have changed", at=at)
        longer = (each for each in schedule.remind if each > seconds)
        if any(after(since, each, schedule.hours) <= now for each in longer):
            return schedule, None
        return schedule, state

    async def _still_waits(self, attempt: Attempt, identity: ConversationId, since: float) -> bool:
        """Whether the lead still waits, as SendKit has it: somebody may have answered since the bot
        looked last."""
        try:
            now = await self._inbox.conversation(identity)
        except Refused as error:
            if attempt.number < TRIES:
                raise Later("SendKit does not show the conversation") from error
            log.info("a conversation gets no reminder: %s", type(error).__name__)
            return False
        if is_negative(now.ai_tag):
            return False
        if now.turn is None:
            return True
        if now.turn.ours and int(now.turn.since) == int(since):
            return True
        await self._journal.write(entries.turn(f"{attempt.entry.id}/turn", identity))
        return False

    async def _say(self, attempt: Attempt, place: Place, said: Message) -> None:
        try:
            await self._threads.reply(place, said, attempt.entry.id, attempt)
        except MessageGone:
            await self._cards.forget([place])
        except SlackRefused as error:
            log.warning("could not remind a channel of a lead: %s", error.error)
