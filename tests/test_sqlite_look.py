"""A look at the database's file, whether the bot runs on it or not."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import DatabaseTrouble, SettingsWrong
from bot.filters import Filters, Route
from bot.store.channels import Channels, subscriptions
from bot.store.migrations import MIGRATIONS
from bot.store.sqlite import SqliteDatabase
from bot.store.sqlite_look import SqliteLook
from bot.triage import ChannelId, UserId

ROUTE = Route(ChannelId("C0DEALS"), Filters(positive=True), UserId("U0ADA"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "triage.db"


async def kept(path: Path) -> None:
    """A database with one subscription."""
    async with SqliteDatabase(path) as database:
        await Channels(database).subscribe(ROUTE, 1.0)


def names(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir())


def as_found(path: Path) -> tuple[bytes, list[str]]:
    return path.read_bytes(), names(path)


async def test_a_file_that_is_not_there_is_not_made(path: Path) -> None:
    look = SqliteLook(path)
    assert await look.state() == "triage.db is not there yet: the bot makes it at its first start."
    assert await subscriptions(look) == []
    assert names(path) == []


async def test_a_folder_that_is_not_there_is_told(path: Path) -> None:
    with pytest.raises(SettingsWrong, match=f"there is no folder {path}/no. Make it"):
        await SqliteLook(path / "no" / "triage.db").state()


async def test_a_file_that_the_bot_left_is_open_to_it(path: Path) -> None:
    await kept(path)
    before = as_found(path)
    look = SqliteLook(path)
    assert await look.state() == "triage.db opens and can be written to."
    assert await subscriptions(look) == [ROUTE]
    assert as_found(path) == before
    async with SqliteDatabase(path) as database:
        assert await Channels(database).routes() == [ROUTE]


async def test_a_copy_without_its_lock_is_as_good(path: Path) -> None:
    await kept(path)
    path.with_name("triage.db-lock").unlink()
    assert await SqliteLook(path).state() == "triage.db opens and can be written to."
    assert names(path) == ["triage.db"]


async def test_a_running_bot_is_seen_and_not_disturbed(path: Path) -> None:
    async with SqliteDatabase(path) as database:
        await Channels(database).subscribe(ROUTE, 1.0)
        look = SqliteLook(path)
        assert await look.state() == "triage.db is in use by a running bot."
        assert await subscriptions(look) == [ROUTE]
        await Channels(database).unsubscribe(ROUTE.channel)
        assert await subscriptions(look) == []


async def test_a_database_of_an_older_version_is_left_as_it_is(path: Path) -> None:
    older = sqlite3.connect(path)
    older.execute("PRAGMA user_version = 0")
    older.execute("CREATE TABLE old (a)")
    older.close()
    look = SqliteLook(path)
    assert await look.state() == (
        "triage.db is of an older version: the bot brings it up to date when it starts."
    )
    assert await subscriptions(look) == []
    assert names(path) == ["triage.db"]


async def test_a_database_of_a_newer_version_is_told(path: Path) -> None:
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    newer.close()
    with pytest.raises(SettingsWrong, match=r"written by a newer version .* Run that version"):
        await SqliteLook(path).state()


def text_at(path: Path) -> None:
    path.write_text("no database at all" * 100)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (Path.mkdir, "is a folder. Give DATABASE_URL the path of a file."),
        (text_at, "Give the bot the right to"),
    ],
)
async def test_what_is_no_database_is_told(
    path: Path, made: Callable[[Path], None], sentence: str
) -> None:
    made(path)
    look = SqliteLook(path)
    with pytest.raises(SettingsWrong, match=f"cannot be opened: .* {sentence}"):
        await look.state()
    with pytest.raises(DatabaseTrouble):
        await subscriptions(look)


async def test_a_name_that_no_file_can_have_is_told(path: Path) -> None:
    with pytest.raises(SettingsWrong, match=r"cannot be opened: File name too long\. Give"):
        await SqliteLook(path.with_name("x" * 300)).state()


async def test_a_database_that_somebody_holds_is_told(path: Path) -> None:
    await kept(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(SettingsWrong, match="cannot be opened: database is locked"):
        await SqliteLook(path).state()
    other.close()
