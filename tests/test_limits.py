"""The limits of every route: size, time and number, down to its bytes."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web as aiohttp
from aiohttp.typedefs import Handler

from bot.web import server
from bot.web.limits import (
    LINE_LIMIT,
    LINES_LIMIT,
    REFUSALS_AT_ONCE,
    SECONDS_A_REFUSAL,
    SECONDS_A_SUMMARY,
    SIZE_LIMIT,
    Bounds,
)
from tests.journals import Clock
from tests.slack_http import CLICK, PATH, PRIVATE, form, opened
from tests.sockets import Response, Socket, asked, request

Caplog = pytest.LogCaptureFixture

SOON = 0.05
NEVER = 3600.0
# Whatever ends in a test ends because of the one bound that the test is about.
PATIENT = dict.fromkeys(
    ["idle_seconds", "head_seconds", "body_seconds", "answer_seconds", "unread_seconds"], NEVER
)
HALF = request("POST", PATH, form(CLICK))[:-10]
OK = (200, "ok")


def patient(**bounds: float) -> Bounds:
    return Bounds(lingering_seconds=SOON, **{**PATIENT, **bounds})  # type: ignore[arg-type]


class Hall:
    """A route that answers when it is told to."""

    def __init__(self) -> None:
        self.came = asyncio.Semaphore(0)
        self.go_on = asyncio.Event()
        self.went = asyncio.Event()

    async def wait(self, request: aiohttp.Request) -> aiohttp.Response:
        self.came.release()
        await self.go_on.wait()
        self.went.set()
        return aiohttp.Response(text="at last")


@asynccontextmanager
async def served(bounds: Bounds, hall: Handler | None = None) -> AsyncIterator[int]:
    routes = server.application(bounds)
    routes.router.add_post("/hall", hall or Hall().wait)
    async with server.listening(routes, "127.0.0.1", 0) as port:
        yield port


def said(response: Response) -> tuple[int, str]:
    """Every response is short and plain, and says nothing of what made it."""
    assert response.headers["server"] == "sendkit-triage"
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(response.text) < 60
    return response.status, response.text


@pytest.mark.parametrize("began", [b"P", HALF[:60], b"\r\n"])
async def test_a_head_that_does_not_end_is_cut_off(began: bytes) -> None:
    async with served(patient(head_seconds=SOON)) as port, Socket.open(port) as socket:
        await socket.send(began)
        assert await socket.is_cut()


async def test_a_second_head_has_no_more_time_than_the_first() -> None:
    async with served(patient(head_seconds=SOON)) as port, Socket.open(port) as socket:
        assert said(await socket.ask(request())) == OK
        await socket.send(HALF[:60])
        assert await socket.is_cut()


async def test_a_silent_connection_is_cut_off() -> None:
    async with served(patient(idle_seconds=SOON)) as port, Socket.open(port) as socket:
        assert await socket.is_cut()


async def test_a_body_that_does_not_end_is_refused(caplog: Caplog) -> None:
    async with served(patient(body_seconds=SOON)) as port, Socket.open(port) as socket:
        assert said(await socket.ask(HALF)) == (408, "too slow")
    assert caplog.messages == ["refused a request with 408: too slow"]


async def test_a_client_that_does_not_read_is_cut_off() -> None:
    async def endless(request: aiohttp.Request) -> aiohttp.Response:
        return aiohttp.Response(body=bytes(32 * SIZE_LIMIT))

    bounds = patient(unread_seconds=SOON)
    async with served(bounds, endless) as port, Socket.open(port) as socket:
        assert await socket.is_cut_unread(request("POST", "/hall"))


async def test_a_slow_reader_is_answered() -> None:
    async def long(request: aiohttp.Request) -> aiohttp.Response:
        return aiohttp.Response(body=b"x" * 8 * SIZE_LIMIT)

    async with served(patient(), long) as port, Socket.open(port) as socket:
        for _ in range(2):
            assert len((await socket.ask(request("POST", "/hall"))).text) == 8 * SIZE_LIMIT


async def test_in_a_crowd_the_longest_waiting_makes_room() -> None:
    bounds = patient(connections=2)
    async with served(bounds) as port, Socket.open(port) as first, Socket.open(port) as second:
        assert said(await first.ask(request())) == OK
        await second.send(HALF[:60])
        assert said(await first.ask(request())) == OK  # and so the second waits longer
        async with Socket.open(port) as third:
            assert said(await third.ask(request())) == OK
            assert await second.is_cut()
            assert said(await first.ask(request())) == OK


async def test_of_bodies_that_arrive_the_longest_arriving_makes_room() -> None:
    hall = Hall()
    hall.go_on.set()
    whole = request("POST", "/hall", b"all of it")
    async with (
        served(patient(arriving=1), hall.wait) as port,
        Socket.open(port) as first,
        Socket.open(port) as second,
    ):
        await first.send(whole[:-1])
        # It has begun when the next one finds the place taken.
        await second.send(whole[:-1])
        assert await first.is_cut()
        assert await second.ask(whole[-1:]) == await asked(port, whole)


async def test_a_crowd_of_the_slow_keeps_nobody_out(tmp_path: Path) -> None:
    bounds = patient(connections=20, arriving=5)
    async with opened(tmp_path, bounds) as door, AsyncExitStack() as stack:
        for number in range(100):
            slow = await stack.enter_async_context(Socket.open(door.port))
            await slow.send(HALF[: 60 if number % 2 else None])
            if number % 10 == 0:
                click = {**CLICK, "trigger_id": str(number)}
                assert (await door.interact(click)).status == 200
                assert said(await asked(door.port, request())) == OK


async def test_more_requests_than_can_be_answered_are_put_off() -> None:
    hall = Hall()
    post = request("POST", "/hall")
    async with served(patient(answering=2), hall.wait) as port:
        waiting = [asyncio.create_task(asked(port, post)) for _ in range(2)]
        for _ in waiting:
            await hall.came.acquire()
        refused = await asked(port, post)
        assert said(refused) == (503, "too busy")
        assert refused.headers["retry-after"] == "1"
        assert said(await asked(port, request())) == OK
        hall.go_on.set()
        assert [said(await each) for each in waiting] == [(200, "at last")] * 2
        assert said(await asked(port, post)) == (200, "at last")


async def test_a_late_response_is_given_up_and_its_work_is_not(caplog: Caplog) -> None:
    hall = Hall()
    async with served(patient(answer_seconds=SOON), hall.wait) as port:
        late = await asked(port, request("POST", "/hall"))
        assert said(late) == (503, "it took too long")
        assert late.headers["retry-after"] == "1"
        (line,) = caplog.messages
        assert line == "a request took too long; its work may still be saved"
        hall.go_on.set()
        await hall.went.wait()


async def test_a_click_that_was_given_up_on_is_carried_out_once(tmp_path: Path) -> None:
    """A person who saw the error and pressed again within seconds meant the same."""
    # The database waits for the lock much longer than Slack for the answer.
    async with opened(tmp_path, patient(answer_seconds=1.0)) as door:
        other = sqlite3.connect(tmp_path / "triage.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert (await door.interact(CLICK)).status == 503
        other.execute("ROLLBACK")
        other.close()
        first = await door.entries.get()
        assert first.entry.payload["change"] == {"markRead": True}
        again = {**CLICK, "trigger_id": "another"}
        while (await door.interact(again)).status == 503:
            pass  # the machine is slow, and the person presses once more
        rows = await door.database.read("SELECT id FROM entries")
        assert [row["id"] for row in rows] == [first.entry.id]


HEADS = {
    "a long line": request(headers={"X-Long": "x" * (LINE_LIMIT + 1)}),
    "a long path": request("GET", "/" + "x" * (LINE_LIMIT + 1)),
    "many lines": request(headers={f"X-{n}": "x" for n in range(LINES_LIMIT + 1)}),
    "no HTTP": PRIVATE.encode() + b"\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + PRIVATE.encode(),
    "two lengths": request("POST", PATH, b"12", {"Content-length": "1"}),
    "a length that is none": request("POST", PATH, headers={"Content-Length": PRIVATE}),
    "no chunk": request("POST", PATH, headers={"Transfer-Encoding": "chunked"}) + b"zz\r\n",
}


@pytest.mark.parametrize("raw", HEADS.values(), ids=HEADS.keys())
async def test_bytes_that_are_not_http_are_refused_and_not_logged(
    raw: bytes, caplog: Caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    async with served(patient()) as port:
        assert said(await asked(port, raw)) == (400, "not HTTP, or too long a head")
    assert PRIVATE not in caplog.text
    loud = [each.name for each in caplog.records if each.levelno > logging.DEBUG]
    assert loud == ["bot.web.limits"]


async def test_a_body_announced_as_too_large_is_refused_unread() -> None:
    async with served(patient()) as port:
        large = {"Content-Length": str(SIZE_LIMIT + 1)}
        response = await asked(port, request("POST", "/hall", headers=large))
        assert said(response) == (413, "too large")
        assert response.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/", 404, "not found"),
        ("POST", f"/{PRIVATE}", 404, "not found"),
        ("GET", "/slack/../etc/passwd", 404, "not found"),
        ("GET", "/healthz/%00%ff", 404, "not found"),
        ("POST", "/healthz", 405, "method not allowed"),
        ("GET", "/hall", 405, "method not allowed"),
        ("PATCH", "/hall", 405, "method not allowed"),
        ("OPTIONS", "*", 404, "not found"),
    ],
)
async def test_an_unknown_route_is_refused(
    method: str, path: str, status: int, reason: str, caplog: Caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    async with served(patient()) as port:
        response = await asked(port, request(method, path, headers={"Accept": "text/html"}))
        assert said(response) == (status, reason)
        assert ("allow" in response.headers) is (status == 405)
    assert PRIVATE not in caplog.text


async def test_an_unexpected_error_is_answered_plainly(caplog: Caplog) -> None:
    async def broken(request: aiohttp.Request) -> aiohttp.Response:
        raise RuntimeError("boom")

    async with served(patient(), broken) as port:
        response = await asked(port, request("POST", "/hall", headers={"Accept": "text/html"}))
    assert said(response) == (500, "something went wrong here")
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("bot.web.limits", logging.ERROR)
    assert "boom" in caplog.text


async def test_requests_share_a_connection() -> None:
    async with served(patient()) as port, Socket.open(port) as socket:
        await socket.send(request() * 50)
        assert [said(await socket.response()) for _ in range(50)] == [OK] * 50


async def test_a_forged_flood_gets_little(tmp_path: Path, caplog: Caplog) -> None:
    clock = Clock()
    forged = request("POST", PATH, form(CLICK), {"X-Slack-Signature": "v0=forged"})
    async with opened(tmp_path, patient(), clock) as door, Socket.open(door.port) as socket:
        statuses = [(await socket.ask(forged)).status for _ in range(REFUSALS_AT_ONCE + 500)]
        assert statuses == [401] * REFUSALS_AT_ONCE + [429] * 500
        refused = await socket.ask(forged)
        assert said(refused) == (429, "too many bad requests")
        assert refused.headers["retry-after"] == f"{SECONDS_A_REFUSAL:.0f}"
        assert len(caplog.messages) == REFUSALS_AT_ONCE + 1

        # Nothing that is genuine is held up, and /healthz answers.
        for number in range(200):
            assert (await door.interact({**CLICK, "trigger_id": str(number)})).status == 200
        assert said(await socket.ask(request())) == OK

        clock.now += SECONDS_A_REFUSAL
        assert [(await socket.ask(forged)).status for _ in range(2)] == [401, 429]
        clock.now += SECONDS_A_SUMMARY - SECONDS_A_REFUSAL
        caplog.clear()
        while (await socket.ask(forged)).status != 429:
            pass
        assert caplog.messages[-1] == "refused 502 requests with 429: too many bad requests"
        clock.now += SECONDS_A_REFUSAL * REFUSALS_AT_ONCE * 1000
        statuses = [(await socket.ask(forged)).status for _ in range(REFUSALS_AT_ONCE + 1)]
        assert statuses == [401] * REFUSALS_AT_ONCE + [429]


async def test_a_hundred_clicks_at_once_are_acknowledged(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        clicks = [{**CLICK, "trigger_id": str(number)} for number in range(100)]
        answers = await asyncio.gather(*map(door.interact, clicks))
        assert {each.status for each in answers} == {200}
