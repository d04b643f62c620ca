"""`python -m bot`: what it starts, and what it says when it cannot."""

import logging
import os
import signal
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

import pytest

from bot import __main__, logs
from bot.settings import CREDENTIALS

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-not-real",
    "SLACK_SIGNING_SECRET": "not-real",
    "SENDKIT_API_KEY": "sk_not_real",
    "TRIAGE_CHANNEL": "C0TRIAGE",
    "SENDKIT_POLL_SECONDS": "0",
    # Nothing listens there: the bot starts without either service.
    "SLACK_API_URL": "http://127.0.0.1:9/",
    "SENDKIT_API_URL": "http://127.0.0.1:9",
}


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A folder and an environment without anything of the bot's."""
    monkeypatch.chdir(tmp_path)
    for name in (*CREDENTIALS, "PORT", "HOST", "TRIAGE_CHANNEL", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        found: int = probe.getsockname()[1]
    monkeypatch.setenv("PORT", str(found))
    return found


def _stop_when_it_answers(url: str) -> threading.Thread:
    def wait() -> None:
        while True:
            with suppress(URLError, ConnectionError), urllib.request.urlopen(url, timeout=5):
                break
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_it_serves_until_it_is_told_to_stop(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    waiting = _stop_when_it_answers(f"http://127.0.0.1:{port}/healthz")
    assert __main__.main([]) == 0
    waiting.join()
    assert "SLACK_BOT_TOKEN" not in os.environ
    assert Path("triage.db").exists()


def test_without_credentials_it_plays(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    waiting = _stop_when_it_answers(f"http://127.0.0.1:{port}/")
    assert __main__.main(["playground", "--transport", "http"]) == 0
    waiting.join()
    assert f"http://127.0.0.1:{port}" in capsys.readouterr().out


def test_all_that_is_missing_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SENDKIT_API_KEY", "sk_not_real")
    assert __main__.main([]) == 2
    told = capsys.readouterr().err
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET", "TRIAGE_CHANNEL"):
        assert f"{name} is missing" in told
    assert "sk_not_real" not in told


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(".env").write_text("SLACK_BOT_TOKEN=xoxb-of-the-file\nTRIAGE_CHANNEL=#triage\nEMPTY\n")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "of-the-environment")
    assert __main__.main([]) == 2
    told = capsys.readouterr().err
    assert "SLACK_BOT_TOKEN is wrong" in told
    assert "TRIAGE_CHANNEL is wrong" in told


def test_a_taken_port_is_said_plainly(
    monkeypatch: pytest.MonkeyPatch, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    with socket.create_server(("127.0.0.1", port)):
        assert __main__.main(["serve"]) == 2
    told = capsys.readouterr().err
    assert f"Cannot listen on 127.0.0.1:{port}: " in told
    assert "Give another HOST or PORT." in told


def test_a_taken_port_is_said_plainly_by_the_playground_too(
    port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", port)):
        assert __main__.main([]) == 2
    assert f"Cannot listen on 127.0.0.1:{port}: " in capsys.readouterr().err


def test_no_address_of_a_lead_comes_into_the_log_by_way_of_a_library() -> None:
    logs.configure("DEBUG")
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    for name in ("slack_bolt", "slack_sdk", "aiohttp"):
        assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)


def test_connect_says_what_came_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for secret, host, told in (
        ("", "https://bot.example.com", "SENDKIT_WEBHOOK_SECRET is missing"),
        ("a long random text", "bot.example.com", "The host is wrong"),
        ("a long random text", "https://bot.example.com", "SendKit cannot be reached"),
    ):
        for name, value in {**GOOD, "SENDKIT_WEBHOOK_SECRET": secret}.items():
            monkeypatch.setenv(name, value)
        assert __main__.main(["connect", host]) == 2
        assert told in capsys.readouterr().err
