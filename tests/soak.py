"""The kill test at length: `make soak`, and with SEED=… the same people and moments again."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import built
from tests.kills import Ordeal, Tally, endured


async def soaked(ordeal: Ordeal, transport: str) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        async with built(transport, f"sqlite:///{Path(folder)}/triage.db") as house:
            return await endured(house, ordeal)


def main() -> int:
    """The exit status: 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--clicks", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--transports", nargs="+", default=["http", "socket"])
    wanted = parser.parse_args()
    ordeal = Ordeal(wanted.seed, wanted.clicks, wanted.kills, later=18, stalls=5)
    status = 0
    for transport in wanted.transports:
        print(f"{transport}, seed {ordeal.seed} …", flush=True)
        began = time.monotonic()
        tally = asyncio.run(soaked(ordeal, transport))
        print(
            f"{tally.clicks} clicks, {tally.presses} presses, {tally.kills} kills, "
            f"{tally.patches} PATCHes, {tally.lines} lines, {len(tally.wrong)} wrong, "
            f"{time.monotonic() - began:.0f} s"
        )
        for each in tally.wrong:
            print(f"  {each}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
