"""Several processes on one PostgreSQL behind one address, of which one dies for good: `make scale`,
and with SEED=… the same people again."""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from itertools import groupby
from typing import Final, TypeVar
from urllib.parse import urlsplit

import psycopg

from bot.slack.http import PATH
from bot.triage import ConversationId
from tests import servers
from tests.balancer import Answered, Balancer
from tests.conftest import House, built
from tests.kill_scenario import People, buttons, told, until_done, wrong_cards, wrong_lines
from tests.metrics_asserts import numbers
from tests.processes import Process

# As slow as SendKit is, there is always something under way; so many entries are, at least, with
# the process that is killed.
SENDKIT_SECONDS: Final = 0.4
LEAST_IN_HAND: Final = 2
# What is not done after so long is lost.
PATIENCE_SECONDS: Final = 60.0
# What the README promises.
TAKEN_OVER_SECONDS: Final = 15.0

# Each process' number, and what it has in hand.
_IN_HAND: Final = """
    SELECT worker.id, job.args ->> 'entry'
    FROM procrastinate_workers AS worker
    LEFT JOIN procrastinate_jobs AS job ON job.worker_id = worker.id AND job.status = 'doing'
    ORDER BY worker.id
"""

Say = Callable[[str], object]
T = TypeVar("T")


@dataclass(frozen=True)
class Scale:
    """The size of the run: people's clicks, cards and processes."""

    seed: int
    processes: int = 3
    cards: int = 12
    clicks: int = 180


@dataclass
class Share:
    """The work of one process: `acks` are its answers to clicks, also to one that Slack delivered
    before; `done` are the decisions that it carried out."""

    address: str
    acks: int = 0
    done: int = 0
    died: bool = False


@dataclass
class Tally:
    """The result; `wrong` has a sentence for each thing that should not be. Clicks that got no
    ack were `pressed_again`, and may be carried out both times.

    The process that died had so many entries `in_hand`, by the database. The others took over so
    many, by their logs, so many `seconds` after its death; and after `told_seconds` all that it had
    in hand was told in the threads. What never was is None.
    """

    shares: Sequence[Share]
    pressed_again: int = 0
    in_hand: int = 0
    taken_over: int = 0
    seconds: float | None = None
    told_seconds: float | None = None
    wrong: list[str] = field(default_factory=list)


class Processes:
    """Processes on one database behind one address, and the number of acks of each."""

    def __init__(self, house: House, number: int) -> None:
        self._database_url = house.settings.database_url
        self.all = [Process(house, LOG_LEVEL="INFO", LOG_FORMAT="json") for _ in range(number)]
        self.acks: Counter[str] = Counter()

    @property
    def alive(self) -> Sequence[Process]:
        return [each for each in self.all if each.up]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Their one address."""
        async with AsyncExitStack() as stack:
            for each in self.all:
                await each.begin()
                stack.push_async_callback(each.end, signal.SIGKILL)
                await each.taking(others=0)
            balancer = Balancer([each.address for each in self.all], [self._note])
            yield await stack.enter_async_context(balancer.serving())

    def in_hand(self) -> Mapping[str, set[str]]:
        """The entries that each fetched and has not ended. Their numbers are in the order in which
        they were started."""
        with psycopg.connect(self._database_url) as connection:
            rows = connection.execute(_IN_HAND).fetchall()
        return {
            each.address: {entry for _, entry in held if entry}
            for each, (_, held) in zip(
                self.all, groupby(rows, key=lambda row: int(row[0])), strict=True
            )
        }

    async def stop(self) -> bytes:
        """Ends those that live as a deployment does; what they wrote to their logs."""
        return b"".join([await each.end(signal.SIGTERM) for each in self.alive])

    def _note(self, answered: Answered) -> None:
        if answered.status == HTTPStatus.OK:
            self.acks[answered.address] += 1


class Run:
    """People click over the one address; in the middle of it one of the processes is killed, and
    nobody starts it again."""

    def __init__(self, house: House, scale: Scale, say: Say) -> None:
        self._house = house
        self._scale = scale
        self._say = say
        self._people = People(house, random.Random(scale.seed))
        self._processes = Processes(house, scale.processes)
        self._shares = {each.address: Share(each.address) for each in self._processes.all}
        self._tally = Tally(list(self._shares.values()))

    async def run(self) -> Tally:
        house, scale, tally = self._house, self._scale, self._tally
        announced = [ConversationId(house.reply(number).id) for number in range(scale.cards)]
        async with self._processes.serving() as address:
            self._say(f"{scale.processes} processes: {', '.join(self._shares)}")
            self._say(f"One address in front of them: {address}")
            house.slack.request_url = f"{address}{PATH}"
            await self._until(lambda: len(buttons(house)) == scale.cards)
            house.sendkit.slow = SENDKIT_SECONDS
            self._say(f"{scale.clicks} clicks on {scale.cards} cards …")
            clicks = scale.clicks // scale.cards
            deciding = asyncio.gather(
                *(self._people.decide(each, clicks) for each in buttons(house))
            )
            died_at = await self._kill(await self._until(self._in_the_middle))
            await deciding
            await until_done(house, self._people, announced)
            await self._count()
            takeovers = list(_takeovers(await self._processes.stop()))
        tally.taken_over = sum(entries for _, entries in takeovers)
        if takeovers:
            tally.seconds = min(at for at, _ in takeovers) - died_at
        else:
            tally.wrong.append("Nothing that the dead process had in hand was taken over.")
        tally.pressed_again = len(self._pressed()) - scale.clicks
        tally.wrong += await wrong_lines(house, self._people)
        tally.wrong += wrong_cards(house, announced)
        tally.wrong += [
            f"{each.address} had no part in it."
            for each in tally.shares
            if not each.acks or not (each.done or each.died)
        ]
        return tally

    def _in_the_middle(self) -> Process | None:
        """With a third carried out, the process that has most in hand."""
        if len(self._told()) < self._scale.clicks / 3:
            return None
        in_hand = self._processes.in_hand()
        busiest = max(self._processes.all, key=lambda each: len(in_hand[each.address]))
        return busiest if len(in_hand[busiest.address]) >= LEAST_IN_HAND else None

    async def _kill(self, process: Process) -> float:
        """Returns when it is dead, and what it had in hand is told; the time of its death."""
        await process.end(signal.SIGKILL)
        died_at = time.time()
        in_hand = self._processes.in_hand()[process.address]
        self._shares[process.address].died, self._tally.in_hand = True, len(in_hand)
        self._say(f"{process.address} is killed (-9) with {len(in_hand)} entries in hand …")
        clicks = in_hand & self._pressed()
        with suppress(AssertionError):  # they are lost
            await self._until(lambda: clicks <= self._told())
            self._tally.told_seconds = time.time() - died_at
        return died_at

    async def _count(self) -> None:
        """Of what each process did. The dead one can tell nobody: it carried out what the others
        did not."""
        if undone := await self._left_undone():
            self._tally.wrong.append(f"{undone:.0f} entries are left undone.")
        for each in self._processes.alive:
            counts = await numbers(each.address)
            self._shares[each.address].done = int(counts["entry_done_seconds_count carry_out"])
        others = sum(share.done for share in self._tally.shares)
        for share in self._tally.shares:
            share.acks = self._processes.acks[share.address]
            if share.died:
                share.done = len(self._told()) - others

    async def _left_undone(self) -> float:
        """The number of entries that still wait in the end."""
        patient_until = time.monotonic() + PATIENCE_SECONDS
        while True:
            undone = (await numbers(self._processes.alive[0].address))["entries_open"]
            if not undone or time.monotonic() > patient_until:
                return undone
            # An entry that ends sends no event.
            await asyncio.sleep(0.1)

    async def _until(self, met: Callable[[], T | None]) -> T:
        found = await self._house.slack.until(met, timeout=PATIENCE_SECONDS)
        assert found is not None
        return found

    def _pressed(self) -> set[str]:
        return {
            click for decided in self._people.decided.values() for each in decided for click in each
        }

    def _told(self) -> set[str]:
        return {mark for lines in told(self._house, self._people).values() for _, mark in lines}


def _takeovers(log: bytes) -> Iterator[tuple[float, int]]:
    """The times at which a process took over entries of another, and how many, by its own log."""
    for line in map(json.loads, log.splitlines()):
        if took := re.match(r"took over (\d+) abandoned", line["message"]):
            yield datetime.fromisoformat(line["time"]).timestamp(), int(took[1])


def summary(tally: Tally) -> str:
    """The tally as people read it."""
    verdict = tally.wrong or ["None is lost, none came twice, each card's are in order."]
    return "\n".join([*_left_behind(tally), "", *_table(tally.shares), "", *verdict])


def _left_behind(tally: Tally) -> Iterator[str]:
    yield f"Entries in hand when it died: {tally.in_hand}."
    if tally.seconds is not None:
        yield f"Taken over by the others after {tally.seconds:.1f} s: {tally.taken_over}."
    if tally.told_seconds is not None:
        yield f"All of them carried out and told after {tally.told_seconds:.1f} s."
    yield f"Clicks that got no answer and were pressed again: {tally.pressed_again}."


def _table(shares: Sequence[Share]) -> Iterator[str]:
    acks, done = sum(each.acks for each in shares), sum(each.done for each in shares)
    yield f"{'process':<24}{'acks':>8}{'decisions carried out':>25}"
    for each in shares:
        row = f"{each.address:<24}{each.acks:>8}{each.done:>25}"
        yield f"{row}   killed, stays dead" if each.died else row
    yield f"{'together':<24}{acks:>8}{done:>25}"


async def shown(url: str, scale: Scale) -> Tally:
    async with built("http", url) as house:
        return await Run(house, scale, lambda line: print(line, flush=True)).run()


def main() -> int:
    """The exit status: 1 when anything was wrong, 2 without a PostgreSQL to try it on."""
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--processes", type=int, choices=range(2, 9), default=3)
    wanted = parser.parse_args()
    server = servers.found(os.environ)
    if server is None:
        print(
            "There is no PostgreSQL on this machine. Install it (Debian: apt install postgresql), "
            f"or set {servers.RUNNING_ALREADY} to a database of one that runs.",
            file=sys.stderr,
        )
        return 2
    scale = Scale(wanted.seed, wanted.processes)
    with server as postgres, postgres.database() as url:
        print(f"One PostgreSQL: {urlsplit(url).hostname}:{urlsplit(url).port}; seed {scale.seed}")
        tally = asyncio.run(shown(url, scale))
    if tally.seconds is not None and tally.seconds > TAKEN_OVER_SECONDS:
        tally.wrong.append(f"It took more than {TAKEN_OVER_SECONDS:.0f} s to take over.")
    print(summary(tally))
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
