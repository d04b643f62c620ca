"""The one address in front of several processes does no more than it may."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from tests.balancer import Answered, Balancer
from tests.doctor_fixture import answering
from tests.servers import free_port


@asynccontextmanager
async def hanging_up(came: list[bytes]) -> AsyncIterator[str]:
    """A process that dies with each request in its hands; its address."""

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    async with await asyncio.start_server(read, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"


def gone() -> str:
    """The address of a process that is no more."""
    return f"http://127.0.0.1:{free_port()}"


async def asked(address: str, times: int) -> list[tuple[int, str]]:
    found = []
    async with aiohttp.ClientSession() as client:
        for _ in range(times):
            async with client.post(f"{address}/slack/events", data=b"click") as answer:
                found.append((answer.status, await answer.text()))
    return found


async def test_each_has_its_turn() -> None:
    heard: list[Answered] = []
    async with AsyncExitStack() as stack:
        processes = [
            f"http://{await stack.enter_async_context(answering(name, 'text/plain'))}"
            for name in ("a", "b", "c")
        ]
        balancer = Balancer(processes, [heard.append])
        address = await stack.enter_async_context(balancer.serving())
        found = await asked(address, 6)
    assert sorted(found[:3]) == sorted(found[3:]) == [(200, "a"), (200, "b"), (200, "c")]
    assert sorted(each.address for each in heard[:3]) == sorted(processes)
    assert {(each.body, each.status) for each in heard} == {(b"click", 200)}


async def test_who_is_gone_is_passed_over_and_the_others_share_its_turns() -> None:
    async with (
        answering("a", "text/plain") as a,
        answering("b", "text/plain") as b,
        Balancer([f"http://{a}", gone(), f"http://{b}"]).serving() as address,
    ):
        found = await asked(address, 8)
    assert sorted(found) == [(200, "a")] * 4 + [(200, "b")] * 4


async def test_an_answer_is_passed_on_as_it_is() -> None:
    async with (
        answering("{}", "application/json", 418) as process,
        Balancer([f"http://{process}"]).serving() as address,
        aiohttp.ClientSession() as client,
        client.get(f"{address}/healthz") as answer,
    ):
        assert (answer.status, answer.content_type, await answer.text()) == (
            418,
            "application/json",
            "{}",
        )


async def test_what_was_sent_and_not_answered_is_not_sent_again() -> None:
    came: list[bytes] = []
    async with (
        hanging_up(came) as one,
        hanging_up(came) as other,
        Balancer([one, other]).serving() as address,
    ):
        assert await asked(address, 1) == [(502, "no answer")]
    assert len(came) == 1


async def test_when_all_are_gone_that_is_said() -> None:
    async with Balancer([gone(), gone()]).serving() as address:
        assert await asked(address, 1) == [(503, "nobody is there")]
