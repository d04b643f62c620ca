"""Calls on their way to SendKit: each is sent once, and the client knows whether it may have
arrived."""

import asyncio
import gzip
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import logs
from bot.errors import HUNG_UP_SECONDS, STALLED_SECONDS, AnswerUnclear, SendKitDown, TriageError
from bot.sendkit.client import SendKit
from bot.timing import Timing
from tests import servers
from tests.clients import sendkit_at
from tests.raw_peer import Lines, Out, Peer, listening, read_head

WELL = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"data":[]}'
HURRIED = Timing(sendkit_read=0.05, sendkit_call=60)
CALLS: dict[str, Callable[[SendKit], Awaitable[object]]] = {
    "GET": lambda client: client.webhooks(),
    "PATCH": lambda client: client.save_webhook("w1", {}),
}
both = pytest.mark.parametrize("method", CALLS)


async def resets(reader: Lines, writer: Out) -> None:
    await read_head(reader)
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0"
    )
    writer.transport.abort()


@both
@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    ],
    ids=["nothing", "another protocol", "cut short", "no chunk"],
)
async def test_a_call_with_a_broken_answer_is_not_sent_again(method: str, says: bytes) -> None:
    peer = Peer(says)
    async with listening(peer) as place, sendkit_at(f"http://{place}") as client:
        with pytest.raises(SendKitDown) as caught:
            await CALLS[method](client)
    assert caught.value.settling == HUNG_UP_SECONDS
    assert (len(peer.heads), peer.connections) == (1, 1)


@both
async def test_a_call_whose_connection_is_reset_may_have_arrived(method: str) -> None:
    async with listening(resets) as place, sendkit_at(f"http://{place}") as client:
        with pytest.raises(SendKitDown) as caught:
            await CALLS[method](client)
    assert caught.value.settling == HUNG_UP_SECONDS


@both
@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
async def test_a_call_times_out_when_the_server_stops_answering(method: str, says: bytes) -> None:
    async def stall(reader: Lines, writer: Out) -> None:
        await read_head(reader)
        writer.write(says)
        await reader.read()

    async with listening(stall) as place, sendkit_at(f"http://{place}", timing=HURRIED) as client:
        with pytest.raises(SendKitDown) as caught:
            await CALLS[method](client)
    assert caught.value.settling == STALLED_SECONDS


async def test_a_call_times_out_when_the_server_stops_reading() -> None:
    """Its body is larger than all buffers on the way."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        async with sendkit_at(url, timing=HURRIED) as client:
            with pytest.raises(SendKitDown) as caught:
                await client.save_webhook("w1", {"name": "x" * 32 * 1024 * 1024})
    assert caught.value.settling == STALLED_SECONDS


async def test_a_call_is_not_sent_when_the_handshake_does_not_end() -> None:
    async def silent(reader: Lines, writer: Out) -> None:
        await reader.read()

    timing = Timing(sendkit_connect=0.1, sendkit_call=60)
    async with listening(silent) as place, sendkit_at(f"https://{place}", timing=timing) as client:
        with pytest.raises(SendKitDown) as caught:
            _ = [each async for each in client.conversations(search="ada-of-acme")]
    assert caught.value.settling == 0
    assert "ada-of-acme" not in logs.chain(caught.value)


@both
async def test_a_connection_serves_the_next_call(method: str) -> None:
    peer = Peer(WELL, WELL)
    async with listening(peer) as place, sendkit_at(f"http://{place}") as client:
        for _ in range(2):
            await CALLS[method](client)
    assert (len(peer.heads), peer.connections) == (2, 1)


@both
async def test_a_connection_that_ended_while_it_was_idle_is_not_used(method: str) -> None:
    first, second = Peer(WELL), Peer(WELL)
    peers = iter([first, second])

    async def each(reader: Lines, writer: Out) -> None:
        await next(peers)(reader, writer)

    async with listening(each) as place, sendkit_at(f"http://{place}") as client:
        for _ in range(2):
            await CALLS[method](client)
    assert (first.connections, second.connections) == (1, 1)


@both
async def test_a_call_on_a_used_connection_that_ends_is_not_sent_again(method: str) -> None:
    peer = Peer(WELL, b"")
    async with listening(peer) as place, sendkit_at(f"http://{place}") as client:
        await CALLS[method](client)
        with pytest.raises(SendKitDown) as caught:
            await CALLS[method](client)
    assert caught.value.settling == HUNG_UP_SECONDS
    assert (len(peer.heads), peer.connections) == (2, 1)


async def test_an_answer_is_asked_for_and_unpacked_as_gzip() -> None:
    packed = gzip.compress(b'{"data": [{"id": "w1"}]}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    peer = Peer(head.encode() + packed)
    async with listening(peer) as place, sendkit_at(f"http://{place}") as client:
        assert [each.id for each in await client.webhooks()] == ["w1"]
    assert "accept-encoding: gzip\r\n" in peer.heads[0].lower()


async def test_a_redirect_is_not_followed() -> None:
    peer = Peer(b"HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n", WELL)
    async with listening(peer) as place, sendkit_at(f"http://{place}") as client:
        with pytest.raises(AnswerUnclear):
            await client.webhooks()
        assert len(peer.heads) == 1
        await client.webhooks()


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
async def test_any_bytes_are_an_answer_or_an_error_of_ours(said: bytes) -> None:
    async with (
        listening(Peer(said)) as place,
        sendkit_at(f"http://{place}", timing=HURRIED) as client,
    ):
        with suppress(TriageError):
            await client.webhooks()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Its own authority, for this machine; with its key."""
    if shutil.which("openssl") is None:
        servers.missing("OpenSSL", os.environ)
    path = tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=here"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path, "-out", tmp_path / "own"),
        ],
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + (tmp_path / "own").read_bytes())
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_nothing_is_sent_to_a_server_with_an_unknown_certificate(tls: ssl.SSLContext) -> None:
    peer = Peer(WELL)
    async with listening(peer, tls) as place, sendkit_at(f"https://{place}") as client:
        with pytest.raises(SendKitDown) as caught:
            await CALLS["PATCH"](client)
    assert caught.value.settling == 0
    assert not peer.heads


async def test_a_server_with_a_certificate_of_ssl_cert_file_is_trusted(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with listening(Peer(WELL), tls) as place, sendkit_at(f"https://{place}") as client:
        assert await client.webhooks() == []


async def test_a_call_may_have_arrived_when_its_answer_is_no_tls(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unmasked(reader: Lines, writer: Out) -> None:
        await read_head(reader)
        os.write(writer.get_extra_info("socket").fileno(), WELL)
        await reader.read()

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with listening(unmasked, tls) as place, sendkit_at(f"https://{place}") as client:
        with pytest.raises(SendKitDown) as caught:
            await CALLS["PATCH"](client)
    assert caught.value.settling == HUNG_UP_SECONDS


@pytest.mark.parametrize("form", ["http://ada:pw@{}", "ada:pw@{}", "https://ada:pw@{}"])
async def test_a_proxy_of_the_environment_is_asked(
    form: str, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    proxy = Peer(WELL, WELL)
    async with listening(proxy, tls if form.startswith("https:") else None) as place:
        monkeypatch.setenv("HTTP_PROXY", form.format(place))
        async with sendkit_at("http://sendkit.example:81") as client:
            for call in CALLS.values():
                await call(client)
    for head, method in zip(proxy.heads, CALLS, strict=True):
        line, *headers = head.split("\r\n")
        assert line.startswith(f"{method} http://sendkit.example:81/v1/webhooks")
        assert "Proxy-Authorization: Basic YWRhOnB3" in headers


async def test_nothing_is_sent_when_the_proxy_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Peer(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    async with listening(proxy) as place:
        monkeypatch.setenv("ALL_PROXY", f"http://{place}")
        async with sendkit_at("https://sendkit.example") as client:
            with pytest.raises(SendKitDown) as caught:
                await CALLS["PATCH"](client)
    assert caught.value.settling == 0
    assert proxy.heads[0].startswith("CONNECT sendkit.example:443 ")


async def test_https_goes_through_a_proxy(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def passing(reader: Lines, writer: Out) -> None:
        assert (await read_head(reader)).startswith(f"CONNECT {place} ")
        there, back = await asyncio.open_connection(*place.split(":"))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_pass(reader, back), _pass(there, writer))

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with listening(Peer(WELL), tls) as place, listening(passing) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy}")
        async with sendkit_at(f"https://{place}") as client:
            assert await client.webhooks() == []


async def _pass(reader: Lines, writer: Out) -> None:
    while part := await reader.read(65_536):
        writer.write(part)
    writer.close()
