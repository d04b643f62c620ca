"""What one mail, and one answer of SendKit, keep the others waiting for at most."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Final

from bot import limited
from bot.sendkit.answers import parsed
from bot.sendkit.mail_text import newest_words
from tests.bench.sizes import Sizes
from tests.bench.table import Row

LIMIT_MS: Final = 50.0
HEADERS: Final = "From: a@b.c\nSent: 1 May 2020 9:00\nTo: a@b.c\n"
# The costliest that a fuzzer found: repeated to the end of what is read of a mail.
COSTLY: Final = (
    "a@" * 100 + " >\n> q\n",
    "<t@x.y>\n <" + "a@" * 100,
    "x" * 280 + "<t@x.y>\n",
    f"{HEADERS}0--- Original ---\n></p>",
    "<t@x.y>\n<https://" + "> " * 100,
    "<p><t@x.y> wrote:\nYes! <span " + "a " * 500 + ">",
    "<hr>\u0301" + "&lt;" * 20 + "=",
    "| a\n2020/1/1 <blockquote>",
    "<br>?u=http://<hr><!",
)
MAIL_CHARACTERS: Final = 1_000_000
SENT: Final = ["would ten minutes suit you next week " * 500] * 5


def worst(sizes: Sizes) -> list[Row]:
    """The costliest mail that is known, as text and as HTML."""
    taken = [max(map(_milliseconds, COSTLY)) for _ in range(sizes.rounds)]
    return [Row("the costliest mail → its words", "ms", taken, "the limit", [LIMIT_MS], 1.0)]


def _milliseconds(piece: str) -> float:
    mail = piece * (MAIL_CHARACTERS // len(piece))
    return max(
        _taken(lambda: newest_words(mail, "", SENT)), _taken(lambda: newest_words("", mail, SENT))
    )


def _taken(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def answer(sizes: Sizes) -> list[Row]:
    """The longest answer that is read, full of mails: how long the event loop stands still."""
    reply = {"type": "reply", "content": "word " * 400, "from": "a@b.example", "id": "m1"}
    item = {"id": "c1", "lead": {"email": "a@b.example"}, "messages": [reply] * 50}
    items = [item] * (limited.MOST_BYTES // len(json.dumps(item)) - 1)
    body = json.dumps({"success": True, "data": items}).encode()
    held = [asyncio.run(_held(body)) for _ in range(sizes.rounds)]
    figure = f"the loop held while {len(body) / 1e6:.0f} MB of JSON are read"
    return [Row(figure, "ms", held, "the limit", [LIMIT_MS], 1.0)]


async def _held(body: bytes) -> float:
    reading = asyncio.create_task(parsed(body))
    longest, last = 0.0, time.perf_counter()
    while not reading.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    await reading
    return longest * 1000
