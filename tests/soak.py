"""The kill test at length: `make soak`, and with SEED=… the same people and moments again."""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product

from tests import servers
from tests.answer_ordeal import Ordeal as AnswerOrdeal
from tests.answer_ordeal import endured as answered
from tests.conftest import built
from tests.kill_scenario import Ordeal, Tally, endured


async def soaked(ordeal: Ordeal, transport: str, database_url: str) -> Tally:
    async with built(transport, database_url) as house:
        return await endured(house, ordeal)


@contextmanager
def made(database: str) -> Iterator[str | None]:
    """The URL of a new one; None for a PostgreSQL where there is none."""
    if database == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/triage.db"
    elif server := servers.found(os.environ):
        with server as postgres, postgres.database() as url:
            yield url
    else:
        yield None


async def _answered(ordeal: AnswerOrdeal, database_url: str) -> list[str]:
    """What was wrong with answers to leads, and on standard output what came of them."""
    async with built("http", database_url) as house:
        tally = await answered(house, ordeal)
    ends = ", ".join(f"{number} {state}" for state, number in sorted(tally.ends.items()))
    print(f"{tally.kills} kills, {ends}; {tally.doubts} settled by a person", flush=True)
    return tally.wrong


def _answers(seed: int, number: int, kills: int, databases: Sequence[str]) -> int:
    """The exit status after so many answers on each database."""
    status = 0
    for database in databases:
        print(f"{number} answers, {database}, seed {seed} …", flush=True)
        with made(database) as url:
            if url is None:
                print("left out: there is no PostgreSQL on this machine")
                continue
            ordeal = AnswerOrdeal(seed, number, kills, leads=min(40, number // 2))
            for each in asyncio.run(_answered(ordeal, url)):
                print(f"  {each}")
                status = 1
    return status


def main() -> int:
    """The exit status: 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--clicks", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--databases", nargs="+", default=servers.DATABASES)
    parser.add_argument("--transports", nargs="+", default=["http", "socket"])
    parser.add_argument("--answers", type=int, nargs="?", const=1000)
    wanted = parser.parse_args()
    if wanted.answers:
        return _answers(wanted.seed, wanted.answers, wanted.kills, wanted.databases)
    ordeal = Ordeal(wanted.seed, wanted.clicks, wanted.kills, cards=12, later=18, stalls=5)
    status = 0
    for database, transport in product(wanted.databases, wanted.transports):
        print(f"{database}, {transport}, seed {ordeal.seed} …", flush=True)
        with made(database) as url:
            if url is None:
                print("left out: there is no PostgreSQL on this machine")
                continue
            began = time.monotonic()
            tally = asyncio.run(soaked(ordeal, transport, url))
        print(
            f"{tally.clicks} clicks, {tally.presses} presses, {tally.kills} kills, "
            f"{tally.patches} PATCHes, {tally.lines} lines, {len(tally.wrong)} wrong, "
            f"{time.monotonic() - began:.0f} s; {tally.lines_by_then} lines until the last kill, "
            f"the rest in {tally.seconds_after:.0f} s after it"
        )
        for each in tally.wrong:
            print(f"  {each}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
