"""Opening the database: who may, what is found there, and what a wrong setting is told."""

import asyncio
import itertools
import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import SettingsWrong
from bot.store import Condition, Statement, opening
from bot.store.migrations import MIGRATIONS
from bot.store.sqlite import SqliteDatabase

CARD = """
    INSERT INTO cards (channel, conversation, ts, posted_at) VALUES ('C1', :conversation, '1.2', 3)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "triage.db"


async def test_only_the_owner_may_read_the_files(path: Path) -> None:
    async with SqliteDatabase(path) as database:
        await database.write(Statement(CARD, {"conversation": "c1"}))
        files = sorted(path.parent.iterdir())
        ends = [each.name.removeprefix(path.name) for each in files]
        assert ends == ["", "-lock", "-shm", "-wal"]
        assert {each.stat().st_mode & 0o777 for each in files} == {0o600}


async def test_opening_again_keeps_what_is_there(path: Path) -> None:
    for number in range(3):
        async with SqliteDatabase(path) as database:
            await database.write(Statement(CARD, {"conversation": str(number)}))
            assert len(await database.read("SELECT * FROM cards")) == number + 1


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
async def test_a_database_of_an_older_version_is_updated(path: Path, version: int) -> None:
    older = sqlite3.connect(path)
    for statement in itertools.chain(*MIGRATIONS[:version]):
        older.execute(statement)
    older.execute(CARD, {"conversation": "c1"})
    older.execute(f"PRAGMA user_version = {version}")
    older.commit()
    older.close()
    async with SqliteDatabase(path) as database, SqliteDatabase(path.with_name("new")) as new:
        assert await database.read("PRAGMA user_version") == [{"user_version": len(MIGRATIONS)}]
        assert len(await database.read("SELECT * FROM cards")) == 1
        tables = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        assert await database.read(tables) == await new.read(tables)


async def test_a_second_bot_on_the_same_file_is_refused(path: Path) -> None:
    link = path.with_name("link.db")
    link.symlink_to(path)
    async with SqliteDatabase(path) as database:
        for name in (path, link):
            with pytest.raises(SettingsWrong, match=f"{name.name} is in use by another process"):
                SqliteDatabase(name)
        assert await database.read("SELECT * FROM cards") == []
    async with SqliteDatabase(link):
        with pytest.raises(SettingsWrong, match="in use by another process"):
            SqliteDatabase(path)


@pytest.mark.skipif(sys.platform != "linux", reason="the lock on the file itself is Linux' own")
async def test_a_second_path_to_the_same_file_is_refused(path: Path) -> None:
    async with SqliteDatabase(path) as database:
        await database.write(Statement(CARD, {"conversation": "c1"}))
        linked = path.parent / "elsewhere" / "linked.db"
        linked.parent.mkdir()
        linked.hardlink_to(path)
        for _ in range(2):
            said, _ = await (await other_process(linked)).communicate()
            assert b"linked.db is in use by another process" in said
            assert await opening.condition(f"sqlite:///{linked}") == ("linked.db", Condition.IN_USE)
            with pytest.raises(SettingsWrong, match="by a bot that has another path to it"):
                async with opening.beside(f"sqlite:///{linked}"):
                    pass
        # Nothing that was looked at took SQLite's own locks away.
        await database.write(Statement(CARD, {"conversation": "c2"}))
        assert len(await database.read("SELECT * FROM cards")) == 2
    async with SqliteDatabase(linked) as database:
        assert len(await database.read("SELECT * FROM cards")) == 2
        with pytest.raises(SettingsWrong, match="in use by another process"):
            SqliteDatabase(path)


OPEN_IT = """
import sys
from pathlib import Path
from bot.store.sqlite import SqliteDatabase
from bot.errors import SettingsWrong
try:
    SqliteDatabase(Path(sys.argv[1]))
    print("open", flush=True)
    sys.stdin.read()
except SettingsWrong as error:
    print(error)
"""


async def other_process(path: Path) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OPEN_IT,
        str(path),
        stdin=pipe,
        stdout=pipe,
        cwd=Path(__file__).parent.parent,
    )


async def test_a_second_process_is_refused(path: Path) -> None:
    async with SqliteDatabase(path):
        said, _ = await (await other_process(path)).communicate()
    assert said.decode() == (
        "The database triage.db is in use by another process of the bot. Stop that one, or give "
        "this one another DATABASE_URL.\n"
    )


async def test_a_process_that_was_killed_holds_nothing(path: Path) -> None:
    process = await other_process(path)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    with pytest.raises(SettingsWrong, match="in use"):
        SqliteDatabase(path)
    process.kill()
    await process.communicate()
    async with SqliteDatabase(path) as database:
        assert await database.read("SELECT * FROM entries") == []


def refused(path: Path) -> str:
    """Why it cannot be opened, the second time as the first."""
    with pytest.raises(SettingsWrong) as first:
        SqliteDatabase(path)
    with pytest.raises(SettingsWrong) as second:
        SqliteDatabase(path)
    assert str(first.value) == str(second.value)
    return str(first.value)


def test_a_database_of_a_newer_version_is_refused_untouched(path: Path) -> None:
    newer = sqlite3.connect(path, isolation_level=None)
    newer.execute("PRAGMA journal_mode = WAL")
    newer.execute("CREATE TABLE things (number INTEGER)")
    newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    # As a process that is killed leaves them, and not yet tidied up.
    killed = path.parent / "killed"
    killed.mkdir()
    ends = ("", "-wal", "-shm")
    for end in ends:
        shutil.copy(f"{path}{end}", killed)
    newer.close()
    # In the -shm file is nothing but an index of the log, in which readers leave their marks.
    left = [Path(f"{killed / path.name}{end}") for end in ends if end != "-shm"]
    before = [(each.read_bytes(), each.stat().st_mode) for each in left]
    assert before[1][0], "all of it is in the write-ahead log"
    assert refused(killed / path.name) == (
        "The database triage.db was written by a newer version of the bot. Run that version, or "
        "give this one another DATABASE_URL."
    )
    assert [(each.read_bytes(), each.stat().st_mode) for each in left] == before


MIGRATE_AND_DIE = """
import os, signal, sqlite3, sys
from pathlib import Path
from bot.store.sqlite import SqliteDatabase

class Dying(sqlite3.Connection):
    left = int(sys.argv[2])

    def execute(self, sql, *values):
        if "TABLE" in sql or "INDEX" in sql or "UPDATE" in sql:
            Dying.left -= 1
            if Dying.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(sql, *values)

connect = sqlite3.connect
sqlite3.connect = lambda *given, **more: connect(*given, factory=Dying, **more)
SqliteDatabase(Path(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("statements", range(0, sum(map(len, MIGRATIONS)), 3))
async def test_a_killed_migration_is_whole_at_the_next_start(path: Path, statements: int) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        MIGRATE_AND_DIE,
        str(path),
        str(statements),
        cwd=Path(__file__).parent.parent,
    )
    assert await process.wait() == -signal.SIGKILL
    async with SqliteDatabase(path) as database, SqliteDatabase(path.with_name("new")) as new:
        tables = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        assert await database.read(tables) == await new.read(tables)


def test_a_file_that_is_no_database_is_refused_untouched(path: Path) -> None:
    path.write_text("the minutes of the last meeting\n" * 100)
    before = path.read_bytes(), path.stat().st_mode
    assert refused(path) == (
        "The database triage.db cannot be opened: file is not a database. See that the bot may "
        "write to it and to its folder, that the disk has room and no other program holds it, or "
        "give another DATABASE_URL."
    )
    assert (path.read_bytes(), path.stat().st_mode) == before


def test_tables_of_somebody_else_are_refused_and_nothing_is_added(path: Path) -> None:
    theirs = sqlite3.connect(path)
    theirs.execute("CREATE TABLE decisions (what TEXT)")
    assert "table decisions already exists" in refused(path)
    assert theirs.execute("SELECT name FROM sqlite_master").fetchall() == [("decisions",)]
    theirs.close()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/triage.db", "there is no folder {here}/missing. Make it, or give another"),
        ("file/triage.db", "there is no folder {here}/file. Make it, or give another"),
        ("folder", "{here}/folder is a folder. Give DATABASE_URL the path of a file."),
        ("loop", "unable to open database file"),
        (".", "{here} is a folder. Give DATABASE_URL the path of a file."),
        (":memory:", "No such file or directory"),
        ("/proc/triage.db", "No such file or directory"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_path_that_cannot_be_written_is_a_wrong_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    here = tmp_path / "here"
    (here / "folder").mkdir(parents=True)
    (here / "file").touch()
    (here / "loop").symlink_to("loop")
    monkeypatch.chdir(here)
    assert reason.format(here=here) in refused(Path(name))


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def _device(path: Path) -> None:
    """Like /dev/null, but the test's own: whatever is done to it is done to nobody's device."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except OSError:
        pytest.skip("only root may make a device")


@pytest.mark.parametrize("ending", ["", "-lock", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (Path.mkdir, "a folder"),
        (_pipe, "a named pipe"),
        (_socket, "a socket"),
        (_device, "a device"),
    ],
)
def test_a_path_that_is_no_file_is_refused_unopened_and_unchanged(
    tmp_path: Path, make: Callable[[Path], None], kind: str, ending: str
) -> None:
    odd = tmp_path / f"odd{ending}"
    make(odd)
    link = tmp_path / "triage.db"
    link.symlink_to(tmp_path / "odd")
    before = odd.stat(), sorted(tmp_path.iterdir())
    sentence = f"{odd} is {kind}. Give DATABASE_URL the path of a file."
    assert sentence in refused(link)
    with pytest.raises(SettingsWrong, match=re.escape(sentence)):
        asyncio.run(opening.condition(f"sqlite:///{link}"))
    assert (odd.stat(), sorted(tmp_path.iterdir())) == before
