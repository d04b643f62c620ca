"""Puts leads on SendKit's do-not-contact list, because a person decided so."""

import json
from collections.abc import Sequence

from bot.acts import ById, Decide
from bot.cards import Cards
from bot.changes import Unchanged
from bot.errors import NoAddress
from bot.journal import Attempt
from bot.lifecycle import beside
from bot.ports import Authorizer, Threads
from bot.sendkit.client import SendKit
from bot.store.barring import barring
from bot.store.ledger import Ledger, Posted
from bot.triage import Conversation, Decision, Outcome, as_shown
from bot.undo import Undo


class Barring:
    """Carries out decisions of the kind DoNotContact for the Desk."""

    def __init__(
        self,
        inbox: SendKit,
        ledger: Ledger,
        undo: Undo,
        threads: Threads,
        cards: Cards,
        authorizer: Authorizer,
    ) -> None:
        self._inbox = inbox
        self._ledger = ledger
        self._undo = undo
        self._threads = threads
        self._cards = cards
        self._authorizer = authorizer

    async def put(
        self, attempt: Attempt, decision: Decision, posted: Sequence[Posted]
    ) -> Outcome | Unchanged:
        """Puts the lead on the list. SendKit does not say who is on it, but a repeat is safe: the
        list has each address once. `posted`: all messages with a card of the conversation."""
        again, act = attempt.may_have_run, Decide(ById(decision.conversation), decision.change)
        async with beside(self._inbox.conversation(decision.conversation)) as looking:
            # What may have been done was allowed.
            if not again:
                await self._undo.check_waiting(attempt, decision)
                await self._authorizer.authorize(decision.origin, act)
                attempt.need_lane()
            # SendKit skips an unknown conversation as it skips one that is listed already.
            now = await looking
        if not now.lead.email:
            raise NoAddress
        shown = as_shown(await self._ledger.conversation(now.id), now)
        attempt.begins()
        is_new = await self._inbox.bar(now.id)
        if not is_new and not again:
            is_known = bool(await self._ledger.barred([now]))
            attempt.unwritten.extend(() if is_known else barring(shown, decision.at))
            return Unchanged(unchanged=True, stale=not is_known)
        seen = await self._ledger.reply_seen(now.id, decision.origin, posted)
        outcome = Outcome(
            decision=decision.id,
            conversation=now.id,
            person=await self._threads.name(decision.person),
            change=decision.change,
            at=decision.at,
            old_ai_tag=now.ai_tag,
            new_ai_tag=now.ai_tag,
            tags=now.tags,
            replied_at=seen or shown.replied_at,
            reason=decision.reason,
        )
        answer = json.dumps({"added": int(is_new)})
        attempt.unwritten += self._ledger.recording(outcome, decision.origin, now, shown, answer)
        attempt.unwritten += barring(shown, outcome.at, decision.person.id, outcome.person)
        return outcome

    async def redraw_others(self, conversation: Conversation) -> None:
        """Redraws the cards of other conversations with the same address."""
        for each in await self._ledger.by_email(conversation.lead.email):
            if each.id != conversation.id:
                await self._cards.forget(await self._cards.redraw(each, urgent=False))
