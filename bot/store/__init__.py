"""The database: one connection that the journal and the ledger share.

Plain SQL in the dialect that SQLite and PostgreSQL have in common, `:name` parameters, numbered
migrations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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


class Look(Rows, Protocol):
    """A database as it is found, without making, changing or holding anything; the bot may be
    running on it meanwhile. One that is not there yet, or is older, has no rows."""

    async def state(self) -> str:
        """A sentence. SettingsWrong where the bot could not use it."""
        ...


class Database(Rows, Protocol):
    """Both methods raise DatabaseTrouble when the database cannot do it."""

    async def write(self, *statements: Statement) -> Sequence[int]:
        """All statements or none, durable when it returns; how many rows each touched."""
        ...
