"""Answers `undo`, `log` and `find`."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from bot import entries
from bot.acts import COMMAND, ByEmail, ById, ByLink, Reference, Undo
from bot.errors import Later, NotUnderstood, Refused
from bot.journal import Attempt, Entry, Journal
from bot.sendkit.client import SendKit
from bot.slack.grammar import typed_as
from bot.slack.listings import Listings
from bot.slack.messenger import SlackThreads
from bot.slack.understanding import words_of
from bot.store.columns import named
from bot.store.ledger import Ledger
from bot.store.record import Decided, Logged, LoggedOwner, Record
from bot.text import folded
from bot.triage import (
    ChannelId,
    Conversation,
    ConversationId,
    Decision,
    DecisionId,
    Origin,
    Revert,
    is_direct,
)
from bot.undo import PERIOD_SECONDS
from bot.undo import Undo as Undoing
from bot.views import lists, usage
from bot.views.log import MOST, OwnerRow, Row, log
from bot.views.message import wish
from bot.views.palette import warning

# How many conversations with a name are compared.
LOOKED_AT: Final = 200
SOMEBODY: Final = "Somebody"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Answers `undo` and `log` from the bot's own record. `clock` is in seconds since the epoch."""

    journal: Journal
    inbox: SendKit
    ledger: Ledger
    record: Record
    listings: Listings
    threads: SlackThreads
    triage_channel: ChannelId
    taking_back: Undoing
    clock: Callable[[], float] = time.time

    async def undo(self, attempt: Attempt, act: Undo, origin: Origin) -> None:
        """Writes an undo of the decision that the person means, and says which one that is.
        NotUnderstood if there is none."""
        if act.reference is None:
            undone = await self._last_of(origin, attempt.written_at)
        else:
            decided = await self._last_about(act.reference)
            if len(decided) > 1:
                which = f"Several conversations match {typed_as(act.reference)}. Undo which?"
                ids = [each.conversation for each in decided]
                await self._show(origin, which, ids, to_undo=True)
                return
            (undone,) = decided
        last = await self.record.last(undone.conversation)
        is_last = last is not None and last.outcome.decision == undone.id
        if is_last and (sets := await self.taking_back.asks_before(undone.id)) is not None:
            # Slack's dialog on the button asks.
            warned = warning(sets, self.taking_back.confirmed)
            asked = f"Undo “{wish(undone.change)}”? {warned}"
            await self._show(origin, asked, [undone.conversation], to_undo=True)
            return
        conversation = await self.ledger.known(undone.conversation)
        change = Revert(undone.id)
        identity = DecisionId(f"{attempt.entry.id}/decide")
        decision = Decision(identity, conversation.id, change, origin, attempt.written_at)
        is_new = await self.journal.write(entries.carry_out(decision))
        # Who mentions the bot, or writes to it, hears when it is done.
        if is_new and not attempt.number and origin.door == "command":
            told = Revert(undone.id, made=undone.change)
            sentence = usage.underway(told, conversation.lead.label)
            await self.journal.write(entries.hint(f"{attempt.entry.id}/told", sentence, origin))

    async def _last_of(self, origin: Origin, now: float) -> Decided:
        person, since = origin.person.id, now - PERIOD_SECONDS
        undone = await self.record.to_undo(person, since)
        if undone is None:
            said = "You have decided nothing for a day, so there is nothing of yours to undo. "
            if await self.record.newest_of(person, since) is not None:
                said = "All that you decided in the last day is undone: there is nothing more. "
            raise NotUnderstood(
                f"{said}To undo what a colleague did, or an undo: {COMMAND} undo jane@example.com."
            )
        return undone

    async def _last_about(self, reference: Reference) -> Sequence[Decided]:
        """The last decision about each of the conversations that the person may mean."""
        found = [await self.record.newest(each) for each in await self._known(reference)]
        if not (decided := [each for each in found if each is not None]):
            named = typed_as(reference)
            raise NotUnderstood(f"No decision about {named} is known, so there is nothing to undo.")
        return decided

    async def log(self, entry: Entry, reference: Reference | None, origin: Origin) -> None:
        """Shows who decided what: about the conversations that the person means, or about those of
        this channel. The triage channel's are all."""
        about, before = entries.log_of(entry)
        known = [about] if about else []
        if reference is not None:
            known = list(await self._known(reference))
            if not known:
                raise NotUnderstood(f"No conversation with {typed_as(reference)} is known.")
        await self._show(origin, "Decisions, newest first:", known, before)

    async def _show(
        self,
        origin: Origin,
        opening: str,
        about: Sequence[ConversationId],
        before: DecisionId | None = None,
        *,
        to_undo: bool = False,
    ) -> None:
        """Shows the newest decisions and changes of owners; `to_undo`: the last decision about each
        of the conversations."""
        everywhere = is_direct(origin.channel) or origin.channel == self.triage_channel
        channel = None if everywhere else origin.channel
        values: Any = {"about": about, "channel": channel, "before": before}
        decided = await self.record.log(MOST + 1, only_last=to_undo, **values)
        owned = [] if to_undo else await self.record.owners(MOST + 1, **values)
        since = self.clock() - PERIOD_SECONDS
        # Of the same time, decisions come first, as in the record's pages.
        found = sorted(
            [*(_decision(each, since) for each in decided), *map(_owner, owned)],
            key=lambda each: each.at,
            reverse=True,
        )
        rows = found[:MOST]
        if not rows:
            opening = "There are no older decisions." if before else "There are no decisions yet."
        if len(found) > MOST and len(about) > 1:
            opening = f"{opening} Only the newest {MOST} are shown. For more, name one address."
        only = about[0] if len(about) == 1 else None
        has_older = len(found) > MOST and len(about) < 2
        key = f"{int(self.clock()):012d}-{uuid4().hex[:12]}"
        view = log(
            opening,
            rows,
            key=key,
            about=only,
            has_older=has_older,
            confirmed=self.taking_back.confirmed,
        )
        await self.threads.show(origin, view)

    async def find(self, words: str, origin: Origin) -> None:
        """Lists the conversations whose lead's name, company and address have these words. SendKit
        does not look at companies; the bot knows those that it has seen."""
        wanted, why = sorted({*map(folded, words.split())}), ""
        found = {each.id: each for each in await self.ledger.search(wanted, LOOKED_AT)}
        try:
            async for each in self.inbox.conversations(search=max(wanted, key=len)):
                if all(word in named(each.lead) for word in wanted):
                    found[each.id] = each
        except (Later, Refused) as error:
            why = str(error).rstrip(".")
        newest = sorted(found.values(), key=lambda each: (each.replied_at, each.id), reverse=True)
        shown: Sequence[Conversation] = newest[: lists.MOST]
        if not why:
            shown = await asyncio.gather(*(self.whole(each) for each in shown))
        await self.listings.show(origin, lists.found(words, shown, len(found), why))

    async def whole(self, listed: Conversation) -> Conversation:
        """A conversation of a list as SendKit shows it alone, if it does."""
        try:
            return await self.inbox.conversation(listed.id)
        except (Refused, Later):
            return listed

    async def _known(self, reference: Reference) -> Sequence[ConversationId]:
        """The conversations that the person may mean."""
        match reference:
            case ById(identity):
                return [identity]
            case ByEmail(email):
                return [each.id for each in await self.ledger.by_email(email)]
            case ByLink(place):
                return await self.ledger.at(place)
            case _:
                wanted = {*map(folded, reference.words.split())}
                found = await self.ledger.search(sorted(wanted), LOOKED_AT)
                return [each.id for each in found if wanted <= words_of(each.lead)]


def _decision(logged: Logged, since: float) -> Row | OwnerRow:
    """A row of the log. Decisions since then can be undone."""
    made = logged.recorded
    can_undo = logged.is_last and made.before is not None and made.outcome.at > since
    return Row(made.outcome, logged.conversation, made.door, can_undo)


def _owner(logged: LoggedOwner) -> Row | OwnerRow:
    (by, name), (before, former), (owner, present) = logged.by, logged.before, logged.owner
    return OwnerRow(
        id=logged.id,
        conversation=logged.conversation,
        at=logged.at,
        door=logged.door,
        by="A rule" if logged.is_rule else name or SOMEBODY,
        before=(former or SOMEBODY) if before else "",
        owner=(present or SOMEBODY) if owner else "",
        is_own=by == (owner or before),
    )
