"""Puts conversations off, and lets them come back."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot import entries, later_entries
from bot.acts import Back, ById, PutOff
from bot.cards import Cards
from bot.errors import (
    Later,
    MessageGone,
    NotUnderstood,
    Refused,
    SlackRefused,
)
from bot.home import at_home_or_in_queue
from bot.journal import Attempt, Journal
from bot.later import until
from bot.later_entries import Due, Wish
from bot.news import TRIES
from bot.notices import Notices
from bot.ports import Authorizer, Threads
from bot.sendkit.client import SendKit
from bot.store.channels import is_news, stamp
from bot.store.laters import Delay, Laters, PuttingOff
from bot.store.ledger import Ledger
from bot.store.owners import Owners
from bot.store.record import Record
from bot.triage import ChannelId, Conversation, ConversationId, Mail, Origin, Person, Place, UserId
from bot.unchecked import tell_saved
from bot.views import Message
from bot.views import later as views

log = logging.getLogger(__name__)

# How many of the newest decisions are looked at for what happened since.
LOOKED_AT: Final = 50


@dataclass(frozen=True, slots=True)
class Made:
    """The result of a wish. `until`: when the conversation comes back; None if it is put off no
    longer. `was`: it was put off before that."""

    until: float | None
    was: bool = True


@dataclass(frozen=True, slots=True)
class Returned:
    """Whether a conversation came back, and when we last wrote to the lead since it was put off."""

    came: bool
    wrote_at: float | None = None


class Delays:
    """`change` handles entries of the kind `later`, `come_back` those of the kind `back`.
    `write_due` writes an entry for each conversation that comes back soon: the rows of the database
    say which, so any process may write and handle it, and at any time after it was due.

    `zone_of` returns the time zone for what a person typed there. `clock` is in seconds since the
    epoch."""

    def __init__(
        self,
        inbox: SendKit,
        ledger: Ledger,
        record: Record,
        owners: Owners,
        laters: Laters,
        journal: Journal,
        threads: Threads,
        cards: Cards,
        authorizer: Authorizer,
        notices: Notices,
        zone_of: Callable[[Origin], Awaitable[str]],
        redraw_home: Callable[[Origin], Awaitable[bool]],
        clock: Callable[[], float],
    ) -> None:
        self._inbox = inbox
        self._ledger = ledger
        self._record = record
        self._owners = owners
        self._laters = laters
        self._journal = journal
        self._threads = threads
        self._cards = cards
        self._authorizer = authorizer
        self._notices = notices
        self._zone_of = zone_of
        self._redraw_home = redraw_home
        self._clock = clock

    async def change(self, attempt: Attempt) -> None:
        """Puts a conversation off as a person wants it, or no longer, once."""
        wanted = later_entries.wanted_in(attempt.entry)
        try:
            made = await attempt.step("later", lambda _: self._made(attempt, wanted), Made)
        except Later as later:
            await tell_saved(attempt, self._threads, wanted.origin, later)
            raise
        except (NotUnderstood, Refused) as error:
            await attempt.refuse()
            log.info("a conversation was not put off: %s", type(error).__name__)
            await self._threads.tell(wanted.origin, f"{error} ({attempt.entry.reference})")
            return
        await self._show(wanted, made)

    async def _made(self, attempt: Attempt, wanted: Wish) -> Made:
        origin, about = wanted.origin, ById(wanted.conversation)
        if not wanted.until:
            await self._authorizer.authorize(origin, Back(about))
            was = await self._laters.end(wanted.conversation, attempt.written_at)
            return Made(None, was or attempt.may_have_run)
        await self._authorizer.authorize(origin, PutOff(about, wanted.until))
        zone = wanted.zone or await self._zone_of(origin)
        at = until(wanted.until, attempt.written_at, zone)
        if at is None:
            raise NotUnderstood(views.WHEN)
        conversation = await self._ledger.conversation(wanted.conversation)
        if conversation is None:
            conversation = await self._inbox.conversation(wanted.conversation)
            await self._ledger.remember(conversation, self._clock())
        posted = await self._ledger.posted(wanted.conversation)
        seen = await self._ledger.reply_seen(wanted.conversation, origin, posted)
        if seen and is_news(stamp(conversation), seen):
            raise Refused(views.REPLIED)
        putting_off = PuttingOff(
            id=attempt.entry.id,
            conversation=wanted.conversation,
            until=at,
            person=origin.person.id,
            channel=origin.channel,
            replied_at=conversation.replied_at,
            at=attempt.written_at,
        )
        await self._laters.put_off(putting_off, await self._threads.name(origin.person))
        delay = await self._laters.delay(wanted.conversation)
        if (
            delay is not None
            and delay.which != attempt.entry.id
            and delay.set_at <= attempt.written_at
        ):
            # The lead wrote at this moment.
            raise Refused(views.REPLIED)
        return Made(delay.until if delay else None)

    async def _show(self, wanted: Wish, made: Made) -> None:
        """Redraws the cards, and answers the person who is elsewhere."""
        origin = wanted.origin
        conversation = await self._ledger.known(wanted.conversation)
        await self._cards.forget(await self._cards.redraw(conversation, None, origin))
        here = origin.card
        await self._redraw_home(origin)
        if at_home_or_in_queue(origin) or (here is not None and origin.is_at(here)):
            return
        places = await self._ledger.cards(conversation.id)
        card = places[-1] if places else None
        if made.until is None:
            await self._threads.tell(origin, views.ended(conversation, was=made.was), card)
        else:
            await self._threads.show(origin, views.put_off(conversation, made.until))

    async def write_due(self, until: float) -> None:
        """Writes an entry for each conversation that comes back until then and has none."""
        for conversation, which, at in await self._laters.due(until):
            await self._journal.write(later_entries.back(Due(conversation, which), at))

    async def come_back(self, attempt: Attempt) -> None:
        """Writes the line and tells the owner, unless something has ended it."""
        due = later_entries.due_in(attempt.entry)
        delay = await self._laters.delay(due.conversation)
        if delay is None or delay.which != due.which:
            return
        if "back" not in attempt.steps:
            if delay.until is None:
                return
            if delay.until > self._clock():
                raise Later("the clock was put back", at=delay.until)

        async def back(_: Attempt) -> Returned:
            returned = await self._looked(attempt, due.conversation, delay)
            now = self._clock()
            attempt.unwritten.append(
                self._laters.coming_back(due.conversation, due.which, now)
                if returned.came
                else self._laters.ending(due.conversation, now)
            )
            return returned

        returned = await attempt.step("back", back, Returned)
        conversation = await self._ledger.known(due.conversation)
        await self._cards.forget(await self._cards.redraw(conversation, urgent=False))
        if returned.came:
            await self._tell(attempt, conversation, delay, returned)

    async def _looked(self, attempt: Attempt, identity: ConversationId, delay: Delay) -> Returned:
        """Whether it comes back, as SendKit has it: new mail that the bot has not noticed ends it.
        If SendKit does not say, it comes back."""
        try:
            now, mails = await self._inbox.thread(identity)
        except (Later, Refused) as error:
            if attempt.number < TRIES:
                raise Later("SendKit does not show the conversation") from error
            log.info("a conversation came back unseen: %s", type(error).__name__)
            return Returned(came=True)
        if is_news(stamp(now), delay.replied_at) and not now.auto_reply:
            await self._journal.write(entries.announce(now))
            return Returned(came=False)
        if now.turn is not None:
            waits = now.turn.since if now.turn.ours else 0.0
            changed = waits != delay.waiting_since
            if delay.waiting_since < 0:
                changed = now.turn.since > delay.set_at
            if changed:
                await self._journal.write(entries.turn(f"{attempt.entry.id}/turn", identity))
                return Returned(came=False)
        return Returned(came=True, wrote_at=_wrote_at(mails, delay.set_at))

    async def _tell(
        self, attempt: Attempt, conversation: Conversation, delay: Delay, returned: Returned
    ) -> None:
        """One line in the thread where it was put off, and a message to its owner, or else to the
        person who put it off."""
        logged = await self._record.log(LOOKED_AT, about=[conversation.id])
        decided = [each.recorded.outcome for each in reversed(logged)]
        since = [each for each in decided if each.at >= delay.set_at]
        said = views.back(conversation, delay.name, delay.set_at, since, returned.wrote_at)
        places = await self._ledger.cards(conversation.id)
        here = [each for each in places if each.channel == delay.channel] or [*places]
        is_said = bool(here) and await attempt.step(
            "line", lambda _: self._say(attempt, here[-1], said), bool
        )
        owner = await self._owners.owner(conversation.id)
        person = owner.id if owner else delay.by
        if is_said and person:
            await self._notices.tell(person, said, attempt.entry.id, conversation.id)
        elif person:
            # There is no thread in which somebody would read it.
            origin = Origin(ChannelId(person), Person(UserId(person), ""))
            await attempt.step("told", lambda _: self._threads.show(origin, said))

    async def _say(self, attempt: Attempt, place: Place, said: Message) -> bool:
        try:
            await self._threads.reply(place, said, attempt.entry.id, attempt)
        except MessageGone:
            await self._cards.forget([place])
        except SlackRefused as error:
            log.warning("a channel was not told that a conversation is back: %s", error.error)
        else:
            return True
        return False


def _wrote_at(mails: Sequence[Mail], since: float) -> float | None:
    """The time at which our side last wrote since then."""
    times = [each.at for each in mails if each.ours and each.at is not None and each.at > since]
    return max(times, default=None)
