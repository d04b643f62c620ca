"""What the product does: a Decision becomes a PATCH and comes back to the thread of its card."""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from bot import codec
from bot.cards import ASKED_FOR, Cards
from bot.errors import (
    AnswerTooLong,
    AnswerUnclear,
    ChannelClosed,
    ConversationGone,
    Later,
    MessageGone,
    NotAllowed,
    NotFoundForNow,
    PermissionUnknown,
    Refused,
    RefusedForNow,
    RepliedAgain,
    SlackDown,
    SlackRefused,
    ThreadLocked,
    UnknownRefusal,
)
from bot.journal import PATIENCE_SECONDS, Page, Payload
from bot.ports import Admission, Inbox, Threads
from bot.sendkit.wire import Patched
from bot.store.channels import is_news, stamp, state
from bot.store.ledger import NOBODY, Ledger
from bot.text import folded
from bot.timing import DEFAULT, Timing
from bot.triage import (
    Change,
    ChannelId,
    ClearAiTag,
    Conversation,
    ConversationId,
    Decision,
    EditTags,
    MarkRead,
    Origin,
    Outcome,
    Place,
    SetAiTag,
    Waiting,
    after,
    as_shown,
    is_direct,
    is_made,
)
from bot.unchecked import is_unchecked

log = logging.getLogger(__name__)

# In place of an outcome, in an entry's steps.
REFUSED: Final = "refused"
UNCHANGED: Final = "unchanged"
# A conversation that was there a moment ago may be there again in another.
GONE_SECONDS: Final = 300.0


class Desk:
    """Carries out decisions; `carry_out` is the handler of entries of that kind."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        ledger: Ledger,
        threads: Threads,
        cards: Cards,
        admission: Admission,
        triage_channel: ChannelId,
        redraw_list: Callable[[Origin, ConversationId], Awaitable[bool]],
        made: Callable[[Change], None] = lambda change: None,
        clock: Callable[[], float] = time.time,
        timing: Timing = DEFAULT,
    ) -> None:
        self._timing = timing
        self._inbox = inbox
        self._ledger = ledger
        self._threads = threads
        self._cards = cards
        self._admission = admission
        self._redraw_list = redraw_list
        self._triage_channel = triage_channel
        self._made = made
        self._clock = clock
        # How old an entry was when SendKit first did not find its conversation.
        self._missed: dict[str, float] = {}

    async def carry_out(self, page: Page) -> None:
        """A decision that was pressed."""
        await self.decide(page, codec.decision(page.entry))

    async def decide(self, page: Page, decision: Decision) -> None:
        """A decision: the PATCH, the card redrawn, a line in its thread."""
        try:
            made = await page.step("patch", partial(self._found, page, decision))
        except Later as later:
            made = await self._wait(page, decision, later)
        except Refused as error:
            # It stays so, whatever has to wait before that can be told.
            made = await page.step("patch", partial(_refusal, error))
        self._missed.pop(page.entry.id, None)
        try:
            if REFUSED in made:
                await self._fail(page, decision, made)
            elif UNCHANGED in made:
                await self._tell_unchanged(page, decision, made)
            else:
                await self._tell_all(page, decision, codec.outcome_from_json(made))
        except UnknownRefusal as later:
            # The next decision about the conversation need not wait until this one can be shown.
            later.aside = True
            if page.age > PATIENCE_SECONDS:
                await self._tell_late(page, decision, later)
            raise

    async def _tell_all(self, page: Page, decision: Decision, outcome: Outcome) -> None:
        where = "but not shown here"
        try:
            placed = await page.step("card", partial(self._card, page, decision))
            place = codec.place_from_json(placed)
            conversation = await self._ledger.known(decision.conversation)
            gone: Sequence[Place] = ()
            if conversation.lead != NOBODY:
                # First of all: one that was deleted is noticed before its line would stand alone.
                gone = await self._cards.redraw(conversation, None, decision.origin, place)
                await self._cards.forget([each for each in gone if each != place])
                where = "and the card shows it"
            try:
                if place in gone:
                    raise MessageGone("message_not_found")
                await page.step("line", partial(self._line, page, place, outcome))
            except MessageGone:
                effect = partial(self._replace, page, conversation, place)
                place = codec.place_from_json(await page.step("new card", effect))
                await page.step("line", partial(self._line, page, place, outcome))
            # The thread is elsewhere.
            if decision.origin.private or is_direct(decision.origin.channel):
                await self._confirm(decision, outcome, conversation.lead.label, place)
        except SlackRefused as error:
            log.warning("done, but not told: %s", error.error)
            if not isinstance(error, ThreadLocked):
                where = "but not shown here"
            sentence = f"It is done in SendKit, {where}. {error}"
            await self._threads.tell(decision.origin, f"{sentence} ({page.entry.reference})")

    async def _confirm(
        self, decision: Decision, outcome: Outcome, label: str, place: Place
    ) -> None:
        """Confirms in the list that the person pressed; in a sentence where Slack takes no edit."""
        if not await self._redraw_list(decision.origin, decision.conversation):
            await self._threads.confirm(decision.origin, outcome, label, place)

    async def _tell_late(self, page: Page, decision: Decision, later: UnknownRefusal) -> None:
        """After a day, to whoever decided; the entry goes on waiting."""

        async def tell(again: bool) -> Payload:
            sentence = (
                f"For a day I could not show the result of your decision. {later}. I keep trying. "
                "Look in SendKit, and ask the person who runs this bot to look at its log."
            )
            await self._threads.tell(decision.origin, f"{sentence} ({page.entry.reference})")
            return {}

        try:
            await page.step("told late", tell)
        except (SlackDown, SlackRefused) as error:
            log.warning("that a decision is shown late could not be told: %s", error)

    async def _found(self, page: Page, decision: Decision, again: bool) -> Payload:
        """As `_patch`. ConversationGone is final once it has lasted, and a GET says it too."""
        try:
            return await self._patch(page, decision, again)
        except ConversationGone:
            missed = self._missed.setdefault(page.entry.id, page.age)
            if page.age - missed >= GONE_SECONDS:
                await self._inbox.conversation(decision.conversation)
            raise NotFoundForNow from None

    async def _patch(self, page: Page, decision: Decision, again: bool) -> Payload:
        # At every attempt: who lost the right while the decision waited has lost it.
        await self._admission.admit(decision.person)
        change = decision.change
        before, is_certain = await self._look(decision)
        if is_certain and not again and is_made(change, before):
            return await self._unchanged(before)
        if again and not is_made(change, before) and await self._cards.settled(page):
            before, _ = await self._look(decision)
        came_through = again and is_made(change, before)
        now, answer = before, ""
        seen = await self._ledger.reply_seen(before.id, decision.origin)
        if not came_through:
            if isinstance(change, MarkRead) and seen and is_news(stamp(before), seen):
                raise RepliedAgain
            patched = await self._inbox.patch(change, before)
            answer = patched.as_json
            wanted = after(change, before)
            now = _echoed(patched, wanted)
            if not _is_echoed(change, patched, wanted):
                # The answer says something else than was asked for: what is true decides.
                now = await self._inbox.conversation(before.id)
                if not is_made(change, now):
                    raise AnswerUnclear("it does not show the change")
        about = await self._ledger.conversation(before.id)
        outcome = Outcome(
            decision=decision.id,
            conversation=decision.conversation,
            person=await self._threads.name(decision.person),
            change=change,
            at=decision.at,
            # What an earlier attempt replaced is what the card still shows.
            old_ai_tag=(about or before).ai_tag if came_through else before.ai_tag,
            new_ai_tag=now.ai_tag,
            tags=now.tags,
            replied_at=seen or (about or before).replied_at,
        )
        shown = as_shown(about, now)
        await self._ledger.record(outcome, decision.origin, before, shown, answer)
        self._made(change)
        return codec.outcome_to_json(outcome)

    async def _look(self, decision: Decision) -> tuple[Conversation, bool]:
        """The conversation before the change, and whether SendKit says so. The PATCH has the last
        word on whether it is gone, unless it needs the tags, which only the conversation has."""
        try:
            return await self._inbox.conversation(decision.conversation), True
        except (Refused, RefusedForNow, AnswerTooLong):
            if isinstance(decision.change, EditTags):
                raise
            return await self._ledger.known(decision.conversation), False

    async def _unchanged(self, now: Conversation) -> Payload:
        """SendKit has what was asked for already; `stale`: the cards show something else."""
        shown = await self._ledger.conversation(now.id)
        stale = shown is not None and state(shown) != state(now)
        if stale:
            await self._ledger.remember(as_shown(shown, now), self._clock())
        return {UNCHANGED: True, "stale": stale}

    async def _tell_unchanged(self, page: Page, decision: Decision, made: Payload) -> None:
        """Nothing was done, so nothing is said to others."""
        conversation = await self._ledger.known(decision.conversation)
        if made["stale"] or page.attempt:
            origin = decision.origin
            await self._cards.forget(await self._cards.redraw(conversation, None, origin))
        label = conversation.lead.label if conversation.lead != NOBODY else ""
        await self._redraw_list(decision.origin, decision.conversation)
        await self._threads.tell_unchanged(decision.origin, decision.change, label)

    async def _card(self, page: Page, decision: Decision, again: bool) -> Payload:
        """The card whose thread the decision belongs in, posted now where there is none."""
        place = await self._find_card(decision)
        if place is None:
            conversation = await self._ledger.known(decision.conversation)
            place = await self._post_near(page, conversation, decision.origin.channel, again)
        return codec.place_to_json(place)

    async def _replace(
        self, page: Page, conversation: Conversation, gone: Place, again: bool
    ) -> Payload:
        """A new card in place of one that was deleted."""
        if again:
            await self._threads.take_back(gone, page.entry.id, self._cards.earlier(page))
        place = await self._post_near(page, conversation, gone.channel, again, [gone])
        await self._cards.forget([gone])
        return codec.place_to_json(place)

    async def _post_near(
        self,
        page: Page,
        conversation: Conversation,
        channel: ChannelId,
        again: bool,
        gone: Sequence[Place] = (),
    ) -> Place:
        """A card in this channel; in the triage channel where this one is closed."""
        post = partial(self._cards.post, page, conversation)
        if is_direct(channel):
            channel = self._triage_channel
        try:
            return await post(channel, again, ASKED_FOR, gone)
        except ChannelClosed:
            return await post(self._triage_channel, again, ASKED_FOR, gone)

    async def _find_card(self, decision: Decision) -> Place | None:
        """The pressed message, unless it is of an earlier reply; else the card in this channel,
        else the oldest card anywhere."""
        origin = decision.origin
        places = await self._ledger.cards(decision.conversation)
        here = next((each for each in places if each.channel == origin.channel), None)
        if origin.message is None or origin.private:
            return here or (places[0] if places else None)
        pressed = Place(origin.channel, origin.message)
        if here is None:
            await self._ledger.place(decision.conversation, pressed, self._clock())
        elif await self._ledger.is_folded(decision.conversation, pressed):
            return here
        return Place(origin.channel, origin.thread or origin.message)

    async def _line(self, page: Page, place: Place, outcome: Outcome, again: bool) -> Payload:
        whose = await self._cards.whose(place, outcome.conversation)
        earlier = self._cards.earlier(page) if again else None
        await self._threads.say(place, outcome, whose, page.entry.id, earlier)
        return {}

    async def _wait(self, page: Page, decision: Decision, later: Later) -> Payload:
        """Puts the decision off, for a day at most unless Slack does not say who somebody is. Its
        card tells so; without a card, the person is told, once."""
        if page.age > PATIENCE_SECONDS and not isinstance(later, PermissionUnknown):
            over = Refused(f"{later}. I tried for a day and gave up. Please decide again.")
            return await page.step("patch", partial(_refusal, over))
        later.at = later.at or self._clock() + self._timing.pause(page.age, page.attempt)
        try:
            is_told = await is_unchecked(page, self._threads, decision.origin, later)
            places = await self._ledger.cards(decision.conversation)
            if places:
                await self._show_waiting(page, decision, later, later.at)
            # A list that only one person sees does not show that a decision waits.
            if page.attempt == 0 and not is_told and (decision.origin.private or not places):
                sentence = (
                    f"{later}. Your decision is saved, and I’ll carry it out as soon as I can."
                )
                await self._threads.tell(decision.origin, sentence)
        except (SlackDown, SlackRefused) as error:
            log.warning("a decision waits, and that is not shown: %s", error)
        raise later

    async def _show_waiting(
        self, page: Page, decision: Decision, later: Later, until: float
    ) -> None:
        person = await self._threads.name(decision.person)
        behind = await self._ledger.decisions_behind(page.entry.id)
        waiting = Waiting(person, decision.change, until, str(later), behind)
        conversation = await self._ledger.known(decision.conversation)
        # A response_url lasts five uses: the last word needs one of them.
        origin = decision.origin if page.attempt == 0 else None
        await self._cards.forget(await self._cards.redraw(conversation, waiting, origin))

    async def _fail(self, page: Page, decision: Decision, refusal: Payload) -> None:
        """The decision comes to nothing, so the same one again is no double of it. People who saw
        that it was saved see this too; only its person hears that they may not decide."""
        await page.refuse()
        reason = f"{refusal[REFUSED]} ({page.entry.reference})"
        places = await self._ledger.cards(decision.conversation)
        waited = bool(page.attempt and places)
        told = False
        try:
            if waited:
                known = await self._ledger.known(decision.conversation)
                await self._cards.forget(await self._cards.redraw(known))
            if waited and not refusal["private"]:
                await self._say_failed(page, decision, places[0], reason)
                told = True
        except SlackRefused as refused:
            log.warning("a decision that failed is not shown: %s", refused.error)
        if not told:
            await self._threads.tell(decision.origin, reason)

    async def _say_failed(self, page: Page, decision: Decision, place: Place, reason: str) -> None:
        person = await self._threads.name(decision.person)
        earlier = self._cards.earlier(page)
        await self._threads.say_failed(
            place, person, decision.change, reason, page.entry.id, earlier
        )


async def _refusal(error: Refused, again: bool) -> Payload:
    """What is kept of a decision that comes to nothing. `private`: only its person may know."""
    log.warning("a decision was not carried out: %s", type(error).__name__)
    return {REFUSED: str(error), "private": isinstance(error, NotAllowed)}


def _is_echoed(change: Change, patched: Patched, wanted: Conversation) -> bool:
    """Whether the answer says that the change was made. It never says what is read."""
    match change:
        case SetAiTag() | ClearAiTag():
            return patched.says_ai_tag and is_made(change, _echoed(patched, wanted))
        case EditTags():
            return patched.tags is not None and _set(patched.tags) == _set(wanted.tags)
        case _:
            return True


def _set(tags: Sequence[str]) -> set[str]:
    return {*map(folded, tags)}


def _echoed(patched: Patched, expected: Conversation) -> Conversation:
    """What SendKit says it has now; where its answer is silent, what was asked for."""
    return replace(
        expected,
        ai_tag=patched.ai_tag if patched.says_ai_tag else expected.ai_tag,
        tags=expected.tags if patched.tags is None else patched.tags,
    )
