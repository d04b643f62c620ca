"""The requests that the playground's servers take, from here and from other machines."""

import os
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from bot.playground.guard import is_loopback, is_named
from bot.playground.launcher import Stage, staged
from bot.playground.sendkit import SendKit
from bot.playground.slack import Slack

FOREIGN = [
    "evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example",
    "localhost:80@evil.example", "localhost:", "localhost:80:80", "localhost, evil.example", "",
    ":3000", "[]", "[::1", "::1", "127.1", "0.0.0.0", "2130706433", "192.0.2.9",
]  # fmt: skip


@pytest.mark.parametrize("host", FOREIGN)
def test_a_host_that_is_not_where_the_request_came_in_is_refused(host: str) -> None:
    assert not is_named(host, "127.0.0.1")
    assert not is_named(host, "192.0.2.2")
    assert not is_named(host, "fd00::2")


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", "127.0.0.1"),
        ("LocalHost:3000", "::1"),
        ("127.0.0.1:3000", "127.0.0.1"),
        ("[::1]:3000", "::1"),
        # A container's port is published under another number, and requests come from its network.
        ("localhost:8080", "172.17.0.2"),
        ("192.0.2.2:3000", "192.0.2.2"),
        ("192.0.2.2:3000", "::ffff:192.0.2.2"),
        ("[FD00::2]:3000", "fd00::2"),
        ("[fe80::2]:3000", "fe80::2%eth0"),
    ],
)
def test_a_host_that_names_where_the_request_came_in_is_taken(host: str, here: str) -> None:
    assert is_named(host, here)


def test_loopback_is_told_from_the_network() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.0.2.2", "::ffff:192.0.2.2")))


@pytest.mark.parametrize("host", FOREIGN[:3])
async def test_the_small_services_refuse_a_foreign_host(host: str) -> None:
    async with Slack() as slack, SendKit() as sendkit, aiohttp.ClientSession() as session:
        for url, token in (
            (f"{slack.api_url}auth.test", slack.bot_token),
            (f"{slack.base_url}/response/x", slack.bot_token),
            (f"{slack.base_url}/link?ticket=x", slack.bot_token),
            (f"{sendkit.url}/v1/tags", sendkit.api_key),
        ):
            right = {"Authorization": f"Bearer {token}", "X-Api-Key": token}
            async with session.post(url, headers=right | {"Host": host}) as answer:
                assert answer.status == 403
                assert "does not know this address" in await answer.text()
        assert slack.calls == []
        assert sendkit.requests == []


async def test_each_start_has_credentials_of_its_own() -> None:
    first, second = (
        {slack.bot_token, slack.app_token, slack.signing_secret, SendKit().api_key}
        for slack in (Slack(), Slack())
    )
    assert len(first) == 4
    assert first.isdisjoint(second)


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged(host="0.0.0.0", port=0, environ=os.environ) as stage:
        yield stage


def _outside() -> str:
    """This machine's address on its network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine is on no network")
        found: str = probe.getsockname()[0]
    return found


async def test_from_the_network_the_page_takes_its_key_alone(stage: Stage) -> None:
    here, _, key = stage.address.partition("/?key=")
    port = here.rpartition(":")[2]
    there = f"http://{_outside()}:{port}"
    say = {"user": "U0ADA", "channel": "C0TRIAGE", "text": "forged"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        for host in (None, f"localhost:{port}", f"127.0.0.1:{port}", "evil.example"):
            forged = {"Host": host} if host else {}
            for path in ("/", "/stream", "/?key=", f"/?key={key[1:]}", "/wire/1"):
                async with session.get(there + path, headers=forged) as answer:
                    assert answer.status == 403, (host, path)
            async with session.post(f"{there}/do/say", json=say, headers=forged) as answer:
                assert answer.status == 403
        assert "forged" not in [each.text for each in stage.slack.messages("#triage")]
        async with session.get(f"{there}/?key={key}", headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403
        async with session.get(f"{there}/?key={key}") as answer:
            assert answer.status == 200
        async with session.post(f"{there}/do/say", json=say) as answer:
            assert (answer.status, await answer.json()) == (200, {})


async def test_on_this_machine_the_page_needs_no_key(stage: Stage) -> None:
    here = stage.address.partition("/?key=")[0]
    assert here.startswith("http://localhost:")
    async with aiohttp.ClientSession() as session, session.get(here) as answer:
        assert answer.status == 200
