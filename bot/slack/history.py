"""Answers questions about the record: what to undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot import entries
from bot.acts import COMMAND, ByEmail, ById, ByLink, ByName, Reference, Undo
from bot.errors import NotUnderstood
from bot.journal import Attempt, Journal
from bot.slack.grammar import typed_as
from bot.slack.understanding import words_of
from bot.store.ledger import Ledger
from bot.store.record import Decided, Record
from bot.text import folded
from bot.triage import ConversationId, Decision, DecisionId, Origin, Revert
from bot.undo import PERIOD_SECONDS
from bot.views import usage

# How many conversations with a name are compared.
LOOKED_AT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the bot knows is enough for these answers, so they need no SendKit."""

    journal: Journal
    ledger: Ledger
    record: Record

    async def undo(self, attempt: Attempt, act: Undo, origin: Origin) -> None:
        """Writes an undo of the decision that the person means, and says which one that is.
        NotUnderstood if there is none."""
        if act.reference is None:
            undone = await self._last_of(origin, attempt.written_at)
        else:
            undone = await self._last_about(act.reference)
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
        undone = await self.record.newest_of(origin.person.id, now - PERIOD_SECONDS)
        if undone is None:
            raise NotUnderstood(
                "You have decided nothing for a day, so there is nothing of yours to undo. "
                f"To undo what a colleague did: {COMMAND} undo jane@example.com."
            )
        return undone

    async def _last_about(self, reference: Reference) -> Decided:
        named = typed_as(reference)
        conversations = await self._known(reference)
        found = [await self.record.newest(each) for each in conversations]
        undone = [each for each in found if each is not None]
        if not undone:
            raise NotUnderstood(f"No decision about {named} is known, so there is nothing to undo.")
        if len(undone) > 1:
            raise NotUnderstood(
                f"Several conversations match {named}. Name one by a link to its card."
            )
        return undone[0]

    async def _known(self, reference: Reference) -> Sequence[ConversationId]:
        """The conversations that the person may mean."""
        match reference:
            case ById(identity):
                return [identity]
            case ByEmail(email):
                return [each.id for each in await self.ledger.by_email(email)]
            case ByLink(place):
                return await self.ledger.at(place)
            case ByName(words):
                wanted = {*map(folded, words.split())}
                found = await self.ledger.search(sorted(wanted), LOOKED_AT)
                return [each.id for each in found if wanted <= words_of(each.lead)]
