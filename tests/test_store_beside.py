"""A database that a command opens as it finds it, whether the bot runs on it or not."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from bot.errors import DatabaseTrouble, SettingsWrong
from bot.filters import Filters, Route
from bot.store import Condition, Statement, opening
from bot.store.channels import Channels, subscriptions
from bot.store.migrations import MIGRATIONS
from bot.store.opening import SQLITE
from bot.triage import ChannelId, UserId
from tests import servers

ROUTE = Route(ChannelId("C0DEALS"), Filters(positive=True), UserId("U0ADA"))
READ_ONLY = "?options=-cdefault_transaction_read_only%3Don"


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"{SQLITE}{tmp_path}/triage.db"
    else:
        with request.getfixturevalue("postgres").database(empty=True) as url:
            yield url


on_both = pytest.mark.parametrize("url", servers.DATABASES, indirect=True)
on_postgres = pytest.mark.parametrize("url", ["postgres"], indirect=True)


def file_at(url: str) -> Path:
    return Path(url.removeprefix(SQLITE))


def names(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir())


async def condition(url: str) -> Condition:
    name, found = await opening.condition(url)
    assert name == ("triage.db" if url.startswith(SQLITE) else "PostgreSQL")
    return found


async def made(url: str) -> None:
    async with opening.opened(url) as database:
        await Channels(database).subscribe(ROUTE, 1.0)


def mark(url: str, version: int) -> None:
    """As if a bot of this version had made it."""
    if url.startswith(SQLITE):
        with sqlite3.connect(file_at(url)) as file:
            file.execute(f"PRAGMA user_version = {version}")
        file.close()
    else:
        with psycopg.connect(url) as server:
            server.execute("UPDATE schema_version SET version = %s", [version])


@on_both
async def test_a_database_that_is_not_there_is_not_made(url: str, tmp_path: Path) -> None:
    new = Condition.ABSENT if url.startswith(SQLITE) else Condition.OUTDATED
    assert await condition(url) is new
    with pytest.raises(SettingsWrong, match=r"There is no database|older version of the bot, or n"):
        async with opening.read_only(url):
            pass
    assert await condition(url) is new
    assert names(tmp_path / "triage.db") == []


@on_both
async def test_a_database_of_another_version_is_left_as_it_is(url: str) -> None:
    await made(url)
    mark(url, len(MIGRATIONS) - 1)
    assert await condition(url) is Condition.OUTDATED
    with pytest.raises(SettingsWrong, match=r"is of an older version .* brings the database up to"):
        async with opening.beside(url):
            pass
    mark(url, len(MIGRATIONS) + 1)
    for opened in (condition(url), opening.read_only(url).__aenter__()):
        with pytest.raises(SettingsWrong, match=r"written by a newer version .* Run that version"):
            await opened


@on_both
async def test_a_database_that_the_bot_left_is_read_and_not_changed(url: str) -> None:
    await made(url)
    assert await condition(url) is Condition.READY
    async with opening.read_only(url) as rows:
        assert await subscriptions(rows) == [ROUTE]
        with pytest.raises(DatabaseTrouble, match=r"read.?only"):
            await rows.write(Statement("DELETE FROM routes"))  # type: ignore[attr-defined]
    async with opening.read_only(url) as rows:
        assert await subscriptions(rows) == [ROUTE]


@on_both
async def test_a_running_bot_and_a_command_see_what_the_other_writes(url: str) -> None:
    async with opening.opened(url) as database:
        await Channels(database).subscribe(ROUTE, 1.0)
        running = Condition.IN_USE if url.startswith(SQLITE) else Condition.READY
        assert await condition(url) is running
        async with opening.beside(url) as command, opening.read_only(url) as rows:
            assert await subscriptions(rows) == [ROUTE]
            await Channels(command).unsubscribe(ROUTE.channel)
            assert await Channels(database).routes() == await subscriptions(rows) == []
            await Channels(database).subscribe(ROUTE, 1.0)
            assert await Channels(command).routes() == [ROUTE]
        await Channels(database).unsubscribe(ROUTE.channel)


async def test_a_copy_without_its_lock_is_as_good(tmp_path: Path) -> None:
    url = f"{SQLITE}{tmp_path}/triage.db"
    await made(url)
    file_at(url).with_name("triage.db-lock").unlink()
    assert await condition(url) is Condition.READY
    assert names(file_at(url)) == ["triage.db"]


def text_at(path: Path) -> None:
    path.write_text("no database at all" * 100)


def folder_is_missing(path: Path) -> None:
    path.parent.rmdir()


def locked(path: Path) -> sqlite3.Connection:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (Path.mkdir, r"is a folder. Give DATABASE_URL the path of a file\."),
        (text_at, r"See that the bot may write to it"),
        (folder_is_missing, r"there is no folder .*/here\. Make it"),
        (locked, "database is locked"),
    ],
)
async def test_a_file_that_the_bot_could_not_use_is_told(
    tmp_path: Path, make: Callable[[Path], sqlite3.Connection | None], sentence: str
) -> None:
    path = tmp_path / "here" / "triage.db"
    path.parent.mkdir()
    with ExitStack() as made:
        if (connection := make(path)) is not None:
            made.enter_context(closing(connection))
        with pytest.raises(SettingsWrong, match=f"cannot be opened: .*{sentence}"):
            await condition(f"{SQLITE}{path}")


async def test_a_name_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match=r"cannot be opened: File name too long\."):
        await opening.condition(f"{SQLITE}{tmp_path}/{'x' * 300}")


@on_postgres
@pytest.mark.parametrize("is_made", [True, False])
async def test_a_database_that_takes_no_writing_is_told(url: str, is_made: bool) -> None:
    if is_made:
        await made(url)
    with pytest.raises(SettingsWrong, match="cannot be opened: it may not be written to"):
        await condition(f"{url}{READ_ONLY}")


async def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    url = "postgresql://ada:hush@127.0.0.1:9/triage"
    for opened in (condition(url), opening.read_only(url).__aenter__()):
        with pytest.raises(SettingsWrong, match=r"cannot be opened: no connection\. ") as caught:
            await opened
        assert "hush" not in str(caught.value)
