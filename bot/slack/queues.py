"""Queues: unread conversations that a person goes through one after another. The database keeps
each for a day; which decisions were made is in the record alone, so nothing is counted twice."""

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from bot.errors import ConversationGone, NotUnderstood
from bot.filters import Filters, from_text
from bot.sendkit.client import SendKit
from bot.store.ledger import Ledger
from bot.store.queues import QueueStore
from bot.triage import ChannelId, Conversation, ConversationId, DecisionId, Revert
from bot.views.queue import Made, Tally

KEPT_SECONDS: Final = 24 * 3600
# As many as somebody may go through in a day.
MOST: Final = 500
GONE: Final = "This round is over. Type /sendkit next for a new one."


@dataclass(frozen=True, slots=True)
class Queue:
    """`began_at`: seconds since the epoch. `filters`: what somebody asked for, as text. `more`: how
    many conversations did not fit in. `ended`: its end was shown."""

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


def _to_json(queue: Queue) -> str:
    said = {"began_at": queue.began_at, "ids": [*queue.ids], "filters": queue.filters}
    return json.dumps({**said, "more": queue.more, **({"ended": True} if queue.ended else {})})


def _beginning(key: str) -> str:
    return f"next:{key}:"


@dataclass(frozen=True, slots=True, kw_only=True)
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
        found.sort(key=lambda each: (each.replied_at, each.id))
        key = f"{int(began_at):012d}-{uuid4().hex[:12]}"
        ids, more = [each.id for each in found[:MOST]], max(len(found) - MOST, 0)
        queue = Queue(key, began_at, ids, filters, more)
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
        """The conversation, unless somebody has decided about it or read it meanwhile."""
        last = await self.ledger.outcome(identity)
        if last is not None and last.at >= queue.began_at:
            return None
        if any((await self.store.asked([identity], queue.began_at)).values()):
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

    async def tally(self, queue: Queue) -> Tally:
        """What came of it so far."""
        decided = await self.store.decided(queue.ids, queue.began_at)
        outcomes = {each.decision: each for each in decided}
        last = {each.conversation: each for each in decided}
        made, ours = dict[ConversationId, Made](), _beginning(queue.key)
        for identity, waits in (await self.store.asked(queue.ids, queue.began_at)).items():
            if identity.startswith(ours):
                whose = ConversationId(identity.removeprefix(ours).partition(":")[0])
                known = await self.ledger.known(whose)
                outcome, newest = outcomes.get(identity), last.get(whose)
                if newest and isinstance(newest.change, Revert):
                    outcome = newest
                waits = waits and outcome is None
                made[whose] = Made(known, outcome, waits, is_last=outcome is newest)
        others = {each.conversation for each in decided} - made.keys()
        return Tally(len(queue.ids), tuple(made.values()), len(others), queue.filters, queue.more)
