"""Carries out decisions: a Decision becomes a PATCH, and its result a line in the card's thread."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from bot.acts import ById, Decide
from bot.barring import Barring
from bot.cards import ASKED_FOR, Cards
from bot.changes import Made, Refusal, Unchanged, fields, is_made, is_overtaken, narrowed
from bot.errors import (
    AnswerTooLong,
    AnswerUnclear,
    ChannelClosed,
    ConversationGone,
    Later,
    MessageGone,
    NotAllowed,
    NotFoundForNow,
    Overtaken,
    PermissionUnknown,
    ReasonMissing,
    Refused,
    RefusedForNow,
    RepliedAgain,
    SlackDown,
    SlackRefused,
    ThreadLocked,
    UnknownRefusal,
)
from bot.home import at_home_or_in_queue
from bot.journal import PATIENCE_SECONDS, Attempt
from bot.lifecycle import beside
from bot.ports import Authorizer, Threads
from bot.reasons import asks_why
from bot.sendkit.client import SendKit
from bot.store.channels import is_news, stamp, state
from bot.store.ledger import Ledger, Posted
from bot.store.shown import UNKNOWN_LEAD
from bot.timing import DEFAULT, Timing
from bot.triage import (
    Card,
    Change,
    ChannelId,
    Conversation,
    ConversationId,
    Decision,
    DoNotContact,
    Origin,
    Outcome,
    Place,
    Revert,
    Waiting,
    as_shown,
    is_direct,
)
from bot.unchecked import is_unchecked
from bot.undo import Undo, check_unchanged
from bot.views import Message
from bot.views.line import SAVED, confirmation, failed, line, not_needed, overtaken, unchanged
from bot.views.message import wish
from bot.views.reasons import reason_missing

log = logging.getLogger(__name__)

# A conversation that SendKit does not find may be back a moment later.
GONE_SECONDS: Final = 300.0


class Desk:
    """Carries out decisions."""

    def __init__(
        self,
        *,
        inbox: SendKit,
        ledger: Ledger,
        undo: Undo,
        barring: Barring,
        threads: Threads,
        cards: Cards,
        authorizer: Authorizer,
        triage_channel: ChannelId,
        redraw_list: Callable[[Origin, ConversationId], Awaitable[bool]],
        made: Callable[[Change], None] = lambda change: None,
        clock: Callable[[], float] = time.time,
        timing: Timing = DEFAULT,
    ) -> None:
        self._timing = timing
        self._inbox = inbox
        self._ledger = ledger
        self._undo = undo
        self._barring = barring
        self._threads = threads
        self._cards = cards
        self._authorizer = authorizer
        self._redraw_list = redraw_list
        self._triage_channel = triage_channel
        self._made = made
        self._clock = clock
        # The entry's age when SendKit first did not find its conversation.
        self._missed: dict[str, float] = {}

    async def decide(self, attempt: Attempt, decision: Decision) -> None:
        """Sends the PATCH; then redraws the card and writes the line at the same time."""
        carry_out = self._bar if isinstance(decision.change, DoNotContact) else self._patch
        try:
            made: Made = await attempt.step(
                "patch", lambda _: carry_out(attempt, decision), Made, looks_first=True
            )
        except Later as later:
            made = await self._wait(attempt, decision, later)
        except ConversationGone as gone:
            if await self._is_gone(attempt, decision):
                made = await _refuse(attempt, gone)
            else:
                made = await self._wait(attempt, decision, NotFoundForNow())
        except Refused as error:
            # The result is final, even if telling people has to wait.
            made = await _refuse(attempt, error)
        self._missed.pop(attempt.entry.id, None)
        try:
            match made:
                case Refusal():
                    await self._fail(attempt, decision, made)
                case Unchanged():
                    await self._tell_unchanged(attempt, decision, made)
                case _:
                    await self._tell_all(attempt, decision, made)
        except UnknownRefusal as later:
            # The next decision about the conversation need not wait until this one is shown.
            later.aside = True
            if attempt.age > PATIENCE_SECONDS:
                await self._tell_late(attempt, decision, later)
            raise

    async def _tell_all(self, attempt: Attempt, decision: Decision, outcome: Outcome) -> None:
        where = "but not shown here"
        try:
            # If there is a card, its place was stored with the PATCH.
            place = await attempt.step("card", lambda _: self._post_near(attempt, decision), Place)
            shown = await self._ledger.shown(place)
            conversation = await self._known(decision, shown)
            whose = conversation.lead.label if len(shown) > 1 else ""
            gone, said = await asyncio.gather(
                self._redraw(conversation, decision.origin, {place: shown}),
                self._say(attempt, place, line(outcome, whose, self._undo.confirmed)),
                return_exceptions=True,
            )
            if not isinstance(gone, BaseException) and conversation.lead != UNKNOWN_LEAD:
                where = "and the card shows it"
            if isinstance(said, BaseException) and not isinstance(said, MessageGone):
                raise said
            if isinstance(gone, BaseException):
                raise gone
            if isinstance(said, MessageGone) or place in gone:
                if isinstance(said, Place):
                    # The deleted card's thread still existed.
                    await self._threads.delete(said)
                    attempt.forget("line")
                lost = place
                place = await attempt.step(
                    "new card", lambda _: self._replace(attempt, decision, lost), Place
                )
                await self._say(attempt, place, line(outcome, "", self._undo.confirmed))
            # The thread is elsewhere, or the form with the queue shows it.
            if not decision.origin.is_at(place):
                await self._confirm(decision, outcome, conversation.lead.label, place)
            if rest := not_needed(decision.change, outcome.change, conversation.lead.label):
                await attempt.step("rest", lambda _: self._threads.tell(decision.origin, rest))
            if isinstance(decision.change, DoNotContact):
                await self._barring.redraw_others(conversation)
        except SlackRefused as error:
            log.warning("a decision is made but not shown: %s", error.error)
            if not isinstance(error, ThreadLocked):
                where = "but not shown here"
            sentence = f"It is done in SendKit, {where}. {error}"
            await self._threads.tell(decision.origin, f"{sentence} ({attempt.entry.reference})")

    async def _known(self, decision: Decision, shown: Sequence[Card]) -> Conversation:
        """The conversation as the message shows it, or as the ledger knows it if the message is not
        recorded."""
        for each in shown:
            if each.conversation.id == decision.conversation:
                return each.conversation
        return await self._ledger.known(decision.conversation)

    async def _redraw(
        self, conversation: Conversation, origin: Origin, here: Mapping[Place, Sequence[Card]]
    ) -> Sequence[Place]:
        """Redraws the cards, unless the lead is unknown. Returns the deleted messages; those `here`
        have to be replaced."""
        if conversation.lead == UNKNOWN_LEAD:
            return ()
        gone = await self._cards.redraw(conversation, None, origin, here)
        await self._cards.forget([each for each in gone if each not in here])
        return gone

    async def _confirm(
        self, decision: Decision, outcome: Outcome, label: str, place: Place
    ) -> None:
        """Confirms in the pressed list, or in a sentence if Slack does not accept the edit."""
        if not await self._redraw_list(decision.origin, decision.conversation):
            await self._threads.tell(decision.origin, confirmation(outcome, label), place)

    async def _tell_late(self, attempt: Attempt, decision: Decision, later: UnknownRefusal) -> None:
        """Tells the person after a day. The entry keeps waiting."""

        async def tell(_: Attempt) -> None:
            sentence = (
                f"For a day I could not show the result of your decision. {later}. I keep trying. "
                "Look in SendKit, and ask the person who runs this bot to look at its log."
            )
            await self._threads.tell(decision.origin, f"{sentence} ({attempt.entry.reference})")

        try:
            await attempt.step("told late", tell)
        except (SlackDown, SlackRefused) as error:
            log.warning("could not tell a person that a decision is shown late: %s", error)

    async def _is_gone(self, attempt: Attempt, decision: Decision) -> bool:
        """Whether the conversation has been missing for a while, and a GET confirms it."""
        missed = self._missed.setdefault(attempt.entry.id, attempt.age)
        if attempt.age - missed < GONE_SECONDS:
            return False
        try:
            await self._inbox.conversation(decision.conversation)
        except ConversationGone:
            return True
        except (Later, Refused) as error:
            log.info("could not check whether a conversation is gone: %s", type(error).__name__)
        return False

    async def _patch(self, attempt: Attempt, decision: Decision) -> Outcome | Unchanged:
        again, change, undone = attempt.may_have_run, decision.change, None
        act = Decide(ById(decision.conversation), change)
        async with beside(self._look(attempt, decision)) as looking:
            # At every attempt: they may lose the right meanwhile. What was done is recorded still.
            if not again:
                await self._undo.check_waiting(attempt, decision)
                await self._authorizer.authorize(decision.origin, act)
                attempt.need_lane()
            if isinstance(change, Revert):
                change, undone = await self._undo.understood(decision, change)
            posted = await self._ledger.posted(decision.conversation)
            before, is_certain = await looking
        if is_certain and not again and is_made(change, before):
            return await self._unchanged(before)
        if again and not is_made(change, before) and await attempt.wait_for_inflight():
            before, is_certain = await self._look(attempt, decision)
        came_through = again and is_certain and is_made(change, before)  # not from memory
        if again and not came_through:
            await self._authorizer.authorize(decision.origin, act)
        now, answer = before, ""
        seen = await self._ledger.reply_seen(before.id, decision.origin, posted)
        if decision.seen:
            seen = decision.seen.replied_at
        if not came_through:
            if "markRead" in fields(change) and seen and is_news(stamp(before), seen):
                raise RepliedAgain
            if is_certain and decision.seen and is_overtaken(change, decision.seen, before):
                raise Overtaken(overtaken(before, await self._ledger.outcome(before.id)))
            if (sets := asks_why(before, change, self._undo.confirmed)) and not decision.reason:
                raise ReasonMissing(reason_missing(before, sets))
            if undone is not None:
                check_unchanged(change, undone, before)
            attempt.begins()
            patched = await self._inbox.patch(change, before)
            answer = patched.as_json
            wanted = change.after(before)
            now = patched.over(wanted)
            if not patched.confirms(change, wanted):
                # The answer does not show the change, so a GET decides.
                now = await self._inbox.conversation(before.id)
                if not is_made(change, now):
                    raise AnswerUnclear("it does not show the change")
        about = await self._ledger.conversation(before.id)
        earlier = (about or before) if came_through else before  # as the card still shows it
        outcome = Outcome(
            decision=decision.id,
            conversation=decision.conversation,
            person=await self._threads.name(decision.person),
            change=change if is_made(change, earlier) else narrowed(change, earlier),
            at=decision.at,
            old_ai_tag=earlier.ai_tag,
            new_ai_tag=now.ai_tag,
            tags=now.tags,
            replied_at=seen or (about or before).replied_at,
            undone=undone.outcome.person if undone and undone.person != decision.person.id else "",
            reason=decision.reason,
        )
        shown = as_shown(about, now)
        await self._cards.announce_changed(decision.id, about or before, shown)
        # Without a GET before the PATCH, or after a death, only the card's values are known.
        known = about if came_through or not is_certain else before
        record = self._ledger.recording(outcome, decision.origin, known, shown, answer)
        attempt.unwritten.extend(record)
        self._note_card(attempt, decision, posted)
        return outcome

    async def _bar(self, attempt: Attempt, decision: Decision) -> Outcome | Unchanged:
        posted = await self._ledger.posted(decision.conversation)
        made = await self._barring.put(attempt, decision, posted)
        if isinstance(made, Outcome):
            self._note_card(attempt, decision, posted)
        return made

    async def _look(self, attempt: Attempt, decision: Decision) -> tuple[Conversation, bool]:
        """The conversation before the change, and whether SendKit confirmed it. If a GET fails, and
        three before a repeat, the PATCH decides, unless the change needs the current values."""
        soon = self._timing.shortest_pause
        for pause in (soon, soon, 0.0) if attempt.may_have_run else (0.0,):
            try:
                return await self._inbox.conversation(decision.conversation), True
            except (Refused, RefusedForNow, AnswerTooLong):
                if isinstance(decision.change, Revert) or "tags" in fields(decision.change):
                    raise
                await attempt.clocks.sleep(pause)
        return await self._ledger.known(decision.conversation), False

    async def _unchanged(self, now: Conversation) -> Unchanged:
        shown = await self._ledger.conversation(now.id)
        stale = shown is not None and state(shown) != state(now)
        if stale:
            await self._ledger.remember(as_shown(shown, now), self._clock())
        return Unchanged(unchanged=True, stale=stale)

    async def _tell_unchanged(self, attempt: Attempt, decision: Decision, made: Unchanged) -> None:
        """Tells only the person, since nothing was done."""
        conversation = await self._ledger.known(decision.conversation)
        if made.stale or attempt.number:
            await self._cards.forget(await self._cards.redraw(conversation, None, decision.origin))
        label = conversation.lead.label if conversation.lead != UNKNOWN_LEAD else ""
        await self._redraw_list(decision.origin, decision.conversation)
        await self._threads.tell(decision.origin, unchanged(decision.change, label))

    async def _replace(self, attempt: Attempt, decision: Decision, gone: Place) -> Place:
        """A new card in place of one that was deleted."""
        if attempt.may_have_run:
            await self._threads.take_back(gone, attempt.entry.id, attempt)
        place = await self._post_near(attempt, decision, gone)
        await self._cards.forget([gone])
        return place

    async def _post_near(
        self, attempt: Attempt, decision: Decision, gone: Place | None = None
    ) -> Place:
        """Posts a card where the person decided, or where one was deleted; in the triage channel if
        that one is closed."""
        conversation = await self._ledger.known(decision.conversation)
        channel = gone.channel if gone else decision.origin.channel
        triage, beside = self._triage_channel, [gone] if gone else []
        if is_direct(channel):
            channel = triage
        try:
            return await self._cards.post(attempt, conversation, channel, ASKED_FOR, beside)
        except ChannelClosed:
            return await self._cards.post(attempt, conversation, triage, ASKED_FOR, beside)

    def _note_card(self, attempt: Attempt, decision: Decision, posted: Sequence[Posted]) -> None:
        """Keeps where the result will be shown, and counts the decision, which is made now."""
        if (place := self._find_card(attempt, decision, posted)) is not None:
            attempt.note("card", place)
        self._made(decision.change)

    def _find_card(
        self, attempt: Attempt, decision: Decision, posted: Sequence[Posted]
    ) -> Place | None:
        """The pressed message, unless it is of an earlier reply; else the card in this channel,
        else the oldest card anywhere."""
        pressed = decision.origin.card
        places = [each.place for each in posted if not each.folded]
        here = next((each for each in places if each.channel == decision.origin.channel), None)
        # Any message can have a reaction, so it does not make one a card.
        if pressed is None or (here is None and decision.origin.door == "emoji"):
            return here or (places[0] if places else None)
        if here is None:
            attempt.unwritten += self._ledger.placing_pressed(decision, pressed)
        elif any(each.folded and each.place == pressed for each in posted):
            return here
        return pressed

    async def _say(self, attempt: Attempt, place: Place, view: Message) -> Place | None:
        """Posts the decision's line in the card's thread. Returns where it is, unless an earlier
        attempt posted it."""
        said: list[Place] = []

        async def say(_: Attempt) -> None:
            said.append(await self._threads.reply(place, view, attempt.entry.id, attempt))

        # Mostly only the entry's end is left to store after it.
        await attempt.step("line", say, durable=False)
        return said[0] if said else None

    async def _wait(self, attempt: Attempt, decision: Decision, later: Later) -> Refusal:
        """Delays the decision, for a day at most unless Slack does not say who the person is. The
        card shows that it waits; without a card, the person is told, once."""
        if attempt.age > PATIENCE_SECONDS and not isinstance(later, PermissionUnknown):
            over = Refused(f"{later}. I tried for a day and gave up. Please decide again.")
            return await _refuse(attempt, over)
        later.at = later.at or self._clock() + self._timing.pause(attempt.age, attempt.number)
        try:
            is_told = await is_unchecked(attempt, self._threads, decision.origin, later)
            if places := await self._ledger.cards(decision.conversation):
                await self._show_waiting(attempt, decision, later, later.at)
            # A list for one person does not show that a decision waits.
            if attempt.number == 0 and not is_told and (decision.origin.private or not places):
                await self._threads.tell(decision.origin, f"{later}. {SAVED}")
        except (SlackDown, SlackRefused) as error:
            log.warning("could not show that a decision waits: %s", error)
        raise later

    async def _show_waiting(
        self, attempt: Attempt, decision: Decision, later: Later, until: float
    ) -> None:
        person = await self._threads.name(decision.person)
        behind = await self._ledger.decisions_behind(attempt.entry.id)
        waiting = Waiting(person, decision.change, until, str(later), behind, decision.id)
        conversation = await self._ledger.known(decision.conversation)
        # A response_url works five times, and the result needs one of them.
        origin = decision.origin if attempt.number == 0 else None
        await self._cards.forget(await self._cards.redraw(conversation, waiting, origin))

    async def _fail(self, attempt: Attempt, decision: Decision, refusal: Refusal) -> None:
        """Ends a failed decision, so that the same one counts as new. People who saw that it was
        saved see this too; a missing permission is shown to the person alone."""
        await attempt.refuse()
        reason = f"{refusal.refused} ({attempt.entry.reference})"
        if at_home_or_in_queue(decision.origin):
            # What is shown there may be out of date.
            await self._redraw_list(decision.origin, decision.conversation)
        places = await self._ledger.cards(decision.conversation)
        waited, told = bool(attempt.number and places), False
        try:
            if waited:
                known = await self._ledger.known(decision.conversation)
                await self._cards.forget(await self._cards.redraw(known))
            if waited and not refusal.private:
                person = await self._threads.name(decision.person)
                said = failed(person, wish(decision.change), reason)
                mark = attempt.entry.id
                await attempt.step(
                    "failed", lambda _: self._threads.reply(places[0], said, mark, attempt)
                )
                told = True
        except SlackRefused as refused:
            log.warning("could not show that a decision failed: %s", refused.error)
        if not told:
            await self._threads.tell(decision.origin, reason)


async def _refuse(attempt: Attempt, error: Refused) -> Refusal:
    """Stores that the decision failed."""

    async def refusal(_: Attempt) -> Refusal:
        log.warning("a decision was not carried out: %s", type(error).__name__)
        return Refusal(str(error), private=isinstance(error, NotAllowed))

    return await attempt.step("patch", refusal, Refusal)
