"""The journal: work that must not be lost.

An entry is durable once `write` has returned, is carried out once, and entries of one lane are
carried out one after another, in the order in which they were written.
"""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

Payload = Mapping[str, Any]

# Two entries with the same twin, with none between that has another, within this time, are one,
# unless nothing came of the first: a person who presses the same button twice means one thing.
TWIN_SECONDS: Final = 10.0

# People who are concerned are told of what has waited for so long.
PATIENCE_SECONDS: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece of work. `id` tells it from all others for ever; `lane` is whose order it keeps;
    `twin`, when there is one, makes a double of the lane's newest that has one the same work.
    `merges`: it is the same work as one of its kind, lane and payload that nobody has begun.

    The payload stays out of repr: people's words and capabilities are in it."""

    id: str
    kind: str
    lane: str
    payload: Payload = field(repr=False)
    twin: str | None = None
    merges: bool = False

    @property
    def reference(self) -> str:
        """A few letters that stand for this entry, in the log and in what people are told."""
        digest = hashlib.sha256(self.id.encode()).digest()
        return base64.b32encode(digest)[:6].decode()


class Page(Protocol):
    """An entry while it is being carried out."""

    @property
    def entry(self) -> Entry: ...

    @property
    def written_at(self) -> float: ...

    @property
    def age(self) -> float:
        """Seconds since it was written: a clock that is put back or forward changes nothing."""
        ...

    @property
    def attempt(self) -> int:
        """How often this was tried before and put off: 0 at first."""
        ...

    @property
    def settled_at(self) -> float:
        """When calls that an earlier attempt left under way have ended: of a process that died, or
        of one that waited for an answer in vain."""
        ...

    @property
    def others(self) -> int:
        """How many entries of this lane wait behind this one, as far as this process knows."""
        ...

    async def step(self, name: str, effect: Callable[[bool], Awaitable[Payload]]) -> Payload:
        """Runs the effect once and keeps its result.

        The effect is called with True when an earlier attempt may have begun it: then it waits
        for `settled_at` and looks before it repeats anything.
        """
        ...

    async def refuse(self) -> None:
        """Nothing comes of the entry: its double is new work from now on."""
        ...


# Raises Later to be called again at that time; any other end is the end of the entry.
Handler = Callable[[Page], Awaitable[None]]


# Hears what becomes of an entry of this kind, to count it; for `done`, how old the entry was, in
# seconds.
Observe = Callable[[Literal["written", "done", "put_off", "failed"], str, float], None]


def unobserved(event: str, kind: str, seconds: float) -> None:
    """Counts nothing."""


class Journal(Protocol):
    async def write(self, entry: Entry) -> bool:
        """Makes the entry durable; False, and nothing else, when the same work is there already.

        Raises DatabaseTrouble when it could not be written.
        """
        ...


class RunningJournal(Journal, Protocol):
    async def start(self, handlers: Mapping[str, Handler]) -> None:
        """Takes up what an earlier process left, and from then on whatever is written."""
        ...

    async def stop(self, seconds: float) -> None:
        """Begins nothing new and waits so long for what is running; the rest stays written."""
        ...


def settling(page: Page, now: float, longest: float) -> float:
    """Seconds until calls that a dead process left under way have ended. A clock that was put back
    since then makes it no longer than it can be."""
    return min(max(page.settled_at - now, 0.0), longest)
