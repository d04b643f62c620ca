"""The doctor's findings by the services' answers: each says how it is and what to do."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.connect import EVENTS, NAME
from bot.doctor import machine, sendkit, slack
from bot.doctor.scopes import SCOPES
from bot.doctor.slack import NO_ANSWER, ODD_ANSWER, CallResult, Knock
from bot.errors import (
    AnswerUnclear,
    ChangeRefused,
    KeyRefused,
    ListMissing,
    RefusedForNow,
    SendKitBusy,
    SendKitDown,
    TriageError,
)
from bot.findings import Finding, State, bad, good, is_well, summary, warning, worst_first
from bot.intake.webhook import SENT
from bot.permissions import GroupId
from bot.sendkit.parsing import RegisteredWebhook
from bot.triage import AiTag, ChannelId, UserId
from bot.views.findings import findings
from bot.views.message import TEXT_LIMIT
from tests.strategies import anything, calm, strange
from tests.view_asserts import check

GOOD, WARNING, BAD = State.GOOD, State.WARNING, State.BAD
SECRET = "5eedb0075eedb0075eedb0075eedb007"
URL = "https://bot.example.com/sendkit/webhook"
WELL, NOTED, WRONG = good("A", "It is."), warning("B", "Perhaps."), bad("C", "Mend it.")
TAGS = (AiTag("interested"), AiTag("Meeting Request"))


def told(finding: Finding, state: State, *parts: str) -> None:
    assert finding.state is state
    assert finding.sentence.endswith((".", "make run"))
    for part in parts:
        assert part in finding.sentence


@pytest.mark.parametrize(
    ("found", "said", "well"),
    [
        ([], "All good.", True),
        ([WELL], "All good.", True),
        ([WELL, NOTED], "No problems, 1 warning.", True),
        ([NOTED, NOTED], "No problems, 2 warnings.", True),
        ([WRONG, WELL], "1 problem.", False),
        ([WRONG, NOTED, WRONG], "2 problems, 1 warning.", False),
    ],
)
def test_findings_become_one_sentence(found: Sequence[Finding], said: str, well: bool) -> None:
    assert (summary(found), is_well(found)) == (said, well)


def test_a_finding_is_told_without_colour() -> None:
    assert [str(each) for each in (WELL, NOTED, WRONG)] == [
        "✓ A: It is.",
        "! B: Perhaps.",
        "✗ C: Mend it.",
    ]


def test_the_worst_comes_first() -> None:
    again = bad("D", "Mend it too.")
    assert worst_first([WELL, NOTED, WRONG, again]) == [WRONG, again, NOTED, WELL]


# Slack


@pytest.mark.parametrize(
    ("error", "state", "part"),
    [
        (None, GOOD, "The bot is @triage in the workspace Acme."),
        ("invalid_auth", BAD, "page OAuth & Permissions. If it is the same, install the app again"),
        ("not_allowed_token_type", BAD, "Copy the Bot User OAuth Token again from the app’s"),
        ("token_revoked", BAD, "(token_revoked)"),
        ("org_login_required", BAD, "Slack refuses it (org_login_required)"),
        ("fatal_error", BAD, "It has an internal error (fatal_error). Try again"),
        ("ratelimited", WARNING, "Slack is busy (rate limit). Try again in a minute."),
        (NO_ANSWER, BAD, "It cannot be reached. Check this machine’s network"),
        (ODD_ANSWER, BAD, "The answer is not Slack’s. Check SLACK_API_URL"),
    ],
)
def test_the_bot_s_token(error: str | None, state: State, part: str) -> None:
    told(slack.bot_token(CallResult({"user": "triage", "team": "Acme"}, error)), state, part)


@pytest.mark.parametrize(
    ("error", "state", "part"),
    [
        (None, GOOD, "Socket Mode"),
        ("invalid_auth", BAD, "Basic Information, App-Level Tokens, or generate another there"),
        ("not_allowed_token_type", BAD, "page Basic Information, App-Level Tokens, or generate"),
        ("missing_scope", BAD, "It lacks the scope connections:write. Generate one that has it"),
        ("no_permission", BAD, "It lacks the scope connections:write."),
        ("forbidden_team", BAD, "Slack refuses it (forbidden_team)"),
        (NO_ANSWER, BAD, "It cannot be reached."),
    ],
)
def test_the_app_s_token(error: str | None, state: State, part: str) -> None:
    told(slack.app_token(CallResult({"url": "wss://wss.slack.com/link"}, error)), state, part)


def test_all_scopes_are_enough_and_more_do_no_harm() -> None:
    told(slack.scopes(frozenset(SCOPES) | {"im:write"}), GOOD)


def test_a_scope_that_only_an_unused_setting_needs_is_not_missed() -> None:
    told(slack.scopes(frozenset(SCOPES) - {"reactions:read"}), GOOD)


@pytest.mark.parametrize("name", SCOPES)
def test_a_missing_scope_is_named_with_what_does_not_work(name: str) -> None:
    found = slack.scopes(frozenset(SCOPES) - {name}, emoji=True)
    state = BAD if name in ("chat:write", "commands", "users:read") else WARNING
    said = f"Without {name}, {SCOPES[name].without}. Paste manifest.yml"
    told(found, state, said, "install the app again")


def test_without_any_scope_all_are_named() -> None:
    found = slack.scopes(frozenset(), emoji=True)
    told(found, BAD, *SCOPES)
    assert found.sentence.count("ithout ") == len(SCOPES)


def test_scopes_that_slack_does_not_tell_are_not_called_missing() -> None:
    told(slack.scopes(None), WARNING, "Slack did not say")


@pytest.mark.parametrize(
    ("secret", "knocked", "state", "part"),
    [
        (SECRET, Knock.USED, GOOD, "as it did with this command"),
        ("an odd one", Knock.USED, GOOD, "as it did with this command"),
        (SECRET, Knock.OPEN, GOOD, "The bot at 127.0.0.1:3000 accepts requests signed with it."),
        (SECRET, Knock.SHUT, BAD, "The bot at 127.0.0.1:3000 runs with another one."),
        (SECRET, Knock.STRANGER, BAD, "The program at 127.0.0.1:3000 is not this bot with HTTP."),
        (SECRET, Knock.NO_BOT, GOOD, "No bot runs at 127.0.0.1:3000 now: start it"),
        (SECRET[1:], Knock.NO_BOT, WARNING, "32 of the characters 0-9 and a-f. Copy it from"),
        ("x" + SECRET[1:], Knock.NO_BOT, WARNING, "It does not look like one"),
    ],
)
def test_the_signing_secret(secret: str, knocked: Knock, state: State, part: str) -> None:
    found = slack.signing_secret(secret, knocked, "127.0.0.1:3000")
    told(found, state, part)
    assert secret not in found.sentence


OURS = {"name": "triage", "is_member": True}


@pytest.mark.parametrize(
    ("answer", "triage", "subscribed", "part"),
    [
        (OURS, GOOD, GOOD, "The bot is in #triage."),
        ({"name": "ours", "is_member": True, "is_private": True}, GOOD, GOOD, "is in C0TRIAGE."),
        ({"is_im": True}, GOOD, GOOD, "The bot is in C0TRIAGE."),
        ({"name": "triage", "is_member": False}, BAD, WARNING, "Type /invite @bot in it, or "),
        (OURS | {"is_archived": True}, BAD, WARNING, "Unarchive it in Slack, or "),
        (OURS | {"is_ext_shared": True}, WARNING, WARNING, "#triage is shared with another org"),
        (OURS | {"is_pending_ext_shared": True}, WARNING, WARNING, "choose a channel of your own."),
        ("channel_not_found", BAD, WARNING, "If it is a private one: Type /invite @bot in it"),
        ("missing_scope", WARNING, WARNING, "the scope channels:read is missing."),
        ("is_inactive", BAD, WARNING, "Slack does not show C0TRIAGE (is_inactive)"),
        ("ratelimited", WARNING, WARNING, "Try again in a minute."),
        (NO_ANSWER, BAD, BAD, "It cannot be reached."),
    ],
)
def test_a_channel(
    answer: str | Mapping[str, Any], triage: State, subscribed: State, part: str
) -> None:
    channel = ChannelId("C0TRIAGE")
    asked = (
        CallResult({"needed": "channels:read"}, answer)
        if isinstance(answer, str)
        else CallResult({"channel": answer})
    )
    told(slack.channel("TRIAGE_CHANNEL", channel, asked, "bot"), triage, part)
    told(slack.channel(slack.SUBSCRIBED, channel, asked, "bot"), subscribed, part)


@calm
@given(strange)
def test_an_answer_of_any_shape_is_told_as_what_it_is(value: Any) -> None:
    """Slack says ok, and then something that is not what was asked."""
    everything = CallResult(dict.fromkeys(("user", "team", "url", "channel", "users"), value))
    user, group = UserId("U0ADA"), GroupId("S0SALES")
    for found in (
        slack.bot_token(everything),
        slack.app_token(everything),
        slack.channel("TRIAGE_CHANNEL", ChannelId("C0TRIAGE"), everything, "bot"),
        slack.channel(slack.SUBSCRIBED, ChannelId("C0TRIAGE"), everything, "bot"),
        slack.channel(
            "TRIAGE_CHANNEL", ChannelId("C1"), CallResult({"needed": value}, "no"), "bot"
        ),
        *slack.members({user: everything}, {}),
        *slack.members({}, {group: everything}),
    ):
        told(found, found.state)
        assert "None" not in found.sentence


@pytest.mark.parametrize("value", [None, {}, [7], "x", 7, True, {"id": "C1"}, {"is_member": "no"}])
def test_an_answer_that_does_not_say_what_was_asked_is_not_well(value: Any) -> None:
    odd = CallResult(dict.fromkeys(("user", "channel", "users"), value))
    for found in (
        slack.bot_token(odd),
        slack.app_token(odd),
        slack.channel("TRIAGE_CHANNEL", ChannelId("C0TRIAGE"), odd, "bot"),
        *slack.members({}, {GroupId("S0SALES"): odd}),
    ):
        told(
            found, BAD, "Slack’s answer about ", "does not say what was asked. Check SLACK_API_URL"
        )


def test_a_scope_that_slack_does_not_name_is_the_manifest_s() -> None:
    found = slack.channel(
        "TRIAGE_CHANNEL", ChannelId("C1"), CallResult(error="missing_scope"), "bot"
    )
    told(found, WARNING, "C1 cannot be looked at: the scope of the manifest is missing.")


def test_subscribed_channels_that_are_well_share_a_line() -> None:
    triage, well = good("TRIAGE_CHANNEL", "The bot is in #a."), good(slack.SUBSCRIBED, "In #b.")
    closed = warning(slack.SUBSCRIBED, "Out of #c.")
    for found, told in (
        ([triage], [triage]),
        ([triage, well], [triage, "in the 1 channel that is subscribed."]),
        ([triage, *[well] * 3], [triage, "in all 3 channels that are subscribed."]),
        ([closed, well], [closed, "in 1 other channel that is subscribed."]),
        ([well, closed, well], [closed, "in 2 other channels that are subscribed."]),
    ):
        in_one = good(slack.SUBSCRIBED, f"The bot is {told[-1]}")
        expected = [in_one if isinstance(each, str) else each for each in told]
        assert slack.with_subscribed_in_one(found) == expected


# SendKit


@pytest.mark.parametrize(
    ("answer", "workspace", "state", "part"),
    [
        (TAGS, None, GOOD, "SendKit accepts it."),
        ((), "w1", GOOD, "SendKit accepts it in the workspace w1."),
        (KeyRefused(401), None, BAD, "SendKit rejects it (401). Create a new key in SendKit"),
        (KeyRefused(401), "w1", BAD, "SendKit rejects it (401)."),
        (KeyRefused(403), None, BAD, "It lacks permissions (403). Grant them"),
        (KeyRefused(403), "w1", BAD, "the workspace of SENDKIT_WORKSPACE_ID (403)."),
        (ListMissing("/v1/tags"), None, BAD, "(404). Check SENDKIT_API_URL and SENDKIT_W"),
        (RefusedForNow("send X"), None, BAD, "refuses to answer (“send X”). Check"),
        (AnswerUnclear("a list was expected"), None, BAD, "The answer is not SendKit’s."),
        (AnswerUnclear("no JSON"), None, BAD, "The answer is not SendKit’s."),
        (SendKitBusy(None), None, WARNING, "Try again in a minute."),
        (SendKitDown(), None, BAD, "It cannot be reached. Check this machine’s network"),
    ],
)
def test_the_key_and_the_workspace(
    answer: Sequence[AiTag] | TriageError, workspace: str | None, state: State, part: str
) -> None:
    told(sendkit.api_key(answer, workspace), state, part)


@pytest.mark.parametrize(
    ("wanted", "known", "state", "part"),
    [
        (["Interested", "meeting_request"], TAGS, GOOD, "The workspace has its aiTags."),
        (["hot", "interested", "cold"], TAGS, WARNING, "no aiTag “hot”, “cold”: SendKit would ref"),
        (["hot"], TAGS, WARNING, "refuse it. Choose from: interested, Meeting Request."),
        (["hot"], (), WARNING, "Choose from: none yet."),
    ],
)
def test_ai_tags_that_a_setting_names(
    wanted: Sequence[str], known: Sequence[AiTag], state: State, part: str
) -> None:
    told(sendkit.named_tags("QUICK_TAGS", wanted, known), state, part)


def hook(identity: str = "w1", **fields: Any) -> RegisteredWebhook:
    known = {"id": identity, "name": NAME, "url": URL, "events": EVENTS, "enabled": True}
    return RegisteredWebhook(**{**known, **fields})


@pytest.mark.parametrize(
    ("listed", "failed", "said"),
    [
        ([hook(url="https://x.example.com/y", name="Other")], [], "no webhook that leads to"),
        ([], [], "SendKit has no webhook that leads to the bot. To register it, run `python -m"),
        ([hook(url="https://x.example.com/y")], [], "“Slack triage” leads to an address that is"),
        ([hook(url="http://[half/sendkit/webhook")], [], "leads to an address that is not a bot’s"),
        ([hook(enabled=False)], [], f"{URL} is switched off in SendKit. Switch it on there."),
        ([hook(events=EVENTS[:1])], [], "of email.positive_reply, lead.tag_changed. To correct it"),
        ([hook()], ["w1"], f"did not arrive at {URL}. Start the bot there."),
        (SendKitDown(), [], "SendKit does not list its webhooks."),
    ],
)
def test_a_webhook_that_does_not_work(
    listed: Sequence[RegisteredWebhook] | TriageError, failed: Sequence[str], said: str
) -> None:
    tested = {identity: ChangeRefused("not delivered") for identity in failed}
    late = "Until then the bot checks for replies every 60 seconds."
    told(sendkit.webhook(listed, tested, 60), WARNING, said, late)
    lost = "Until then no reply is announced, as SENDKIT_POLL_SECONDS is 0."
    told(sendkit.webhook(listed, tested, 0), BAD, said, lost)


@pytest.mark.parametrize("poll_seconds", [60, 0])
def test_a_webhook_of_an_older_version_lacks_our_mails(poll_seconds: float) -> None:
    older = hook(events=tuple(each for each in EVENTS if each != SENT))
    said = "of email.sent, so cards show late that somebody answered. To correct it, run"
    told(sendkit.webhook([older], {"w1": None}, poll_seconds), WARNING, said)


def test_of_several_webhooks_the_best_counts() -> None:
    other = hook("w2", url="https://b.example.com/bots/sendkit/webhook")
    off, astray = hook("w3", enabled=False), hook("w4", url="https://x.example.com/")
    listed = [off, hook(), other, astray]
    assert sendkit.to_test(listed) == ["w1", "w2"]
    tested = {"w1": ChangeRefused("not delivered"), "w2": None}
    told(sendkit.webhook(listed, tested, 60), GOOD, f"SendKit’s test arrived at {other.url}.")


@pytest.mark.parametrize(
    ("listed", "poll_seconds", "name", "state", "part"),
    [
        ([], 60, "Webhook", GOOD, "Not set up: the bot checks for replies every 60 seconds."),
        (SendKitDown(), 0.5, "Webhook", GOOD, "every 0.5 seconds."),
        ([hook(url="https://x.example.com/y")], 60, "Webhook", GOOD, "Not set up"),
        ([hook()], 60, "Webhook", WARNING, f"SendKit calls {URL}, but without SENDKIT_WEBHOOK_S"),
        ([], 0, "SENDKIT_POLL_SECONDS", BAD, "It is 0 and there is no webhook, so no reply would"),
        ([hook()], 0, "SENDKIT_POLL_SECONDS", BAD, "Remove it, or set SENDKIT_WEBHOOK_SECRET"),
    ],
)
def test_without_a_webhook_s_secret(
    listed: Sequence[RegisteredWebhook] | TriageError,
    poll_seconds: float,
    name: str,
    state: State,
    part: str,
) -> None:
    found = sendkit.unused_webhook(listed, poll_seconds)
    told(found, state, part)
    assert found.name == name


# The machine


@pytest.mark.parametrize(
    ("ahead", "state", "part"),
    [
        ({"Slack": 0.0, "SendKit": -60.0}, GOOD, "It agrees with Slack and SendKit."),
        ({"Slack": 60.0, "SendKit": None}, GOOD, "It agrees with Slack."),
        ({"Slack": 61.0, "SendKit": 2.0}, WARNING, "clock is 61 seconds behind Slack’s. Switch on"),
        ({"Slack": 0.0, "SendKit": -300.0}, WARNING, "is 300 seconds ahead of SendKit’s."),
        ({"Slack": -301.0, "SendKit": -300.0}, BAD, "301 seconds ahead of Slack’s: past 300"),
        ({"Slack": None, "SendKit": 4000.0}, BAD, "4000 seconds behind SendKit’s: past 300"),
        ({"Slack": None, "SendKit": None}, WARNING, "it was not compared."),
    ],
)
def test_the_clock(ahead: Mapping[str, float | None], state: State, part: str) -> None:
    told(machine.clock(ahead), state, part)


def test_settings_that_are_wrong_are_told_with_where_they_come_from() -> None:
    assert machine.settings([]) == [good("Settings", "Complete.")]
    token, port = machine.settings(
        ["SLACK_BOT_TOKEN is missing: it begins with xoxb-", "PORT is wrong: it is a number."]
    )
    told(token, BAD, "it begins with xoxb-. Copy it from api.slack.com/apps, page OAuth")
    told(port, BAD, "PORT is wrong: it is a number.")


# In Slack


@calm
@given(anything, st.lists(anything, max_size=40))
def test_any_findings_fit_into_one_message(said: str, lines: Sequence[str]) -> None:
    check(findings(said or "-", lines))


def test_all_findings_are_told_where_they_fit() -> None:
    assert findings("Two.", ["✗ A: <b> & c", "✓ D: e"]).text == (
        "Two.\n✗ A: &lt;b&gt; &amp; c\n✓ D: e"
    )


@pytest.mark.parametrize("character", ["x", "&"])
def test_those_that_do_not_fit_are_counted(character: str) -> None:
    text = findings("Many.", [character * 900] * 40).text
    *lines, last = text.split("\n")
    left = 40 - (len(lines) - 1)
    assert last == (
        f"… and {left} more, which python -m bot doctor shows to the person who runs the bot."
    )
    assert TEXT_LIMIT - 700 < len(text) <= TEXT_LIMIT
