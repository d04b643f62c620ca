"""Messages on their way to Slack, at times at which its rates let them through. What would have to
wait for long is put off in the journal instead, so that it holds up nothing else.

https://docs.slack.dev/apis/web-api/rate-limits
"""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from bot.errors import SlackBusy
from bot.slack.sender import Sender
from bot.timing import CLOCKS, DEFAULT, Clocks, Timing
from bot.triage import Card, ChannelId, MessageTs, Place, UserId
from bot.views import Message
from bot.views.batch import MOST

# chat.update is of tier 3, chat.postEphemeral of tier 4: so many calls a minute in a workspace.
UPDATES: Final = 50
EPHEMERALS: Final = 100
# Updates a minute that only decisions of people may use.
KEPT_FOR_PEOPLE: Final = 10
# How often a message is sent again that Slack's rate refused, before it is put off.
MOST_REFUSED: Final = 2
# An entry that was put off comes back a moment too early where two clocks differ.
MOMENT: Final = 0.1
# Marks whose messages were certainly not sent. Without its mark here, a message is looked for.
MOST_MARKS: Final = 10_000

T = TypeVar("T")


class Turns:
    """The order of calls of which Slack takes `most` in so many `seconds`. A call that cannot go
    yet has a turn, `spacing` seconds after the one before it. Urgent calls go before the others,
    which leave them `kept` calls. Times are by a monotonic clock."""

    def __init__(self, most: float, seconds: float, spacing: float, kept: int = 0) -> None:
        self._most = most
        self._seconds = seconds
        self._spacing = spacing
        self._kept = kept
        self._sent: deque[float] = deque()
        self._turns: dict[str, float] = {}
        # When the next turn that is given can be, for calls that are urgent and for the others.
        self._next = {True: -math.inf, False: -math.inf}
        self.held_until = -math.inf

    @property
    def next(self) -> float:
        """When all urgent calls that have a turn had it."""
        return self._next[True]

    def wait(self, key: str, now: float, *, urgent: bool = True) -> float:
        """0 where the call may go now, and then it counts as sent; else the seconds until its turn,
        in which it asks again under the same key."""
        free_at = self._free_at(now, urgent=urgent)
        turn = self._turns.pop(key, None)
        queue = self._next[True] if urgent else max(self._next.values())
        ahead = self._next[True] if not urgent else -math.inf
        if max(free_at, ahead, queue if turn is None else turn) <= now:
            self._sent.append(now)
            return 0.0
        if turn is None or turn <= now:
            turn = max(free_at, queue)
            self._next[urgent] = turn + self._spacing
        self._turns[key] = turn
        return turn - now

    def hold(self, until: float, now: float) -> None:
        """Slack takes no call before this time: all turns move by as much."""
        moved = until - max(self.held_until, now)
        if moved > 0:
            self.held_until = until
            self._turns = {key: max(at, now) + moved for key, at in self._turns.items()}
            self._next = {urgent: max(at, now) + moved for urgent, at in self._next.items()}

    def _free_at(self, now: float, *, urgent: bool) -> float:
        while self._sent and self._sent[0] <= now - self._seconds:
            self._sent.popleft()
        over = len(self._sent) - (self._most if urgent else self._most - self._kept)
        return max(self.held_until, now if over < 0 else self._sent[int(over)] + self._seconds)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A card that waits; `mark` tells it from its repeat."""

    card: Card
    mark: str
    posted: "asyncio.Future[Place]"


@dataclass(slots=True)
class _Channel:
    """What waits for a channel. `free_at` is when it can have its next cards."""

    lines: Turns
    cards: deque[Parcel] = field(default_factory=deque)
    free_at: float = -math.inf
    is_emptied: bool = False

    def cards_at(self, latest: float) -> float:
        """When the next cards may go out: after the lines that have a turn, but not after
        `latest` because of them."""
        return max(self.lines.held_until, min(max(self.free_at, self.lines.next), latest))


class Outbox:
    """All methods raise SlackBusy where Slack's rate asks for a longer wait: then nothing was sent.

    Cards that wait for one channel go out together, as one message a second is Slack's limit. Lines
    of threads go before them, at once until Slack says that they are too many.
    """

    def __init__(self, sender: Sender, timing: Timing = DEFAULT, clocks: Clocks = CLOCKS) -> None:
        self._sender = sender
        self._timing = timing
        self._clocks = clocks
        minute = timing.rate_minute
        self._updates = Turns(UPDATES, minute, minute / UPDATES, KEPT_FOR_PEOPLE)
        self._ephemerals = Turns(EPHEMERALS, minute, minute / EPHEMERALS)
        self._channels: dict[ChannelId, _Channel] = {}
        # The attempt at which each of these messages was put off unsent.
        self._unsent: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """How many cards wait for their channels."""
        return sum(len(each.cards) for each in self._channels.values())

    def is_unsent(self, mark: str, number: int) -> bool:
        """Whether the attempt before this one was put off here before anything was sent."""
        return self._unsent.pop(mark, None) == number - 1

    async def post(self, channel: ChannelId, card: Card, mark: str, number: int) -> Place:
        """Where the card is, once it is there."""
        box = self._channel(channel)
        parcel = Parcel(card, mark, asyncio.get_running_loop().create_future())
        box.cards.append(parcel)
        if not box.is_emptied:
            box.is_emptied = True
            # It posts for many entries: what it logs is not about the one that came first.
            task = asyncio.get_running_loop().create_task(
                self._empty(channel, box), context=Context()
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            return await parcel.posted
        except SlackBusy:
            self._note_unsent(mark, number)
            raise

    async def reply(self, place: Place, view: Message, mark: str, number: int) -> MessageTs:
        """A line in a thread."""
        box = self._channel(place.channel)
        box.free_at = max(box.free_at, self._clocks.monotonic()) + self._timing.message_slot
        try:
            send = partial(self._sender.reply, place, view, mark)
            return await self._in_turn(box.lines, mark, self._timing.most_in_turn, send)
        except SlackBusy:
            self._note_unsent(mark, number)
            raise

    async def redraw(self, place: Place, views: Sequence[Message], *, urgent: bool) -> None:
        """Updates of one message share a turn, so the entry that waits for it draws the newest
        state."""
        send = partial(self._sender.update, place, views)
        key = f"{place.channel}:{place.ts}"
        await self._in_turn(self._updates, key, MOMENT, send, urgent=urgent)

    async def whisper(
        self, channel: ChannelId, user: UserId, thread: MessageTs | None, view: Message
    ) -> None:
        """A message in the channel that only this person sees."""
        send = partial(self._sender.whisper, channel, user, thread, view)
        key = f"{channel} {user} {view.text}"
        await self._in_turn(self._ephemerals, key, self._timing.most_in_turn, send)

    async def _in_turn(
        self,
        turns: Turns,
        key: str,
        most: float,
        send: Callable[[], Awaitable[T]],
        *,
        urgent: bool = True,
    ) -> T:
        """Waits for `most` seconds at most, also for what only Slack knew."""
        ticks = self._clocks.monotonic
        latest = ticks() + most
        while True:
            if (wait := turns.wait(key, ticks(), urgent=urgent)) == 0:
                try:
                    return await send()
                except SlackBusy as busy:
                    turns.hold(ticks() + self._seconds_until(busy), ticks())
            elif ticks() + wait > latest:
                raise SlackBusy(self._clocks.wall() + wait)
            else:
                await asyncio.sleep(wait)

    def _seconds_until(self, busy: SlackBusy) -> float:
        return max((busy.at or 0.0) - self._clocks.wall(), MOMENT)

    def _note_unsent(self, mark: str, number: int) -> None:
        if len(self._unsent) >= MOST_MARKS:
            self._unsent.clear()
        self._unsent[mark] = number

    def _channel(self, channel: ChannelId) -> _Channel:
        if channel not in self._channels:
            slot = self._timing.message_slot
            self._channels[channel] = _Channel(Turns(math.inf, slot, slot))
        return self._channels[channel]

    async def _empty(self, channel: ChannelId, box: _Channel) -> None:
        ticks, timing, refused = self._clocks.monotonic, self._timing, 0
        while box.cards:
            await asyncio.sleep(0)  # cards of the same moment go out together
            held = box.lines.held_until - ticks()
            if held > (timing.most_in_turn if refused < MOST_REFUSED else 0.0):
                self._put_off(box, SlackBusy(self._clocks.wall() + held))
                break
            latest = ticks() + timing.most_given
            # The time moves on when somebody's line goes first.
            while (wait := box.cards_at(latest) - ticks()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(wait)
            parcels = [box.cards.popleft() for _ in range(min(len(box.cards), MOST))]
            # A parcel whose entry was cancelled while it waited is not wanted any more.
            parcels = [each for each in parcels if not each.posted.done()]
            if parcels:
                refused = 0 if await self._deliver(channel, box, parcels) else refused + 1
                box.free_at = max(box.free_at, ticks() + timing.message_slot)
        box.is_emptied = False

    async def _deliver(self, channel: ChannelId, box: _Channel, parcels: Sequence[Parcel]) -> bool:
        """False where Slack's rate did not let the message through."""
        cards, marks = [each.card for each in parcels], [each.mark for each in parcels]
        sending = asyncio.ensure_future(self._sender.post(channel, cards, marks))
        await asyncio.wait([sending])
        error = sending.exception()
        if isinstance(error, SlackBusy):
            now = self._clocks.monotonic()
            box.lines.hold(now + self._seconds_until(error), now)
            box.cards.extendleft(reversed(parcels))
            return False
        places = sending.result() if error is None else ()
        for position, parcel in enumerate(parcels):
            if parcel.posted.done():
                continue
            if error is not None:
                parcel.posted.set_exception(error)
            else:
                parcel.posted.set_result(places[position])
        return True

    def _put_off(self, box: _Channel, busy: SlackBusy) -> None:
        while box.cards:
            parcel = box.cards.popleft()
            if not parcel.posted.done():
                parcel.posted.set_exception(busy)
