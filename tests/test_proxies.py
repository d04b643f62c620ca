"""Every call of the bot's goes through the proxy that the environment names, or past it."""

from collections.abc import Mapping

import pytest

from bot.errors import SettingsWrong
from bot.proxies import proxy_for
from tests.conftest import House
from tests.raw_peer import Peer, listening


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({}, "https://a.example", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://a.example", "http://p:1"),
        ({"HTTPS_PROXY": "https://p:1"}, "https://a.example", "https://p:1"),
        ({"HTTPS_PROXY": "p:1"}, "https://a.example", "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1"}, "http://a.example", None),
        ({"ALL_PROXY": "http://p:1"}, "https://a.example", "http://p:1"),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "a.example"}, "https://a.example", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "a.example:81"}, "https://a.example:81", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://a.example", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.example"}, "https://hooks.a.example", None),
        ({"HTTPS_PROXY": "http://p:1"}, "wss://a.example/link", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "ws://a.example/link", "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.example"}, "wss://w.a.example", None),
        ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "[::1]:81"}, "http://[::1]:81", None),
    ],
)
def test_the_proxy_is_the_one_of_the_environment(
    environ: Mapping[str, str], url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == proxy


def test_a_proxy_of_no_use_is_refused_without_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://ada:secret@p:1")
    with pytest.raises(SettingsWrong, match="begins with http://") as caught:
        proxy_for("https://a.example")
    assert "secret" not in str(caught.value)


async def test_no_proxy_keeps_calls_from_the_proxy(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Peer()
    async with listening(proxy) as place:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{place}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with house.bot():
            house.reply()
            card = await house.card()
            await house.slack.click(card, "Mark read")
            await house.lines(card)
    assert not proxy.connections
