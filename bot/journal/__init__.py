"""The journal: work that must not be lost.

An entry is durable once `write` has returned, is carried out once, and entries of one lane are
carried out one after another, in the order in which they were written.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Protocol

from bot.journal.attempt import Attempt, Handler
from bot.journal.entry import PATIENCE_SECONDS, Entry, Payload

__all__ = [
    "PATIENCE_SECONDS",
    "Attempt",
    "Entry",
    "Handler",
    "Journal",
    "Observe",
    "OnFailure",
    "Payload",
    "RunningJournal",
    "unobserved",
    "untold",
]

# Hears what becomes of an entry of this kind, to count it; for `done`, how old the entry was, in
# seconds.
Observe = Callable[[Literal["written", "done", "put_off", "failed"], str, float], None]

# Hears of an entry whose handler raised an error that it did not expect.
OnFailure = Callable[[Entry], Awaitable[None]]


def unobserved(event: str, kind: str, seconds: float) -> None:
    """Counts nothing."""


async def untold(failed: Entry) -> None:
    """Tells no one."""


class Journal(Protocol):
    async def write(self, entry: Entry) -> bool:
        """Makes the entry durable; False, and nothing else, when the same work is there already.

        Raises DatabaseTrouble when it could not be written.
        """
        ...


class RunningJournal(Journal, Protocol):
    async def cancel(self, identity: str) -> bool:
        """Whether the entry was written and never tried: now it never will be.

        Raises DatabaseTrouble when that could not be written.
        """
        ...

    async def start(self, handlers: Mapping[str, Handler], failed: OnFailure = untold) -> None:
        """Takes up what an earlier process left, and from then on whatever is written."""
        ...

    async def stop(self, seconds: float) -> None:
        """Begins nothing new and waits this long for what is running; the rest stays written."""
        ...
