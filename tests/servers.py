"""The databases that tests run on: a file, or one on a PostgreSQL that is started for them.

The PostgreSQL is made of this machine's programs (Debian: `apt install postgresql`), in a folder
that is thrown away; or it is one that runs already: TEST_POSTGRES_URL names a database of it, with
a user who may create others.
"""

import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from bot.playground import leash
from bot.store import SQLITE

RUNNING_ALREADY: Final = "TEST_POSTGRES_URL"
PROGRAMS: Final = ("initdb", "pg_ctl", "postgres")
DEBIAN: Final = Path("/usr/lib/postgresql")
HOST: Final = "127.0.0.1"
# Whose a server is that root starts: PostgreSQL refuses to be root's.
UNPRIVILEGED: Final = ("postgres", "nobody")
LONGEST_SECONDS: Final = 120

DATABASES: Final = ("sqlite", "postgres")

# What must hold on every database that the bot has.
both_databases = pytest.mark.parametrize("database_url", DATABASES, indirect=True)
# What only the one that several processes share has to hold.
only_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else holds what entries are written into."""
    with ExitStack() as somebody_else:
        if url.startswith(SQLITE):
            file = sqlite3.connect(url.removeprefix(SQLITE), isolation_level=None)
            somebody_else.enter_context(closing(file)).execute("BEGIN IMMEDIATE")
        else:
            server = somebody_else.enter_context(psycopg.connect(url))
            server.execute("LOCK TABLE entries IN ACCESS EXCLUSIVE MODE")
            somebody_else.callback(server.rollback)
        yield


class Postgres:
    """A PostgreSQL that runs already. `url` names the database from which others are made."""

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a database that is new, and gone afterwards."""
        name = f"test_{uuid4().hex}"
        self._do(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(self.url)._replace(path=f"/{name}").geturl()
        finally:
            self._do(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """The server goes away; who is connected is cut off."""
        pytest.skip(f"the server of {RUNNING_ALREADY} is not this test's to stop")

    def start(self) -> None:
        """It comes back, and takes connections when this returns."""
        raise AssertionError("it was not stopped")

    def _do(self, command: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(command)


class OwnPostgres(Postgres):
    """A PostgreSQL for as long as its `with` lasts, which ends with this process, however that
    ends. Its settings are the defaults: what was committed is on the disk."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._port = free_port()
        self._owner = _unprivileged() if os.geteuid() == 0 else None
        self._things = ExitStack()
        super().__init__(f"postgresql://postgres@{HOST}:{self._port}/postgres")

    def __enter__(self) -> Self:
        # Not in pytest's own folder, which is closed to every other user.
        folder = self._things.enter_context(tempfile.TemporaryDirectory(prefix="postgres-"))
        self._folder = Path(folder)
        if self._owner is not None:
            shutil.chown(folder, self._owner.pw_uid, self._owner.pw_gid)
        self._things.callback(self.stop)
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._things.close()

    def start(self) -> None:
        options = f"-p {self._port} -c listen_addresses={HOST} -c unix_socket_directories="
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", log, "--options", options)
        pid = self._lock.read_text().split()[0]
        self._leash = subprocess.Popen([sys.executable, "-I", leash.__file__, pid], stdin=-1)

    def stop(self) -> None:
        if self._lock.exists():
            self._run("pg_ctl", "stop", "--wait", "--silent", "--mode", "fast")
            self._leash.kill()
            self._leash.communicate()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _lock(self) -> Path:
        return self._data / "postmaster.pid"

    def _run(self, program: str, *arguments: str) -> None:
        owner = self._owner
        # What it says goes to a file: a server that it starts would keep a pipe open.
        with tempfile.TemporaryFile() as said:
            status = subprocess.call(
                [self._programs / program, "--pgdata", self._data, *arguments],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                user=None if owner is None else owner.pw_uid,
                group=None if owner is None else owner.pw_gid,
                extra_groups=None if owner is None else [],
                timeout=LONGEST_SECONDS,
            )
            said.seek(0)
            assert status == 0, f"{program}: {said.read().decode(errors='replace')}"


@contextmanager
def running(environ: Mapping[str, str], debian: Path = DEBIAN) -> Iterator[Postgres]:
    """The PostgreSQL of this run. Without any, tests are skipped; where CI is set they fail."""
    if server := found(environ, debian):
        with server as postgres:
            yield postgres
    elif "CI" in environ:
        pytest.fail("there is no PostgreSQL on this machine")
    else:
        pytest.skip(f"there is no PostgreSQL on this machine, and no {RUNNING_ALREADY}")


def found(
    environ: Mapping[str, str], debian: Path = DEBIAN
) -> AbstractContextManager[Postgres] | None:
    """A PostgreSQL for as long as its `with` lasts, if this machine has any."""
    if url := environ.get(RUNNING_ALREADY):
        return nullcontext(Postgres(url))
    programs = _programs(environ.get("PATH", ""), debian)
    return OwnPostgres(programs) if programs else None


def _programs(path: str, debian: Path) -> Path | None:
    """Where all of the server's programs are; Debian keeps them out of the PATH."""
    folders = [Path(folder) for folder in path.split(os.pathsep)]
    if config := shutil.which("pg_config", path=path):
        said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)
        folders.append(Path(said.stdout.strip()))
    folders += sorted(debian.glob("*/bin"), reverse=True)
    return next(
        (each for each in folders if all((each / program).is_file() for program in PROGRAMS)), None
    )


def _unprivileged() -> pwd.struct_passwd:
    known = {each.pw_name: each for each in pwd.getpwall()}
    return next(known[name] for name in UNPRIVILEGED if name in known)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
