"""From a click to what it is for: the PATCH, the line, the card; and a burst of replies."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from math import ceil
from typing import Final

from bot.playground.sample_data import CAST
from bot.playground.sendkit import SendKit
from bot.playground.slack import Slack
from tests.bench.acks import BARE, PAUSE_SECONDS, quantile
from tests.bench.clicks import Request, conversation_id
from tests.bench.drive import drive
from tests.bench.ground import Ground, Noted, Server, ground
from tests.bench.sizes import Sizes
from tests.bench.table import Row

SENDKIT_SECONDS: Final = 0.02
ALONE: Final = "their requests"
STOCK: Final = "stock Bolt, nothing kept"
# https://docs.slack.dev/apis/web-api/rate-limits
CARDS_A_MESSAGE: Final = 12


def patch(sizes: Sizes) -> list[Row]:
    """From one click to the moment at which its PATCH is at SendKit's door."""
    mine, sums = [], []
    with ground() as here, ExitStack() as stack:
        bot, bare = stack.enter_context(here.bot()), stack.enter_context(here.peer("bare"))
        for number in range(sizes.rounds + 1):
            here.services.log()
            answered = drive(bot.port, here.clicks.some(sizes.clicks), pause=PAUSE_SECONDS)
            here.services.until("card", sizes.clicks)
            began = {each.key: each.began for each in answered}
            patches = [each for each in here.services.log() if each.kind == "patch"]
            least = drive(bare.port, here.clicks.some(sizes.clicks), pause=PAUSE_SECONDS)
            request = 1000 / here.requests(sizes.clicks, ["patch"], 1).a_second
            if number:
                taken = [(each.at - began[each.key]) / 1e6 for each in patches]
                mine.append(quantile(taken, 0.5))
                sums.append(quantile([each.ms for each in least], 0.5) + request)
    title = "click → PATCH on the wire, p50"
    return [
        Row(title, "ms", mine, "bare ack + a request", sums),
        Row(title, "ms", mine, "the limit", [5.0], 1.0),
    ]


def through(sizes: Sizes) -> list[Row]:
    """As many decisions a second as go, SendKit and Slack at 0 ms, and the processor time of each;
    and what of Slack they take."""
    kinds = ["read", "patch", "line", "card"]
    rates: dict[str, list[float]] = {}
    used: dict[str, list[float]] = {}
    calls, updates = [], []
    with ground() as here, here.bot() as bot, here.peer("stock") as stock:
        for number in range(sizes.rounds + 1):
            alone = here.requests(sizes.many, kinds)
            found = {ALONE: (alone.a_second, alone.processor_ms)}
            for who, server in (("bot", bot), (STOCK, stock)):
                before = server.processor_seconds
                # The first round makes the cards known.
                clicks = [
                    here.clicks.one(conversation_id(each), f"{each:010d}.000100", f"U0R{number}")
                    for each in range(sizes.many)
                ]
                log, seconds = _carried_through(here, server, clicks, "card")
                processor = (server.processor_seconds - before) * 1000 / sizes.many
                found[who] = (sizes.many / seconds, processor)
                if number and who == "bot":
                    counts = Counter(each.kind for each in log)
                    told = sum(counts[name] for name in ("line", "message", "card", "chat.update"))
                    calls.append(told / sizes.many)
                    updates.append(counts["chat.update"] / sizes.many)
            for who, (a_second, processor) in found.items() if number else ():
                rates.setdefault(who, []).append(a_second)
                used.setdefault(who, []).append(processor)
    title, processor_title = "clicks a second to the card", "processor time of a decision"
    return [
        Row(title, "/s", rates["bot"], ALONE, rates[ALONE], 0.3, least=True),
        Row(title, "/s", rates["bot"], STOCK, rates[STOCK], 1.0, least=True),
        Row(processor_title, "ms", used["bot"], ALONE, used[ALONE]),
        Row(processor_title, "ms", used["bot"], STOCK, used[STOCK], 0.75),
        Row("Slack calls a decision", "", calls, "a line, a card", [2.0], 1.0),
        Row("of them chat.update", "", updates, "none", [0.0], 1.0),
    ]


def patches(sizes: Sizes) -> list[Row]:
    """PATCHes a second while so many decisions are open and SendKit takes 20 ms."""
    rates, bare = [], []
    with ground(delay=SENDKIT_SECONDS) as here, here.bot() as bot:
        for number in range(sizes.rounds + 1):
            clicks = [*here.clicks.some(sizes.open)]
            _, seconds = _carried_through(here, bot, clicks, "patch")
            peer = here.requests(sizes.open, ["read", "patch"]).a_second
            if number:
                rates.append(sizes.open / seconds)
                bare.append(peer)
    title = f"PATCHes a second, {sizes.open} open, 20 ms"
    return [Row(title, "/s", rates, f"{BARE}, 16 in flight", bare, 0.7, least=True)]


def channel(sizes: Sizes) -> list[Row]:
    """Replies that come all at once into one channel, with Slack's limits on."""
    with ground() as here:
        seconds, messages = asyncio.run(_announced(here, sizes.replies))
    needed = ceil(sizes.replies / CARDS_A_MESSAGE)
    return [
        Row(
            f"{sizes.replies} replies into a channel",
            "s",
            [seconds],
            f"{needed} messages, one a second",
            [float(needed)],
            1.15,
            note=f"{messages} messages were posted",
        )
    ]


def _carried_through(
    here: Ground, bot: Server, clicks: Sequence[Request], last: str
) -> tuple[Sequence[Noted], float]:
    """The requests of these clicks that the services saw, and seconds to the last request of a
    kind."""
    here.services.log()
    count = len(clicks)
    answered = drive(bot.port, clicks, in_flight=16)
    here.services.until("card", count)
    here.services.until("line", count)
    log = here.services.log()
    began = min(each.began for each in answered)
    return log, (max(each.at for each in log if each.kind == last) - began) / 1e9


async def _announced(here: Ground, replies: int) -> tuple[float, int]:
    """Seconds from the first reply to the last card, and the messages that it took."""
    async with Slack() as slack, SendKit() as sendkit:
        settings = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SENDKIT_API_KEY": sendkit.api_key,
            "SENDKIT_POLL_SECONDS": "0.2",
            "SLACK_API_URL": slack.api_url,
            "SENDKIT_API_URL": sendkit.url,
        }
        with here.bot(**settings):
            await sendkit.until(lambda: len(sendkit.requests) > 3)
            slack.limits = True
            lead, began = CAST[0].lead, time.monotonic()
            for number in range(replies):
                somebody = replace(lead, email=f"lead{number}@example.com")
                sendkit.reply(somebody, f"Hello, this is number {number}.")

            def all_there() -> bool:
                shown = slack.messages("#triage")
                return sum(_cards(each.blocks) for each in shown) == replies

            await slack.until(all_there, timeout=replies + 30)
            return time.monotonic() - began, len(slack.messages("#triage"))


def _cards(blocks: Sequence[dict[str, object]]) -> int:
    return sum(block["type"] == "actions" for block in blocks)
