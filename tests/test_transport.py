"""How requests reach SendKit: each is sent once, and whoever asked knows whether it was."""

import gzip
import socket
import threading
from contextlib import suppress

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import logs
from bot.sendkit.transport import Transport
from tests.raw_peer import PATIENT, WELL, Lines, Out, Peer, ask, client_of, listening, read_head

HURRIED = httpx.Timeout(30.0, read=0.05)
HANG_UP = b""
BOTH = pytest.mark.parametrize("method", ["GET", "PATCH"])


async def resets(reader: Lines, writer: Out) -> None:
    await read_head(reader)
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0"
    )
    writer.transport.abort()


@BOTH
@pytest.mark.parametrize(
    ("says", "error"),
    [
        (HANG_UP, httpx.RemoteProtocolError),
        (b"SSH-2.0-OpenSSH_9.2\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", httpx.RemoteProtocolError),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            httpx.RemoteProtocolError,
        ),
    ],
    ids=["nothing", "another protocol", "cut short", "no chunk"],
)
async def test_a_broken_answer_is_told_and_nothing_is_sent_again(
    method: str, says: bytes, error: type[Exception]
) -> None:
    peer = Peer(says)
    async with listening(peer) as place, client_of(f"http://{place}") as client:
        with pytest.raises(error):
            await ask(client, method)
    assert (len(peer.heads), peer.connections) == (1, 1)


@BOTH
async def test_a_connection_that_is_reset_is_told(method: str) -> None:
    async with listening(resets) as place, client_of(f"http://{place}") as client:
        with pytest.raises(httpx.ReadError):
            await ask(client, method)


@BOTH
@pytest.mark.parametrize("says", [b"\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
async def test_an_answer_that_does_not_come_is_not_waited_for(method: str, says: bytes) -> None:
    async def stall(reader: Lines, writer: Out) -> None:
        await read_head(reader)
        writer.write(says)
        await reader.read()

    async with listening(stall) as place, client_of(f"http://{place}", HURRIED) as client:
        with pytest.raises(httpx.ReadTimeout):
            await ask(client, method)


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_who_reads_nothing_is_not_waited_for() -> None:
    """A body that is larger than all buffers on its way."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        async with client_of(url, httpx.Timeout(0.1)) as client:
            with pytest.raises(httpx.WriteTimeout):
                await client.post("/x", content=bytes(32 * 1024 * 1024))


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_where_nobody_answers_nothing_was_sent(scheme: str) -> None:
    async with listening(Peer()) as place:
        pass
    async with client_of(f"{scheme}://{place}") as client:
        with pytest.raises(httpx.ConnectError) as caught:
            await ask(client, "PATCH")
    assert "127.0.0.1" not in str(caught.value)


async def test_a_handshake_that_does_not_end_is_a_connection_that_does_not_begin() -> None:
    async def silent(reader: Lines, writer: Out) -> None:
        await reader.read()

    impatient = httpx.Timeout(30.0, connect=0.1)
    async with listening(silent) as place, client_of(f"https://{place}", impatient) as client:
        with pytest.raises(httpx.ConnectTimeout) as caught:
            await client.get("/x", params={"search": "ada-of-acme"})
    assert "ada-of-acme" not in logs.chain(caught.value)


@pytest.mark.parametrize("url", ["ftp://example.com/x", "http:///x", "/x"])
async def test_what_is_no_web_address_is_told(url: str) -> None:
    async with Transport(httpx.URL()) as transport:
        request = httpx.Request("GET", url, extensions={"timeout": PATIENT.as_dict()})
        with pytest.raises(httpx.UnsupportedProtocol):
            await transport.handle_async_request(request)


async def test_a_header_that_would_be_two_is_not_sent() -> None:
    peer = Peer(WELL)
    async with listening(peer) as place, client_of(f"http://{place}") as client:
        with pytest.raises(httpx.LocalProtocolError):
            await client.get("/x", headers={"X-Api-Key": "a\r\nb: c"})
    assert not peer.heads


@BOTH
async def test_a_connection_serves_again(method: str) -> None:
    peer = Peer(WELL, WELL)
    async with listening(peer) as place, client_of(f"http://{place}") as client:
        assert [(await ask(client, method)).json() for _ in range(2)] == [{}, {}]
    assert (len(peer.heads), peer.connections) == (2, 1)


@BOTH
async def test_a_connection_that_ended_while_it_was_idle_is_not_used(method: str) -> None:
    first, second = Peer(WELL), Peer(WELL)
    peers = iter([first, second])

    async def each(reader: Lines, writer: Out) -> None:
        await next(peers)(reader, writer)

    async with listening(each) as place, client_of(f"http://{place}") as client:
        for peer in (first, second):
            assert (await ask(client, method)).json() == {}
            await peer.parted.wait()


@BOTH
async def test_what_is_sent_to_a_connection_that_just_ended_may_have_come_through(
    method: str,
) -> None:
    def serve() -> None:
        connection, _ = door.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(WELL)
            answered.wait(30)

    answered = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = threading.Thread(target=serve)
        server.start()
        async with client_of(f"http://127.0.0.1:{door.getsockname()[1]}") as client:
            await ask(client, method)
            answered.set()
            # The event loop stands still meanwhile, and so cannot hear of the end.
            server.join()
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                await ask(client, method)
        door.setblocking(False)
        with pytest.raises(BlockingIOError):
            door.accept()


async def test_an_answer_is_unpacked_once() -> None:
    packed = gzip.compress(b'{"says": "well"}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    peer = Peer(head.encode() + packed)
    async with listening(peer) as place, client_of(f"http://{place}") as client:
        assert (await client.get("/x")).json() == {"says": "well"}
    assert "accept-encoding: gzip" in peer.heads[0].lower()


async def test_a_redirect_is_not_followed_and_a_cookie_is_not_kept() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /y\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    peer = Peer(moved, WELL)
    async with listening(peer) as place, client_of(f"http://{place}") as client:
        answer = await client.get("/x")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/y")
        client.cookies.clear()
        await client.get("/x")
    assert "cookie" not in peer.heads[1].lower()


async def test_an_address_is_sent_as_it_was_written() -> None:
    peer = Peer(WELL)
    async with listening(peer) as place, client_of(f"http://ada:pw@{place}") as client:
        await client.get("/a%2Fb%3Fc", params={"search": "ada+x@acme.example & ä"})
    line, *headers = peer.heads[0].split("\r\n")
    assert line == "GET /a%2Fb%3Fc?search=ada%2Bx%40acme.example+%26+%C3%A4 HTTP/1.1"
    assert "authorization: basic ywrhonb3" in "\n".join(headers).lower()


@given(
    said=st.binary(max_size=64)
    | st.builds(
        lambda at, more: WELL[:at] + more + WELL[at:], st.integers(0, len(WELL)), st.binary()
    )
)
@example(said=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}")
@example(said=b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}")
@example(said=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000 + b"\r\n\r\n{}")
@example(said=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")
@settings(deadline=None)
async def test_whatever_is_said_is_an_answer_or_an_error_of_httpx(said: bytes) -> None:
    async with listening(Peer(said)) as place, client_of(f"http://{place}", HURRIED) as client:
        with suppress(httpx.HTTPError):
            await client.get("/x")


async def test_who_was_never_asked_is_closed_too() -> None:
    async with client_of("http://127.0.0.1:9"):
        pass
