"""The databases that tests run on: a file, or one on a PostgreSQL that is started for them.

The PostgreSQL is made of this machine's programs (Debian: `apt install postgresql`), in a folder
that is thrown away; or it is one that runs already: TEST_POSTGRES_URL names a database of it, with
a user who may create others.
"""

import asyncio
import os
import pwd
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final, NoReturn, Self
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from bot.playground import die_with_parent
from bot.store.opening import SQLITE
from bot.store.postgres import PostgresDatabase

RUNNING_ALREADY: Final = "TEST_POSTGRES_URL"
PROGRAMS: Final = ("initdb", "pg_ctl", "postgres")
DEBIAN: Final = Path("/usr/lib/postgresql")
HOST: Final = "127.0.0.1"
# Whose a server is that root starts: PostgreSQL refuses to be root's.
UNPRIVILEGED: Final = ("postgres", "nobody")
LONGEST_SECONDS: Final = 120
DURABILITY: Final = ("fsync", "synchronous_commit", "full_page_writes")
# Each worker of a run has up to three processes of the bot, with up to ten connections each.
CONNECTIONS: Final = 300
SHARED_MEMORY: Final = Path("/dev/shm")
ROOM_BYTES: Final = 2 << 30
# How each skip of a missing program begins; the run's last lines say how to install it.
NOT_HERE: Final = "this machine has no "

DATABASES: Final = ("sqlite", "postgres")

# What must hold on every database that the bot has.
both_databases = pytest.mark.parametrize("database_url", DATABASES, indirect=True)


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
    """A PostgreSQL that runs. `url` names the database from which others are made; `template` has
    the bot's tables already, and is copied."""

    def __init__(self, url: str, template: str = "") -> None:
        self.url = url
        self.template = template

    @contextmanager
    def templated(self) -> Iterator[Self]:
        """Makes the template, for as long as this lasts."""
        with self.database(empty=True) as url:
            # In a thread of its own: a test's event loop may be this one's.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, _migrated(url)).result()
            self.template = urlsplit(url).path[1:]
            yield self
            self.template = ""

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The URL of a new database, which is dropped afterwards."""
        name = f"test_{uuid4().hex}"
        template = "template1" if empty or not self.template else self.template
        identifiers = map(sql.Identifier, (name, template))
        self._do(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*identifiers))
        try:
            yield urlsplit(self.url)._replace(path=f"/{name}").geturl()
        finally:
            self._do(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _do(self, command: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(command)


async def _migrated(url: str) -> None:
    async with PostgresDatabase(url):
        pass


class OwnPostgres(Postgres):
    """A PostgreSQL for as long as its `with` lasts, which ends with this process, however that
    ends. A durable one has the default settings, on a disk; any other loses data when the machine
    crashes, which no test makes it do."""

    def __init__(self, programs: Path, *, durable: bool = False) -> None:
        self._programs = programs
        self._durable = durable
        self._port = free_port()
        self._owner = _unprivileged() if os.geteuid() == 0 else None
        self._things = ExitStack()
        super().__init__(f"postgresql://postgres@{HOST}:{self._port}/postgres")

    def __enter__(self) -> Self:
        # Not in pytest's own folder, which is closed to every other user.
        parent = None if self._durable else memory()
        folder = self._things.enter_context(tempfile.TemporaryDirectory("", "postgres-", parent))
        self._folder = Path(folder)
        if self._owner is not None:
            shutil.chown(folder, self._owner.pw_uid, self._owner.pw_gid)
        self._things.callback(self.stop)
        choices = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale")
        self._run("initdb", *choices, *([] if self._durable else ["--no-sync"]))
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._things.close()

    def start(self) -> None:
        options = f"-p {self._port} -c listen_addresses={HOST} -c unix_socket_directories="
        if not self._durable:
            options += "".join(f" -c {setting}=off" for setting in DURABILITY)
            options += f" -c max_connections={CONNECTIONS}"
        log = self._folder / "log"
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", str(log), "--options", options)
        pid = self._lock.read_text().split()[0]
        leash = [sys.executable, "-I", die_with_parent.__file__, pid]
        self._leash = subprocess.Popen(leash, stdin=-1)

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
def running(environ: Mapping[str, str], *, durable: bool = False) -> Iterator[Postgres]:
    """The PostgreSQL of this run. Without any, tests are skipped; where CI is set they fail."""
    if url := environ.get(RUNNING_ALREADY):
        with Postgres(url).templated() as postgres:
            yield postgres
    else:
        with own(environ, durable=durable) as postgres:
            yield postgres


@contextmanager
def own(environ: Mapping[str, str], *, durable: bool = False) -> Iterator[OwnPostgres]:
    """A PostgreSQL that a test may stop and start."""
    programs = _programs(environ.get("PATH", "")) or missing("PostgreSQL", environ)
    with OwnPostgres(programs, durable=durable) as postgres, postgres.templated():
        yield postgres


def found(environ: Mapping[str, str]) -> AbstractContextManager[Postgres] | None:
    """A PostgreSQL for as long as its `with` lasts, if this machine has any."""
    if RUNNING_ALREADY in environ or _programs(environ.get("PATH", "")):
        return running(environ)
    return None


def missing(program: str, environ: Mapping[str, str]) -> NoReturn:
    """Skips a test that needs a program; where CI is set the test fails."""
    if "CI" in environ:
        pytest.fail(f"{NOT_HERE}{program}")
    pytest.skip(f"{NOT_HERE}{program}")


def memory() -> Path | None:
    """A folder that is kept in memory, where there is one with room for a run's databases."""
    if not os.access(SHARED_MEMORY, os.W_OK):
        return None
    return SHARED_MEMORY if shutil.disk_usage(SHARED_MEMORY).free >= ROOM_BYTES else None


def _programs(path: str) -> Path | None:
    """The folder of all of the server's programs; Debian keeps them out of the PATH."""
    folders = [Path(folder) for folder in path.split(os.pathsep)]
    if config := shutil.which("pg_config", path=path):
        said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)
        folders.append(Path(said.stdout.strip()))
    folders += sorted(DEBIAN.glob("*/bin"), reverse=True)
    return next(
        (each for each in folders if all((each / program).is_file() for program in PROGRAMS)), None
    )


def _unprivileged() -> pwd.struct_passwd:
    known = {each.pw_name: each for each in pwd.getpwall()}
    return next(known[name] for name in UNPRIVILEGED if name in known)


def free_port() -> int:
    """A port on which no program listens. It is below the ports that systems give to outgoing
    connections, which could take it before a server does."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port
