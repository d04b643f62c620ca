"""PostgreSQL: what the network's way to a database costs, and what a second process brings."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Final

import pytest

from tests import servers
from tests.bench.acks import BARE, PAUSE_SECONDS, quantile
from tests.bench.drive import drive
from tests.bench.ground import Ground, Server, ground
from tests.bench.sizes import Sizes
from tests.bench.table import Row

TITLE: Final = "on PostgreSQL"


def postgres(sizes: Sizes) -> list[Row]:
    """A click one at a time, and as many as one process and two carry through."""
    try:
        with durable_server() as server:
            return [*_one_click(server, sizes), *_two_processes(server, sizes)]
    except pytest.skip.Exception as reason:
        return [Row(f"click → 200, {TITLE}", note=str(reason))]


@contextmanager
def durable_server() -> Iterator[servers.Postgres]:
    environ = {name: os.environ[name] for name in os.environ if name != "CI"}
    with servers.running(environ, durable=True) as server:
        yield server


def _one_click(server: servers.Postgres, sizes: Sizes) -> list[Row]:
    acks, bare, patches = [], [], []
    with (
        ground() as here,
        server.database() as url,
        here.bot(url) as bot,
        here.peer("bare") as peer,
    ):
        for number in range(sizes.rounds + 1):
            here.services.log()
            answered = drive(bot.port, here.clicks.some(sizes.clicks), pause=PAUSE_SECONDS)
            here.services.until("card", sizes.clicks)
            began = {each.key: each.began for each in answered}
            seen = [each for each in here.services.log() if each.kind == "patch"]
            least = drive(peer.port, here.clicks.some(sizes.clicks), pause=PAUSE_SECONDS)
            if number:
                acks.append(quantile([each.ms for each in answered], 0.5))
                bare.append(quantile([each.ms for each in least], 0.5))
                taken = [(each.at - began[each.key]) / 1e6 for each in seen]
                patches.append(quantile(taken, 0.5))
    return [
        Row(f"click → 200, {TITLE}, p50", "ms", acks, f"{BARE}, SQLite", bare),
        Row(f"click → PATCH, {TITLE}, p50", "ms", patches, "the limit", [15.0], 1.0),
    ]


def _two_processes(server: servers.Postgres, sizes: Sizes) -> list[Row]:
    """Clicks alternate over both. What counts is the processor time of the bots: the server and the
    load need processors too, and on a small machine there are not enough for all."""
    one: list[float] = []
    two: list[float] = []
    with (
        ground() as here,
        server.database() as url,
        server.database() as common,
        here.bot(url) as alone,
        here.bot(common) as first,
        here.bot(common) as second,
    ):
        for number in range(sizes.rounds + 1):
            for rates, bots in ((one, [alone]), (two, [first, second])):
                found = _carried_through(here, bots, sizes.many // 2)
                if number:
                    rates.append(found)
    return [
        Row(
            f"clicks a second to the card, {TITLE}, two",
            "/s",
            two,
            "one process",
            one,
            1.6,
            least=True,
            note="by processor time, if each process has a processor for itself",
        )
    ]


def _carried_through(here: Ground, bots: list[Server], count: int) -> float:
    """The number of clicks a second that the processes carry through, each with a processor of its
    own."""
    for bot in bots:
        here.services.log()
        drive(bot.port, here.clicks.some(1))
        here.services.until("line", 1)
    here.services.log()
    before = [bot.processor_seconds for bot in bots]

    def load(bot: Server, share: int) -> None:
        drive(bot.port, here.clicks.some(share), in_flight=16 // len(bots))

    threads = [Thread(target=load, args=(bot, count // len(bots))) for bot in bots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for kind in ("card", "line"):
        here.services.until(kind, count // len(bots) * len(bots))
    used = sum(bot.processor_seconds - was for bot, was in zip(bots, before, strict=True))
    return len(bots) * count / used
