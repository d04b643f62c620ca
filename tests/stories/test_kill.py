"""The bot as a process of its own, killed at random moments, between servers on their bad days.

A test that fails says its seed; SEED=… in the environment repeats it.
"""

import os
import random

import pytest

from tests.conftest import House
from tests.kill_scenario import Ordeal, endured
from tests.stories.conftest import every_combination

pytestmark = pytest.mark.kill


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))


@every_combination
async def test_no_acknowledged_click_is_lost_or_doubled_by_kills(house: House, seed: int) -> None:
    tally = await endured(house, Ordeal(seed))
    assert tally.wrong == [], f"SEED={seed}"
    assert tally.lines >= tally.clicks == 24, f"SEED={seed}"


@pytest.mark.parametrize("combination", [("http", "postgres")], indirect=True, ids="-".join)
async def test_one_process_carries_out_what_the_other_left(house: House, seed: int) -> None:
    tally = await endured(house, Ordeal(seed, processes=2))
    assert tally.wrong == [], f"SEED={seed}"
