"""Queues: unread conversations that a person goes through one after another. The database keeps
each for a day; which decisions were made is in the record alone, so nothing is counted twice."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from bot import dates
from bot.errors import ConversationGone, NotUnderstood
from bot.filters import Filters, from_text
from bot.sendkit.client import SendKit
from bot.store.ledger import Ledger
from bot.store.queues import QueueStore
from bot.triage import ChannelId, Conversation, ConversationId, DecisionId, Revert, UserId
from bot.views.queue import Made, Tally

KEPT_SECONDS: Final = 24 * 3600
# As many as somebody may go through in a day.
MOST: Final = 500
GONE: Final = "This round is over. Type /sendkit next for a new one."


@dataclass(frozen=True, slots=True)
class Queue:
    """`began_at`: seconds since the epoch. `filters`: what somebody asked for and what the channel
    takes, as text. `more`: how many conversations did not fit in. `ended`: its end was shown."""

    key: str
    began_at: float
    ids: Sequence[ConversationId]
    filters: str = ""
    more: int = 0
    ended: bool = False


def decision_in(key: str, conversation: ConversationId, digest: str) -> DecisionId:
    """The id of a decision that somebody makes in a queue. `digest` tells it from others about the
    conversation."""
    return DecisionId(f"{_beginning(key)}{conversation}:{digest}")


def _waits_since(conversation: Conversation, known: Mapping[ConversationId, float]) -> float:
    """Since when the lead waits: their newest reply may not be the first. SendKit's list does not
    say, so a conversation without a card is taken at its newest reply."""
    replied = dates.from_iso(conversation.replied_at) or 0.0
    return min(known.get(conversation.id, replied), replied)


def _to_json(queue: Queue) -> str:
    said = {"began_at": queue.began_at, "ids": [*queue.ids], "filters": queue.filters}
    return json.dumps({**said, "more": queue.more, **({"ended": True} if queue.ended else {})})


def _beginning(key: str) -> str:
    return f"next:{key}:"


@dataclass(frozen=True, slots=True)
class Queues:
    """`filters_of` returns the filters of a channel's lists. `clock` is in seconds since the
    epoch."""

    inbox: SendKit
    ledger: Ledger
    store: QueueStore
    filters_of: Callable[[ChannelId], Awaitable[Filters]]
    clock: Callable[[], float] = time.time

    async def begin(self, channel: ChannelId, filters: str) -> Queue:
        """Writes a queue of the unread conversations that pass, the oldest first."""
        both = [from_text(filters), await self.filters_of(channel)]
        began_at = self.clock()
        unread, cut = await self.inbox.unread()
        found = [each for each in unread if all(one.take(each, positive=False) for one in both)]
        if cut is not None and not found:
            raise cut
        put_off = await self.store.put_off([each.id for each in found])
        found = [each for each in found if each.id not in put_off]
        since = await self.store.waiting_since([each.id for each in found])
        found.sort(key=lambda each: (_waits_since(each, since), each.replied_at, each.id))
        key = f"{int(began_at):012d}-{uuid4().hex[:12]}"
        ids, more = [each.id for each in found[:MOST]], max(len(found) - MOST, 0)
        asked_for = " ".join(filter(None, map(str, both)))
        queue = Queue(key, began_at, ids, asked_for, more)
        await self.store.keep(key, _to_json(queue), f"{int(began_at) - KEPT_SECONDS:012d}")
        return queue

    async def kept(self, key: str) -> Queue:
        """NotUnderstood if it is no longer kept."""
        kept = await self.store.kept(key)
        if kept is None:
            raise NotUnderstood(GONE)
        said = json.loads(kept)
        ids = [ConversationId(each) for each in said["ids"]]
        ended = said.get("ended", False)
        return Queue(key, said["began_at"], ids, said["filters"], said["more"], ended)

    async def end(self, queue: Queue) -> None:
        """Keeps that its end is shown now, for every process."""
        if not queue.ended:
            await self.store.change(queue.key, _to_json(replace(queue, ended=True)))

    async def has_ended(self, key: str) -> bool:
        """Whether its end was shown."""
        try:
            return (await self.kept(key)).ended
        except NotUnderstood:
            return False

    async def following(self, queue: Queue, position: int) -> tuple[int, Conversation | None]:
        """The first conversation from this position on that is still to be decided about, and its
        position; None at the end."""
        for at in range(position, len(queue.ids)):
            if (found := await self._waiting(queue, queue.ids[at])) is not None:
                return at, found
        return len(queue.ids), None

    async def _waiting(self, queue: Queue, identity: ConversationId) -> Conversation | None:
        """The conversation, unless somebody has decided about it, put it off or read it
        meanwhile."""
        last = await self.ledger.outcome(identity)
        if last is not None and last.at >= queue.began_at:
            return None
        if await self.store.put_off([identity]):
            return None
        if any(each.waits for each in await self.store.asked([identity], queue.began_at)):
            return None
        try:
            now = await self.inbox.conversation(identity)
        except ConversationGone:
            return None
        if not now.unread:
            return None
        if await self.ledger.conversation(identity) is None:
            await self.ledger.remember(now, self.clock())  # the end of the queue names it
        return now

    async def tally(self, queue: Queue, person: UserId) -> Tally:
        """The result so far: what the person decided in it, or at another door meanwhile."""
        # In this order: a decision that is carried out in between still waits here, and is decided.
        asked = await self.store.asked(queue.ids, queue.began_at)
        decided = await self.store.decided(queue.ids, queue.began_at)
        ours, last = _beginning(queue.key), {each.conversation: each for _, each in decided}
        own = {
            each.conversation: each
            for who, each in decided
            if who == person or each.decision.startswith(ours)
        }
        mine = [each for each in asked if each.person == person or each.id.startswith(ours)]
        waiting = {each.conversation for each in mine if each.waits}
        made = []
        for whose in dict.fromkeys([*(each.conversation for each in mine), *own]):
            outcome, newest = own.get(whose), last.get(whose)
            if newest is not None and isinstance(newest.change, Revert):
                outcome = newest
            since = newest if outcome is not None and newest is not outcome else None
            known = await self.ledger.known(whose)
            waits = outcome is None and whose in waiting
            made.append(Made(known, outcome, waits, is_last=outcome is newest, since=since))
        others = last.keys() - {each.conversation.id for each in made}
        return Tally(len(queue.ids), tuple(made), len(others), queue.filters, queue.more)
