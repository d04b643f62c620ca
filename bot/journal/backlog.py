"""How much of the journal waits, and for how long."""

from dataclasses import dataclass
from typing import Final

from bot.database import Database

# An entry that is put off holds up its lane: only the first one of a lane can be late.
_BACKLOG: Final = """
    SELECT
        (SELECT COUNT(*) FROM entries WHERE state = 'open') AS open,
        (SELECT MIN(written_at) FROM entries WHERE state = 'open') AS written_at,
        (
            SELECT MIN(due_at) FROM entries WHERE seq IN (
                SELECT MIN(seq) FROM entries WHERE state = 'open' GROUP BY lane
            )
        ) AS due_at
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many entries are open, how many seconds ago the oldest was written, and for how many
    seconds the one that is due longest has been so."""

    open: int
    oldest_seconds: float
    overdue_seconds: float


async def backlog(database: Database, now: float) -> Backlog:
    """`now` is in seconds since the epoch. DatabaseTrouble when it cannot be read."""
    (row,) = await database.read(_BACKLOG)
    if not row["open"]:
        return Backlog(0, 0.0, 0.0)
    return Backlog(
        open=int(row["open"]),
        oldest_seconds=max(now - row["written_at"], 0.0),
        overdue_seconds=max(now - row["due_at"], 0.0),
    )
