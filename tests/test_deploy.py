"""The Dockerfile and the Procfile: what they name is there, and the bot runs as they start it,
where nothing but the database's folder may be written to."""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import sys
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from bot.settings import Settings
from bot.slack import http
from tests import servers
from tests.conftest import House

ROOT: Final = Path(__file__).parent.parent
DATA: Final = "/data"
LONGEST_SECONDS: Final = 120


def _instructions() -> list[tuple[str, str]]:
    """https://docs.docker.com/reference/dockerfile/"""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", " ")
    split = (line.split(maxsplit=1) for line in text.splitlines() if line.strip())
    return [(name, " ".join(rest.split())) for name, rest in split]


def _all(name: str) -> list[str]:
    return [rest for each, rest in _instructions() if each == name]


def _one(name: str) -> str:
    (found,) = _all(name)
    return found


def _environ() -> Mapping[str, str]:
    """The settings of the image."""
    return dict(pair.split("=", 1) for pair in shlex.split(_one("ENV")))


def _words(instruction: str) -> list[str]:
    """A command in the exec form: there is no shell between it and a signal."""
    found = json.loads(instruction[instruction.index("[") :])
    assert all(isinstance(word, str) for word in found)
    return list(found)


def _health() -> list[str]:
    return _words(_one("HEALTHCHECK").partition("CMD")[2])


def test_the_image_has_a_python_that_the_project_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    least = tuple(map(int, re.findall(r"\d+", project["requires-python"])))
    assert _one("FROM") == "${BASE}"
    base = next(rest for rest in _all("ARG") if rest.startswith("BASE="))
    found = re.fullmatch(r"BASE=python:(\d+)\.(\d+)-slim(@sha256:[0-9a-f]{64})?", base)
    assert found is not None, "a minor version, so that a build tomorrow is a build of today"
    assert (int(found[1]), int(found[2])) >= least


def test_the_image_has_what_it_copies_and_no_secret() -> None:
    copied = [words.split()[0].rstrip("/") for words in _all("COPY")]
    assert copied == ["requirements.txt", "bot"]
    assert all((ROOT / each).exists() for each in copied)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {line[1:] for line in rules if line.startswith("!")} == set(copied)


def test_nothing_is_compiled() -> None:
    (installing,) = (each for each in _all("RUN") if "pip install" in each)
    assert "--only-binary=:all:" in installing
    assert "--require-hashes" in installing
    assert not re.search(r"apt|gcc|build-essential", " ".join(_all("RUN")))


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_requirement_is_pinned_with_hashes_and_without_an_address(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text()
    locked = {}
    for each in re.sub(r"#.*|\\\n", "", text).strip().splitlines():
        if each.strip():
            pinned, *hashes = each.split(" --hash=")
            locked[pinned.split(";")[0].strip().casefold()] = hashes
    assert all(locked.values())
    assert all("==" in each for each in locked)
    assert "://" not in text
    wanted = re.findall(
        r"^[\w.-]+(?:\[.*\])?==\S+", (ROOT / f"{name}.in").read_text(), re.MULTILINE
    )
    assert wanted
    plain = {_plain(each) for each in locked}
    assert {_plain(each) for each in wanted} <= plain


def _plain(pinned: str) -> str:
    return re.sub(r"[_.]+(?=.*==)", "-", re.sub(r"\[.*\]", "", pinned)).casefold()


def test_the_image_is_nobodys_with_rights() -> None:
    user, _, group = _one("USER").partition(":")
    assert user.isdigit()
    assert group.isdigit()
    assert "0" not in (user, group)
    assert f"--uid {user} " in " ".join(_all("RUN"))
    last = max(number for number, (name, _) in enumerate(_instructions()) if name == "RUN")
    assert ("USER", _one("USER")) in _instructions()[last:]


def test_the_images_settings_are_the_bots_and_agree() -> None:
    environ = _environ()
    credentials = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "SENDKIT_API_KEY": "sk_1",
        "TRIAGE_CHANNEL": "C0TRIAGE",
    }
    read = Settings.from_env({**credentials, **environ})
    assert (read.host, read.port) == ("0.0.0.0", int(_one("EXPOSE")))
    assert read.database_url == f"sqlite:///{DATA}/triage.db"
    assert json.loads(_one("VOLUME")) == [DATA] == [environ["TMPDIR"]]


@dataclass
class Ground:
    """The bot's files and its home, closed to writing, and the one folder that is not."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def files(self) -> dict[str, str]:
        """The files outside of the data, with their content."""
        found = [each for each in self.folder.rglob("*") if self.data not in (each, *each.parents)]
        return {
            str(each): sha256(each.read_bytes()).hexdigest() if each.is_file() else ""
            for each in found
        }


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(tmp_path / "ground")
    leave_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "bot", ground.folder / "app" / "bot", ignore=leave_out)
    for folder in (ground.home, ground.data):
        folder.mkdir()
    for each in (ground.folder, *ground.folder.rglob("*")):
        if each != ground.data:
            each.chmod(0o555 if each.is_dir() else 0o444)
    yield ground
    for each in (ground.folder, *ground.folder.rglob("*")):
        if each.is_dir():
            each.chmod(0o755)


# To root nothing is closed, unless it gives up the right to whatever is its own to close.
POWERLESS: Final = (
    ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
)


@asynccontextmanager
async def _started(
    command: Sequence[str], house: House, ground: Ground, **environ: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as a platform starts it, once it is found healthy."""
    known = house.settings
    given = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(ground.home),
        "SLACK_BOT_TOKEN": known.slack_bot_token,
        "SLACK_SIGNING_SECRET": known.slack_signing_secret or "",
        "SENDKIT_API_KEY": known.sendkit_api_key,
        "TRIAGE_CHANNEL": known.triage_channel,
        "SENDKIT_POLL_SECONDS": "0.1",
        "SLACK_API_URL": known.slack_api_url,
        "SENDKIT_API_URL": known.sendkit_api_url,
        "LOG_LEVEL": "ERROR",
        **environ,
    }
    house.slack.request_url = f"http://127.0.0.1:{given['PORT']}{http.PATH}"
    process = await asyncio.create_subprocess_exec(
        *POWERLESS, *command, env=given, cwd=ground.folder / "app", start_new_session=True
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            while await _status(_health(), given) != 0:
                assert process.returncode is None, "it ended by itself"
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _is_closed(folder: Path) -> bool:
    return await _status((*POWERLESS, "test", "-w", str(folder)), os.environ) == 1


async def _status(command: Sequence[str], environ: Mapping[str, str]) -> int:
    quiet = asyncio.subprocess.DEVNULL
    asked = await asyncio.create_subprocess_exec(*command, env=environ, stderr=quiet)
    return await asked.wait()


async def _decided(house: House, position: int) -> None:
    house.reply(position)
    card = await house.card(position)
    assert (await house.slack.click(card, "Interested")).ok
    assert len(await house.lines(card)) == 1


async def _stopped(process: asyncio.subprocess.Process) -> int:
    process.send_signal(signal.SIGTERM)
    return await asyncio.wait_for(process.wait(), LONGEST_SECONDS)


@pytest.fixture
def transport() -> str:
    return "http"


@pytest.fixture
def port() -> str:
    return str(servers.free_port())


@pytest.mark.slow
async def test_the_image_writes_to_its_data_alone(house: House, ground: Ground, port: str) -> None:
    environ = {name: text.replace(DATA, str(ground.data)) for name, text in _environ().items()}
    assert await _is_closed(ground.home)
    command, before = _words(_one("CMD")), ground.files()
    async with _started(command, house, ground, **{**environ, "PORT": port}) as process:
        await _decided(house, 0)
        process.kill()
        await process.wait()
    async with _started(command, house, ground, **{**environ, "PORT": port}) as process:
        await _decided(house, 1)
        assert await _stopped(process) == 0
    assert ground.files() == before
    assert {each.name for each in ground.data.iterdir()} == {"triage.db", "triage.db-lock"}
    assert len(house.sendkit.patches) == 2


@servers.both_databases
# As platforms do it; neither shell stays between the bot and a signal.
@pytest.mark.parametrize(
    "shell", [("bash", "-c", ""), ("sh", "-c", "exec ")], ids=lambda each: each[0]
)
@pytest.mark.slow
async def test_the_procfile_serves_on_the_port_that_it_is_given(
    house: House, ground: Ground, port: str, shell: Sequence[str]
) -> None:
    url = house.settings.database_url.replace("postgresql://", "postgres://")
    if url.startswith("sqlite"):
        url = f"sqlite:///{ground.data}/triage.db"
    (line,) = (ROOT / "Procfile").read_text().splitlines()
    kind, command = line.split(": ", 1)
    assert kind == "web"
    *start, prefix = shell
    before = ground.files()
    environ = {"PORT": port, "DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
    async with _started([*start, prefix + command], house, ground, **environ) as process:
        await _decided(house, 0)
        assert await _stopped(process) == 0
    assert ground.files() == before


def test_without_credentials_neither_plays() -> None:
    """A playground that the whole world can reach is not what anybody meant."""
    assert _words(_one("CMD"))[-1] == "serve"
    assert (ROOT / "Procfile").read_text().endswith(" serve\n")
