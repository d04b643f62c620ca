"""Shared by both journals: an entry in hand, and the attempts at it."""

import json
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeVar, overload

from bot import logs
from bot.codec import decode, encode
from bot.errors import DatabaseTrouble, Later, SendKitDown
from bot.journal.entry import DEDUP_SECONDS, Entry
from bot.store import Row, Statement
from bot.timing import Clocks, Timing

if TYPE_CHECKING:
    from typing_extensions import TypeForm

log = logging.getLogger(__name__)

T = TypeVar("T")

# During a rolling upgrade, an entry of an unknown kind waits this long for a newer process.
CHANGEOVER_SECONDS: Final = 600.0

# Prefix of the lane of entries that let others pass. Among themselves they keep their order.
ASIDE: Final = "aside:"

# In the column `begun`: an effect may be under way, of the process that has the entry in hand.
BEGUN: Final = 1
# In the column `begun`: only effects of earlier processes may be under way, until `settled_at`. A
# process that dies while it waits for them does not make the next one wait as long again.
TAKEN_UP: Final = 2

# Among an entry's steps: how many attempts there were, if none of them left anything half done.
UNTOUCHED: Final = "untouched"

# The columns `lane` and `twin` keep their names, since an older process may use the same database.
WRITE: Final = """
    INSERT INTO entries (id, kind, lane, payload, twin, written_at, due_at, not_before, attempts,
        begun, state, steps)
    SELECT :id, :kind, :lane, :payload, :dedup_key, :now, :due, :not_before, 0, :begun, 'open', '{}'
    WHERE NOT EXISTS (
        SELECT 1 FROM (
            SELECT twin, written_at FROM entries
            WHERE lane = :lane AND twin IS NOT NULL ORDER BY seq DESC LIMIT 1
        ) AS newest
        WHERE twin = :dedup_key AND written_at > :dedup_since AND written_at < :dedup_until
    )
    AND (:merges = 0 OR NOT EXISTS (
        SELECT 1 FROM entries
        WHERE lane = :lane AND state = 'open' AND begun = 0 AND attempts = 0
            AND kind = :kind AND payload = :payload AND not_before <= :due
    ))
    ON CONFLICT (id) DO NOTHING
"""

# After a cancelled entry, the same work counts as new.
CANCEL: Final = """
    UPDATE entries SET state = 'cancelled', payload = '', steps = '{}',
        twin = CASE WHEN twin IS NOT NULL THEN '' END
    WHERE id = :id AND state = 'open' AND begun = 0 AND attempts = 0
"""


class TakenOver(Exception):
    """Another process has the entry in hand now, so this one stops."""


class NeedsLane(Exception):
    """The entry goes on in its lane, at once."""

    def __init__(self) -> None:
        super().__init__("it goes on in its lane")


# What lets an entry be tried again, when a handler raises it.
PutOff = Later | DatabaseTrouble | NeedsLane
PUT_OFF: Final = (Later, DatabaseTrouble, NeedsLane)


async def _trusted(attempt: "Attempt") -> None:
    """No other process can have taken it over."""


@dataclass(slots=True)
class Attempt:
    """An entry in hand. One object serves all attempts of this process.

    `number`: attempts before this one. `settled_at`: when calls of an earlier attempt have ended,
    in seconds since the epoch. `until`: the time that it was put off until, if somebody named one,
    in seconds since the epoch. `steps`: the results so far, as JSON. `keep` makes them durable,
    with `unwritten` in the same transaction. `verify` raises TakenOver. `begun`: the database
    records that an effect may be under way. `lane`: the entry's, or the one beside it. `stuck`: the
    next call to SendKit may hang.
    """

    entry: Entry
    written_at: float
    due_at: float
    begun: bool
    keep: Callable[["Attempt"], Awaitable[None]]
    waiting: Callable[[], int]
    clocks: Clocks
    timing: Timing
    number: int = 0
    settled_at: float = 0.0
    until: float = math.inf
    steps: dict[str, Any] = field(default_factory=dict)
    verify: Callable[["Attempt"], Awaitable[None]] = _trusted
    age_before: float = 0.0
    lane: str = ""
    stuck: bool = False
    may_have_run: bool = False
    unfinished: bool = False
    unwritten: list[Statement] = field(default_factory=list)
    dedup_key: str | None = field(init=False)
    taken_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.lane = self.lane or self.entry.lane
        self.dedup_key = self.entry.dedup_key
        self.taken_at = self.clocks.monotonic()

    @property
    def is_aside(self) -> bool:
        """Whether it lets others pass, so that another entry of its lane may run beside it."""
        return self.lane != self.entry.lane

    @property
    def age(self) -> float:
        """Seconds since the entry first came due, by a clock that does not jump."""
        return max(self.age_before + self.clocks.monotonic() - self.taken_at, 0.0)

    @property
    def seconds_to_wait(self) -> float:
        """Seconds until the entry may begin; 0 once it was tried."""
        if self.begun or self.number:
            return 0.0
        return max(self.entry.not_before - self.clocks.wall(), 0.0)

    def start_age(self) -> None:
        """Starts the entry's age."""
        self.age_before, self.taken_at = 0.0, self.clocks.monotonic()

    @property
    def queued_behind(self) -> int:
        """The number of entries that wait behind this one in its lane, as far as this process
        knows."""
        return self.waiting()

    @overload
    async def step(
        self, name: str, effect: Callable[[Self], Awaitable[object]], *, durable: bool = True
    ) -> None: ...

    @overload
    async def step(
        self,
        name: str,
        effect: Callable[[Self], Awaitable[T]],
        kind: "TypeForm[T]",
        *,
        looks_first: bool = False,
    ) -> T: ...

    async def step(
        self,
        name: str,
        effect: Callable[[Self], Awaitable[Any]],
        kind: Any = None,
        *,
        durable: bool = True,
        looks_first: bool = False,
    ) -> Any:
        """Runs the effect once and stores its result, if it has a `kind`.

        If an earlier attempt may have begun the effect, `may_have_run` is set: the effect must look
        before it repeats anything, and again after `wait_for_inflight`. The last step before the
        entry's end need not be `durable`: after a death, the next process looks. An effect that
        `looks_first` calls `begins` before it changes anything.
        """
        if self.unwritten:
            await self.keep(self)
        if name in self.steps:
            return None if kind is None else decode(self.steps[name], kind)
        await self.verify(self)
        self.may_have_run = self.unfinished
        if not looks_first:
            self.begins()
        result = await effect(self)
        self.steps[name] = {} if kind is None else encode(result)
        if durable or self.settled_at:
            await self.keep(self)
        self.unfinished = False
        return None if kind is None else result

    def begins(self) -> None:
        """The running step is about to change something outside."""
        self.unfinished = True

    def forget(self, name: str) -> None:
        """Lets the step run again."""
        del self.steps[name]

    def note(self, name: str, result: object) -> None:
        """Stores the result of another step together with the running one's."""
        self.steps[name] = encode(result)

    async def refuse(self) -> None:
        """The entry failed, so the same work again counts as new."""
        self.forget_dedup_key()
        await self.keep(self)

    def forget_dedup_key(self) -> None:
        """The entry still separates others that have dedup keys."""
        self.dedup_key = None if self.dedup_key is None else ""

    async def wait_for_inflight(self) -> bool:
        """Waits until calls of an earlier attempt have ended, of a dead process or without an
        answer; returns whether there was anything to wait for."""
        left = self.settled_at - self.clocks.wall()
        # A wall clock that was put back must not make it longer.
        seconds = min(left, self.timing.settling)
        if seconds > 0:
            await self.clocks.sleep(seconds)
        if self.settled_at:
            # The effect may begin now, so the entry is no longer TAKEN_UP.
            await self.keep(self)
        return seconds > 0

    def need_lane(self) -> None:
        """To be called before the entry reads or writes what others of its lane change: if it lets
        them pass, it has to go on in its lane."""
        if self.is_aside:
            raise NeedsLane

    def put_off(self, error: PutOff) -> None:
        """Delays the entry until the error's time, or for a while; aside if the error says so."""
        now = self.clocks.wall()
        if isinstance(error, Later) and error.aside:
            self.lane = f"{ASIDE}{self.entry.lane}"
        wanted = error.at if isinstance(error, Later) else None
        # Without a minimum, a time in the past would be tried again and again.
        soonest = self.timing.pause(self.age, self.number)
        self.until = wanted if wanted and wanted > now else math.inf
        self.due_at = now + soonest if math.isinf(self.until) else self.until
        if isinstance(error, NeedsLane):
            self.lane, self.due_at = self.entry.lane, now
        self.number += 1
        self.steps.pop(UNTOUCHED, None)
        if not self.unfinished:
            self.steps[UNTOUCHED] = self.number
        self.stuck = isinstance(error, SendKitDown)
        if isinstance(error, Later) and error.settling:
            self.settled_at = max(self.settled_at, now + error.settling)
        self.begun = False
        with logs.about(self.entry.reference):
            level = logging.WARNING if self.is_aside and not self.stuck else logging.INFO
            log.log(level, "%s waits %.0f s: %s", self.entry.kind, self.due_at - now, error)


# Raises Later to be called again at that time. Anything else ends the entry.
Handler = Callable[[Attempt], Awaitable[None]]


def values_of(entry: Entry, now: float, *, begun: bool) -> Mapping[str, object]:
    """The parameters of WRITE."""
    return {
        "id": entry.id,
        "kind": entry.kind,
        "lane": entry.lane,
        "payload": json.dumps(entry.payload),
        "dedup_key": entry.dedup_key,
        "merges": int(entry.merges),
        "now": now,
        "due": max(now, entry.not_before),
        "not_before": entry.not_before,
        "dedup_since": now - DEDUP_SECONDS,
        "dedup_until": now + DEDUP_SECONDS,
        "begun": int(begun),
    }


def taken_up(
    row: Row,
    settled_at: float,
    age: float,
    keep: Callable[[Attempt], Awaitable[None]],
    waiting: Callable[[], int],
    clocks: Clocks,
    timing: Timing,
) -> Attempt:
    """An entry as an earlier attempt or process left it."""
    lane = row["lane"].removeprefix(ASIDE)
    payload, steps = json.loads(row["payload"]), json.loads(row["steps"])
    entry = Entry(row["id"], row["kind"], lane, payload, row["twin"], not_before=row["not_before"])
    return Attempt(
        entry,
        row["written_at"],
        row["due_at"],
        begun=bool(row["begun"]),
        keep=keep,
        waiting=waiting,
        clocks=clocks,
        timing=timing,
        number=row["attempts"],
        settled_at=max(settled_at, row["settled_at"]),
        steps=steps,
        age_before=age,
        lane=row["lane"],
        unfinished=bool(row["begun"]) or row["attempts"] != steps.get(UNTOUCHED, 0),
    )


def remains(entry: Entry) -> str:
    """The part of a failed entry that the database keeps: its payload without response_urls.

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    """
    origin = entry.payload.get("origin")
    if not isinstance(origin, Mapping):
        return json.dumps(entry.payload)
    return json.dumps({**entry.payload, "origin": {**origin, "response_url": None}})


@dataclass(frozen=True, slots=True)
class Handlers:
    """A handler for each kind of entry that was ever written. `failed` is called with an entry
    whose handler raised an unexpected error, `observe` with what happened to each entry."""

    kinds: Mapping[str, Handler]
    failed: Callable[[Entry], Awaitable[None]]
    observe: Callable[[Literal["written", "done", "put_off", "failed"], str, float], None]

    async def carry_out(self, attempt: Attempt) -> bool:
        """Makes one attempt; False if it raised an unexpected error.

        Raises one of PUT_OFF for another try, TakenOver if there is none.
        """
        kind = attempt.entry.kind
        if kind not in self.kinds and attempt.age < CHANGEOVER_SECONDS:
            raise Later("a newer version of the bot wrote it")
        with logs.about(attempt.entry.reference):
            try:
                await self.kinds[kind](attempt)
            except PUT_OFF:
                self.observe("put_off", kind, 0.0)
                raise
            except TakenOver:
                raise
            except Exception:
                # An unexpected error must neither stop the lane nor lose the entry.
                log.exception("%s failed and is kept", kind)
                attempt.forget_dedup_key()
                self.observe("failed", kind, 0.0)
                await self.failed(attempt.entry)
                return False
        self.observe("done", kind, attempt.age)
        return True
