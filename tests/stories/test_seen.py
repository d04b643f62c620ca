"""The bot seen from outside: probes, numbers and log lines, while people work with it."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import __version__
from bot.playground.sample_data import CAST
from bot.playground.sendkit import Fault
from tests.conftest import House
from tests.log_asserts import written
from tests.metrics_asserts import numbers, scraped
from tests.timings import QUICK

PAGE = Path(__file__).parents[2] / "docs" / "running.md"


async def ready(address: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as client, client.get(f"{address}/readyz") as response:
        return response.status, await response.json()


async def test_a_probe_that_waits_for_sendkit_holds_up_no_click(house: House) -> None:
    house.reply()
    async with house.bot(replace(QUICK, health_check=1.5), sendkit_poll_seconds=0.05) as address:
        card = await house.card()
        house.sendkit.faults.add(Fault(seconds=60), "GET", "/v1/tags")
        before = len(house.sendkit.requests)
        probing = asyncio.create_task(ready(address))
        await house.sendkit.until(
            lambda: [each for each in house.sendkit.requests[before:] if each.path == "/v1/tags"]
        )
        assert (await house.slack.click(card, "Interested")).ok
        assert await house.lines(card) == ["Ada set Interested"]
        assert not probing.done()
        status, body = await probing
        assert (status, body["sendkit"]["word"]) == (503, "slow")


async def test_a_click_counts(house: House) -> None:
    house.reply()
    async with house.bot() as address:
        card = await house.card()
        await house.slack.click(card, "Interested")
        await house.lines(card)
        await house.slack.until(lambda: "Last decision: Ada" in house.text(card))
        found = await numbers(address)
    assert found[f"build_info {__version__}"] == 1
    assert found["ack_seconds_count action ok"] == 1
    assert found["decisions_total set_ai_tag"] == 1
    assert found["entries_written_total carry_out"] == 1
    assert found["slack_calls_total chat.postMessage ok"] == 2
    assert found["slack_calls_total ok response_url"] == 1
    assert found["sendkit_calls_total ok"] >= 3
    assert found["outbox_cards"] == 0
    assert found.get("socket_connected") == (1 if house.settings.slack_app_token else None)


async def test_the_page_for_operators_has_every_metric(house: House) -> None:
    async with house.bot() as address:
        served = set(
            re.findall(r"^# TYPE (sendkit_triage_\w+) ", await scraped(address), re.MULTILINE)
        )
    told = set(re.findall(r"^\| `(sendkit_triage_\w+)` \|", PAGE.read_text(), re.MULTILINE))
    if not house.settings.slack_app_token:
        told.remove("sendkit_triage_socket_connected")
    assert told == served


@pytest.mark.parametrize("form", ["text", "json"])
async def test_the_log_of_a_whole_story_has_nobodys_secrets(house: House, form: str) -> None:
    """At DEBUG, with everything going wrong that writes a line."""
    settings, lead = house.settings, CAST[0].lead
    secrets = [secret for secret in settings.secrets if secret]
    with written("DEBUG", form, settings.secrets) as log:
        house.reply()
        async with house.bot(sendkit_poll_seconds=0.05) as address:
            card = await house.card()
            house.slack.faults.error("chat.postMessage", error="restricted_action_thread_locked")
            await house.slack.click(card, "Interested")
            await house.slack.until(lambda: house.told())
            house.sendkit.faults.add(Fault(422, f"{lead.email} is gone"), "PATCH", "/v1/inbox/*")
            await house.slack.command("/sendkit", f"read {lead.email}", channel="#triage")
            await house.slack.until(lambda: len(house.told()) >= 3)
            house.sendkit.down = True
            await house.slack.command("/sendkit", f"tags {lead.email} +vip", channel="#triage")
            await house.slack.until(lambda: "SendKit is not responding" in house.text(card))
            await ready(address)
            house.sendkit.down = False
        urls = [exchange for exchange in house.slack.calls if exchange.method == "response_url"]
    assert urls
    text = log.getvalue()
    assert "a decision is made but not shown: restricted_action_thread_locked" in text
    assert "a decision was not carried out: ChangeRefused" in text
    assert "SendKit is not responding" in text
    for private in (*secrets, lead.email, lead.first_name, CAST[0].text[:20], "/response/"):
        assert private not in text
    for line in log.lines:
        if form == "json":
            assert {"time", "level", "logger", "message"} <= set(json.loads(line))
