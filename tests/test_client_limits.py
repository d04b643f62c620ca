"""The limits that the client keeps to: 16 calls at once, and none while a 429 tells it to wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from bot.errors import STALLED_SECONDS, AnswerUnclear, ListMissing, SendKitBusy, SendKitDown
from bot.playground.sendkit import Fault
from bot.playground.sendkit import SendKit as Server
from bot.sendkit.client import IN_FLIGHT, SendKit
from bot.timing import Timing
from bot.triage import ConversationId
from tests.clients import sendkit_at, sendkit_of
from tests.journals import Clock
from tests.raw_peer import Lines, Out, listening, read_head

TAGS = "/v1/tags"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def client(server: Server, clock: Clock) -> AsyncIterator[SendKit]:
    async with sendkit_of(server, clock=clock, monotonic=clock) as client:
        yield client


async def listed(client: SendKit) -> list[Any]:
    return [each async for each in client.conversations()]


def in_flight(server: Server) -> int:
    return sum(asked.status == 0 for asked in server.requests)


async def test_at_most_sixteen_calls_run_at_once_and_the_others_wait(server: Server) -> None:
    """Calls that wait have no time limit: that of the pool is not theirs."""
    most, number = 0, 3 * IN_FLIGHT

    def watch(_: object) -> None:
        nonlocal most
        most = max(most, in_flight(server) + 1)

    server.on_wire.append(watch)
    server.slow = 0.2
    async with sendkit_of(server) as client:
        calls = [asyncio.ensure_future(listed(client)) for _ in range(number)]
        await server.until(lambda: in_flight(server) == IN_FLIGHT)
        await asyncio.gather(*calls)
    assert len(server.requests) == number
    assert most == IN_FLIGHT


async def test_a_cancelled_call_makes_room_for_others(server: Server, client: SendKit) -> None:
    server.slow = 3600
    calls = [asyncio.ensure_future(listed(client)) for _ in range(2 * IN_FLIGHT)]
    await server.until(lambda: in_flight(server) == IN_FLIGHT)
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)
    server.slow = 0
    assert await asyncio.gather(*(listed(client) for _ in range(IN_FLIGHT))) == [[]] * IN_FLIGHT


async def test_a_call_times_out_when_its_answer_trickles() -> None:
    async def trickle(reader: Lines, writer: Out) -> None:
        await read_head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not reader.at_eof():
            writer.write(b" ")
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(), 0.01)

    short = Timing(sendkit_call=0.2)
    async with (
        listening(trickle) as address,
        sendkit_at(f"http://{address}", timing=short) as client,
    ):
        with pytest.raises(SendKitDown) as caught:
            await client.ai_tags()
    assert caught.value.settling == STALLED_SECONDS


async def test_calls_wait_as_long_as_a_429_says(
    server: Server, client: SendKit, clock: Clock
) -> None:
    server.faults.add(Fault(status=429, retry_after=30))
    due = clock.now + 30
    for _ in range(3):
        with pytest.raises(SendKitBusy) as caught:
            await listed(client)
        assert caught.value.at == due
        clock.now += 9
    with pytest.raises(SendKitBusy):
        await client.ai_tags()
    assert len(server.requests) == 1
    clock.now = due
    assert await listed(client) == []


async def test_a_call_in_line_obeys_anothers_429(
    server: Server, client: SendKit, clock: Clock
) -> None:
    server.faults.add(Fault(status=429, retry_after=30, seconds=0.05), times=None)
    calls = [asyncio.ensure_future(listed(client)) for _ in range(3 * IN_FLIGHT)]
    for call in calls:
        with pytest.raises(SendKitBusy) as caught:
            await call
        assert caught.value.at == clock.now + 30
    assert len(server.requests) == IN_FLIGHT


async def test_the_longest_wait_counts(server: Server, client: SendKit, clock: Clock) -> None:
    for seconds in (60, 10):
        server.faults.add(Fault(status=429, retry_after=seconds, seconds=0.05))
    answers = await asyncio.gather(listed(client), listed(client), return_exceptions=True)
    due = [each.at for each in answers if isinstance(each, SendKitBusy)]
    assert set(due) == {clock.now + 60, clock.now + 10}
    clock.now += 59
    with pytest.raises(SendKitBusy):
        await listed(client)
    clock.now += 1
    assert await listed(client) == []


@pytest.mark.parametrize("retry_after", [None, 0])
async def test_a_429_without_a_time_holds_no_other_call(
    server: Server, client: SendKit, clock: Clock, retry_after: float | None
) -> None:
    server.faults.add(Fault(status=429, retry_after=retry_after))
    with pytest.raises(SendKitBusy) as caught:
        await listed(client)
    assert caught.value.at == (None if retry_after is None else clock.now)
    assert await listed(client) == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.conversation(ConversationId("a" * 24)),
        lambda client: client.ai_tags(),
        lambda client: client.webhooks(),
    ],
    ids=["a conversation", "the aiTags", "the webhooks"],
)
async def test_an_empty_answer_to_a_get_is_unclear(
    server: Server, client: SendKit, ask: Callable[[SendKit], Awaitable[object]]
) -> None:
    server.faults.add(Fault(text=""))
    with pytest.raises(AnswerUnclear):
        await ask(client)


@pytest.mark.parametrize(
    "ask",
    [lambda client: client.ai_tags(), lambda client: client.webhooks()],
    ids=["the aiTags", "the webhooks"],
)
async def test_a_404_of_a_list_is_no_conversation_that_is_gone(
    server: Server, client: SendKit, ask: Callable[[SendKit], Awaitable[object]]
) -> None:
    server.faults.add(Fault(status=404))
    with pytest.raises(ListMissing, match="nothing at /v1/"):
        await ask(client)
