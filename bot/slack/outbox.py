"""Cards on their way into channels: one message a second a channel is Slack's limit, so cards that
wait for their channel go out together. An idle channel pays no delay.

https://docs.slack.dev/apis/web-api/rate-limits
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass

from bot.timing import DEFAULT
from bot.triage import Card, ChannelId, Place
from bot.views.batch import MOST


@dataclass(frozen=True, slots=True)
class Parcel:
    """A card that waits; `mark` tells it from its repeat."""

    card: Card
    mark: str
    posted: "asyncio.Future[Place]"


Send = Callable[[ChannelId, Sequence[Parcel]], Awaitable[Sequence[Place]]]


class Outbox:
    """`send` posts the cards of one message and tells where each is; its errors reach each."""

    def __init__(
        self,
        send: Send,
        seconds: float = DEFAULT.message_slot,
        most_given: float = DEFAULT.most_given,
    ) -> None:
        self._send = send
        self._seconds = seconds
        self._most_given = most_given
        self._waiting: dict[ChannelId, deque[Parcel]] = {}
        self._free_at: dict[ChannelId, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """How many cards wait for their channels."""
        return sum(map(len, self._waiting.values()))

    async def post(self, channel: ChannelId, card: Card, mark: str) -> Place:
        """Where the card is, once it is there."""
        loop = asyncio.get_running_loop()
        parcel = Parcel(card, mark, loop.create_future())
        waiting = self._waiting.get(channel)
        if waiting is None:
            waiting = self._waiting[channel] = deque()
            # It posts for many entries: what it logs is not about the one that came first.
            task = loop.create_task(self._empty(channel, waiting), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        waiting.append(parcel)
        return await parcel.posted

    def give_way(self, channel: ChannelId) -> None:
        """Somebody's decision is about to be told in the channel: cards leave it a message."""
        now = asyncio.get_running_loop().time()
        self._free_at[channel] = max(self._free_at.get(channel, 0.0), now) + self._seconds

    async def _empty(self, channel: ChannelId, waiting: deque[Parcel]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0)  # cards of the same moment go out together
            latest = loop.time() + self._most_given
            # The time moves on when somebody's line goes first.
            while (wait := self._due(channel, latest) - loop.time()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(wait)
            parcels = [waiting.popleft() for _ in range(min(len(waiting), MOST))]
            # Who was cancelled while waiting wants no card any more.
            parcels = [each for each in parcels if not each.posted.done()]
            if parcels:
                await self._deliver(channel, parcels)
                self._free_at[channel] = max(
                    self._free_at.get(channel, 0.0), loop.time() + self._seconds
                )
            if not waiting:
                del self._waiting[channel]
                return

    def _due(self, channel: ChannelId, latest: float) -> float:
        """When the next message may go into the channel."""
        return min(self._free_at.get(channel, 0.0), latest)

    async def _deliver(self, channel: ChannelId, parcels: Sequence[Parcel]) -> None:
        sending = asyncio.ensure_future(self._send(channel, parcels))
        await asyncio.wait([sending])
        error = sending.exception()
        places = sending.result() if error is None else ()
        for position, parcel in enumerate(parcels):
            if parcel.posted.done():
                continue
            if error is not None:
                parcel.posted.set_exception(error)
            else:
                parcel.posted.set_result(places[position])
