"""The processes: the bot as it is shipped, its peers, and what stands in for the services."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from tests.bench.clicks import CHANNEL, SECRET, Clicks
from tests.servers import free_port

ROOT: Final = Path(__file__).parents[2]
READY_SECONDS: Final = 20.0
PATIENCE_SECONDS: Final = 60.0
INHERITED: Final = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


class Noted(NamedTuple):
    """A request that came to a service; `at` is in nanoseconds of the monotonic clock."""

    kind: str
    key: str
    at: int


@dataclass(frozen=True, slots=True)
class Server:
    """A process that listens, or none that does: then the port is 0."""

    port: int
    pid: int

    @property
    def megabytes(self) -> float:
        """The memory that it holds now."""
        said = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.pid)], capture_output=True, text=True, check=True
        )
        return int(said.stdout) / 1024

    @property
    def processor_seconds(self) -> float:
        """The processor time that it has used so far, all threads together."""
        # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Requests(NamedTuple):
    """The speed of decisions' requests when nothing else is done: decisions `a_second`, and
    `processor_ms` for each."""

    a_second: float
    processor_ms: float


@dataclass(frozen=True, slots=True)
class Services:
    """The stand-in for Slack and SendKit, asked what it saw."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def log(self) -> list[Noted]:
        """The entries since the last call."""
        return [Noted(*each) for each in self._ask("/bench/log")]

    def until(self, kind: str, number: int) -> None:
        """Waits until so many requests of this kind have come since the log was asked for."""
        self._ask(f"/bench/until?kind={kind}&number={number}")

    def _ask(self, path: str) -> Any:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer


@dataclass(frozen=True, slots=True)
class Ground:
    """A folder, the services, and clicks that answer to them."""

    folder: Path
    services: Services
    clicks: Clicks

    @contextmanager
    def bot(self, database: str = "", **settings: str) -> Iterator[Server]:
        """`database` is a DATABASE_URL; without one it is a file of its own."""
        port = free_port()
        environ = self.settings(port, database) | settings
        with _process(["-m", "bot", "serve"], environ, self.folder) as process:
            yield _ready(process, port)

    def settings(self, port: int, database: str = "") -> dict[str, str]:
        """Only what has to be set, but for the looks at unread replies: they would come between."""
        return {
            "SLACK_BOT_TOKEN": "xoxb-bench",
            "SLACK_SIGNING_SECRET": SECRET,
            "SENDKIT_API_KEY": "sk_live_bench",
            "TRIAGE_CHANNEL": CHANNEL,
            "SENDKIT_POLL_SECONDS": "0",
            "DATABASE_URL": database or f"sqlite:///{self.folder}/bot-{port}.db",
            "PORT": str(port),
            "SLACK_API_URL": f"{self.services.url}/api/",
            "SENDKIT_API_URL": self.services.url,
        }

    @contextmanager
    def peer(self, name: str) -> Iterator[Server]:
        port = free_port()
        database = str(self.folder / f"{name}-{port}.db")
        arguments = ["-m", "tests.bench.peers", name, "--services", self.services.url]
        arguments += ["--port", str(port), "--database", database]
        with _process(arguments, {}, self.folder) as process:
            yield Server(0, process.pid) if "socket" in name else _ready(process, port)

    def requests(self, count: int, kinds: Sequence[str], in_flight: int = 16) -> Requests:
        """The time that aiohttp's client takes for the requests of these decisions."""
        arguments = ["-m", "tests.bench.peers", "requests", "--services", self.services.url]
        arguments += ["--count", str(count), "--in-flight", str(in_flight), "--kinds", *kinds]
        ended = subprocess.run(
            [sys.executable, *arguments],
            env=_environ({}),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        seconds, used = json.loads(ended.stdout)
        return Requests(count / seconds, used * 1000 / count)


@contextmanager
def ground(
    delay: float = 0.0, slack_delay: float = 0.0, sockets: str = "", unread: int = 0
) -> Iterator[Ground]:
    """`delay` is SendKit's and `slack_delay` Slack's, in seconds; `unread` is the number of
    conversations in SendKit's list, and `sockets` where Slack sends clients of Socket Mode."""
    with TemporaryDirectory(prefix="bench-") as kept:
        folder, port = Path(kept), free_port()
        arguments = ["-m", "tests.bench.services", str(port), "--delay", str(delay)]
        arguments += ["--slack-delay", str(slack_delay)]
        arguments += ["--sockets", sockets, "--unread", str(unread)]
        with _process(arguments, {}, folder) as process:
            _ready(process, port)
            services = Services(port)
            yield Ground(folder, services, Clicks(f"{services.url}/respond"))


@contextmanager
def _process(
    arguments: Sequence[str], environ: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Ended with SIGKILL: nothing that it keeps is of interest afterwards. Where it has ended by
    itself, the log says why."""
    with (
        (folder / "log").open("ab") as log,
        subprocess.Popen(
            [sys.executable, *arguments], env=_environ(environ), cwd=folder, stdout=log, stderr=log
        ) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is not None:
                sys.stderr.write((folder / "log").read_text())
            process.kill()


def _environ(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in INHERITED}
    return kept | {"PYTHONPATH": str(ROOT)} | dict(settings)


def _ready(process: subprocess.Popen[bytes], port: int) -> Server:
    """The server, as soon as it listens."""
    given_up = time.monotonic() + READY_SECONDS
    while time.monotonic() < given_up and process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return Server(port, process.pid)
        time.sleep(0.002)
    raise ConnectionError(f"{process.args!r} does not listen")
