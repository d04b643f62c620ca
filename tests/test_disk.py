"""A real disk in trouble: at the start a sentence says what to do; later the person who pressed
sees an error, nothing is half-done, and all is well once the trouble is over."""

import os
import pwd
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.errors import DatabaseTrouble, SettingsWrong
from bot.store.sqlite import SqliteDatabase
from tests.full_disk import filled, small
from tests.things import THINGS, numbers, put

NEXT_STEP = (
    "See that the bot may write to it and to its folder, that the disk has room and no other "
    "program holds it, or give another DATABASE_URL."
)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small(tmp_path / "disk") as disk:
        yield disk


@contextmanager
def nobody() -> Iterator[None]:
    """Root may write whatever a file's mode says; for a while this process is not root."""
    if os.geteuid() == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        yield


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may enter, which pytest's own is not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def refused(path: Path) -> str:
    with pytest.raises(SettingsWrong) as caught:
        SqliteDatabase(path)
    return str(caught.value)


async def test_a_full_disk_at_the_start_is_told(disk: Path) -> None:
    with filled(disk):
        said = refused(disk / "triage.db")
    assert said.startswith("The database triage.db cannot be opened: ")
    assert said.endswith(NEXT_STEP)
    async with SqliteDatabase(disk / "triage.db") as database:
        assert await database.read("SELECT * FROM entries") == []


async def test_a_disk_that_is_full_for_a_while_loses_nothing(disk: Path) -> None:
    async with SqliteDatabase(disk / "triage.db") as database:
        await database.write(THINGS)
        await database.write(put(1))
        with filled(disk):
            for _ in range(3):
                with pytest.raises(DatabaseTrouble):
                    await database.write(put(2), put(3, "x" * 100_000))
            assert await numbers(database) == [1]
        await database.write(put(2), put(3, "x" * 100_000))
    async with SqliteDatabase(disk / "triage.db") as database:
        assert await numbers(database) == [1, 2, 3]


@pytest.mark.parametrize("mode", [0o444, 0o000])
async def test_a_file_that_may_not_be_written_is_told(folder: Path, mode: int) -> None:
    path = folder / "triage.db"
    with nobody():
        await SqliteDatabase(path).close()
        path.chmod(mode)
        said = refused(path)
        path.chmod(0o600)
        await SqliteDatabase(path).close()
    assert said == f"The database triage.db cannot be opened: Permission denied. {NEXT_STEP}"


def test_a_folder_that_may_not_be_written_is_told(folder: Path) -> None:
    folder.chmod(0o555)
    with nobody():
        said = refused(folder / "triage.db")
    assert said == (
        "The database triage.db cannot be opened: Permission denied. See that the bot may write to "
        f"the folder {folder}, or give another DATABASE_URL."
    )


async def test_a_file_that_somebody_else_holds_is_told(tmp_path: Path) -> None:
    path = tmp_path / "triage.db"
    await SqliteDatabase(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as somebody_else:
        somebody_else.execute("PRAGMA locking_mode = EXCLUSIVE")
        somebody_else.execute("BEGIN EXCLUSIVE")
        said = refused(path)
    assert said == f"The database triage.db cannot be opened: database is locked. {NEXT_STEP}"
    await SqliteDatabase(path).close()


async def test_a_write_into_a_removed_file_is_refused(tmp_path: Path) -> None:
    path, away = tmp_path / "triage.db", tmp_path / "away.db"
    async with SqliteDatabase(path) as database:
        await database.write(THINGS)
        path.rename(away)
        with pytest.raises(DatabaseTrouble, match="its file is gone"):
            await database.write(put(1))
        away.rename(path)
        assert await numbers(database) == []
        await database.write(put(2))
        assert await numbers(database) == [2]
