"""Sends answers to leads through SendKit: each at most once, and none over a mail that its writer
has not seen.

The database says how far an answer is. Of several processes, the one that stores the next state
goes on; whatever SendKit leaves open is looked up there, and never sent again.
"""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NoReturn

from bot import answer_entries, dates, entries
from bot.acts import ById, Reply
from bot.answers import (
    PENDING,
    UNSENT,
    Answer,
    Draft,
    State,
    in_time,
    newest_seen,
    same_text,
    seen_number,
)
from bot.cards import Cards
from bot.errors import (
    ChangeRefused,
    ConversationGone,
    Later,
    MessageGone,
    NotFoundForNow,
    Refused,
    SendKitDown,
    SlackRefused,
)
from bot.journal import Attempt, Handler, Journal
from bot.ports import Authorizer, Threads
from bot.sendkit.client import SendKit
from bot.sendkit.replies import ScheduledReply
from bot.store.answers import Answers
from bot.store.channels import is_news, stamp
from bot.store.ledger import Ledger
from bot.timing import Timing
from bot.triage import ConversationId, Mail, Place
from bot.unchecked import is_unchecked
from bot.views import answer_lines as views

log = logging.getLogger(__name__)

# The bot gives an answer up after this long; sooner if SendKit lacks the conversation.
GIVE_UP_SECONDS: Final = 3600.0
GONE_SECONDS: Final = 300.0
# How often an answer that goes out later is looked at, and one of which nothing is known.
LOOK_SECONDS: Final = 600.0
DOUBT_SECONDS: Final = 300.0
DOUBT_ENDS_SECONDS: Final = 86_400.0
# By so much SendKit's time of a mail may be before this machine's time of its answer.
SKEW_SECONDS: Final = 10.0
# Before the time that SendKit was asked for, at these parts of the time in which an answer can be
# taken back.
LOOKS: Final = (1 / 2, 1 / 6)


class Answering:
    """`send` handles entries of the kind `answer`, `watch` those of the kind `watch_answer`.

    `is_on`: people may send answers. Those that are under way are always seen to their end.
    """

    def __init__(
        self,
        inbox: SendKit,
        ledger: Ledger,
        answers: Answers,
        journal: Journal,
        threads: Threads,
        cards: Cards,
        authorizer: Authorizer,
        is_on: bool,
        timing: Timing,
        clock: Callable[[], float],
    ) -> None:
        self._inbox = inbox
        self._ledger = ledger
        self._answers = answers
        self._journal = journal
        self._threads = threads
        self._cards = cards
        self._authorizer = authorizer
        self._is_on = is_on
        self._timing = timing
        self._clock = clock
        self.kinds: Mapping[str, Handler] = {
            answer_entries.ANSWER: self.send,
            answer_entries.WATCH: self.watch,
        }

    async def send(self, attempt: Attempt) -> None:
        """Sends an answer, and watches it to its end. The second person who answers a mail is told
        who was first."""
        wanted = answer_entries.answer_in(attempt.entry, attempt.written_at)
        first = await self._answers.claim(wanted)
        if first.id == wanted.id:
            await self._follow(attempt, first)
            return
        me = wanted.writer.id
        draft = Draft(me, wanted.conversation, wanted.text, wanted.cc, attempt.written_at)
        await self._answers.keep_draft(draft)
        said = views.second(first, await self._threads.name(first.writer))
        await self._tell(wanted, "second", said)

    async def watch(self, attempt: Attempt) -> None:
        """Looks at an answer, and watches it to its end."""
        answer = await self._answers.get(answer_entries.which_in(attempt.entry))
        if answer is not None:
            await self._follow(attempt, answer)

    async def heard(self, conversation: ConversationId, identity: str) -> None:
        """Lets those who watch an answer of the conversation look at once: something happened to
        it. `identity`: of the entry that says so."""
        for each in await self._answers.untold(conversation):
            await self._journal.write(answer_entries.watch(f"{identity}/{each.id}", each.id))

    def hearing(self, handle: Handler) -> Handler:
        """The handler of entries that say that something happened to a conversation."""

        async def heard(attempt: Attempt) -> None:
            conversation = ConversationId(attempt.entry.payload["conversation"])
            await self.heard(conversation, attempt.entry.id)
            await handle(attempt)

        return heard

    async def write_due(self, until: float) -> None:
        """Writes an entry for each answer that no entry watches any more."""
        for each in await self._answers.unwatched():
            identity = f"{answer_entries.WATCH}:{each.id}:{self._clock():.0f}"
            await self._journal.write(answer_entries.watch(identity, each.id))

    async def _follow(self, attempt: Attempt, answer: Answer) -> None:
        """Takes the answer to its end, which is told; Later while it is not there yet."""
        while not answer.told:
            if answer.state is State.WAITING:
                answer = await self._begin(attempt, answer)
            elif answer.state in PENDING or answer.state is State.UNSETTLED:
                answer = await self._look(attempt, answer)
            else:
                answer = await self._tell_end(attempt, answer)

    async def _begin(self, attempt: Attempt, answer: Answer) -> Answer:
        """Gives the answer to SendKit, unless something speaks against it."""
        if answer.wished_by:
            return await self._changed(answer, state=State.TAKEN_BACK, reason=_wished(answer))
        if not self._is_on:
            return await self._changed(answer, state=State.FAILED, reason=views.OFF)
        waited = self._clock() - answer.made_at
        try:
            await self._authorizer.authorize(answer.origin, Reply(ById(answer.conversation)))
            added = await self._added(answer)
            if not added:
                return await self._post(attempt, answer)
        except Unknown:
            raise
        except ConversationGone as gone:
            if waited > GONE_SECONDS:
                return await self._failed(answer, gone)
            return await self._waits(attempt, answer, NotFoundForNow(), waited)
        except Refused as error:
            return await self._failed(answer, error)
        except Later as later:
            return await self._waits(attempt, answer, later, waited)
        stale = replace(answer, state=State.STALE, reason=views.news(added))
        await self._tell(answer, "end", views.newer(stale, added))
        return await self._changed(answer, state=State.STALE, reason=stale.reason)

    async def _waits(self, attempt: Attempt, answer: Answer, later: Later, waited: float) -> Answer:
        """Lets an answer wait that SendKit does not have, for an hour at most."""
        if waited > GIVE_UP_SECONDS:
            reason = f"{later}, and I tried for an hour"
            return await self._changed(answer, state=State.FAILED, reason=reason)
        is_told = await is_unchecked(attempt, self._threads, answer.origin, later)
        if attempt.number == 1 and not is_told:
            await self._tell(answer, "waits", f"{later}. {views.NOT_SENT_YET}")
        raise later

    async def _failed(self, answer: Answer, error: Refused) -> Answer:
        reason = str(error).rstrip(".")
        return await self._changed(answer, state=State.FAILED, reason=reason)

    async def _added(self, answer: Answer) -> Sequence[Mail]:
        """The mails that the writer had not seen, as SendKit has the conversation now. Later if
        that is older than what is known."""
        now, mails = await self._inbox.thread(answer.conversation)
        known = await self._ledger.known(answer.conversation)
        is_old = bool(known.replied_at) and is_news(stamp(known), stamp(now))
        if is_old or len(mails) < seen_number(answer.answered):
            raise Later("SendKit does not show the whole conversation")
        return _added(answer, mails)

    async def _post(self, attempt: Attempt, answer: Answer) -> Answer:
        """Asks SendKit once to send the answer: only the process that stored the question asks."""
        soonest = self._inbox.now() + self._timing.answer_held
        # Somebody may have scheduled another reply for the whole minute.
        at = max(answer.send_at + random.uniform(0.001, 0.998), soonest)
        mark = in_time(at)
        asked = await self._changed(answer, shows=False, state=State.CHECKING, scheduled_for=mark)
        if asked.scheduled_for != mark:
            return asked
        await attempt.verify(attempt)
        try:
            identity = await self._inbox.reply(asked)
        except ChangeRefused as error:
            return await self._failed(asked, error)
        except (Later, Refused) as error:
            if isinstance(error, SendKitDown) and not error.never_sent:
                await self._show(answer)
                raise Unknown(error) from error
            # SendKit certainly does not have it.
            await self._changed(asked, shows=False, state=State.WAITING, scheduled_for="")
            raise
        return await self._changed(asked, state=State.QUEUED, reply_id=identity)

    async def _look(self, attempt: Attempt, answer: Answer) -> Answer:
        """Looks what became of an answer that SendKit may have. In this order: an answer that goes
        out in between is in the thread."""
        try:
            listed = await self._listed(answer)
            _, mails = await self._inbox.thread(answer.conversation)
        except (Later, Refused) as error:
            return await self._unseen(answer, error)
        if listed is None:
            if any(self._is_it(answer, each) for each in mails):
                return await self._changed(answer, state=State.SENT, reason="")
            return await self._missing(attempt, answer)
        if listed.has_failed:
            reason = _reason(listed)
            return await self._changed(answer, state=State.FAILED, reason=reason)
        if answer.state is State.UNSETTLED:
            # Another answer may be under way by now. This one's end is noticed all the same.
            raise Later("an answer in doubt is scheduled", at=self._next(answer))
        if answer.state is State.CHECKING:
            return await self._changed(answer, state=State.QUEUED, reply_id=listed.id)
        added = _added(answer, mails)
        why = _wished(answer) if answer.wished_by else views.news(added) if added else ""
        if not why:
            raise Later("an answer goes out later", at=self._next(answer))
        return await self._cancel(answer, why, added)

    async def _listed(self, answer: Answer) -> ScheduledReply | None:
        """The answer among those that SendKit has not sent: by its id, or else by its time."""
        listed = await self._inbox.scheduled(answer.conversation)
        due, known = dates.from_iso(answer.scheduled_for), answer.reply_id
        ours = (each for each in listed if (each.id == known if known else each.at == due))
        return next(ours, None)

    def _is_it(self, answer: Answer, mail: Mail) -> bool:
        """Whether this mail of the thread is the answer."""
        ahead = self._inbox.now() - self._clock()
        since = answer.made_at + ahead - SKEW_SECONDS
        is_new = mail.at is None or mail.at >= since
        return mail.ours and is_new and same_text(answer.text, str(mail.whole))

    async def _cancel(self, answer: Answer, why: str, added: Sequence[Mail]) -> Answer:
        """Cancels the answer in SendKit. If it is too late, the answer goes out."""
        if answer.reason != why:
            # Stored before: if the answer is then gone, it was cancelled.
            answer = await self._changed(answer, shows=False, reason=why)
        try:
            await self._inbox.cancel(answer.conversation, answer.reply_id)
        except ChangeRefused:
            await self._refused_to_cancel(answer, why)
        except Refused as gone:
            raise Later("SendKit does not find the answer right now") from gone
        taken = replace(answer, state=State.TAKEN_BACK)
        if added and not answer.wished_by:
            await self._tell(answer, "end", views.newer(taken, added))
        return await self._changed(answer, state=State.TAKEN_BACK)

    async def _refused_to_cancel(self, answer: Answer, why: str) -> NoReturn:
        """It is cancelled already, or it goes out: a pending one is told to be too late."""
        try:
            listed = await self._listed(answer)
        except Refused as gone:
            raise Later("SendKit does not find the answer right now") from gone
        if listed is not None:
            await self._tell(answer, "too late", views.too_late(why))
            answer = await self._changed(answer, too_late=True)
        raise Later("SendKit does not cancel an answer", at=self._next(answer))

    async def _missing(self, attempt: Attempt, answer: Answer) -> Answer:
        """SendKit shows the answer neither as scheduled nor in the thread."""
        if await attempt.wait_for_inflight():
            return answer  # to look again
        due = dates.from_iso(answer.scheduled_for) or 0.0
        late = self._inbox.now() - due
        if answer.state is State.UNSETTLED:
            if late > DOUBT_ENDS_SECONDS:
                # A person can settle it still.
                return await self._changed(answer, shows=False, told=True)
            raise Later("an answer is in doubt", at=self._clock() + DOUBT_SECONDS)
        if answer.state is State.CHECKING and late < 0:
            return await self._doubted(answer, views.UNKNOWN)
        if late < self._timing.answer_shown:
            raise Later("an answer may have gone out", at=self._next(answer))
        if answer.state is State.QUEUED and answer.reason:
            return await self._changed(answer, state=State.TAKEN_BACK)
        is_known = answer.state is State.QUEUED
        return await self._doubted(answer, views.LOST if is_known else views.UNKNOWN)

    async def _unseen(self, answer: Answer, error: Later | Refused) -> Answer:
        """SendKit does not say what became of the answer. After an hour its writer is told."""
        due = dates.from_iso(answer.scheduled_for) or 0.0
        is_late = self._inbox.now() - due > GIVE_UP_SECONDS
        if is_late and answer.state is not State.UNSETTLED:
            return await self._doubted(answer, str(error).rstrip("."))
        if isinstance(error, Later):
            raise error
        raise Later("SendKit does not show what became of an answer") from error

    async def _doubted(self, answer: Answer, reason: str) -> Answer:
        """A person has to decide."""
        doubted = replace(answer, state=State.UNSETTLED, reason=reason)
        await self._tell(answer, "unsettled", views.unsettled(doubted))
        return await self._changed(answer, state=State.UNSETTLED, reason=reason)

    def _next(self, answer: Answer) -> float:
        """When to look again, by this machine's clock."""
        left = (dates.from_iso(answer.scheduled_for) or 0.0) - self._inbox.now()
        held = self._timing.answer_held
        margins = (part * held for part in LOOKS)
        margin = next((each for each in margins if left > each + held / 20), 0.0)
        if left > 0:
            wait = min(left - margin, LOOK_SECONDS)
        else:
            wait = min(max(-left / 2, 0.5), LOOK_SECONDS)
        return self._clock() + wait

    async def _changed(self, answer: Answer, *, shows: bool = True, **fields: Any) -> Answer:
        """Stores these fields; the answer then, which another process may have changed. One that
        was deleted from the database is over."""
        now = replace(answer, **fields)
        if not await self._answers.change(answer, now, self._clock()):
            log.info("an answer was changed meanwhile")
            found = await self._answers.get(answer.id)
            return found or replace(answer, told=True)
        if now.state is not answer.state:
            log.info("an answer is %s", now.state)
        if shows:
            await self._show(answer)
        return now

    async def _show(self, answer: Answer) -> None:
        await self._journal.write(answer_entries.show(answer.conversation))

    async def _tell(self, answer: Answer, what: str, sentence: str) -> None:
        """Tells the writer privately, once, while the rest goes on."""
        await self._journal.write(entries.hint(f"{answer.id}/{what}", sentence, answer.origin))

    async def _tell_end(self, attempt: Attempt, answer: Answer) -> Answer:
        """Writes the line into the card's thread, and tells the writer what was not sent."""
        if answer.state in UNSENT:
            await self._tell(answer, "end", views.ended(answer))
            draft = await self._answers.draft(answer.writer.id, answer.conversation)
            if draft is None or draft.text != answer.text:
                await self._tell(answer, "text", views.unkept(answer))
        said = views.line(answer, await self._threads.name(answer.writer))
        places = await self._ledger.cards(answer.conversation)
        here = [each for each in places if each.channel == answer.origin.channel] or [*places]
        if said is not None and here:

            async def say(_: Attempt) -> None:
                await self._say(attempt, answer, here[-1], said)

            await attempt.step("line", say)
        elif said is not None and answer.state is State.SENT:
            await self._tell(answer, "end", said.text)
        return await self._changed(answer, told=True)

    async def _say(self, attempt: Attempt, answer: Answer, place: Place, said: Any) -> None:
        try:
            await self._threads.reply(place, said, f"{answer.id}/line", attempt)
        except MessageGone:
            await self._cards.forget([place])
        except SlackRefused as error:
            log.warning("a channel was not told what became of an answer: %s", error.error)


class Unknown(Later):
    """SendKit may have taken the answer."""

    def __init__(self, error: SendKitDown) -> None:
        super().__init__(str(error), settling=error.settling)


def _wished(answer: Answer) -> str:
    return f"{answer.wished_by} wanted it back"


def _added(answer: Answer, mails: Sequence[Mail]) -> Sequence[Mail]:
    """The mails that the writer had not seen; none if there are fewer than they saw."""
    seen = seen_number(answer.answered)
    is_same = newest_seen(mails) == answer.answered or len(mails) < seen
    return () if is_same else mails[seen:] or mails[-1:]


def _reason(failed: ScheduledReply) -> str:
    """Why SendKit did not send it, in words that say what to do."""
    said = failed.error or "SendKit does not say why"
    is_mailbox = "mailbox" in said.casefold()
    return f"no mailbox is connected in SendKit (“{said}”)" if is_mailbox else said
