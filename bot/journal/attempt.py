"""What the journals on both databases have in common: an entry in hand, and one attempt at it."""

import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot import logs
from bot.errors import DatabaseTrouble, Later, SendKitDown
from bot.journal import TWIN_SECONDS, Entry, Handler, Observe, Payload
from bot.store import Row
from bot.timing import Timing

log = logging.getLogger(__name__)

# While a new version takes the place of an old one, both may be there: what the old one does not
# know waits for the new one for so long.
CHANGEOVER_SECONDS: Final = 600.0

# Before the lane of an entry that lets others pass. It keeps its order with others of this kind.
ASIDE: Final = "aside:"

WRITE: Final = """
    INSERT INTO entries
        (id, kind, lane, payload, twin, written_at, due_at, attempts, begun, state, steps)
    SELECT :id, :kind, :lane, :payload, :twin, :now, :now, 0, :begun, 'open', '{}'
    WHERE NOT EXISTS (
        SELECT 1 FROM (
            SELECT twin, written_at FROM entries
            WHERE lane = :lane AND twin IS NOT NULL ORDER BY seq DESC LIMIT 1
        ) AS newest
        WHERE twin = :twin AND written_at > :twin_since AND written_at < :twin_until
    )
    AND (:merges = 0 OR NOT EXISTS (
        SELECT 1 FROM entries
        WHERE lane = :lane AND state = 'open' AND begun = 0 AND attempts = 0
            AND kind = :kind AND payload = :payload
    ))
    ON CONFLICT (id) DO NOTHING
"""


class TakenOver(Exception):
    """Another process has the entry in hand now: nothing more is done about it here."""


async def _trusted(page: "OpenPage") -> None:
    """Nobody else can have taken it over."""


@dataclass(slots=True)
class OpenPage:
    """See bot.journal.Page. `keep` makes the results of the steps so far durable, `verify` raises
    TakenOver; `begun`: the database knows that an effect may be under way. `age_before` is how old
    the entry was when it was taken in hand. `lane` is the entry's, or beside it. `stuck`: its next
    call to SendKit may hang, as far as is known."""

    entry: Entry
    written_at: float
    due_at: float
    begun: bool
    keep: Callable[["OpenPage"], Awaitable[None]]
    waiting: Callable[[], int]
    attempt: int = 0
    settled_at: float = 0.0
    again: bool = False
    steps: dict[str, Payload] = field(default_factory=dict)
    verify: Callable[["OpenPage"], Awaitable[None]] = _trusted
    age_before: float = 0.0
    monotonic: Callable[[], float] = time.monotonic
    lane: str = ""
    stuck: bool = False
    twin: str | None = field(init=False)
    taken_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.lane = self.lane or self.entry.lane
        self.twin = self.entry.twin
        self.taken_at = self.monotonic()

    @property
    def age(self) -> float:
        return self.age_before + self.monotonic() - self.taken_at

    @property
    def others(self) -> int:
        return self.waiting()

    async def step(self, name: str, effect: Callable[[bool], Awaitable[Payload]]) -> Payload:
        if name in self.steps:
            return self.steps[name]
        await self.verify(self)
        again, self.again = self.again, True
        result = await effect(again)
        self.steps[name] = result
        await self.keep(self)
        self.again = False
        return result

    async def refuse(self) -> None:
        self.forget_twin()
        await self.keep(self)

    def forget_twin(self) -> None:
        """The entry still comes between others that have twins."""
        self.twin = None if self.twin is None else ""

    def put_off(self, error: Later | DatabaseTrouble, now: float, timing: Timing) -> None:
        """Until the time that the error names, or for a while; aside, where the error says so."""
        if isinstance(error, Later) and error.aside:
            self.lane = f"{ASIDE}{self.entry.lane}"
        wanted = error.at if isinstance(error, Later) else None
        # A time that has come already would be tried again at once, and again.
        soonest = timing.pause(self.age, self.attempt)
        self.due_at = wanted if wanted and wanted > now else now + soonest
        self.attempt += 1
        self.again = True
        self.stuck = isinstance(error, SendKitDown)
        if isinstance(error, Later) and error.settling:
            self.settled_at = max(self.settled_at, now + error.settling)
        self.begun = False
        with logs.about(self.entry.reference):
            level = logging.WARNING if self.lane != self.entry.lane else logging.INFO
            log.log(level, "%s waits %.0f s: %s", self.entry.kind, self.due_at - now, error)


def values_of(entry: Entry, now: float, *, begun: bool) -> Mapping[str, object]:
    """What WRITE takes."""
    return {
        "id": entry.id,
        "kind": entry.kind,
        "lane": entry.lane,
        "payload": json.dumps(entry.payload),
        "twin": entry.twin,
        "merges": int(entry.merges),
        "now": now,
        "twin_since": now - TWIN_SECONDS,
        "twin_until": now + TWIN_SECONDS,
        "begun": int(begun),
    }


def page_of(
    row: Row,
    settled_at: float,
    age: float,
    keep: Callable[[OpenPage], Awaitable[None]],
    waiting: Callable[[], int],
    monotonic: Callable[[], float] = time.monotonic,
) -> OpenPage:
    """An entry as an earlier attempt or an earlier process left it."""
    lane = row["lane"].removeprefix(ASIDE)
    entry = Entry(row["id"], row["kind"], lane, json.loads(row["payload"]), row["twin"])
    return OpenPage(
        entry,
        row["written_at"],
        row["due_at"],
        begun=bool(row["begun"]),
        keep=keep,
        waiting=waiting,
        attempt=row["attempts"],
        settled_at=max(settled_at, row["settled_at"]),
        again=bool(row["begun"] or row["attempts"]),
        steps=json.loads(row["steps"]),
        age_before=age,
        monotonic=monotonic,
        lane=row["lane"],
    )


def remains(entry: Entry) -> str:
    """What is kept of an entry that failed: its payload without the secret way to answer.

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    """
    origin = entry.payload.get("origin")
    if not isinstance(origin, Mapping):
        return json.dumps(entry.payload)
    return json.dumps({**entry.payload, "origin": {**origin, "response_url": None}})


async def carried_out(page: OpenPage, handlers: Mapping[str, Handler], observe: Observe) -> bool:
    """One attempt; False when it failed in a way that nobody foresaw.

    Raises Later and DatabaseTrouble when it is to be tried again, TakenOver when it is not.
    """
    kind = page.entry.kind
    if kind not in handlers and page.age < CHANGEOVER_SECONDS:
        raise Later("a newer version of the bot wrote it")
    with logs.about(page.entry.reference):
        try:
            await handlers[kind](page)
        except (Later, DatabaseTrouble):
            observe("put_off", kind, 0.0)
            raise
        except TakenOver:
            raise
        except Exception:
            # Whatever a handler did not foresee must not stop its lane, nor be forgotten.
            log.exception("%s failed and is kept", kind)
            page.forget_twin()
            observe("failed", kind, 0.0)
            return False
    observe("done", kind, page.age)
    return True
