"""Answers at a response_url: Slack's addresses only, and what an odd one costs."""

import gzip

import pytest
import yarl

from bot.slack.response_urls import slacks
from tests.clients import slack_at
from tests.raw_peer import Peer, listening

API = yarl.URL("https://slack.com/api/")
OWN = yarl.URL("http://127.0.0.1:3100/api/")


@pytest.mark.parametrize(
    ("address", "api"),
    [
        ("https://hooks.slack.com/actions/T0/1/x", API),
        ("https://hooks.slack.com:443/actions/T0/1/x", OWN),
        ("HTTPS://HOOKS.SLACK.COM/commands/x", API),
        ("https://acme.slack.com/x", API),
        ("https://hooks.slack-gov.com/actions/x", API),
        ("http://127.0.0.1:3100/response/x", OWN),
    ],
)
def test_slacks_addresses_are_used(address: str, api: yarl.URL) -> None:
    assert slacks(address, api) == yarl.URL(address)


@pytest.mark.parametrize("api", [API, OWN])
@pytest.mark.parametrize(
    "address",
    [
        "", "x", "/actions/x", "//hooks.slack.com/x", "https://", "https:///x",
        "http://hooks.slack.com/x", "ftp://hooks.slack.com/x", "file:///etc/passwd",
        "file://hooks.slack.com/etc/passwd", "https://hooks.slack.com:8443/x",
        "https://hooks.slack.com:99999/x", "https://hooks.slack.com:x/x",
        "https://ada@hooks.slack.com/x", "https://:secret@hooks.slack.com/x",
        "https://hooks.slack.com@evil.example/x", "https://hooks.slack.com.evil.example/x",
        "https://hooksslack.com/x", "https://evil.example/hooks.slack.com",
        "https://evil.example#.slack.com", "https://evil.example\\.slack.com/x", "https://[::1/x",
        "https://" + "a" * 300 + "\u00fc.example/x", "http://169.254.169.254/latest/meta-data",
        "https://127.0.0.1:3100/response/x", "http://127.0.0.1:3101/response/x",
        "http://127.0.0.1/response/x", "https://hooks.slack.com/" + "x" * 5000,
    ],
)  # fmt: skip
async def test_other_addresses_are_not_called(address: str, api: yarl.URL) -> None:
    assert slacks(address, api) is None
    async with slack_at(str(api)) as slack:
        assert not await slack.respond(address, {})


async def _taken(*says: bytes) -> tuple[bool, Peer]:
    peer = Peer(*says)
    async with listening(peer) as place, slack_at(f"http://{place}/api/") as slack:
        return await slack.respond(f"http://{place}/response/x", {"text": "Done"}), peer


def _said(body: bytes, *lines: bytes) -> bytes:
    head = [b"HTTP/1.1 200 OK", *lines, b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*head, b"", body])


async def test_an_answer_that_slack_took_is_given() -> None:
    taken, peer = await _taken(_said(b"ok"))
    assert taken
    assert len(peer.heads) == 1


async def test_no_redirect_is_followed() -> None:
    head = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"
    taken, peer = await _taken(head, _said(b"ok"))
    assert not taken
    assert len(peer.heads) == 1


async def test_a_huge_answer_is_not_read_whole() -> None:
    packed = gzip.compress(b"\0" * 100_000_000)
    assert not (await _taken(_said(packed, b"Content-Encoding: gzip")))[0]


async def test_a_proxy_that_is_no_use_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with slack_at(str(API)) as slack:
        monkeypatch.setenv("ALL_PROXY", "socks5://proxy.example:1080")
        assert not await slack.respond("https://hooks.slack.com/actions/x", {})
