"""The database: one connection that the journal and the ledger share.

Plain SQL in the dialect that SQLite and PostgreSQL have in common, `:name` parameters, numbered
migrations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Protocol

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Rows(Protocol):
    """What can be read; it raises DatabaseTrouble when the database cannot do it."""

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        """The rows that one query finds."""
        ...


class Access(Enum):
    """BOT makes the tables and, on SQLite, keeps other bots out. COMMAND and READ_ONLY find the
    database as it is, with a bot running on it or not."""

    BOT = auto()
    COMMAND = auto()
    READ_ONLY = auto()


class Condition(Enum):
    """How a database is found, in words that follow its name."""

    ABSENT = "is not there yet: the bot makes it at its first start."
    OUTDATED = "lacks tables: the bot makes them when it starts."
    IN_USE = "is in use by a running bot."
    READY = "works and can be written to."


class Database(Rows, Protocol):
    """Both methods raise DatabaseTrouble when the database cannot do it."""

    async def write(self, *statements: Statement) -> Sequence[int]:
        """All statements or none, durable when it returns; how many rows each touched."""
        ...
