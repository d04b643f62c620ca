"""The database that the journal and the ledger share.

Plain SQL that SQLite and PostgreSQL have in common, `:name` parameters, numbered migrations.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Protocol

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)


def statement(sql: str, values: Mapping[str, Any]) -> Statement:
    """The statement with those of the values that it names."""
    return Statement(sql, {name: value for name, value in values.items() if f":{name}" in sql})


class Rows(Protocol):
    """A database for reading. Raises DatabaseTrouble on failure."""

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        """The rows of one query."""
        ...


class Access(Enum):
    """BOT creates the tables and, on SQLite, keeps other bots out. COMMAND and READ_ONLY change no
    tables, and work while a bot runs."""

    BOT = auto()
    COMMAND = auto()
    READ_ONLY = auto()


class Condition(Enum):
    """The state of a database, in words that follow its name."""

    ABSENT = "is not there yet: the bot makes it at its first start."
    OUTDATED = "lacks tables: the bot makes them when it starts."
    IN_USE = "is in use by a running bot."
    READY = "works and can be written to."


class Database(Rows, Protocol):
    """Both methods raise DatabaseTrouble on failure."""

    async def write(self, *statements: Statement) -> Sequence[int]:
        """Carries out all statements or none, durably. Returns how many rows each changed."""
        ...


def containing(text: str) -> str:
    """A pattern for LIKE … ESCAPE '!': values that contain this text."""
    written = re.sub("[!%_]", r"!\g<0>", text)
    return f"%{written}%"
