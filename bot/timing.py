"""All time limits and clocks of the bot. Tests pass shorter times and other clocks."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Clocks:
    """`wall` is in seconds since the epoch and may jump either way; `monotonic` never goes back."""

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class SocketTiming:
    """Seconds, by the monotonic clock.

    `silence`: the longest time without any frame, answers to our pings included. `ping`: the
    longest time without a frame that Slack sends by itself. Slack pings at least every half minute;
    a socket may still answer our pings although Slack has dropped it behind a proxy. `opening`: for
    an address, a handshake and the hello. `parting`: how long an old connection may stay beside the
    new one. `closing`: for the answers that are owed at the end, and again for the closing frames.
    `pauses`: before each further attempt. The longest, with an attempt's own time, is below half a
    minute, so that the bot soon notices that Slack is back.
    """

    silence: float = 20.0
    ping: float = 60.0
    opening: float = 10.0
    parting: float = 15.0
    closing: float = 1.0
    pauses: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseTiming:
    """Seconds. Slack waits three for the answer to a click, also for an error.

    SQLite waits `busy` for a program that has locked the file, for example to copy it. PostgreSQL
    gets `lock` for a connection, and again for a lock. The server ends a statement after
    `statement`; the bot stops waiting for a hanging server after `answer`. The bot tries to
    connect, or to change the tables, once each `reconnect`. It gives up on locked tables after
    `migrating`: a back-up or another process may hold them.
    """

    busy: float = 1.0
    lock: float = 2.0
    statement: float = 5.0
    answer: float = 8.0
    reconnect: float = 1.0
    migrating: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds.

    A call to Slack ends after `slack_call`. A call to SendKit ends after `sendkit_connect` without
    a connection, after `sendkit_read` without a byte, and after `sendkit_call` in any case.
    `settling` after a process died, its calls have ended.

    Failed work is tried again after `shortest_pause` to `longest_pause`. Work on SQLite that waits
    for a time checks each `clock_check` whether the wall clock was put forward. A process on
    PostgreSQL sends a heartbeat each `heartbeat`, and looks as often for abandoned entries; after
    `silence` without one it counts as dead. Slack takes one message in a channel each
    `message_slot`; lines in threads go before cards for at most `most_given`. Slack counts other
    calls by the `rate_minute`. A message that would wait for its turn for longer than
    `most_in_turn` is put off in the journal.

    An answer to a lead can be taken back for `answer_held`. SendKit may show it in the thread only
    `answer_shown` after it was sent.

    Each `due_look`, each process looks for reminders that are due until the look after the next
    one.

    The HTTP server answers each request within `answer`: Slack waits three seconds, and a person
    should see a true error. For a command it waits `check` for Slack to say whether the person may
    use it, and for SendKit to find the lead, before it tells the person. `/readyz` waits
    `health_check` for each check; it and `/metrics` keep their results for `findings_kept`. The
    answer to a form waits `form` for Slack or SendKit, and then shows a loading view. App Home
    waits `home_check` for the same checks as `/readyz`. The list of aiTags is read again after
    `ai_tags_kept`, and after `ai_tags_pause` if that failed.

    At the end the journal gets `drain`, the HTTP server twice `http_drain`, Socket Mode twice
    `socket.closing`, all at the same time; then the database may need a second. After `last` the
    process exits in any case: platforms kill it after ten seconds.
    """

    slack_call: float = 10.0
    sendkit_connect: float = 5.0
    sendkit_read: float = 10.0
    sendkit_call: float = 11.0
    settling: float = 12.0
    shortest_pause: float = 2.0
    longest_pause: float = 300.0
    clock_check: float = 60.0
    silence: float = 6.0
    heartbeat: float = 1.0
    message_slot: float = 1.0
    most_given: float = 10.0
    rate_minute: float = 60.0
    most_in_turn: float = 2.0
    answer_held: float = 30.0
    answer_shown: float = 60.0
    due_look: float = 20.0
    drain: float = 7.0
    http_drain: float = 2.0
    last: float = 9.0
    answer: float = 2.5
    check: float = 1.0
    form: float = 1.8
    health_check: float = 1.5
    home_check: float = 0.4
    findings_kept: float = 10.0
    ai_tags_kept: float = 300.0
    ai_tags_pause: float = 30.0
    database: DatabaseTiming = field(default_factory=DatabaseTiming)
    socket: SocketTiming = field(default_factory=SocketTiming)

    def pause(self, age: float, attempt: int) -> float:
        """Seconds until the next try of work of this age: half its age, or less if it waited for
        other work instead of its own tries."""
        longest = self.shortest_pause * 1.5 ** min(attempt, 20)
        return min(max(age / 2, self.shortest_pause), longest, self.longest_pause)


DEFAULT = Timing()


class Bucket:
    """Tokens: a number at once, and then one every `seconds`. `clock` is in seconds."""

    def __init__(self, size: int, seconds: float, clock: Callable[[], float]) -> None:
        self._size = size
        self._seconds = seconds
        self._clock = clock
        self._tokens = float(size)
        self._counted_at = clock()

    def take(self) -> bool:
        """Takes a token; returns whether there was one."""
        now = self._clock()
        gained = (now - self._counted_at) / self._seconds
        self._tokens = min(self._tokens + gained, float(self._size))
        self._counted_at = now
        has_one = self._tokens >= 1
        self._tokens -= has_one
        return has_one


CLOCKS = Clocks()
