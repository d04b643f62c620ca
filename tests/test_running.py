"""docs/running.md: what it says to type is typed here, and does what the page says; and what
it names is there."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from bot import certificates, settings
from bot.__main__ import READ_BY_BOLT
from bot.intake import webhook
from bot.slack import http
from bot.web import health, metrics
from tests.conftest import House

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = (ROOT / "docs" / "running.md").read_text()


@pytest.fixture
def transport() -> str:
    """Whatever the way in: what is kept is the same."""
    return "http"


def _backed_up(folder: Path) -> Path:
    """The commands that the page has typed in the container, typed here."""
    found = re.search(r'exec triage python -c "(.*)"\n', PAGE)
    assert found is not None
    code = found[1].replace('\\"', '"').replace("/data", str(folder))
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    return folder / "backup.db"


async def test_a_back_up_is_taken_while_the_bot_runs(house: House, tmp_path: Path) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Interested")
        await house.lines(card)
        kept = _backed_up(tmp_path)
        house.reply(1)
        newer = await house.card(1)
    for name in ("triage.db", "triage.db-wal", "triage.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    kept.rename(tmp_path / "triage.db")
    async with house.bot():
        again = await house.card(2)
        assert again.text == newer.text, "what was announced after the back-up is announced again"
        # The newer card is not in the back-up; its buttons do not need that.
        await house.slack.click(newer, "Interested")
        assert await house.lines(newer)
        await house.slack.click(again, "Not interested")
        assert await house.lines(again)
    assert len(house.thread(card)) == 1
    with closing(sqlite3.connect(tmp_path / "triage.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_page_names_settings_that_there_are() -> None:
    known = set(re.findall(r'"([A-Z][A-Z_]+)"', Path(settings.__file__).read_text()))
    known |= {*READ_BY_BOLT, *certificates.NAMES}
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b|\bHOST\b|\bPORT\b", PAGE))
    named -= {"AF_INET", "AF_UNIX", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"}
    assert named <= known
    secrets = {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SENDKIT_API_KEY"}
    rotation = PAGE.partition("## Key rotation")[2].partition("\n## ")[0]
    for name in (*secrets, "SENDKIT_WEBHOOK_SECRET"):
        assert f"| `{name}` |" in rotation


def test_the_page_names_routes_that_there_are() -> None:
    routes = {http.PATH, webhook.PATH, health.PATH, metrics.PATH, "/healthz"}
    table = re.search(r"\| route \|.*?\n\n", PAGE, re.DOTALL)
    assert table is not None
    assert set(re.findall(r"`(/[a-z/]+)`", table[0])) == routes
    assert set(re.findall(r"location = (\S+)", PAGE)) == {http.PATH, webhook.PATH}


def test_the_page_names_metrics_that_there_are() -> None:
    told = set(re.findall(r"^\| `(sendkit_triage_\w+)`", PAGE, re.MULTILINE))
    named = set(re.findall(r"sendkit_triage_\w+", PAGE))
    assert {name.removesuffix("_count") for name in named} <= told
