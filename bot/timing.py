"""How long the bot waits for what, and by which clocks. Tests pass shorter times, other clocks."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Clocks:
    """`wall` is in seconds since the epoch and may be put back or forward; `monotonic` may not."""

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class SocketTiming:
    """Seconds, all by the monotonic clock.

    `silence` is how long nothing at all may come, not even an answer to our pings. `ping` is how
    long nothing of Slack's own may come: it pings at least every half minute by itself, and a
    connection that only answers may have been forgotten behind whoever answers. `opening` is for an
    address, a handshake and the hello. An old connection may stay `parting` beside the new one.
    `closing` is for the answers that are owed at the end, and again for the farewell. `pauses` come
    before one attempt and the next: the longest, with an attempt's time, is less than the half
    minute in which a Slack that is back is noticed.
    """

    silence: float = 20.0
    ping: float = 60.0
    opening: float = 10.0
    parting: float = 15.0
    closing: float = 1.0
    pauses: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseTiming:
    """Seconds. Slack waits three for the answer to a click, also when it cannot be written.

    SQLite waits `busy` for a program that has locked the file, for example to copy it. PostgreSQL
    gets `lock` to provide a connection, and again to provide a lock. The server ends a statement
    after `statement`; after `answer` the bot stops waiting for a server that hangs. The bot tries
    to connect, or to change the tables, once each `reconnect`, and gives the tables up after
    `migrating`: a back-up or another process may have locked them.
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

    A call to Slack ends after `slack_call`. One to SendKit ends after `sendkit_call`, however
    slowly its answer trickles; before that, after `sendkit_connect` without a connection and
    `sendkit_read` without a byte. After `settling`, calls that were under way when a process died
    have ended.

    Work that failed is tried again after `shortest_pause` to `longest_pause`. Work on SQLite that
    waits for its time looks each `clock_check` whether the wall clock was put forward. A process on
    PostgreSQL sends a heartbeat each `heartbeat`, and looks as often for what others left; one that
    sends none for `silence` is dead. Slack takes one message in a channel each `message_slot`;
    lines of threads go before cards for at most `most_given`.

    The HTTP server answers each request within `answer`: Slack waits three seconds, and a person
    should see an error that is true. For a command it waits `check` for Slack to say whether the
    person may use it. `/readyz` waits `health_check` for each answer; it and `/metrics` keep what
    they found for `findings_kept`. The list of aiTags is read again after `ai_tags_kept`, and after
    `ai_tags_pause` where that failed.

    At the end the journal gets `drain`, the HTTP server twice `http_drain`, Socket Mode twice
    `socket.closing`, all side by side; then the database may need a second. After `last` the
    process leaves as it stands: platforms kill it after ten.
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
    drain: float = 7.0
    http_drain: float = 2.0
    last: float = 9.0
    answer: float = 2.5
    check: float = 1.0
    health_check: float = 1.5
    findings_kept: float = 10.0
    ai_tags_kept: float = 300.0
    ai_tags_pause: float = 30.0
    database: DatabaseTiming = field(default_factory=DatabaseTiming)
    socket: SocketTiming = field(default_factory=SocketTiming)

    def pause(self, age: float, attempt: int) -> float:
        """Seconds until the next try of work of this age: half its age, but less where it waited
        for others and not for its own tries."""
        longest = self.shortest_pause * 1.5 ** min(attempt, 20)
        return min(max(age / 2, self.shortest_pause), longest, self.longest_pause)


DEFAULT = Timing()
CLOCKS = Clocks()
