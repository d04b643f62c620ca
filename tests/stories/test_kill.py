"""The bot as a process of its own, killed at random moments, between servers on their bad days.

The seed stands in the name of a test that fails; SEED=… in the environment repeats it.
"""

import os
import random

import pytest

from tests.conftest import House
from tests.kills import Ordeal, endured
from tests.servers import both_databases, only_postgres

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))


@both_databases
@pytest.mark.parametrize("seed", [SEED])
async def test_no_acknowledged_click_is_lost_or_doubled_by_kills(house: House, seed: int) -> None:
    tally = await endured(house, Ordeal(seed))
    assert tally.wrong == []
    assert tally.lines >= tally.clicks == 200


@only_postgres
@pytest.mark.parametrize("seed", [SEED])
async def test_what_one_of_two_processes_leaves_is_carried_out_by_the_other(
    house: House, seed: int
) -> None:
    tally = await endured(house, Ordeal(seed, kills=4, processes=2))
    assert tally.wrong == []
