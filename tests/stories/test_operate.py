"""Operators' commands beside a running bot, on both databases."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.playground.sample_data import CAST
from bot.playground.sendkit_faults import Fault
from bot.store import Rows, Statement, opening
from tests.conftest import House

ROOT = Path(__file__).parents[2]
TABLES = ("conversations", "cards", "folded", "decisions", "entries", "facts", "routes")


@dataclass(frozen=True)
class Operator:
    house: House

    async def run(
        self, *arguments: str, has_token: bool = True, has_key: bool = True
    ) -> tuple[int, str, str]:
        """The exit status, and what the command writes."""
        settings = self.house.settings
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", *arguments),
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "DATABASE_URL": settings.database_url,
                "SLACK_BOT_TOKEN": settings.slack_bot_token * has_token,
                "SLACK_API_URL": settings.slack_api_url,
                "SENDKIT_API_KEY": settings.sendkit_api_key * has_key,
                "SENDKIT_API_URL": settings.sendkit_api_url,
                **{each: os.environ[each] for each in os.environ if each.startswith("COVERAGE")},
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, error = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), error.decode()

    async def kept(self) -> Mapping[str, list[Any]]:
        async with opening.read_only(self.house.settings.database_url) as rows:
            return {table: list(await rows.read(f"SELECT * FROM {table}")) for table in TABLES}

    async def knows(self, *words: str) -> list[str]:
        """The ones of these words that the database has."""
        kept = repr(await self.kept()).casefold()
        return [word for word in words if word.casefold() in kept]

    async def looks(self, times: int = 3) -> None:
        """Waits until the bot has looked at the inbox again."""
        async with opening.read_only(self.house.settings.database_url) as rows:
            for _ in range(times):
                before = await _looked(rows)
                while await _looked(rows) == before:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)


async def _looked(rows: Rows) -> object:
    return await rows.read("SELECT value FROM facts WHERE name = 'last look'")


@pytest.fixture
def operator(house: House) -> Operator:
    return Operator(house)


async def test_a_lead_is_forgotten_and_does_not_return(house: House, operator: Operator) -> None:
    lead = CAST[0].lead
    words = (lead.email, lead.company)
    async with house.bot_with_card() as card:
        house.reply(1)
        await house.card(1)
        await house.slack.click(card, "Interested")
        await house.lines(card)
        await house.typed("inbox")
        assert await operator.knows(*words) == [*words]

        status, said, _ = await operator.run("forget", lead.email.upper())
        assert status == 0
        assert "1 decision, 1 card, 1 list, 1 conversation" in said
        workspace = f"https://{house.slack.workspace.team['domain']}.slack.com"
        assert f"{workspace}/archives/{card.channel}/p{card.ts.replace('.', '')}" in said

        await operator.looks()
        assert await operator.knows(*words) == []
        assert len(house.slack.messages("#triage")) == 2
        status, said, error = await operator.run("forget", lead.email)
        assert (status, said) == (2, "")
        assert error.startswith(f"The bot knows no lead with the address {lead.email}")

        house.reply()
        await house.card(2)
        assert await operator.knows(lead.email) == [lead.email]


async def test_work_about_a_forgotten_lead_is_cancelled(house: House, operator: Operator) -> None:
    lead = CAST[0].lead
    async with house.bot_with_card() as card:
        house.sendkit.faults.add(Fault(503), "PATCH", times=None)
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: "Interested" in house.text(card))
        status, said, _ = await operator.run("forget", lead.email, has_token=False)
        assert (status, "1 journal entry" in said) == (0, True)
        place = f"- channel {card.channel}, message {card.ts}"
        assert f"\n{place}\nSet SLACK_BOT_TOKEN to get links.\n" in said
        house.sendkit.faults.clear()
        other = house.reply(1)
        await house.card(1)
        await operator.looks()
        assert await operator.knows(lead.email) == []
        assert house.sendkit.patches == []
        assert await operator.knows(other.lead.email) == [other.lead.email]


async def test_old_conversations_are_pruned_for_good(house: House, operator: Operator) -> None:
    old, new = CAST[0].lead, CAST[1].lead
    async with house.bot_with_card() as first:
        house.reply(1)
        for card in (first, await house.card(1)):
            await house.slack.click(card, "Interested")
            await house.lines(card)
        async with opening.beside(house.settings.database_url) as database:
            aged = {"email": old.email, "days": 200 * 86_400}
            await database.write(
                Statement(
                    "UPDATE conversations SET seen_at = seen_at - :days WHERE email = :email", aged
                )
            )
        status, said, _ = await operator.run("prune", "--older", "180d")
        assert (status, said.partition(": ")[2]) == (0, "1 decision, 1 card, 1 conversation.\n")
        await operator.looks()
        assert await operator.knows(old.email, new.email) == [new.email]
        assert len(house.slack.messages("#triage")) == 2


async def test_the_log_has_each_decision(house: House, operator: Operator) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Interested")
        await house.lines(card)
        status, said, _ = await operator.run("log", "--since", "1d", "--format", "csv")
        assert status == 0
        names, decision = said.splitlines()
        assert names.startswith("at,person,name,")
        assert "Ada" in decision
        assert "tag interested" in decision
        assert (await operator.run("log", "--since", "2030-01-01"))[1].splitlines() == [names]


async def test_a_person_who_left_is_no_longer_named(house: House, operator: Operator) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Interested")
        await house.lines(card)
        await house.typed("subscriptions")
        assert await operator.knows("U0ADA", "'Ada'") == ["U0ADA", "'Ada'"]
        status, said, _ = await operator.run("forget", "U0ADA")
        assert (status, "U0ADA, from 1 decision" in said) == (0, True)
        assert await operator.knows("U0ADA", "'Ada'") == []


async def test_open_work_of_a_back_up_is_not_done_again(house: House, operator: Operator) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.down = True
        assert (await house.slack.click(card, "Interested")).ok
        await house.slack.until(lambda: "is saved" in house.text(card))
    house.sendkit.down = False
    assert (await operator.run("drop-open"))[1] == "Cancelled: 1 journal entry.\n"
    async with house.bot():
        await house.slack.click(card, "Not interested")
        assert await house.lines(card) == ["Ada set Not interested"]
    assert [patch.body for patch in house.sendkit.patches] == [{"aiTag": "not_interested"}]


async def test_the_audit_says_whether_every_unread_reply_has_a_card(
    house: House, operator: Operator
) -> None:
    async with house.bot_with_card():
        proof = "SendKit counts 1 unread, 1 have a card.\n"
        assert await operator.run("audit") == (0, proof, "")
    async with opening.beside(house.settings.database_url) as database:
        await database.write(Statement("DELETE FROM cards"))
        await database.write(Statement("UPDATE facts SET value = '0' WHERE name = 'replies since'"))
    status, said, error = await operator.run("audit")
    lead = CAST[0].lead
    who = f"{lead.first_name} {lead.last_name} ({next(iter(house.sendkit.inbox.conversations))})"
    lost = f"SendKit counts 1 unread, 0 have a card.\n- Card deleted in Slack: {who}\n"
    assert (status, said, error) == (1, lost, "")
    house.sendkit.down = True
    assert (await operator.run("audit"))[0] == 2
    status, said, error = await operator.run("audit", has_key=False)
    assert (status, said) == (2, "")
    assert error.startswith("SENDKIT_API_KEY is missing: the audit asks SendKit what is unread.")


async def test_the_audit_in_slack_posts_what_has_no_card(house: House) -> None:
    async with house.bot_with_recorded_card():
        async with opening.beside(house.settings.database_url) as database:
            await database.write(Statement("DELETE FROM cards"))
            sql = "UPDATE facts SET value = '0' WHERE name = 'replies since'"
            await database.write(Statement(sql))
        await house.slack.command("/sendkit", "audit", channel="#triage")
        await house.slack.until(house.told)
        assert house.told()[0].startswith(
            "SendKit counts 1 unread, 0 have a card.\nCard deleted in Slack, posted now (1): "
        )
        await house.card(1)
        await house.slack.command("/sendkit", "audit", channel="#triage")
        await house.slack.until(lambda: len(house.told()) == 2)
        assert house.told()[1] == "SendKit counts 1 unread, 1 have a card."
