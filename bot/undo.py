"""Takes back decisions: whether that is possible, and what it takes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot import entries
from bot.acts import ById, Decide
from bot.changes import changed_since, restoring
from bot.errors import Later, NotAllowed, NotUndone, Withdrawn
from bot.journal import Attempt
from bot.ports import Authorizer, Threads
from bot.store.record import Record
from bot.triage import (
    AiTag,
    Change,
    Conversation,
    Decision,
    DecisionId,
    DoNotContact,
    Door,
    Recorded,
    Revert,
    SetAiTag,
    SingleChange,
    same_name,
)
from bot.views.line import named
from bot.views.message import NAME_LIMIT, joined, listed, phrase, wish

# How long a decision can be taken back.
PERIOD_SECONDS: Final = 24 * 3600.0

_NOTHING: Final = "That decision changed nothing in SendKit, so there is nothing to undo."
# It waited, or it failed.
_NEVER: Final = "That decision has not changed SendKit, and no longer will."
_LISTED: Final = (
    "SendKit’s API cannot take an address off the do-not-contact list. Open SendKit, and take it "
    "off there."
)
_LATE: Final = "That decision is more than a day old. Decide again instead."
# Where a person has seen what an undo would do: Slack's dialog, or a form.
_ASKED: Final = frozenset[Door]({"button", "form"})
_UNKNOWN: Final = "I don’t know what was there before that decision. Decide again instead."


class Undo:
    """The facts that an undo needs. `confirmed` as in bot.views.palette.Palette."""

    def __init__(
        self,
        record: Record,
        threads: Threads,
        authorizer: Authorizer,
        confirmed: frozenset[str] = frozenset(),
    ) -> None:
        self._record = record
        self._threads = threads
        self._authorizer = authorizer
        self.confirmed = confirmed

    async def check_waiting(self, attempt: Attempt, decision: Decision) -> None:
        """Withdrawn if the decision was undone while it waited: then it does not go to SendKit, and
        the undo, which comes after it in their lane, finds nothing to do."""
        if not attempt.queued_behind:
            return
        waiting = await self._record.waiting(attempt.entry.lane, behind=attempt.entry.id)
        undone, times = decision.id, 0
        for each in waiting:
            if not isinstance(each.change, Revert):
                break
            # That of an emoji has only the beginning of the id.
            taken_back = undone if each.origin.door != "emoji" else entries.alike(undone)
            if each.change.decision != taken_back:
                break
            undone, times = each.id, times + 1
        # An undo may be undone too.
        if times % 2:
            undo = waiting[0]
            try:
                await self._authorizer.authorize(
                    undo.origin, Decide(ById(undo.conversation), undo.change)
                )
            except NotAllowed:
                return
            raise Withdrawn(phrase(await self._threads.name(undo.person), NAME_LIMIT))

    async def meant(self, attempt: Attempt, decision: Decision) -> Decision | None:
        """The decision. None for an emoji, added or removed, of which nothing comes: Slack delivers
        events late and in any order, so it may be removed already; or it had changed nothing. Later
        while what it takes back waits."""
        if decision.origin.door != "emoji":
            return decision
        opposite, at = entries.opposite(decision.id), entries.reacted_at(decision.id)
        others = await self._record.written(decision.conversation, opposite)
        if not isinstance(decision.change, Revert):
            is_over = any(entries.reacted_at(each) > at for each in others)
            # Once people have seen that it waits, they also see that it was undone.
            return None if is_over and not attempt.number else decision
        before = [each for each in others if entries.reacted_at(each) < at]
        if not before:
            return None
        undone = max(before, key=entries.reacted_at)
        if await self._record.get(undone) is not None:
            return replace(decision, change=Revert(undone))
        if await self._record.is_open(undone):
            behind = await self._record.waiting(attempt.entry.lane, behind=attempt.entry.id)
            # One that came after its removal waits for it, and is over when its turn comes.
            if all(each.id != undone for each in behind):
                raise Later("the decision that this one takes back still waits")
        return None

    async def understood(self, decision: Decision, change: Revert) -> tuple[Revert, Recorded]:
        """The undo with what it takes, and the decision that it takes back. NotUndone if that is
        not the last one, or is too old."""
        undone = await self._record.get(change.decision)
        last = await self._record.last(decision.conversation)
        if undone is None or last is None or undone.outcome.conversation != decision.conversation:
            raise NotUndone(_NEVER)
        newest = last.outcome.decision, await self._record.standing(decision.conversation)
        if change.decision not in newest:
            who = phrase(last.outcome.person, NAME_LIMIT)
            who, have = ("You", "have") if last.person == decision.person.id else (who, "has")
            since = last.outcome.change
            if isinstance(since, Revert):
                what = "that already" if since.decision == change.decision else "a decision since"
                raise NotUndone(f"{who} {have} undone {what}. I changed nothing.")
            raise NotUndone(f"{who} decided since: {wish(since)}. I changed nothing.")
        if isinstance(undone.outcome.change, DoNotContact):
            raise NotUndone(_LISTED)
        if decision.at - undone.outcome.at > PERIOD_SECONDS:
            raise NotUndone(_LATE)
        if undone.before is None:
            raise NotUndone(_UNKNOWN)
        made = undone.outcome.change
        back = restoring(made, undone.before, undone.after)
        if not back:
            raise NotUndone(_NOTHING)
        if decision.origin.door not in _ASKED and (sets := self._asks_about(back)):
            raise NotUndone(
                f"That would set {named(sets)}, which may send email, so I ask first. Press Undo "
                "in the card’s thread."
            )
        if isinstance(made, Revert):
            made = Revert(made.decision)  # or each undo of an undo would contain all before it
        return replace(change, changes=back, made=made), undone

    async def asks_before(self, undone: DecisionId) -> AiTag | None:
        """The aiTag that an undo of this decision would set, if people are asked about it first;
        None while the decision waits: then the undo sets nothing."""
        if (known := await self._record.get(undone)) is None or known.before is None:
            return None
        return self._asks_about(restoring(known.outcome.change, known.before, known.after))

    def _asks_about(self, changes: Sequence[SingleChange]) -> AiTag | None:
        sets = (each.ai_tag for each in changes if isinstance(each, SetAiTag))
        return next((each for each in sets if same_name(each) in self.confirmed), None)


def check_unchanged(change: Change, undone: Recorded, now: Conversation) -> None:
    """NotUndone if what the undo would change is not as the decision left it."""
    changed = changed_since(change, undone.after, now)
    facts = []
    if "aiTag" in changed:
        facts.append(f"the aiTag is {named(now.ai_tag)}" if now.ai_tag else "there is no aiTag")
    if "tags" in changed:
        facts.append(f"it has {'the ' if now.tags else ''}{listed(now.tags)}")
    if facts:
        raise NotUndone(f"Somebody changed this in SendKit since: {joined(facts)}. I left it so.")
