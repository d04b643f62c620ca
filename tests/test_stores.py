"""Every database writes all statements or none."""

import pytest

from bot.errors import DatabaseTrouble
from bot.store import Database, Statement
from tests.things import THINGS, numbers, put

SECRET = "jane@example.com"
# A statement, and PostgreSQL's reason; SQLite's are its own.
BAD = {
    "a row that is there": (put(0), "unique violation"),
    "a word that is missing": (put(2, None), "not null violation"),
    "a table that is missing": (Statement("INSERT INTO nowhere VALUES (1)"), "undefined table"),
    "no SQL": (Statement("INSRT"), "syntax error"),
    "half a character": (put(2, "\ud83d"), "a text that cannot be written"),
    "too large a number": (put(2**63), "numeric value out of range"),
}


@pytest.fixture(autouse=True)
async def things(database: Database) -> None:
    await database.write(THINGS)


async def test_a_write_counts_the_rows_of_each_statement(database: Database) -> None:
    again = Statement("INSERT INTO things VALUES (2, '') ON CONFLICT DO NOTHING")
    everything = Statement("UPDATE things SET word = '100 %' WHERE word LIKE '%'")
    assert await database.write(put(1), put(2), put(3), again, everything) == [1, 1, 1, 0, 3]
    assert await database.write(everything) == [3]
    assert await database.read("SELECT DISTINCT word FROM things") == [{"word": "100 %"}]


@pytest.mark.parametrize(("bad", "reason"), BAD.values(), ids=BAD.keys())
async def test_all_are_written_or_none(
    database: Database, request: pytest.FixtureRequest, bad: Statement, reason: str
) -> None:
    await database.write(put(0))
    for statements in ((bad,), (put(1), bad), (bad, put(1)), (put(1), bad, put(3))):
        with pytest.raises(DatabaseTrouble) as caught:
            await database.write(*statements)
        if "postgres" in request.node.callspec.params.values():
            assert f"({reason})" in str(caught.value)
    assert await numbers(database) == [0]
    await database.write(put(1))
    assert await numbers(database) == [0, 1]


async def test_trouble_names_no_value(database: Database) -> None:
    await database.write(Statement("CREATE UNIQUE INDEX words ON things (word)"), put(1, SECRET))
    for bad in (put(SECRET), put(2, SECRET), put(1, [SECRET]), put(SECRET, None)):
        with pytest.raises(DatabaseTrouble) as caught:
            await database.write(Statement(bad.sql, bad.values))
        assert SECRET not in str(caught.value)
