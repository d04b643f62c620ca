"""A journal whose process is killed at random moments: nothing is lost, nothing happens twice, and
each lane keeps its order.

The process is this file: it writes entries, and carries each out in two steps whose effect is a
line in a file. A step that may have happened before looks into the file first.
"""

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.journal import Entry, Page, Payload
from bot.journal.sqlite import SqliteJournal
from bot.store.sqlite import SqliteDatabase

KILLS = 20
LONGEST_LIFE = 0.25
LANES = ("a", "b", "c", "d", "e", "f")
STEPS = ("one", "two")
LAST = "last"


def entry(lane: str, name: str) -> Entry:
    return Entry(f"{lane} {name}", "work", lane, {"name": name})


class Driver:
    """What is killed. It tells its parent of each entry that is written, and of nothing sooner."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._effects = path / "effects"
        self._file = os.open(self._effects, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        self._lasts = asyncio.Semaphore(0)

    async def run(self, life: str) -> None:
        say("ready")
        async with SqliteDatabase(self._path / "triage.db") as database:
            journal = SqliteJournal(database)
            await journal.start({"work": self._carry_out})
            if life == LAST:
                await self._finish(journal)
                await journal.stop(10)
            else:
                await asyncio.gather(*(_write_for_ever(journal, lane, life) for lane in LANES))

    async def _finish(self, journal: SqliteJournal) -> None:
        """What is known stays known; then all that was left is carried out."""
        for line in sys.stdin:
            assert not await journal.write(entry(*line.split()))
        for lane in LANES:
            await journal.write(entry(lane, LAST))
            await self._lasts.acquire()

    async def _carry_out(self, page: Page) -> None:
        for step in STEPS:
            await page.step(step, self._line(f"{page.entry.id} {step}"))
        if page.entry.payload["name"] == LAST:
            self._lasts.release()

    def _line(self, line: str) -> Callable[[bool], Awaitable[Payload]]:
        async def effect(again: bool) -> Payload:
            if not again or line not in self._effects.read_text().splitlines():
                os.write(self._file, f"{line}\n".encode())
            return {}

        return effect


async def _write_for_ever(journal: SqliteJournal, lane: str, life: str) -> None:
    number = 0
    while True:
        name = f"{life}.{number}"
        twice = (journal.write(entry(lane, name)), journal.write(entry(lane, name)))
        assert sum(await asyncio.gather(*twice)) == 1
        say(f"{lane} {name}")
        number += 1


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def start(path: Path, life: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.test_kill",
        str(path),
        life,
        stdin=pipe,
        stdout=pipe,
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def killed(process: asyncio.subprocess.Process, seconds: float) -> list[str]:
    """What it told until then."""
    told = asyncio.ensure_future(process.communicate())
    await asyncio.sleep(seconds)
    assert process.returncode is None, "it died by itself"
    process.kill()
    written, _ = await told
    return [line for line in written.decode().splitlines(keepends=True) if line.endswith("\n")]


@pytest.mark.slow
async def test_nothing_is_lost_and_nothing_happens_twice(tmp_path: Path) -> None:
    seed = int.from_bytes(os.urandom(4))
    moments = random.Random(seed)
    print("seed", seed)  # noqa: T201 — pytest shows it with a failure
    written: list[str] = []
    for life in range(KILLS):
        process = await start(tmp_path, str(life))
        written += await killed(process, moments.uniform(0, LONGEST_LIFE))
    process = await start(tmp_path, LAST)
    await process.communicate("".join(written).encode())
    assert process.returncode == 0

    done = (tmp_path / "effects").read_text().splitlines()
    assert not [line for line, times in Counter(done).items() if times > 1]
    expected = {f"{line.strip()} {step}" for line in written for step in STEPS}
    assert not expected - set(done)
    for lane in LANES:
        mine = [line.split()[1:] for line in done if line.startswith(f"{lane} ")]
        names = [name for name, step in mine if step == STEPS[0]]
        assert mine == [[name, step] for name in names for step in STEPS]
        assert names.pop() == LAST
        assert names == sorted(names, key=lambda name: [int(part) for part in name.split(".")])


if __name__ == "__main__":
    asyncio.run(Driver(Path(sys.argv[1])).run(sys.argv[2]))
