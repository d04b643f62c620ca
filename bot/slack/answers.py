"""Handles commands that cannot be answered at once: finds the conversation that a person means and
writes the decision into the journal, or answers the question."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NoReturn

from bot import entries
from bot.acts import (
    COMMAND,
    Act,
    Back,
    ByEmail,
    ById,
    ByLink,
    ByName,
    Choose,
    Decide,
    Examine,
    Find,
    Give,
    Help,
    ListInbox,
    ListOwners,
    ListSubscriptions,
    Log,
    Mine,
    Next,
    Prove,
    PutOff,
    Reference,
    Release,
    Reply,
    SetAway,
    SetHours,
    SetNotify,
    SetOwners,
    SetReminders,
    Show,
    ShowSchedule,
    Subscribe,
    TagNamed,
    Take,
    Undo,
    Unsubscribe,
    Why,
)
from bot.audit import Audit
from bot.codec import decode
from bot.errors import (
    Later,
    ListMissing,
    NotUnderstood,
    Refused,
    TriageError,
    WrongChannel,
)
from bot.filters import Filters
from bot.findings import Finding, summary, worst_first
from bot.hours import SetDigest
from bot.journal import Attempt, Entry, Journal
from bot.permissions import BY_CHANNEL
from bot.ports import Authorizer
from bot.sendkit.ai_tags import AiTags
from bot.sendkit.client import SendKit
from bot.slack.grammar import NOT_A_CARD, about, from_text, offered, typed_as
from bot.slack.history import History
from bot.slack.listings import Listings
from bot.slack.messenger import SlackThreads
from bot.slack.owner_commands import OwnerCommands
from bot.slack.subscriptions import Subscriptions
from bot.slack.timetable import Timetable
from bot.slack.understanding import is_later, or_ai_tag, understood, words_of
from bot.store.ledger import Ledger
from bot.store.shown import UNKNOWN_LEAD
from bot.text import folded
from bot.triage import (
    AiTag,
    Conversation,
    ConversationId,
    Decision,
    DecisionId,
    DoNotContact,
    EditTags,
    Origin,
    SetAiTag,
)
from bot.unchecked import is_unchecked
from bot.views import answer, lists, usage
from bot.views.audit import audited
from bot.views.findings import findings
from bot.views.later import UNTIL_WHEN
from bot.views.line import SAVED
from bot.views.lists import Listing
from bot.views.message import NAME_LIMIT, phrase

log = logging.getLogger(__name__)

LAST: Final = 5
# The step in which a person is told that SendKit takes long.
_SLOW: Final = "told of the wait"
# How many of the newest conversations are filtered for a channel's lists.
LOOKED_AT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The handlers of `command`, `ask` and `tell` entries. `emoji` and `replies` as in
    bot.settings."""

    journal: Journal
    inbox: SendKit
    ledger: Ledger
    authorizer: Authorizer
    threads: SlackThreads
    listings: Listings
    history: History
    subscriptions: Subscriptions
    timetable: Timetable
    ai_tags: AiTags
    decide: Callable[[Attempt, Decision], Awaitable[None]]
    audit: Audit
    owning: OwnerCommands
    examine: Callable[[], Awaitable[Sequence[Finding]]]
    check_seconds: float
    emoji: Mapping[str, str]
    replies: bool = False

    async def tell(self, attempt: Attempt) -> None:
        """Tells one person a sentence."""
        payload = attempt.entry.payload
        reference = payload.get("reference", attempt.entry.reference)
        sentence = f"{payload['sentence']} ({reference})" if reference else payload["sentence"]
        await self.threads.tell(decode(payload["origin"], Origin), sentence)

    async def ask(self, attempt: Attempt) -> None:
        """A person asks for a card. SendKit is asked here, beside the decisions that wait, so that
        the person hears if it does not respond; a `show` entry then posts the card."""
        identity = ConversationId(attempt.entry.payload["conversation"])
        origin = entries.origin(attempt.entry)
        try:
            await self.authorizer.authorize(origin, Show(ById(identity)))
            await self.inbox.conversation(identity)
        except Later as later:
            later.aside = True
            if not await is_unchecked(attempt, self.threads, origin, later) and attempt.number == 0:
                await self.threads.tell(
                    origin,
                    f"{later}. I’ll post the card as soon as I can. ({attempt.entry.reference})",
                )
            raise
        except Refused as error:
            log.warning("a card was not shown: %s", type(error).__name__)
            await self.threads.tell(origin, f"{error} ({attempt.entry.reference})")
        else:
            await self.journal.write(entries.show(f"{attempt.entry.id}/show", identity, origin))

    async def command(self, attempt: Attempt) -> None:
        """A command for which SendKit has to be asked. A decision waits for SendKit; a question
        fails."""
        entry, act = attempt.entry, None
        told = entries.origin(entry)
        # A press on *Next* is as good as a command, and the version before doors knew no others.
        origin = told if told.door in BY_CHANNEL else replace(told, door="command")
        if sentence := entries.to_tell(entry):
            await attempt.step("told", lambda _: self.threads.tell(origin, sentence))
        try:
            said = from_text(entry.payload["text"])
            act = await self._here(said, origin)
            await self.authorizer.authorize(origin, act)
            if isinstance(said, Decide | Choose | PutOff):
                act = await self._here(await self._understood(said), origin)
            if entries.is_unknown(entry):
                await self._tell_known(act, origin)
            elif not isinstance(act, Decide):
                await self._answer(attempt, act, origin)
            elif (found := await self._found(attempt, act.reference, origin)) is not None:
                # The version before doors had answered when it wrote a command. Who mentions the
                # bot, or writes to it, hears when it is done.
                await self._decided(attempt, found, act, origin, is_told=told.door != "command")
        except Later as later:
            if isinstance(act, Decide | Undo) and not entries.is_unknown(entry):
                await self._wait(attempt, origin, later)
            await self._refuse(attempt, origin, later, f"{later}. Try again in a minute.")
        except (NotUnderstood, Refused) as error:
            await self._refuse(attempt, origin, error, str(error))

    async def _here(self, act: Act, origin: Origin) -> Act:
        """The act, about the card in whose thread the person mentioned the bot, if it names no
        conversation."""
        here = origin.mentioned_at
        return about(act, ByLink(here)) if here and await self.ledger.at(here) else act

    async def _decided(
        self, attempt: Attempt, found: Conversation, act: Decide, origin: Origin, *, is_told: bool
    ) -> None:
        """Writes the decision behind the others about its conversation. The version before doors
        wrote some commands into that lane: those are carried out here."""
        assert not isinstance(act.wish, TagNamed)
        identity = DecisionId(f"{attempt.entry.id}/decide")
        decision = Decision(
            identity, found.id, act.wish, origin, attempt.written_at, reason=act.reason
        )
        if attempt.entry.lane == entries.lane_of(found.id):
            await self.decide(attempt, decision)
            return
        is_new = await self.journal.write(entries.carry_out(decision))
        if is_new and not is_told and not attempt.number:
            whose = typed_as(act.reference) if found.lead == UNKNOWN_LEAD else found.lead.label
            sentence = usage.underway(act.wish, whose)
            await self.journal.write(entries.hint(f"{attempt.entry.id}/told", sentence, origin))

    async def _wait(self, attempt: Attempt, origin: Origin, later: Later) -> NoReturn:
        # A person's questions do not wait for SendKit.
        later.aside = attempt.entry.lane == entries.questions_of(origin)
        is_told = await is_unchecked(attempt, self.threads, origin, later)
        if attempt.number == 0 and not is_told and _SLOW not in attempt.steps:
            sentence = f"{later}. {SAVED}"
            await self.threads.tell(origin, sentence)
        raise later

    async def _tell_known(self, act: Act, origin: Origin) -> None:
        """Tells the person that an aiTag, unknown a moment ago, is new in SendKit."""
        wish = act.wish if isinstance(act, Decide | Choose) else None
        if isinstance(wish, SetAiTag):
            name = phrase(wish.ai_tag, NAME_LIMIT)
            sentence = f"The aiTag “{name}” is new in SendKit, and I know it now. Type that again."
            await self.threads.tell(origin, sentence)

    async def _refuse(
        self, attempt: Attempt, origin: Origin, error: TriageError, sentence: str
    ) -> None:
        await attempt.refuse()
        if entries.is_unknown(attempt.entry):
            log.info("an aiTag is still unknown: %s", type(error).__name__)
            return
        if isinstance(error, NotUnderstood):
            log.info("a command was not understood")
            await self.threads.tell(origin, sentence)
            return
        instead = error.instead if isinstance(error, WrongChannel) else None
        level = logging.WARNING if instead is None else logging.INFO
        log.log(level, "a command failed: %s", type(error).__name__)
        view = usage.refused(f"{sentence} ({attempt.entry.reference})", instead)
        await self.threads.show(origin, view)

    async def _answer(self, attempt: Attempt, act: Act, origin: Origin) -> None:
        match act:
            case ListInbox(number):
                filters = await self.subscriptions.filters_of(origin.channel)
                unread, cut = await self.inbox.unread()
                page = await self._page(unread, filters, number, attempt.entry)
                await self.listings.show(origin, page)
                if cut is not None:
                    sentence = (
                        f"{cut}, so there may be more than these. ({attempt.entry.reference})"
                    )
                    await self.threads.tell(origin, sentence)
            case Undo():
                await self.history.undo(attempt, act, origin)
            case Find(words):
                await self.history.find(words, origin)
            case Log(reference):
                await self.history.log(attempt.entry, reference, origin)
            case Subscribe() | Unsubscribe() | ListSubscriptions() | Why():
                await self.subscriptions.answer(act, origin)
            case SetHours() | SetReminders() | SetDigest() | ShowSchedule():
                await self.timetable.answer(act, origin)
            case Help():
                verbs = offered(replies=self.replies)
                await self.threads.show(origin, usage.commands("", verbs, self.emoji))
            case Prove():
                report = await self.audit.report(
                    await self.subscriptions.filters_of(origin.channel)
                )
                await self.threads.show(
                    origin, audited(await self.audit.post(report, self.journal))
                )
            case Next():
                # Only a press, a command or a shortcut lets the bot open a form.
                await self.threads.tell(origin, usage.NEXT_ELSEWHERE)
            case Examine():
                told = worst_first(await self.examine())
                await self.threads.show(origin, findings(summary(told), list(map(str, told))))
            case Choose(wish):
                # No row has a button for these.
                pressed = not isinstance(wish, EditTags | DoNotContact)
                last = await self._last(origin)
                await self.listings.show(origin, lists.choose(last, pressed=pressed))
            case (
                Take(reference=None)
                | Release(reference=None)
                | PutOff(reference=None)
                | Back(reference=None)
                | Reply(reference=None)
            ):
                last = await self._last(origin)
                await self.listings.show(origin, lists.choose(last, pressed=False))
            case Reply(reference) if reference is not None:
                # Only a press or a command lets the bot open a form.
                if not self.replies:
                    await self.threads.tell(origin, answer.OFF)
                elif (found := await self._find(reference, origin)) is not None:
                    await self.threads.show(origin, answer.offer(found))
            case Mine() | SetAway() | SetOwners() | ListOwners() | SetNotify():
                await self.owning.answer(attempt, act, origin)
            case Show() | Take() | Release() | Give() | PutOff() | Back():
                assert act.reference is not None
                if (found := await self._find(act.reference, origin)) is not None:
                    known = replace(act, reference=ById(found.id))
                    identity = f"{attempt.entry.id}/ask"
                    asked = entries.asked(identity, known, origin, attempt.written_at)
                    assert asked is not None
                    await self.journal.write(asked)
            case _:
                raise AssertionError(act)

    async def _understood(self, act: Decide | Choose | PutOff) -> Decide | Choose | PutOff:
        """The act with the workspace's own aiTag. An unknown aiTag is looked up in SendKit once
        more; without any list, the PATCH decides."""
        if isinstance(act, PutOff):
            return or_ai_tag(act, await self.ai_tags.known())
        try:
            return understood(act, await self.ai_tags.get())
        except NotUnderstood:
            leads = [each.lead for each in await self.ledger.newest(LOOKED_AT)]
            return understood(act, await self.ai_tags.get(fresh=True), leads)
        except ListMissing:
            if isinstance(act.wish, TagNamed):
                if is_later(act.wish):
                    raise NotUnderstood(UNTIL_WHEN) from None
                return replace(act, wish=SetAiTag(AiTag(act.wish.words)))
            return act

    async def _found(
        self, attempt: Attempt, reference: Reference, origin: Origin
    ) -> Conversation | None:
        """As `_find`. The person is told if SendKit takes long to answer, or is busy."""
        finding = asyncio.ensure_future(self._find(reference, origin))
        try:
            done, _ = await asyncio.wait({finding}, timeout=self.check_seconds)
            if not done and not attempt.number:
                sentence = f"SendKit has not answered yet. {SAVED}"
                await attempt.step(_SLOW, lambda _: self.threads.tell(origin, sentence))
            return await finding
        finally:
            finding.cancel()

    async def _find(self, reference: Reference, origin: Origin) -> Conversation | None:
        """The conversation that the person means; None if there are several, which the person is
        then shown to choose from."""
        match reference:
            case ById(identity):
                return await self.ledger.known(identity)
            case ByEmail(email):
                return await self._only(await self._by_email(email), email, origin)
            case ByName(words):
                return await self._only(
                    await self._by_name(words), f"“{phrase(words, NAME_LIMIT)}”", origin
                )
            case _:
                known = await self.ledger.at(reference.place)
                if len(known) == 1:
                    return await self.ledger.known(known[0])
                if not known:
                    raise NotUnderstood(NOT_A_CARD)
                found = [await self.inbox.conversation(each) for each in known]
                return await self._only(found, "that message", origin)

    async def _only(
        self, found: Sequence[Conversation], named: str, origin: Origin
    ) -> Conversation | None:
        if not found:
            what = "; give the whole first name or the address" if named.startswith("“") else ""
            raise NotUnderstood(
                f"No conversation with {named}{what}. See who wrote: {COMMAND} inbox."
            )
        if len(found) == 1:
            return found[0]
        await self.listings.show(origin, lists.candidates(named, found))
        return None

    async def _by_email(self, email: str) -> Sequence[Conversation]:
        try:
            found = [
                each
                async for each in self.inbox.conversations(search=email)
                if folded(each.lead.email) == email
            ]
        except Later:
            # Conversations that the bot has seen are enough if there is only one.
            found = list(await self.ledger.by_email(email))
            if len(found) != 1:
                raise
        return sorted(found, key=_newest, reverse=True)[: lists.MOST]

    async def _by_name(self, words: str) -> Sequence[Conversation]:
        """Conversations with leads whose name and company have all these words, newest first.
        SendKit finds names alone; the bot knows the companies of those that it saw last."""
        wanted = {*map(folded, words.split())}
        found = {each.id: each for each in await self.ledger.newest(LOOKED_AT)}
        async for each in self.inbox.conversations(search=max(wanted, key=len)):
            found[each.id] = each
        return sorted(
            (each for each in found.values() if wanted <= words_of(each.lead)),
            key=_newest,
            reverse=True,
        )

    async def _page(
        self, found: Sequence[Conversation], filters: Filters, number: int, entry: Entry
    ) -> Listing:
        """One page of the unread conversations that the channel's filters take, or what follows the
        one that the entry names. SendKit's list does not say which replies are positive, so the
        aiTag decides."""
        unread = [each for each in found if filters.take(each, positive=False)]
        newest = sorted(unread, key=_newest, reverse=True)
        first = (number - 1) * lists.MOST
        if (after := entries.after(entry)) is not None:
            first = sum(_newest(each) >= after for each in newest)
        # Lists do not reliably say who wrote last, and so whose words they hold.
        shown = newest[first : first + lists.MOST]
        whole = await asyncio.gather(*(self.history.whole(each) for each in shown))
        times, others = [each.replied_at for each in shown], len(found) - len(unread)
        return lists.inbox(whole, len(unread), first + 1, times, others=others)

    async def _last(self, origin: Origin) -> Sequence[Conversation]:
        filters = await self.subscriptions.filters_of(origin.channel)
        known = await self.ledger.newest(LAST if filters == Filters() else LOOKED_AT)
        taken = [each for each in known if filters.take(each, positive=False)]
        if known:
            return taken[:LAST]
        found = [
            each async for each in self.inbox.conversations() if filters.take(each, positive=False)
        ]
        return sorted(found, key=_newest, reverse=True)[:LAST]


def _newest(conversation: Conversation) -> tuple[str, str]:
    return conversation.replied_at, conversation.id
