"""From a click to its ack: one at a time, a hundred at once, as many as go; both transports."""

import asyncio
import itertools
import json
import math
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from aiohttp import WSMsgType, web

from tests.bench.clicks import Clicks
from tests.bench.drive import drive, rate
from tests.bench.ground import Ground, Server, ground
from tests.bench.sizes import Sizes
from tests.bench.table import Row
from tests.servers import free_port

BARE: Final = "bare aiohttp"
BOLT: Final = "stock Bolt"
AT_ONCE: Final = 100
LIMIT_MS: Final = 100.0
# Long enough for the bot to carry out what was clicked before.
PAUSE_SECONDS: Final = 0.02


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of all values is not above."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


@dataclass(slots=True)
class _Rounds:
    """Milliseconds, a list for each round, by who was measured."""

    all: dict[str, list[list[float]]] = field(default_factory=dict)

    def add(self, who: str, values: Sequence[float]) -> None:
        self.all.setdefault(who, []).append(list(values))

    def at(self, who: str, share: float) -> list[float]:
        return [quantile(values, share) for values in self.all[who]]

    def rows(self, figure: str) -> list[Row]:
        """p50 and p99 beside both peers."""
        rows = []
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            mine, title = self.at("bot", share), f"{figure}, {name}"
            rows.append(Row(title, "ms", mine, BARE, self.at(BARE, share), 1.5))
            rows.append(Row(title, "ms", mine, BOLT, self.at(BOLT, share), 1 / 8))
        return rows


def ack(sizes: Sizes) -> list[Row]:
    """One at a time, over HTTP."""
    rounds = _Rounds()
    with ground() as here, ExitStack() as stack:
        servers = _three(here, stack)
        floor = [_floor(here, sizes) for _ in range(sizes.rounds)]
        for number in range(sizes.rounds + 1):
            for who, server in servers.items():
                answered = drive(server.port, here.clicks.some(sizes.clicks), pause=PAUSE_SECONDS)
                if number:  # the first round warms up
                    rounds.add(who, [each.ms for each in answered])
        load = Row("the load alone, p50", "ms", floor, note=f"{here.clicks.size:,} bytes a click")
    return [*rounds.rows("click → durable → 200"), load]


def burst(sizes: Sizes) -> list[Row]:
    """A hundred at once, over HTTP."""
    rounds = _Rounds()
    with ground() as here, ExitStack() as stack:
        servers = _three(here, stack)
        for number in range(sizes.rounds + 1):
            for who, server in servers.items():
                here.services.log()
                answered = drive(server.port, here.clicks.some(AT_ONCE), in_flight=AT_ONCE)
                if who == "bot":
                    here.services.until("card", AT_ONCE)
                if number:
                    rounds.add(who, [each.ms for each in answered])
    title = f"{AT_ONCE} clicks at once"
    p50, p99, slowest = (rounds.at("bot", share) for share in (0.5, 0.99, 1.0))
    bare = rounds.at(BARE, 1.0)
    is_slow = quantile(slowest, 0.5) > LIMIT_MS
    beside = (BARE, bare, 1.1) if is_slow else ("the limit", [LIMIT_MS], 1.0)
    return [
        Row(f"{title}, p50", "ms", p50, BARE, rounds.at(BARE, 0.5)),
        Row(f"{title}, p50", "ms", p50, BOLT, rounds.at(BOLT, 0.5)),
        Row(f"{title}, p99", "ms", p99, BARE, rounds.at(BARE, 0.99)),
        Row(f"{title}, p99", "ms", p99, BOLT, rounds.at(BOLT, 0.99)),
        # Below the limit, or as fast as what does nothing else.
        Row(f"{title}, slowest", "ms", slowest, *beside),
    ]


def acks(sizes: Sizes) -> list[Row]:
    """As many a second as go, 16 at a time: while decisions are carried out, and while they wait
    for a SendKit that does not answer."""
    rates: dict[str, list[float]] = {}
    with ground() as here, ground(delay=600.0) as stuck, ExitStack() as stack:
        servers = _three(here, stack)
        waiting = stack.enter_context(stuck.bot())
        for number in range(sizes.rounds + 1):
            for who, server in [*servers.items(), ("waiting", waiting)]:
                here.services.log()
                answered = drive(server.port, here.clicks.some(sizes.many), in_flight=16)
                if who == "bot":
                    here.services.until("card", sizes.many)
                if number:
                    rates.setdefault(who, []).append(rate(answered))
    rows = []
    for who, title in (("bot", "durable acks a second"), ("waiting", "the same, SendKit away")):
        rows.append(Row(title, "/s", rates[who], BARE, rates[BARE], 0.5, least=True))
        rows.append(Row(title, "/s", rates[who], BOLT, rates[BOLT]))
    return rows


def socket(sizes: Sizes) -> list[Row]:
    """One at a time, over Socket Mode."""
    rounds = _Rounds()
    port = free_port()
    with ground(sockets=f"ws://127.0.0.1:{port}/") as here, ExitStack() as stack:
        stack.enter_context(here.bot(SLACK_APP_TOKEN="xapp-bot"))
        stack.enter_context(here.peer("bare-socket"))
        stack.enter_context(here.peer("bolt-socket"))
        asyncio.run(_over_sockets(port, here.clicks, sizes, rounds))
    return rounds.rows("the same over Socket Mode")


def _three(here: Ground, stack: ExitStack) -> dict[str, Server]:
    return {
        "bot": stack.enter_context(here.bot()),
        BARE: stack.enter_context(here.peer("bare")),
        BOLT: stack.enter_context(here.peer("bolt")),
    }


def _floor(here: Ground, sizes: Sizes) -> float:
    """The part of each figure that the load and the machine's sockets take."""
    answered = drive(here.services.port, here.clicks.some(sizes.clicks), pause=PAUSE_SECONDS)
    return quantile([each.ms for each in answered], 0.5)


async def _over_sockets(port: int, clicks: Clicks, sizes: Sizes, rounds: _Rounds) -> None:
    """Slack's end: every client that connects is sent clicks in turn."""
    names = {"xapp-bot": "bot", "xapp-bare": BARE, "xapp-bolt": BOLT}
    connected: dict[str, web.WebSocketResponse] = {}
    answers: dict[str, asyncio.Future[int]] = {}
    everybody = asyncio.Event()

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        connected[names[request.query_string]] = socket
        if len(connected) == len(names):
            everybody.set()
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                answers[json.loads(frame.data)["envelope_id"]].set_result(time.monotonic_ns())
        return socket

    routes = web.Application()
    routes.router.add_get("/", serve)
    runner = web.AppRunner(routes, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        async with asyncio.timeout(60):
            await everybody.wait()
        numbers = itertools.count()
        for number in range(sizes.rounds + 1):
            for who, socket in connected.items():
                taken = []
                for _ in range(sizes.clicks):
                    envelope = str(next(numbers))
                    answer = answers[envelope] = asyncio.get_running_loop().create_future()
                    frame = _envelope(envelope, clicks.payload())
                    began = time.monotonic_ns()
                    await socket.send_str(frame)
                    async with asyncio.timeout(60):
                        taken.append((await answer - began) / 1e6)
                    await asyncio.sleep(PAUSE_SECONDS)
                if number:
                    rounds.add(who, taken)
    finally:
        await runner.cleanup()


def _envelope(identity: str, payload: str) -> str:
    return (
        f'{{"envelope_id": "{identity}", "type": "interactive", '
        f'"accepts_response_payload": true, "payload": {payload}}}'
    )
