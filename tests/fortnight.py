"""Two weeks of a team: `make fortnight`, and with SEED=… the same two weeks again."""

import argparse
import asyncio
import random
import sys

from tests import servers
from tests.conftest import built
from tests.fortnight_scenario import Fortnight, Simulation, Tally
from tests.soak import made


async def simulated(plan: Fortnight, database_url: str) -> Tally:
    async with built("http", database_url) as house:
        return await Simulation(house, plan).run()


def main() -> int:
    """The exit status: 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fortnight", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--databases", nargs="+", default=servers.DATABASES)
    wanted = parser.parse_args()
    status = 0
    for database in wanted.databases:
        processes = 1 if database == "sqlite" else 2
        print(f"{database}, {processes} at a time, seed {wanted.seed} …", flush=True)
        plan = Fortnight(wanted.seed, processes=processes)
        with made(database) as url:
            if url is None:
                print("left out: there is no PostgreSQL on this machine")
                continue
            tally = asyncio.run(simulated(plan, url))
        print(
            f"{tally.replies} replies, {tally.decisions} decisions, {tally.undone} undone, "
            f"{tally.answers} answers in SendKit, {tally.reminders} reminders, {tally.messages} "
            f"messages to owners, {tally.digests} digests, {tally.restarts} restarts, "
            f"{len(tally.wrong)} wrong, {tally.seconds:.0f} s"
        )
        for each in tally.wrong:
            print(f"  {each}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
