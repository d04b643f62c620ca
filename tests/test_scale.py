"""Several processes on one PostgreSQL behind one address; `make scale` shows the same at length."""

import os
import random

import pytest

from tests import servers
from tests.conftest import built
from tests.scale import Run, Scale, Share, Tally, summary


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


def test_the_summary_has_what_each_did_and_what_is_wrong() -> None:
    shares = [Share("http://127.0.0.1:1", 30, 22, died=True), Share("http://127.0.0.1:2", 154, 158)]
    tally = Tally(
        shares, pressed_again=1, in_hand=5, taken_over=5, seconds=6.31, told_seconds=13.04
    )
    table = [
        "process                     acks    decisions carried out",
        "http://127.0.0.1:1            30                       22   killed, stays dead",
        "http://127.0.0.1:2           154                      158",
        "together                     184                      180",
    ]
    assert summary(tally).splitlines() == [
        "Entries in hand when it died: 5.",
        "Taken over by the others after 6.3 s: 5.",
        "All of them carried out and told after 13.0 s.",
        "Clicks that got no answer and were pressed again: 1.",
        "",
        *table,
        "",
        "None is lost, none came twice, each card's are in order.",
    ]
    tally = Tally(shares, pressed_again=1, in_hand=5, wrong=["c1: lost", "c2: lines out of order"])
    assert summary(tally).splitlines() == [
        "Entries in hand when it died: 5.",
        "Clicks that got no answer and were pressed again: 1.",
        "",
        *table,
        "",
        *tally.wrong,
    ]
