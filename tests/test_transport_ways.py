"""The ways to SendKit: with TLS, and through the proxies that the environment names."""

import asyncio
import os
import shutil
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.raw_peer import WELL, Lines, Out, Peer, ask, client_of, listening, read_head


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


async def test_nothing_is_sent_to_whom_nobody_vouches_for(tls: ssl.SSLContext) -> None:
    peer = Peer(WELL)
    async with listening(peer, tls) as place, client_of(f"https://{place}") as client:
        with pytest.raises(httpx.ConnectError):
            await ask(client, "PATCH")
    assert not peer.heads


async def test_an_own_authority_is_trusted_where_the_environment_names_it(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with listening(Peer(WELL), tls) as place, client_of(f"https://{place}") as client:
        assert (await ask(client, "PATCH")).json() == {}


@pytest.mark.parametrize("form", ["http://ada:pw@{}", "ada:pw@{}"])
async def test_a_proxy_of_the_environment_is_asked(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Peer(WELL, WELL)
    async with listening(proxy) as place:
        monkeypatch.setenv("HTTP_PROXY", form.format(place))
        async with client_of("http://sendkit.example:81") as client:
            for _ in range(2):
                assert (await ask(client, "PATCH")).json() == {}
    for head in proxy.heads:
        line, *headers = head.split("\r\n")
        assert line == "PATCH http://sendkit.example:81/x HTTP/1.1"
        assert "Proxy-Authorization: Basic YWRhOnB3" in headers


async def test_a_proxy_that_passes_nothing_on_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Peer(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    async with listening(proxy) as place:
        monkeypatch.setenv("ALL_PROXY", f"http://{place}")
        async with client_of("https://sendkit.example") as client:
            with pytest.raises(httpx.ProxyError):
                await ask(client, "PATCH")
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
        async with client_of(f"https://{place}") as client:
            assert (await ask(client, "PATCH")).json() == {}


async def _pass(reader: Lines, writer: Out) -> None:
    while part := await reader.read(65_536):
        writer.write(part)
    writer.close()
