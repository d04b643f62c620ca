"""A table of things, for tests of the databases."""

import struct
from pathlib import Path
from typing import Any, Final

from bot.store import Rows, Statement

THINGS: Final = Statement("CREATE TABLE things (number INTEGER PRIMARY KEY, word TEXT NOT NULL)")


def put(number: Any, word: Any = "") -> Statement:
    return Statement("INSERT INTO things VALUES (:number, :word)", {"number": number, "word": word})


async def numbers(database: Rows) -> list[int]:
    return [row["number"] for row in await database.read("SELECT * FROM things ORDER BY number")]


def commits(path: Path) -> int:
    """The number of commits in SQLite's write-ahead log: the last frame of each has the new size.

    https://www.sqlite.org/fileformat2.html#walformat
    """
    log = path.with_name(path.name + "-wal").read_bytes()
    (page,) = struct.unpack_from(">I", log, 8)
    frames = range(32, len(log), 24 + page)
    return sum(struct.unpack_from(">I", log, start + 4) != (0,) for start in frames)
