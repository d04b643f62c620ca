"""The part of an answer that is read, packed or not."""

import gzip
import tracemalloc
import zlib

import pytest

from bot import bounded_read
from bot.errors import AnswerTooLong, SlackUnclear
from bot.playground.sendkit import Fault
from bot.playground.sendkit import SendKit as Server
from bot.playground.slack import Slack
from bot.triage import ConversationId
from tests.clients import sendkit_of, slack_at
from tests.raw_peer import Peer, listening

WORDS = b'{"ok": true}' * 1000


def headless(data: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(data) + packing.flush()


def answer(body: bytes, packing: str = "") -> bytes:
    encoding = f"Content-Encoding: {packing}\r\n" if packing else ""
    return f"HTTP/1.1 200 OK\r\n{encoding}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def read(said: bytes) -> bytes:
    async with (
        listening(Peer(said)) as place,
        bounded_read.session() as session,
        session.get(f"http://{place}/") as response,
    ):
        first = await response.read()
        assert await response.read() == first, "it is kept"
        return first


@pytest.mark.parametrize(
    "said",
    [
        answer(WORDS),
        answer(WORDS, "identity"),
        answer(gzip.compress(WORDS), "gzip"),
        answer(gzip.compress(WORDS), "X-Gzip"),
        answer(zlib.compress(WORDS), "deflate"),
        answer(headless(WORDS), "deflate"),
    ],
    ids=["plain", "identity", "gzip", "x-gzip", "deflate", "deflate without a header"],
)
async def test_an_answer_is_read_in_each_encoding(said: bytes) -> None:
    assert await read(said) == WORDS


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(gzip.compress(WORDS)[:-9], "gzip"), bounded_read.Unreadable),
        (answer(WORDS, "gzip"), bounded_read.Unreadable),
        (answer(WORDS, "br"), bounded_read.Unreadable),
        (answer(gzip.compress(gzip.compress(WORDS)), "gzip, gzip"), bounded_read.Unreadable),
        (answer(b" " * (bounded_read.MOST_BYTES + 1)), bounded_read.TooLong),
        (answer(gzip.compress(b" " * (bounded_read.MOST_BYTES + 1)), "gzip"), bounded_read.TooLong),
    ],
    ids=["cut", "not packed", "unknown", "twice", "long", "long when unpacked"],
)
async def test_an_unreadable_answer_raises_an_error(said: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        await read(said)


async def test_an_answer_of_just_the_limit_is_read() -> None:
    most = b" " * bounded_read.MOST_BYTES
    assert await read(answer(gzip.compress(most), "gzip")) == most


@pytest.mark.slow
async def test_a_bomb_of_sendkits_costs_no_more_memory_than_the_limit() -> None:
    async with Server() as server, sendkit_of(server) as client:
        server.faults.add(Fault(unpacked=500_000_000))
        tracemalloc.start()
        with pytest.raises(AnswerTooLong, match="was not understood"):
            await client.conversation(ConversationId("c1"))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 4 * bounded_read.MOST_BYTES


@pytest.mark.slow
async def test_a_bomb_of_slacks_costs_no_more_memory_than_the_limit() -> None:
    async with Slack() as slack, slack_at(slack.api_url, slack.bot_token) as api:
        slack.faults.bomb("auth.test", unpacked=500_000_000)
        tracemalloc.start()
        with pytest.raises(SlackUnclear) as caught:
            await api.call("auth.test")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert isinstance(caught.value.__cause__, bounded_read.TooLong)
    assert most < 4 * bounded_read.MOST_BYTES
