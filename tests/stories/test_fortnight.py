"""The weekend in which clocks are put forward, and its Monday: `make fortnight` in short.

A test that fails says its seed; SEED=… in the environment repeats it.
"""

import os
import random

from tests.conftest import House
from tests.fortnight_scenario import Fortnight, Simulation


async def test_a_long_weekend_of_a_team_forgets_nothing_and_reminds_once(house: House) -> None:
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    processes = 1 if house.settings.database_url.startswith("sqlite") else 2
    plan = Fortnight(seed, "2027-03-27", 3, replies=30, restarts=3, processes=processes)
    tally = await Simulation(house, plan).run()
    assert tally.wrong == [], f"SEED={seed}"
    assert tally.digests == plan.days, f"SEED={seed}"
