"""Sends messages at times that Slack's rates allow. A message that would wait for long goes back to
the journal, so that it holds up nothing else.

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
from bot.slack.sender import Sender, Views
from bot.timing import CLOCKS, DEFAULT, Clocks, Timing
from bot.triage import Card, ChannelId, MessageTs, Place, UserId
from bot.views import Message
from bot.views.batch import MOST

# Calls a minute in a workspace: chat.update is in tier 3, chat.postEphemeral in tier 4.
UPDATES: Final = 50
EPHEMERALS: Final = 100
# Updates a minute that are reserved for people's decisions.
KEPT_FOR_PEOPLE: Final = 10
# How often a message is sent again after a 429 before it goes back to the journal.
MOST_REFUSED: Final = 2
# Two clocks may differ, so that a delayed entry returns a moment too early.
MOMENT: Final = 0.1
# Marks of messages that were certainly not sent. The bot looks for any other message before a
# repeat.
MOST_MARKS: Final = 10_000

T = TypeVar("T")


class Pace:
    """The order of calls, of which Slack accepts `most` in `seconds`. A call that must wait gets a
    turn, `spacing` seconds after the one before it. Urgent calls go first, and `kept` calls are
    reserved for them. Times are monotonic."""

    def __init__(self, most: float, seconds: float, spacing: float, kept: int = 0) -> None:
        self._most = most
        self._seconds = seconds
        self._spacing = spacing
        self._kept = kept
        self._sent: deque[float] = deque()
        self._turns: dict[str, float] = {}
        # The time of the next free turn, for urgent calls and for others.
        self._next = {True: -math.inf, False: -math.inf}
        self.held_until = -math.inf

    @property
    def next(self) -> float:
        """The time at which all urgent calls with a turn have had it."""
        return self._next[True]

    def wait(self, key: str, now: float, *, urgent: bool = True) -> float:
        """0 if the call may go now, and counts as sent. Otherwise the seconds until its turn, when
        it asks again with the same key."""
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
        """Slack accepts no call before this time: moves all turns."""
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
    """A waiting card. `mark` tells it from its repeat."""

    card: Card
    mark: str
    posted: "asyncio.Future[Place]"


@dataclass(slots=True)
class _Channel:
    """The messages that wait for a channel. `free_at`: when its next cards may go out."""

    lines: Pace
    cards: deque[Parcel] = field(default_factory=deque)
    free_at: float = -math.inf
    is_emptying: bool = False

    def cards_at(self, latest: float) -> float:
        """The time at which the next cards may go out: after the lines that have a turn, but at
        `latest` at this time."""
        return max(self.lines.held_until, min(max(self.free_at, self.lines.next), latest))


class Outbox:
    """All methods raise SlackBusy if Slack's rate asks for a longer wait; then nothing was sent.

    Waiting cards for one channel go out together, since Slack's limit is one message a second.
    Lines in threads go before them, without a delay until Slack says that they are too many.
    """

    def __init__(self, sender: Sender, timing: Timing = DEFAULT, clocks: Clocks = CLOCKS) -> None:
        self._sender = sender
        self._timing = timing
        self._clocks = clocks
        minute = timing.rate_minute
        self._updates = Pace(UPDATES, minute, minute / UPDATES, KEPT_FOR_PEOPLE)
        self._ephemerals = Pace(EPHEMERALS, minute, minute / EPHEMERALS)
        self._channels: dict[ChannelId, _Channel] = {}
        # The attempt at which each of these messages was sent back unsent.
        self._unsent: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """The number of cards that wait for their channels."""
        return sum(len(each.cards) for each in self._channels.values())

    def is_unsent(self, mark: str, number: int) -> bool:
        """Whether the attempt before this one ended here before anything was sent."""
        return self._unsent.pop(mark, None) == number - 1

    async def post(self, channel: ChannelId, card: Card, mark: str, number: int) -> Place:
        """Posts a card; returns where it is."""
        box = self._channel(channel)
        parcel = Parcel(card, mark, asyncio.get_running_loop().create_future())
        box.cards.append(parcel)
        if not box.is_emptying:
            box.is_emptying = True
            # The task posts for many entries, so its log lines must not carry the first one's
            # reference.
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
        """Posts a line in a thread."""
        box = self._channel(place.channel)
        box.free_at = max(box.free_at, self._clocks.monotonic()) + self._timing.message_slot
        try:
            send = partial(self._sender.reply, place, view, mark)
            return await self._in_turn(box.lines, mark, self._timing.most_in_turn, send)
        except SlackBusy:
            self._note_unsent(mark, number)
            raise

    async def redraw(self, place: Place, views: Views, *, urgent: bool) -> None:
        """Updates a message. All updates of one message share a turn, so the waiting entry draws
        the newest state."""
        send = partial(self._sender.update, place, views)
        key = f"{place.channel}:{place.ts}"
        await self._in_turn(self._updates, key, MOMENT, send, urgent=urgent)

    async def whisper(
        self, channel: ChannelId, user: UserId, thread: MessageTs | None, view: Message
    ) -> None:
        """Posts a message that only this person sees in the channel."""
        send = partial(self._sender.whisper, channel, user, thread, view)
        key = f"{channel} {user} {view.text}"
        await self._in_turn(self._ephemerals, key, self._timing.most_in_turn, send)

    async def _in_turn(
        self,
        turns: Pace,
        key: str,
        most: float,
        send: Callable[[], Awaitable[T]],
        *,
        urgent: bool = True,
    ) -> T:
        """Sends in turn, after at most `most` seconds, even if only Slack knew of the wait."""
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
            self._channels[channel] = _Channel(Pace(math.inf, slot, slot))
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
            # The time moves when a person's line goes first.
            while (wait := box.cards_at(latest) - ticks()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(wait)
            parcels = [box.cards.popleft() for _ in range(min(len(box.cards), MOST))]
            # Skip parcels whose entry was cancelled while it waited.
            parcels = [each for each in parcels if not each.posted.done()]
            if parcels:
                refused = 0 if await self._deliver(channel, box, parcels) else refused + 1
                box.free_at = max(box.free_at, ticks() + timing.message_slot)
        box.is_emptying = False

    async def _deliver(self, channel: ChannelId, box: _Channel, parcels: Sequence[Parcel]) -> bool:
        """Posts the cards; False if Slack's rate did not allow it."""
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
