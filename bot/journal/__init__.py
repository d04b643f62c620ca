"""The journal: work that must not be lost.

An entry is durable once `write` has returned. It is carried out once. Entries of one lane are
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

# Called with what happened to an entry and its kind; for `done`, also with the entry's age in
# seconds.
Observe = Callable[[Literal["written", "done", "put_off", "failed"], str, float], None]

# Called with an entry whose handler raised an unexpected error.
OnFailure = Callable[[Entry], Awaitable[None]]


def unobserved(event: str, kind: str, seconds: float) -> None:
    """Counts nothing."""


async def untold(failed: Entry) -> None:
    """Tells no one."""


class Journal(Protocol):
    async def write(self, entry: Entry) -> bool:
        """Makes the entry durable. Returns False, and does nothing, if the journal has the same
        work already.

        Raises DatabaseTrouble on failure.
        """
        ...


class RunningJournal(Journal, Protocol):
    async def cancel(self, identity: str) -> bool:
        """Cancels an entry that no process has begun or fetched; returns whether there was one.

        Raises DatabaseTrouble on failure.
        """
        ...

    async def start(self, handlers: Mapping[str, Handler], failed: OnFailure = untold) -> None:
        """Takes up the entries of an earlier process, and then each new one."""
        ...

    async def stop(self, seconds: float) -> None:
        """Begins nothing new, and waits up to `seconds` for running work. The rest stays saved."""
        ...
