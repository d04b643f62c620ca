"""The doctor's rounds, with both services: each thing is broken, and its sentence is seen."""

import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.doctor import checks
from bot.doctor.checks import Checks
from bot.doctor.scopes import APP_SCOPE, SCOPES
from bot.findings import State, is_well
from bot.playground.inbox import Inbox
from bot.playground.people import OUTSIDER
from bot.playground.people import SCOPES as ALL_SCOPES
from bot.playground.sample_data import CAST
from bot.playground.sendkit import SendKit as SendKitServer
from bot.playground.slack import Slack
from bot.playground.workspace import User
from bot.settings import Settings
from bot.timing import Timing
from tests.clients import sendkit_of, slack_at
from tests.doctor_fixture import HUSH, Practice, answering, opened

GOOD, WARNING, BAD = State.GOOD, State.WARNING, State.BAD
NAMES = [
    "Settings", "Database", "SLACK_BOT_TOKEN", "Scopes", "Manifest", "SLACK_APP_TOKEN",
    "TRIAGE_CHANNEL", "SENDKIT_API_KEY", "Webhook", "Clock",
]  # fmt: skip


REVOKED = {"SLACK_BOT_TOKEN": "xoxb-revoked"}
APP_URL = {"SENDKIT_APP_URL": "https://app.sendkit.ai/inbox/{id}"}
UNHEARD = {"SENDKIT_WEBHOOK_SECRET": HUSH, "SENDKIT_POLL_SECONDS": "0"}


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[Practice]:
    async with opened(tmp_path) as practice:
        yield practice


async def test_all_is_well_before_the_first_start(practice: Practice) -> None:
    found = await practice.examine()
    assert [each.name for each in found] == NAMES
    assert {each.state for each in found} == {GOOD}
    assert not practice.files()
    assert len(practice.slack.sockets) == 0
    assert {each.method for each in practice.sendkit.requests} == {"GET"}


async def test_no_secret_and_nothing_of_a_lead_s_is_told(practice: Practice) -> None:
    part = CAST[0]
    practice.sendkit.reply(part.lead, part.text)
    wrong = {
        "SLACK_BOT_TOKEN": "xoxb-hush-1",
        "SLACK_APP_TOKEN": "xapp-hush-2",
        "SLACK_SIGNING_SECRET": "hush-3",
        "SENDKIT_API_KEY": "sk_hush_4",
        "SENDKIT_WEBHOOK_SECRET": HUSH,
    }
    over_http = {**wrong, "SLACK_APP_TOKEN": ""}
    for environ in ({}, wrong, over_http, *({name: wrong[name]} for name in wrong)):
        told = "\n".join(map(str, await practice.examine(**environ)))
        assert "hush" not in told
        for secret in (practice.slack.bot_token, practice.slack.app_token):
            assert secret not in told
        assert practice.slack.signing_secret not in told
        assert practice.sendkit.api_key not in told
        assert part.lead.email not in told


@pytest.mark.parametrize(
    ("environ", "name", "state", "part"),
    [
        (REVOKED, "SLACK_BOT_TOKEN", BAD, "(invalid_auth)"),
        (REVOKED, "TRIAGE_CHANNEL", WARNING, "Not tried: it needs"),
        ({"SLACK_APP_TOKEN": "xapp-revoked"}, "SLACK_APP_TOKEN", BAD, "generate another there"),
        ({"TRIAGE_CHANNEL": "C0RANDOM"}, "TRIAGE_CHANNEL", BAD, "Type /invite @triage in it"),
        ({"TRIAGE_CHANNEL": "C0DEALS"}, "TRIAGE_CHANNEL", GOOD, "The bot is in C0DEALS."),
        ({"TRIAGE_MEMBERS": "U0ADA,U0BEN"}, "TRIAGE_MEMBERS", GOOD, "knows everybody in it"),
        ({"TRIAGE_MEMBERS": "U0ADA,U0NONE"}, "TRIAGE_MEMBERS", BAD, "does not know U0NONE."),
        ({"TRIAGE_MEMBERS": "S0NONE"}, "TRIAGE_MEMBERS", BAD, "not know the user group S0NONE."),
        ({"TRIAGE_MEMBERS": "U0ADA", **REVOKED}, "TRIAGE_MEMBERS", WARNING, "Not tried: it needs"),
        ({"SENDKIT_API_KEY": "sk_wrong"}, "SENDKIT_API_KEY", BAD, "rejects it (401)"),
        ({"QUICK_TAGS": "hot"}, "QUICK_TAGS", WARNING, "no aiTag “hot”"),
        ({"QUICK_TAGS": "Interested"}, "QUICK_TAGS", GOOD, "has its aiTags"),
        ({"EMOJI": "star:Interested,+1:Read"}, "EMOJI", GOOD, "has its aiTags"),
        ({"EMOJI": "star:hot"}, "EMOJI", WARNING, "no aiTag “hot”"),
        ({"CONFIRM_TAGS": "hot"}, "CONFIRM_TAGS", WARNING, "no aiTag “hot”"),
        ({}, "Manifest", GOOD, "Triage this reply and Triage inbox and the events app_home_opened"),
        ({"EMOJI": "star:read"}, "Manifest", GOOD, "reaction_added and reaction_removed."),
        (APP_URL, "SENDKIT_APP_URL", GOOD, "Cards link to https://app.sendkit.ai/inbox/{id}. The"),
        ({"SENDKIT_POLL_SECONDS": "0"}, "SENDKIT_POLL_SECONDS", BAD, "no reply would be"),
        ({"SENDKIT_WEBHOOK_SECRET": HUSH}, "Webhook", WARNING, "no webhook that leads to the bot"),
        (UNHEARD, "Webhook", BAD, "no reply is announced"),
        ({"PORT": "many"}, "Settings", BAD, "PORT is wrong"),
        ({"DATABASE_URL": "sqlite:////no/folder/x.db"}, "Database", BAD, "no folder /no/folder."),
    ],
)
async def test_a_setting_that_is_wrong(
    practice: Practice, environ: dict[str, str], name: str, state: State, part: str
) -> None:
    found = await practice.find(name, **environ)
    assert (found.state, part in found.sentence) == (state, True), found


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({"SLACK_BOT_TOKEN": ""}, {"SLACK_BOT_TOKEN", "Scopes", "Manifest"}),
        ({"SLACK_BOT_TOKEN": "wrong"}, {"SLACK_BOT_TOKEN", "Scopes", "Manifest"}),
        ({"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": ""}, {"SLACK_APP_TOKEN"}),
        ({"SENDKIT_API_KEY": ""}, {"SENDKIT_API_KEY", "Webhook"}),
        ({"TRIAGE_CHANNEL": "#triage"}, {"TRIAGE_CHANNEL"}),
        ({"DATABASE_URL": "mysql://x"}, {"Database"}),
    ],
)
async def test_missing_settings_are_told_and_the_rest_is_tried(
    practice: Practice, environ: dict[str, str], names: set[str]
) -> None:
    settings, *rest = await practice.examine(**environ)
    assert (settings.name, settings.state) == ("Settings", BAD)
    assert [each.name for each in rest] == [name for name in NAMES[1:] if name not in names]
    assert is_well(rest)


@pytest.mark.parametrize(
    ("lacks", "name", "state", "part"),
    [
        ("chat:write", "Scopes", BAD, f"Without chat:write, {SCOPES['chat:write'].without}."),
        ("channels:read", "TRIAGE_CHANNEL", WARNING, "the scope channels:read is missing. Add it"),
        ("usergroups:read", "TRIAGE_MEMBERS", WARNING, "the scope usergroups:read is missing."),
        (APP_SCOPE, "SLACK_APP_TOKEN", BAD, f"It lacks the scope {APP_SCOPE}"),
    ],
)
async def test_a_scope_that_was_not_granted(
    tmp_path: Path, lacks: str, name: str, state: State, part: str
) -> None:
    slack = Slack(scopes=ALL_SCOPES - {lacks}, app_scopes=frozenset({APP_SCOPE}) - {lacks})
    async with opened(tmp_path, slack) as practice:
        found = await practice.find(name, TRIAGE_MEMBERS="S0SALES")
    assert (found.state, part in found.sentence) == (state, True), found


async def test_a_channel_that_is_another_organisation_s_too(practice: Practice) -> None:
    theirs = User("U0FAYE", "faye", "Faye Foreign", "Faye", team="T0PARTNER")
    practice.slack.workspace.add_user(theirs, "C0TRIAGE")
    found = await practice.find("TRIAGE_CHANNEL")
    assert (found.state, "another organisation" in found.sentence) == (WARNING, True)


@pytest.mark.parametrize(
    ("workspace", "state", "part"),
    [
        (None, GOOD, "in the workspace 664a1b2c3d4e5f6a7b8c9d00"),
        ("w2", BAD, "the workspace of SENDKIT_WORKSPACE_ID (403). Check that"),
        ("", BAD, "Check SENDKIT_WORKSPACE_ID"),
    ],
)
async def test_a_platform_key(
    tmp_path: Path, workspace: str | None, state: State, part: str
) -> None:
    async with opened(tmp_path, sendkit=SendKitServer(api_key="sk_user_1")) as practice:
        known = practice.sendkit.workspace_id if workspace is None else workspace
        found = await practice.find("SENDKIT_API_KEY", SENDKIT_WORKSPACE_ID=known)
    assert (found.state, part in found.sentence) == (state, True), found


async def test_a_workspace_that_is_not_wanted_is_left_out(practice: Practice) -> None:
    settings, *rest = await practice.examine(SENDKIT_WORKSPACE_ID="w1")
    assert settings.sentence.endswith("goes with a key sk_user_… only: remove it.")
    assert {each.state for each in rest} == {GOOD}


async def test_a_clock_that_is_off(tmp_path: Path) -> None:
    def shifted() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=500)

    servers = Slack(clock=lambda: time.time() - 900), SendKitServer(inbox=Inbox(clock=shifted))
    async with opened(tmp_path, *servers) as practice:
        found = await practice.find("Clock")
    assert found.state is BAD
    # However long this machine took to read the time, it is much less than the clock is off.
    told = re.sub(r"[0-9]+", lambda number: f"{round(int(number[0]), -2)}", found.sentence)
    assert told.startswith("This machine’s clock is 900 seconds ahead of Slack’s: past 300")


async def test_both_services_down(practice: Practice) -> None:
    practice.slack.faults.status(status=503, times=9)
    practice.sendkit.down = True
    found = {each.name: each for each in await practice.examine()}
    assert "internal error" in found["Slack"].sentence
    assert "did not say whether it takes SLACK_BOT_TOKEN" in found["TRIAGE_CHANNEL"].sentence
    assert "It cannot be reached." in found["SendKit"].sentence
    assert not is_well([*found.values()])


async def test_no_service_answers(practice: Practice) -> None:
    nowhere = "http://127.0.0.1:9"
    found = await practice.examine(SLACK_API_URL=nowhere, SENDKIT_API_URL=nowhere)
    assert [(each.name, each.state) for each in found if each.state is not GOOD] == [
        ("Slack", BAD),
        ("TRIAGE_CHANNEL", WARNING),
        ("SendKit", BAD),
        ("Clock", WARNING),
    ]


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, []),
        (
            REVOKED,
            ["SLACK_BOT_TOKEN: Slack refuses it (invalid_auth). Copy the Bot User OAuth Token"],
        ),
        (
            {"TRIAGE_CHANNEL": "C0RANDOM"},
            ["TRIAGE_CHANNEL: The bot is not in #random. Type /invite @triage in it"],
        ),
        ({"TRIAGE_CHANNEL": "C0NONE"}, ["TRIAGE_CHANNEL: The bot sees no channel C0NONE."]),
        # It is shared, which may be meant.
        ({"TRIAGE_CHANNEL": "C0DEALS"}, []),
    ],
)
async def test_the_reason_why_the_bot_cannot_post_is_logged_once_slack_answers(
    practice: Practice, environ: dict[str, str], said: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    practice.slack.faults.status("auth.test", status=503, times=2)
    practice.slack.faults.ratelimit("conversations.info", seconds=1)
    practice.slack.workspace.add_user(OUTSIDER, "#deals")
    settings = Settings.from_env({**practice.environ, **environ})
    await checks.at_start(settings, Timing(shortest_pause=0, longest_pause=0))
    told = [each.getMessage() for each in caplog.records if each.name == "bot.doctor.checks"]
    assert len(told) == len(said)
    assert all(line.startswith(start) for line, start in zip(told, said, strict=True))


async def test_slack_holding_the_bot_to_its_rate(practice: Practice) -> None:
    practice.slack.faults.ratelimit("conversations.info", seconds=30)
    found = await practice.find("TRIAGE_CHANNEL")
    assert (found.state, found.sentence[:18]) == (WARNING, "Slack is busy (rate limit)"[:18])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hello", "text/plain"),
        ("<p>hello</p>", "text/html"),
        ("{", "application/json"),
        ("[1]", "application/json"),
        ("{}", "application/json"),
        ('{"error": "Unauthorized"}', "application/json"),
        ('{"ok": 1, "user": "triage", "team": "Acme"}', "application/json"),
        ('{"ok": false, "error": ["invalid_auth"]}', "application/json"),
    ],
)
@pytest.mark.parametrize("status", [200, 404])
async def test_answers_not_slacks_are_told(
    practice: Practice, text: str, kind: str, status: int
) -> None:
    async with answering(text, kind, status) as address:
        found = await practice.find("Slack", SLACK_API_URL=f"http://{address}")
    assert found.sentence.startswith("The answer is not Slack’s. Check SLACK_API_URL")


@pytest.mark.parametrize(
    "value", ["null", "{}", "[7]", '"x"', "7", "true", '{"id": [], "is_bot": 7}']
)
async def test_a_slack_that_only_says_ok_is_told(practice: Practice, value: str) -> None:
    said = ", ".join(f'"{name}": {value}' for name in ("channel", "user", "users", "url"))
    async with answering(f'{{"ok": true, {said}}}', "application/json") as address:
        found = await practice.examine(
            SLACK_API_URL=f"http://{address}", TRIAGE_MEMBERS="U0ADA,S0SALES"
        )
    told = {each.name: each for each in found}
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "TRIAGE_CHANNEL", "TRIAGE_MEMBERS"):
        assert told[name].state is BAD
        assert "does not say what was asked. Check SLACK_API_URL" in told[name].sentence


async def test_a_sendkit_that_does_not_get_done(practice: Practice) -> None:
    practice.sendkit.slow = 60

    async with (
        sendkit_of(practice.sendkit) as sendkit,
        slack_at(practice.slack.api_url, practice.slack.bot_token) as slack,
    ):
        tried = Checks(settings=practice.settings, slack_api=slack, sendkit=sendkit, seconds=0.1)
        found = {each.name: each for each in await tried.all()}
    assert "It cannot be reached." in found["SendKit"].sentence
    assert found["SLACK_BOT_TOKEN"].state is GOOD
