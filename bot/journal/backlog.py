"""The part of the journal that waits, and for how long."""

from dataclasses import dataclass
from typing import Final

from bot.store import Database

# As many as in the first half minute. A short outage is over by then.
MOST_TRIES: Final = 5
# A delayed entry holds up its lane, so only the first one of a lane can be late.
_BACKLOG: Final = """
    SELECT
        (SELECT COUNT(*) FROM entries WHERE state = 'open') AS open,
        (
            SELECT MIN(CASE WHEN not_before > written_at THEN not_before ELSE written_at END)
            FROM entries WHERE state = 'open'
        ) AS since,
        (
            SELECT COUNT(*) FROM entries WHERE state = 'open'
                AND (lane LIKE 'aside:%' OR lane LIKE 'redraw:%' OR attempts > :tries)
        ) AS refused,
        (
            SELECT MIN(due_at) FROM entries WHERE seq IN (
                SELECT MIN(seq) FROM entries WHERE state = 'open' GROUP BY lane
            )
        ) AS due_at
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """`open`: entries. `oldest_seconds`: since the oldest was written or came due.
    `overdue_seconds`: of the most overdue entry. `refused`: entries that Slack refused, or that
    were put off repeatedly."""

    open: int
    refused: int
    oldest_seconds: float
    overdue_seconds: float


async def backlog(database: Database, now: float) -> Backlog:
    """`now` is in seconds since the epoch. DatabaseTrouble on failure."""
    (row,) = await database.read(_BACKLOG, tries=MOST_TRIES)
    if not row["open"]:
        return Backlog(0, 0, 0.0, 0.0)
    return Backlog(
        open=int(row["open"]),
        refused=int(row["refused"]),
        oldest_seconds=max(now - row["since"], 0.0),
        overdue_seconds=max(now - row["due_at"], 0.0),
    )
