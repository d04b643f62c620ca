"""docs/running.md: what it says to type is typed here, and does what the page says; and what
it names is there."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from bot import settings
from bot.__main__ import READ_BY_BOLT
from bot.intake import webhook
from bot.slack import http
from bot.store import Statement
from bot.store.opening import SQLITE, opened
from bot.web import health, metrics
from tests import servers
from tests.conftest import House

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = (ROOT / "docs" / "running.md").read_text()
# What the page's statements have in place of what is meant.
LEAD, PERSON, TIME = "jane@example.com", "U0123456789", "1700000000"
TABLES: Final = ("conversations", "cards", "decisions", "entries", "routes", "facts")


def _sql(after: str, number: int = 1) -> list[str]:
    """The statements of so many blocks of SQL after these words of the page."""
    blocks = re.findall(r"```sql\n(.*?)```", PAGE.partition(after)[2], re.DOTALL)[:number]
    return [each.strip() for block in blocks for each in block.split(";") if each.strip()]


@pytest.fixture
def transport() -> str:
    """Whatever the way in: what is kept is the same."""
    return "http"


async def _run(url: str, statements: list[str], example: str = "", meant: str = "") -> None:
    async with opened(url) as (database, _):
        for statement in statements:
            sql = statement.replace(example, meant) if example else statement
            if sql.startswith("SELECT"):
                assert await database.read(sql)
            else:
                await database.write(Statement(sql))


async def _rows(url: str) -> str:
    async with opened(url) as (database, _):
        return repr([await database.read(f"SELECT * FROM {table}") for table in TABLES])


@servers.both_databases
async def test_a_lead_can_be_forgotten(house: House) -> None:
    conversation = house.reply()
    lead = conversation.lead
    url = house.settings.database_url
    async with house.bot():
        card = await house.card()
        await house.slack.click(card, "Interested")
        await house.lines(card)
        await house.slack.command("/sendkit", f"tag {lead.email} meeting_booked", channel="#triage")
        await house.lines(card, 2)
        await house.slack.command("/sendkit", "inbox", channel="#triage")
        await house.slack.until(lambda: len(house.told()) == 2)
    known = await _rows(url)
    assert lead.email in known
    assert lead.last_name in known
    await _run(url, _sql("wants to be forgotten"), LEAD, lead.email.casefold())
    left = await _rows(url)
    assert lead.email not in left
    assert lead.last_name not in left


@servers.both_databases
async def test_who_left_the_team_is_no_longer_named(house: House) -> None:
    house.reply()
    url = house.settings.database_url
    async with house.bot():
        card = await house.card()
        await house.slack.click(card, "Interested")
        await house.lines(card)
        await house.slack.command("/sendkit", "subscriptions", channel="#triage")
        await house.slack.until(house.told)
    assert "U0ADA" in await _rows(url)
    await _run(url, _sql("leaves your team"), PERSON, "U0ADA")
    left = await _rows(url)
    assert "U0ADA" not in left
    assert "'Ada'" not in left


@servers.both_databases
async def test_what_is_old_can_be_deleted_and_does_not_come_back(house: House) -> None:
    house.reply()
    url = house.settings.database_url
    async with house.bot():
        await house.card()
    await _run(url, _sql("Old things"), TIME, "4000000000")
    async with opened(url) as (database, _):
        for table in ("conversations", "cards", "decisions"):
            assert not await database.read(f"SELECT * FROM {table}")
    async with house.bot():
        newer = house.reply(1)
        assert newer.lead.email in house.text(await house.card(1))


@servers.both_databases
async def test_what_was_open_in_a_back_up_is_not_done_again(house: House) -> None:
    house.reply()
    url = house.settings.database_url
    async with house.bot():
        card = await house.card()
        house.sendkit.down = True
        assert (await house.slack.click(card, "Interested")).ok
        await house.slack.until(lambda: "is saved" in house.text(card))
    house.sendkit.down = False
    await _run(url, _open_statements(url))
    async with house.bot():
        await house.slack.choose(card, "Not interested")
        (line,) = await house.lines(card)
    assert line == "Ada set Not interested"
    assert [patch.body for patch in house.sendkit.patches] == [{"aiTag": "not_interested"}]


def _open_statements(url: str) -> list[str]:
    return _sql("drop what was open in it", 1 if url.startswith(SQLITE) else 2)


def _backed_up(folder: Path) -> Path:
    """What the page has typed in the container, typed here."""
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
        await house.slack.choose(newer, "Interested")
        assert await house.lines(newer)
        await house.slack.choose(again, "Not interested")
        assert await house.lines(again)
    assert len(house.thread(card)) == 1
    with sqlite3.connect(tmp_path / "triage.db") as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_page_names_settings_that_there_are() -> None:
    known = set(re.findall(r'"([A-Z][A-Z_]+)"', Path(settings.__file__).read_text()))
    known |= set(READ_BY_BOLT)
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b|\bHOST\b|\bPORT\b", PAGE))
    assert named - {"AF_INET", "AF_UNIX"} - known == set()
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


def test_the_page_is_linked_and_its_links_lead_somewhere() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "(docs/running.md)" in readme
    headings = {
        re.sub(r"[^a-z -]", "", line.lower()).strip().replace(" ", "-")
        for line in readme.splitlines()
        if line.startswith("#")
    }
    for path, anchor in re.findall(r"\]\(([^)#]+)#([^)]+)\)", PAGE):
        assert (ROOT / "docs" / path).resolve() == ROOT / "README.md"
        assert anchor in headings
