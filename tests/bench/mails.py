"""The longest time that one mail, or one answer of SendKit, keeps the others waiting."""

import asyncio
import json
import time
from typing import Final

from bot import bounded_read
from bot.sendkit import parsing
from bot.sendkit.json_reader import read_json
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
    "mailto:mailto: W dniu 3<o:p>___\nwould ten minutes suit you next week\n",
    "&#x9<o:p><o:p>a.b@c.d\n<t@x.y>\n",
    "<div style=border-top:1px>x@x\n> q\n<pre>\nwrote:\n",
    "\U0001f3f4\U000e0067<t@x.y>\nx@Tel 0 0 0 0 0 0\u0301",
    "<br>?u=http://<hr><!",
)
MAIL_CHARACTERS: Final = 10_000_000
OURS: Final = "would ten minutes suit you next week\n" * 2_000


def worst(sizes: Sizes) -> list[Row]:
    """The processor time that the costliest mail takes, as text and HTML, in a thread of such."""
    taken = [max(map(_milliseconds, COSTLY)) for _ in range(sizes.rounds)]
    return [Row("the costliest mail → its words", "ms", taken, "the limit", [LIMIT_MS], 1.0)]


def _milliseconds(piece: str) -> float:
    mail = piece * (MAIL_CHARACTERS // len(piece))
    both = ({"content": mail}, {"htmlContent": mail})
    return max(_taken(reply, sent) for reply in both for sent in (reply, {"content": OURS}))


def _taken(reply: dict[str, str], sent: dict[str, str]) -> float:
    messages = [{"type": "sent", **sent}, {"type": "reply", **reply}] * 10
    started = time.thread_time()
    _ = parsing.conversation({"id": "c1", "messages": messages}).words
    return (time.thread_time() - started) * 1000


def answer(sizes: Sizes) -> list[Row]:
    """The longest answer that is read, of one long mail and many more: the processor time that
    it takes in one go."""
    reply = {"type": "reply", "content": "word " * 400, "from": "a@b.example", "id": "m1"}
    item = {"id": "c1", "lead": {"email": "a@b.example"}, "messages": [reply] * 50}
    long = {"id": "c2", "messages": [{**reply, "content": "a\n" * (bounded_read.MOST_BYTES // 6)}]}
    items = [long, *[item] * (bounded_read.MOST_BYTES // 2 // len(json.dumps(item)) - 1)]
    body = json.dumps({"success": True, "data": items}).encode()
    held = [asyncio.run(_held(body)) for _ in range(sizes.rounds)]
    figure = f"the loop held while {len(body) / 1e6:.0f} MB of JSON are read"
    return [Row(figure, "ms", held, "the limit", [LIMIT_MS], 1.0)]


async def _held(body: bytes) -> float:
    reading = asyncio.create_task(read_json(body))
    longest, last = 0.0, time.thread_time()
    while not reading.done():
        await asyncio.sleep(0)
        now = time.thread_time()
        longest, last = max(longest, now - last), now
    await reading
    return longest * 1000
