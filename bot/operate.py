"""The operators' commands on the database, whether the bot runs or not."""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from bot.audit import Audit
from bot.doctor import checks
from bot.errors import NotUnderstood, SettingsWrong
from bot.sendkit.client import SendKit
from bot.settings import Settings
from bot.store import Access, decision_log, opening, retention
from bot.store.channels import Channels
from bot.triage import Place, UserId
from bot.views.audit import line, notes, reasons

SLACK_KEEPS = "Slack keeps these messages about the lead. Delete them there, with their threads:"
IN_SENDKIT = (
    "Delete the lead in SendKit too: a new reply, or a press on a card that is still in Slack, "
    "brings back what SendKit has."
)


async def forget(settings: Settings, who: str) -> str:
    """Deletes a lead by their address, or removes a team member by their Slack id. Returns what was
    deleted and what is left, in sentences. NotUnderstood if the database has nothing, Later if the
    bot is working on it."""
    if re.fullmatch(r"[UW][A-Z0-9]{2,}", who):
        async with opening.beside(settings.database_url) as database:
            erased = await retention.forget_person(database, UserId(who))
        return f"Removed from the bot’s database: {who}, from {erased}."
    return await _forget_lead(settings, who)


async def _forget_lead(settings: Settings, email: str) -> str:
    async with opening.beside(settings.database_url) as database:
        found = await retention.forget(database, email)
    if found is None:
        raise NotUnderstood(
            f"The bot knows no lead with the address {email}, so nothing was deleted. "
            "Give the address on the lead’s card."
        )
    told = [f"Deleted from the bot’s database: {found}."]
    if found.messages:
        workspace = await _workspace(settings)
        told += [SLACK_KEEPS, *(_named(each, workspace, found) for each in found.messages)]
        told += [] if settings.slack_bot_token else ["Set SLACK_BOT_TOKEN to get links."]
    return "\n".join([*told, IN_SENDKIT])


async def drop_open(settings: Settings) -> str:
    """Cancels the waiting work. Returns how much, in a sentence."""
    async with opening.beside(settings.database_url) as database:
        return f"Cancelled: {await retention.drop_open(database)}."


async def prune(settings: Settings, seconds: float) -> str:
    """Deletes data that is older than `seconds`. Returns how much, in a sentence."""
    before = time.time() - seconds
    async with opening.beside(settings.database_url) as database:
        pruned = await retention.prune(database, before)
    since = datetime.fromtimestamp(before, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"Deleted what is older than {since}: {pruned}."


async def audit(settings: Settings) -> tuple[bool, str]:
    """Whether every unread reply has a card, and the proof in sentences. It posts nothing."""
    if not settings.sendkit_api_key:
        raise SettingsWrong("SENDKIT_API_KEY is missing: the audit asks SendKit what is unread.")
    sendkit = SendKit(
        url=settings.sendkit_api_url,
        api_key=settings.sendkit_api_key,
        workspace_id=settings.sendkit_workspace_id,
    )
    try:
        async with opening.beside(settings.database_url, Access.READ_ONLY) as database:
            report = await Audit(inbox=sendkit, channels=Channels(database)).report()
    finally:
        await sendkit.close()
    told = [line(report)]
    for reason, found in reasons(report):
        told += [f"- {reason}: {each.lead.label} ({each.id})" for each in found]
    return report.is_complete, "\n".join([*told, *notes(report)])


async def log(settings: Settings, since: float, form: str, out: TextIO) -> None:
    """Writes the decisions since then; see bot.store.decision_log."""
    async with opening.read_only(settings.database_url) as rows:
        await decision_log.write(rows, since, form, out)


def _named(place: Place, workspace: str, erased: retention.Erased) -> str:
    others = " (shows other leads too)" if erased.messages[place] else ""
    if not workspace:
        return f"- channel {place.channel}, message {place.ts}{others}"
    return f"- {workspace}archives/{place.channel}/p{place.ts.replace('.', '')}{others}"


async def _workspace(settings: Settings) -> str:
    """The workspace's address in Slack; empty if Slack does not answer."""
    async with checks.of_slack(settings) as of_slack:
        return await of_slack.workspace()


def database_of(environ: Mapping[str, str]) -> Settings:
    """The settings as far as they can be read. Only DATABASE_URL has to be right."""
    settings, problems = Settings.read(environ)
    if not settings.database_url:
        wrong = (each for each in problems if each.startswith("DATABASE_URL"))
        raise SettingsWrong("\n".join(wrong))
    return settings
