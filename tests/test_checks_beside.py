"""The doctor beside a running bot: Request URL, database, and the webhook that leads to it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.doctor import checks
from bot.doctor.checks import knock
from bot.doctor.slack import Knock
from bot.findings import State
from bot.store.sqlite import SqliteDatabase
from bot.web.server import application, listening
from tests.conftest import House
from tests.doctor_fixture import HUSH, Practice, answering, opened

GOOD, WARNING, BAD = State.GOOD, State.WARNING, State.BAD


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[Practice]:
    async with opened(tmp_path) as practice:
        yield practice


async def test_beside_a_running_bot_all_is_well(practice: Practice) -> None:
    async with practice.bot() as address:
        found = {each.name: each for each in await practice.examine()}
    where = address.removeprefix("http://")
    assert found["Database"].sentence == "triage.db is in use by a running bot."
    assert found["SLACK_SIGNING_SECRET"].sentence == (
        f"The bot at {where} accepts requests signed with it."
    )
    assert {each.state for each in found.values()} == {GOOD}


async def test_a_bot_that_runs_with_another_signing_secret(practice: Practice) -> None:
    async with practice.bot():
        found = await practice.find("SLACK_SIGNING_SECRET", SLACK_SIGNING_SECRET="a" * 32)
    assert (found.state, "runs with another one" in found.sentence) == (BAD, True)


async def test_no_bot_to_ask_about_the_signing_secret(practice: Practice) -> None:
    found = await practice.find("SLACK_SIGNING_SECRET", SLACK_APP_TOKEN="")
    assert (found.state, "No bot runs at 127.0.0.1:9 now" in found.sentence) == (GOOD, True)
    found = await practice.find("SLACK_SIGNING_SECRET", SLACK_APP_TOKEN="", HOST="::")
    assert "No bot runs at [::1]:9 now" in found.sentence


@pytest.mark.parametrize("text", ["ok", "challenge"])
async def test_another_program_at_the_bot_s_address(text: str) -> None:
    async with answering(text, "text/plain") as address:
        assert await knock(address, "x") is Knock.STRANGER


async def test_something_at_the_bot_s_address_that_does_not_speak_http() -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        assert await knock(f"127.0.0.1:{port}", "x") is Knock.STRANGER


async def test_a_bot_in_socket_mode_has_no_door() -> None:
    async with listening(application(), "127.0.0.1", 0) as port:
        assert await knock(f"127.0.0.1:{port}", "x") is Knock.STRANGER


async def test_a_webhook_that_works(practice: Practice) -> None:
    practice.environ["SENDKIT_WEBHOOK_SECRET"] = HUSH
    async with practice.bot() as address:
        await practice.connected(address)
        found = await practice.find("Webhook")
    assert found.state is GOOD
    assert found.sentence == f"SendKit’s test arrived at {address}/sendkit/webhook."
    assert [each.status for each in practice.sendkit.deliveries] == [200]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"url": "https://bot.example.com/other"}, "leads to an address that is not a bot’s."),
        ({"isActive": False}, "is switched off in SendKit. Switch it on there."),
        ({"events": ["email.sent"]}, "of email.replied, email.positive_reply, lead.tag_changed."),
        ({"secret": "another"}, "SendKit’s test did not arrive at"),
        ({"url": "http://127.0.0.1:9/sendkit/webhook"}, "SendKit’s test did not arrive at"),
    ],
)
async def test_a_webhook_that_was_changed(
    practice: Practice, change: dict[str, Any], part: str
) -> None:
    practice.environ["SENDKIT_WEBHOOK_SECRET"] = HUSH
    async with practice.bot() as address:
        hook = await practice.connected(address)
        hook |= change
        found = await practice.find("Webhook")
    assert (found.state, part in found.sentence) == (WARNING, True), found


async def test_a_webhook_that_the_bot_does_not_listen_to(practice: Practice) -> None:
    await practice.connected("https://bot.example.com")
    found = await practice.find("Webhook")
    assert (found.state, "without SENDKIT_WEBHOOK_SECRET" in found.sentence) == (WARNING, True)


@pytest.mark.parametrize("runs", [True, False])
async def test_subscribed_channels_are_looked_at(practice: Practice, runs: bool) -> None:
    await practice.subscribe("C0TRIAGE", "C0GENERAL", "C0DEALS", "C0OLD", "C0RANDOM")
    if runs:
        async with practice.bot():
            found = await practice.examine()
    else:
        found = await practice.examine()
    told = [str(each) for each in found if each.name == "Subscribed channels"]
    assert told == [
        "! Subscribed channels: #old-campaigns is archived; its replies go to TRIAGE_CHANNEL. "
        "Unarchive it in Slack, or /sendkit unsubscribe there.",
        "! Subscribed channels: The bot is not in #random; its replies go to TRIAGE_CHANNEL. "
        "Type /invite @triage in it, or /sendkit unsubscribe there.",
        "✓ Subscribed channels: The bot is in 2 other channels that are subscribed.",
    ]


async def test_only_the_person_who_asks_in_slack_is_told(house: House) -> None:
    async with house.bot():
        ack = await house.slack.command("/sendkit", "doctor", channel="#triage", user="@ben")
        assert "Checking everything" in str(ack.body)
        await house.slack.until(lambda: len(house.told("#triage", "@ben")) == 2)
    said, *findings = house.told("#triage", "@ben")[1].split("\n")
    assert said == "All good."
    assert "✓ Database: Open and writable." in findings
    way_in = "SLACK_APP_TOKEN" if house.settings.slack_app_token else "SLACK_SIGNING_SECRET"
    assert any(each.startswith(f"✓ {way_in}: ") for each in findings)
    everybody = [user.id for user in house.slack.workspace.users.values() if user.handle != "ben"]
    assert not any(house.told("#general", user) for user in everybody)
    assert house.slack.messages("#general") == []


async def test_in_slack_the_worst_comes_first(house: House) -> None:
    async with house.bot(sendkit_api_key="sk_wrong"):
        await house.slack.command("/sendkit", "doctor", channel="#triage")
        await house.slack.until(lambda: len(house.told()) == 2)
    said, first, *_ = house.told()[1].split("\n")
    assert said == "1 problem."
    assert first.startswith("✗ SENDKIT_API_KEY: SendKit rejects it (401). Create a new key")


async def test_an_unreadable_database_is_told_from_inside(
    practice: Practice, tmp_path: Path
) -> None:
    database = SqliteDatabase(tmp_path / "triage.db")
    await database.close()
    found = await checks.examine(practice.settings, database=database)
    told = {each.name: each for each in found}
    assert told["Database"].sentence.startswith("It takes no writes, so clicks are refused.")
    assert {told["Database"].state, told["Journal"].state} == {BAD}
