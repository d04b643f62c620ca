"""The playground without a browser: the bot as a child, the switches, and who may use the page."""

import asyncio
import json
import os
import select
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from bot.playground import sendkit
from bot.playground.launcher import APP, ROOT, Stage, Transport, staged
from bot.playground.message_escaping import typed
from bot.playground.people import furnished
from bot.playground.traffic_log import MOST_ROWS, TrafficLog
from bot.playground.wire import Call, Exchange

SECONDS = 120
# Settings of another bot on the same machine.
OTHERS = {"QUICK_TAGS": "a,b,c,d", "PORT": "x", "HTTPS_PROXY": "http://127.0.0.1:9"}
PLAY = """
import asyncio, os
from bot.playground.launcher import play
environ = {name: each for name, each in os.environ.items() if "DISPLAY" not in name}
asyncio.run(play(host="127.0.0.1", port=0, environ=environ))
"""


class Visitor:
    """An open page without a browser: it follows the stream and asks."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self.session, self.address = session, address
        self.seen: dict[str, Any] = {"wire": [], "messages": [], "log": []}

    async def until(self, name: str, value: Any) -> None:
        """Follow the stream until a part of what it tells has a value."""
        async with self.session.get(f"{self.address}/stream") as stream, asyncio.timeout(SECONDS):
            async for line in stream.content:
                if line.startswith(b"data: "):
                    self.seen |= json.loads(line.removeprefix(b"data: "))
                if self.seen.get("bot", {}).get(name) == value:
                    return

    async def do(self, name: str, **body: Any) -> Any:
        async with self.session.post(f"{self.address}/do/{name}", json=body) as answer:
            told = await answer.json()
            assert answer.status == 200, told
            return told


@asynccontextmanager
async def visited(transport: Transport = "socket") -> AsyncIterator[tuple[Stage, Visitor]]:
    async with (
        staged(host="127.0.0.1", port=0, transport=transport, environ=os.environ) as stage,
        aiohttp.ClientSession() as session,
    ):
        visitor = Visitor(session, stage.address)
        await visitor.until("phase", "running")
        yield stage, visitor


@asynccontextmanager
async def watching(stage: Stage, visitor: Visitor) -> AsyncIterator[None]:
    """Replies arrive only while somebody looks."""
    async with visitor.session.get(f"{stage.address}/stream"):
        yield


@asynccontextmanager
async def playing(cwd: Path) -> AsyncIterator[tuple[Process, str]]:
    """`play` in a process of its own, and the page's address as it printed it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PLAY,
        cwd=cwd,
        env={**os.environ, **OTHERS, "PYTHONPATH": str(ROOT), "TMPDIR": str(cwd)},
        stdout=PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(SECONDS):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("The playground is at http://127.0.0.1:")
        yield process, line.split()[-1]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def gone(pidfd: int) -> None:
    """Wait for the end of a process that is nobody's child here."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(pidfd, ended.set)
    async with asyncio.timeout(SECONDS):
        await ended.wait()
    loop.remove_reader(pidfd)
    assert select.select([pidfd], [], [], 0)[0]
    os.close(pidfd)


def patches(stage: Stage) -> list[Any]:
    return [patch.body for patch in stage.sendkit.patches]


@pytest.mark.parametrize("transport", ["socket", "http"])
async def test_a_visitor_of_the_page_soon_sees_a_card_and_can_decide(transport: Transport) -> None:
    async with visited(transport) as (stage, visitor), watching(stage, visitor):
        slack = stage.slack
        card = (await slack.until(lambda: slack.messages("#triage"), timeout=SECONDS))[0]
        place = {"user": "U0BEN", "channel": card.channel, "ts": card.ts}
        block = card.blocks[-1]["block_id"]
        acked = await visitor.do("click", **place, block=block, label="Meeting booked")
        assert acked["acked"]
        await slack.until(lambda: slack.thread("#triage", card.ts), timeout=SECONDS)
        assert patches(stage) == [{"aiTag": "meeting_booked"}]
        assert slack.thread("#triage", card.ts)[0].text.startswith("Ben ")


async def test_somebody_answers_the_newest_lead_in_sendkit() -> None:
    async with visited() as (stage, visitor):
        slack = stage.slack
        card = (await slack.until(lambda: slack.messages("#triage"), timeout=SECONDS))[0]
        told = await visitor.do("answer")
        said = f"waiting for {told['answered']} since"
        await slack.until(
            lambda: said in slack.message(card.channel, card.ts).text, timeout=SECONDS
        )
        async with visitor.session.post(f"{visitor.address}/do/answer", json={}) as answer:
            assert await answer.json() == {"error": "No lead waits for an answer"}


async def test_a_killed_bot_loses_nothing_and_does_nothing_twice() -> None:
    async with visited() as (stage, visitor):
        slack = stage.slack
        await visitor.do("replies", count=1)
        card = (await slack.until(lambda: slack.messages("#triage"), timeout=SECONDS))[0]
        await visitor.do("sendkit", state="down")
        place = {"user": "U0ADA", "channel": card.channel, "ts": card.ts}
        block = card.blocks[-1]["block_id"]
        assert (await visitor.do("click", **place, block=block, label="Mark read"))["acked"]
        await visitor.do("bot", do="kill")
        await visitor.until("status", -signal.SIGKILL)
        failed = await visitor.do("click", **place, block=block, label="Mark read")
        assert not failed["acked"]
        await slack.until(lambda: slack.message(card.channel, card.ts).warning)
        await visitor.do("sendkit", state="well")
        await visitor.do("bot", do="start")
        await slack.until(lambda: slack.thread("#triage", card.ts), timeout=SECONDS)
        assert patches(stage) == [{"markRead": True}]


async def test_a_stopped_bot_ends_with_status_zero_and_starts_again() -> None:
    async with visited() as (_, visitor):
        await visitor.do("bot", do="stop")
        await visitor.until("phase", "stopped")
        assert visitor.seen["bot"]["status"] == 0
        await visitor.do("bot", do="start")
        await visitor.do("bot", do="start")
        await visitor.until("phase", "running")


async def test_the_switches_let_each_service_fail_and_recover() -> None:
    async with visited() as (stage, visitor):
        slack, sendkit = stage.slack, stage.sendkit
        await visitor.do("sendkit", state="slow")
        assert sendkit.slow == 4
        await visitor.do("sendkit", state="limited")
        assert sendkit.slow == 0
        assert sendkit.faults.take("GET", "/v1/inbox").status == 429
        await visitor.do("sendkit", state="well")
        assert not sendkit.faults.take("GET", "/v1/inbox").spoils
        await visitor.do("mail", state="unsure")
        await visitor.do("sendkit", state="well")
        took = sendkit.faults.take("POST", "/v1/inbox/1/reply")
        assert (took.status, took.acts) == (502, True)
        await visitor.do("mail", state="late")
        assert sendkit.inbox.cancels_too_late
        await visitor.do("mail", state="disconnected")
        assert (sendkit.inbox.cancels_too_late, sendkit.inbox.mailbox_connected) == (False, False)
        await visitor.do("mail", state="broke")
        assert (sendkit.inbox.mailbox_connected, sendkit.inbox.credits) == (True, 0)
        await visitor.do("mail", state="well")
        assert sendkit.inbox.credits == 30
        assert not sendkit.faults.take("POST", "/v1/inbox/1/reply").spoils
        await visitor.do("slack", state="down")
        fault = slack.faults.take("chat.postMessage")
        assert fault is not None
        assert fault.status == 500
        await visitor.do("slack", state="limited")
        assert slack.limits
        assert slack.faults.take("chat.postMessage") is None


async def test_a_request_that_makes_no_sense_is_refused_in_words() -> None:
    async with visited() as (_, visitor):
        for name, body, told in (
            ("sendkit", {"state": "odd"}, "'odd' is not one of well, slow, limited, down"),
            ("replies", {"count": 0}, "count must be from 1 to 1000"),
            ("bot", {"do": "dance"}, "The bot does not know 'dance'."),
            ("click", {"channel": "C0TRIAGE", "ts": "1.0"}, "no message 1.0 in C0TRIAGE"),
            ("say", {"user": "U0ADA", "channel": "C0TRIAGE"}, "text must be a text"),
        ):
            async with visitor.session.post(f"{visitor.address}/do/{name}", json=body) as answer:
                assert (answer.status, await answer.json()) == (200, {"error": told})


async def test_only_the_page_itself_may_ask() -> None:
    tried: tuple[tuple[dict[str, str], int], ...] = (
        ({"Host": "evil.example:80"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/json"}, 400),
    )
    forged = {"user": "U0ADA", "channel": "C0TRIAGE", "text": "forged"}
    async with visited() as (stage, visitor):
        for headers, status in tried:
            body = json.dumps([forged] if status == 400 else forged).encode()
            url = f"{stage.address}/do/say"
            async with visitor.session.post(url, data=body, headers=headers) as answer:
                assert answer.status == status, headers
        assert "forged" not in [each.text for each in stage.slack.messages("#triage")]


async def test_the_page_runs_nothing_that_is_not_its_own() -> None:
    async with visited() as (_, visitor), visitor.session.get(visitor.address) as answer:
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        text = await answer.text()
        assert "<script>" not in text
        assert "style=" not in text


async def test_the_bodies_on_the_wire_come_on_demand() -> None:
    async with visited() as (_, visitor):
        row = visitor.seen["wire"][0]
        async with visitor.session.get(f"{visitor.address}/wire/{row['number']}") as answer:
            assert set(await answer.json()) == {"request", "response"}
        async with visitor.session.get(f"{visitor.address}/wire/999999") as answer:
            assert answer.status == 404


async def test_it_ends_on_sigterm_and_takes_the_bot_along(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TRIAGE_CHANNEL=nonsense\nSENDKIT_WORKSPACE_ID=w\n")
    async with playing(tmp_path) as (process, address), aiohttp.ClientSession() as session:
        visitor = Visitor(session, address)
        await visitor.until("phase", "running")
        bot = os.pidfd_open(visitor.seen["bot"]["pid"])
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SECONDS):
            assert await process.wait() == 0
        await gone(bot)


async def test_the_bot_goes_when_the_playground_is_killed(tmp_path: Path) -> None:
    async with playing(tmp_path) as (process, address), aiohttp.ClientSession() as session:
        visitor = Visitor(session, address)
        await visitor.until("phase", "running")
        bot = os.pidfd_open(visitor.seen["bot"]["pid"])
        process.kill()
        await gone(bot)


LOOK, ONE, OTHER = "GET /v1/inbox", "GET /v1/inbox/aa", "GET /v1/inbox/bb"
PATCH = "PATCH /v1/inbox/aa"


@pytest.mark.parametrize(
    ("exchanges", "shown"),
    [
        ([(LOOK, 200)] * 3, [(LOOK, 3)]),
        ([(LOOK, 200), (ONE, 200)] * 2, [(LOOK, 2), (ONE, 2)]),
        ([(LOOK, 200), (ONE, 200), (OTHER, 200)], [(LOOK, 1), ("GET /v1/inbox/…", 2)]),
        ([(LOOK, 200), (PATCH, 200), (LOOK, 200)], [(LOOK, 1), (PATCH, 1), (LOOK, 1)]),
        ([(LOOK, 200), (LOOK, 503), (LOOK, 200)], [(LOOK, 2), (LOOK, 1)]),
        ([(PATCH, 503), (LOOK, 503), (PATCH, 503)], [(PATCH, 2), (LOOK, 1)]),
        ([(PATCH, 0), (LOOK, 0), (PATCH, 200)], [(PATCH, 1), (LOOK, 1), (PATCH, 1)]),
        ([("webhook email.replied", 200)] * 2, [("webhook email.replied", 2)]),
    ],
)
def test_looks_and_failed_tries_are_counted_in_one_row(
    exchanges: list[tuple[str, int]], shown: list[tuple[str, int]]
) -> None:
    tape = TrafficLog(lambda: None)
    for what, status in exchanges:
        tape.from_sendkit(sendkit.Exchange(what, {}, {}, status, 1))
    assert [(row.what, row.times) for row in tape.rows.values()] == shown


def test_a_post_of_the_bot_does_not_split_the_row_of_its_looks() -> None:
    tape = TrafficLog(lambda: None)
    posted = Call("chat.postMessage", {}, {"ok": True}, 200, 0)
    for number in range(2):
        tape.from_sendkit(sendkit.Exchange(LOOK, {}, {}, 200, 1))
        said = Exchange("to_slack", posted.method, {"text": str(number)}, posted.answer, 1)
        tape.from_slack(said, [posted])
    whats = [(row.what, row.times) for row in tape.rows.values()]
    assert whats == [("chat.postMessage", 1), (LOOK, 2), ("chat.postMessage", 1)]


def test_gestures_are_counted_in_one_row_only_when_one_follows_the_other() -> None:
    tape = TrafficLog(lambda: None)
    for kind in ("a", "a", "b", "a"):
        tape.from_slack(Exchange("to_bot", "interactive", {"type": kind}, answer(), 1), [])
    assert [(row.what, row.times) for row in tape.rows.values()] == [("a", 2), ("b", 1), ("a", 1)]


@pytest.mark.parametrize(
    ("kind", "payload", "shown"),
    [
        ("slash_commands", {"command": "/sendkit", "text": "inbox"}, "/sendkit inbox"),
        ("interactive", {"type": "block_actions"}, "block_actions"),
        ("events_api", {"type": "event_callback", "event": {"type": "message"}}, "event message"),
        ("interactive", b"not a payload", "interactive"),
    ],
)
def test_the_record_of_the_wire_names_what_happened(kind: str, payload: Any, shown: str) -> None:
    tape = TrafficLog(lambda: None)
    tape.from_slack(Exchange("to_bot", kind, payload, answer(), 1), [])
    assert [row.what for row in tape.rows.values()] == [shown]


def test_the_record_of_the_wire_keeps_the_last_rows_only() -> None:
    tape = TrafficLog(lambda: None)
    for number in range(MOST_ROWS + 5):
        payload = {"command": "/sendkit", "text": str(number)}
        tape.from_slack(Exchange("to_bot", "slash_commands", payload, answer(), 1), [])
    whats = [row.what for row in tape.rows.values()]
    assert (len(whats), whats[0], whats[-1]) == (MOST_ROWS, "/sendkit 5", "/sendkit 304")


def answer() -> dict[str, Any]:
    return {"status": 200, "body": ""}


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("read jane@acme.example.com", "read <mailto:jane@acme.example.com|jane@acme.example.com>"),
        ("see https://a.example/p?x=1&y=2.", "see <https://a.example/p?x=1&amp;y=2>."),
        ("@ben and @nobody", "<@U0BEN|ben> and @nobody"),
        ("in #deals, not #nowhere", "in <#C0DEALS|deals>, not #nowhere"),
        ("+vip -cold", "+vip -cold"),
    ],
)
def test_typed_text_reaches_the_app_as_slack_encodes_it(text: str, stored: str) -> None:
    assert typed(furnished(), text, named=True) == stored


def test_the_page_offers_what_the_manifest_says() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text())
    offered = [
        {name: each[name] for name in ("command", "description", "usage_hint")}
        for each in APP["commands"]
    ]
    assert offered == [
        {name: each[name] for name in ("command", "description", "usage_hint")}
        for each in manifest["features"]["slash_commands"]
    ]
    assert APP["app_home"] == manifest["features"]["app_home"]
    assert APP["events"] == manifest["settings"].get("event_subscriptions", {}).get(
        "bot_events", []
    )
