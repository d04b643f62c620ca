"""The waits that people feel: from a press, a command or a reply to what changes in Slack, with
SendKit and Slack as far away as they are for many teams."""

import itertools
import time
from collections.abc import Mapping
from typing import Final

from tests.bench.acks import quantile
from tests.bench.clicks import WEBHOOK_SECRET, Request, conversation_id, delivery
from tests.bench.drive import drive
from tests.bench.ground import Ground, Server, ground
from tests.bench.sizes import Sizes
from tests.bench.table import Row
from tests.bench.work import STOCK

SENDKIT_SECONDS: Final = 0.15
SLACK_SECONDS: Final = 0.12
ONE_CALL_TO_EACH: Final = (SENDKIT_SECONDS + SLACK_SECONDS) * 1000

# How often the time of one call to each is allowed.
AIMS: Final[Mapping[str, float | None]] = {
    "press → card": 1.7,
    "press → line": 1.7,
    "press of a new person → card": 1.7,
    "press of a new person → line": 1.7,
    "command → card": 1.7,
    "command → line": 1.7,
    "reply → card": 1.1,
    f"press → card, {STOCK}": None,
    f"press → line, {STOCK}": None,
}


def felt(sizes: Sizes) -> list[Row]:
    """Until Slack has answered the call that makes the change."""
    taken: dict[str, list[float]] = {title: [] for title in AIMS}
    numbers = itertools.count(1)
    with (
        ground(delay=SENDKIT_SECONDS, slack_delay=SLACK_SECONDS) as here,
        here.bot() as bot,
        here.bot(SENDKIT_WEBHOOK_SECRET=WEBHOOK_SECRET) as told,
        here.peer("stock") as stock,
    ):
        for number in range(sizes.felt_rounds + 1):
            rounds = [
                _one_of_each(here, bot, told, stock, next(numbers)) for _ in range(sizes.felt)
            ]
            for title in AIMS if number else ():
                taken[title].append(quantile([each[title] for each in rounds], 0.5))
    return [
        Row(title, "ms", taken[title], "one call to each", [ONE_CALL_TO_EACH], aim)
        for title, aim in AIMS.items()
    ]


def _one_of_each(
    here: Ground, bot: Server, told: Server, stock: Server, number: int
) -> dict[str, float]:
    """Milliseconds, by the titles in AIMS. Replies come to a bot of their own, since cards wait
    for the lines in their channel."""
    key, ts = conversation_id(number), f"{number:010d}.000100"
    pressed = {"card": "card", "line": "line"}
    command = here.clicks.command(f"interested {key}")
    began = time.monotonic()
    taken = {
        **_taken(here, told, delivery(key), "reply → {}", {"message": "card"}),
        **_taken(here, bot, here.clicks.one(key, ts), "press → {}", pressed),
        **_taken(
            here,
            bot,
            here.clicks.one(key, ts, f"U0P{number}"),
            "press of a new person → {}",
            pressed,
        ),
        **_taken(here, bot, command, "command → {}", {"chat.update": "card", "line": "line"}),
        **_taken(here, stock, here.clicks.one(key, ts), f"press → {{}}, {STOCK}", pressed),
    }
    # Slack takes a message a second in a channel, and the bot keeps to that.
    time.sleep(max(began + 1.1 - time.monotonic(), 0.0))
    return taken


def _taken(
    here: Ground, server: Server, request: Request, title: str, calls: Mapping[str, str]
) -> dict[str, float]:
    """`calls`: what each call to Slack that the request leads to changes."""
    here.services.log()
    (answered,) = drive(server.port, [request])
    for call in calls:
        here.services.until(call, 1)
    at = {each.kind: each.at for each in here.services.log()}
    time.sleep(SLACK_SECONDS)
    return {
        title.format(what): (at[call] - answered.began) / 1e6 + SLACK_SECONDS * 1000
        for call, what in calls.items()
    }
