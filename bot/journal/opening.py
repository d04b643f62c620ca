"""Opens the journal of an open database."""

from bot.journal import Observe, RunningJournal, unobserved
from bot.journal.sqlite import SqliteJournal
from bot.store import Database
from bot.store.sqlite import SqliteDatabase
from bot.timing import CLOCKS, DEFAULT, Clocks, Timing


def journal(
    database: Database,
    timing: Timing = DEFAULT,
    clocks: Clocks = CLOCKS,
    observe: Observe = unobserved,
) -> RunningJournal:
    """The journal that is kept in this database, which is not started yet."""
    if isinstance(database, SqliteDatabase):
        return SqliteJournal(database, clocks, timing, observe)
    # Importing its libraries takes time, and most bots do not need them.
    from bot.journal.postgres import PostgresJournal  # noqa: PLC0415

    return PostgresJournal(database, clocks, timing, observe)
