"""Several processes on one PostgreSQL behind one address; `make scale` shows the same at length."""

import os
import random

import pytest

from tests import servers
from tests.conftest import built
from tests.scale import Run, Scale


@pytest.mark.scale
async def test_of_two_processes_behind_one_address_one_dies_and_none_of_its_clicks_is_left_undone(
    postgres: servers.Postgres,
) -> None:
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    said: list[str] = []
    with postgres.database() as url:
        async with built("http", url) as house:
            tally = await Run(house, Scale(seed, processes=2, clicks=48), said.append).run()
    assert tally.wrong == []
    assert [each.died for each in tally.shares].count(True) == 1
    assert f"with {tally.in_hand} entries in hand" in said[-1]
