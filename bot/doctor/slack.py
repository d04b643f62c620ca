"""Findings from Slack's answers: about the bot's tokens, scopes and channels. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from bot.doctor.scopes import APP_SCOPE, EVENTS, EVENTS_FOR_EMOJI, SCOPES, SHORTCUTS
from bot.findings import Finding, State, bad, good, warning
from bot.permissions import GroupId
from bot.slack import api
from bot.triage import ChannelId, UserId
from bot.views.message import joined

BOT_TOKEN: Final = "SLACK_BOT_TOKEN"
APP_TOKEN: Final = "SLACK_APP_TOKEN"
SIGNING_SECRET: Final = "SLACK_SIGNING_SECRET"
TRIAGE_CHANNEL: Final = "TRIAGE_CHANNEL"
TRIAGE_MEMBERS: Final = "TRIAGE_MEMBERS"
SUBSCRIBED: Final = "Subscribed channels"
SLACK: Final = "Slack"
# The app's name in the manifest.
APP: Final = "SendKit Triage"

# Used in place of an error code of Slack's.
NO_ANSWER: Final = "no answer"
ODD_ANSWER: Final = "an answer that is not Slack’s"

_SETTINGS: Final = "the app’s settings (api.slack.com/apps)"
_APP_TOKENS: Final = f"{_SETTINGS}, page Basic Information, App-Level Tokens"
_UNREACHED: Final = (
    "It cannot be reached. Check this machine’s network, and SLACK_API_URL if it is set."
)
_WAY: Final = "Check SLACK_API_URL and the proxies on the way."
_CHANNEL_FLAGS: Final = (
    *("is_archived", "is_ext_shared", "is_im"),
    *("is_member", "is_pending_ext_shared", "is_private"),
)
_USER_FLAGS: Final = ("deleted", "is_bot")
_FORM: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class CallResult:
    """Slack's answer to one call.

    `error`: Slack's error code, or NO_ANSWER or ODD_ANSWER; None for success. `scopes`: the
    token's. `ahead`: by how many seconds Slack's clock is ahead; None if unknown.
    """

    body: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    scopes: frozenset[str] | None = None
    ahead: float | None = None


class Knock(Enum):
    """The result of a request to the bot's own Request URL, signed as Slack signs."""

    OPEN = auto()
    SHUT = auto()
    NO_BOT = auto()
    STRANGER = auto()
    # Slack itself has just sent a command.
    USED = auto()


def bot_token(answer: CallResult) -> Finding:
    """From auth.test."""
    if answer.error is not None:
        refused = (
            f"Slack refuses it ({answer.error}). Copy the Bot User OAuth Token again from "
            f"{_SETTINGS}, page OAuth & Permissions. If it is the same, install the app again "
            "there."
        )
        return _not_now(BOT_TOKEN, answer.error) or bad(BOT_TOKEN, refused)
    who, where = bot_name(answer), api.text(answer.body.get("team"))
    if not who or not where:
        return _unclear(BOT_TOKEN, "it")
    return good(BOT_TOKEN, f"The bot is @{who} in the workspace {where}.")


def bot_name(answer: CallResult) -> str:
    """From auth.test: the name with which to invite the bot; empty if unknown."""
    return api.text(answer.body.get("user"))


def socket_mode() -> Finding:
    """The token works, but no connection is open."""
    return bad(
        "Socket Mode",
        "Slack answers, but no connection is open, so clicks do not arrive. The bot keeps trying.",
        "down",
    )


def scopes(granted: frozenset[str] | None, *, emoji: bool = False) -> Finding:
    """From the header x-oauth-scopes of any answer. `emoji`: whether EMOJI is set."""
    if granted is None:
        return warning("Scopes", "Slack did not say which it granted. Try again in a minute.")
    missing = [
        name for name, each in SCOPES.items() if name not in granted and each.optional <= emoji
    ]
    if not missing:
        return good("Scopes", "All are granted.")
    told = "; ".join(f"without {name}, {SCOPES[name].without}" for name in missing)
    vital = any(SCOPES[name].vital for name in missing)
    sentence = (
        f"{_capital(told)}. Paste manifest.yml in {_SETTINGS}, page App Manifest, and install "
        "the app again, page OAuth & Permissions."
    )
    return bad("Scopes", sentence) if vital else warning("Scopes", sentence)


def manifest(*, emoji: bool = False) -> Finding:
    """On the parts of the manifest that Slack does not tell bots. `emoji`: whether EMOJI is set."""
    events = joined([*EVENTS, *(EVENTS_FOR_EMOJI if emoji else ())])
    return good(
        "Manifest",
        f"Slack does not tell bots whether their app has the shortcuts {joined(SHORTCUTS)} and the "
        f"events {events}. If people miss a shortcut, or get no answer, paste manifest.yml in "
        f"{_SETTINGS}, page App Manifest.",
    )


def app_token(answer: CallResult) -> Finding:
    """From apps.connections.open."""
    if answer.error is None:
        if not api.text(answer.body.get("url")).startswith(("wss://", "ws://")):
            return _unclear(APP_TOKEN, "it")
        return good(APP_TOKEN, "Slack lets the bot open a connection for Socket Mode.")
    if answer.error in ("missing_scope", "no_permission"):
        return bad(
            APP_TOKEN,
            f"It lacks the scope {APP_SCOPE}. Generate one that has it in {_APP_TOKENS}.",
        )
    refused = (
        f"Slack refuses it ({answer.error}). Copy it again from {_APP_TOKENS}, or generate another "
        f"there with the scope {APP_SCOPE}."
    )
    return _not_now(APP_TOKEN, answer.error) or bad(APP_TOKEN, refused)


def signing_secret(secret: str, knocked: Knock, address: str) -> Finding:
    """No call proves the secret. It has a fixed form, and the running bot either has the same one
    or not."""
    page = f"{_SETTINGS}, page Basic Information, App Credentials"
    if knocked is Knock.USED:
        return good(SIGNING_SECRET, "Slack signs with it, as it did with this command.")
    if knocked is Knock.OPEN:
        return good(SIGNING_SECRET, f"The bot at {address} accepts requests signed with it.")
    if knocked is Knock.SHUT:
        return bad(
            SIGNING_SECRET,
            f"The bot at {address} runs with another one. Start it again with the one from {page}.",
        )
    if knocked is Knock.STRANGER:
        return bad(
            SIGNING_SECRET,
            f"The program at {address} is not this bot with HTTP. Stop it, or give another HOST "
            "or PORT.",
        )
    if not _FORM.fullmatch(secret):
        return warning(
            SIGNING_SECRET,
            f"It does not look like one: 32 of the characters 0-9 and a-f. Copy it from {page}.",
        )
    return good(
        SIGNING_SECRET,
        f"It looks like one. No bot runs at {address} now: start it, and try again.",
    )


def channel(name: str, identity: ChannelId, answer: CallResult, bot: str) -> Finding:
    """From conversations.info. `name`: the finding's. `bot`: the name with which to invite the
    bot."""
    invite = f"Type /invite @{bot} in it"
    worse = bad if name == TRIAGE_CHANNEL else warning
    if name == TRIAGE_CHANNEL:
        other, rest = "or give another channel", ""
    else:
        other, rest = "or /sendkit unsubscribe there", "; its replies go to TRIAGE_CHANNEL"
    if answer.error == "channel_not_found":
        return worse(
            name,
            f"The bot sees no channel {identity}{rest}. If it is a private one: {invite}, {other}.",
        )
    if answer.error == "missing_scope":
        return _lacks_scope(name, identity, answer)
    if answer.error is not None:
        refused = f"Slack does not show {identity} ({answer.error}){rest}. {invite}, {other}."
        return _not_now(name, answer.error) or worse(name, refused)
    body = _object(answer.body.get("channel"), identity, _CHANNEL_FLAGS)
    if body is None or (body.get("is_member") is None and not body.get("is_im")):
        return _unclear(name, identity)
    title = api.text(body.get("name"))
    # The reader may not be a member of a private channel, whose name only its members may see.
    known = identity if body.get("is_private") or not title else f"#{title}"
    if body.get("is_archived"):
        return worse(name, f"{known} is archived{rest}. Unarchive it in Slack, {other}.")
    if body.get("is_member") is False:
        return worse(name, f"The bot is not in {known}{rest}. {invite}, {other}.")
    if body.get("is_ext_shared") or body.get("is_pending_ext_shared"):
        return warning(
            name,
            f"{known} is shared with another organisation, whose people can read leads’ words "
            "there. If they should not, choose a channel of your own.",
        )
    return good(name, f"The bot is in {known}.")


def with_subscribed_in_one(findings: Sequence[Finding]) -> Sequence[Finding]:
    """The channels' findings, with all subscribed channels that are well in one line."""
    well = [each for each in findings if each.name == SUBSCRIBED and each.state is State.GOOD]
    told = [each for each in findings if each not in well]
    if not well:
        return told
    count = len(well)
    which = f"the {count}" if count == 1 else f"all {count}"
    if any(each.name == SUBSCRIBED for each in told):
        which = f"{count} other"
    channels = "channel that is" if count == 1 else "channels that are"
    return [*told, good(SUBSCRIBED, f"The bot is in {which} {channels} subscribed.")]


def members(
    people: Mapping[UserId, CallResult], groups: Mapping[GroupId, CallResult]
) -> Sequence[Finding]:
    """From users.info and usergroups.users.list, for everybody in TRIAGE_MEMBERS."""
    found = [
        *(_person(user, answer) for user, answer in people.items()),
        *(_group(group, answer) for group, answer in groups.items()),
    ]
    return [each for each in found if each is not None] or [
        good(TRIAGE_MEMBERS, "Slack knows everybody in it.")
    ]


def _person(user: UserId, answer: CallResult) -> Finding | None:
    if answer.error is not None:
        unknown = f"Slack does not know {user}. Copy the id from their profile, or remove it."
        return _not_shown(user, answer) or bad(TRIAGE_MEMBERS, unknown)
    said = _object(answer.body.get("user"), user, _USER_FLAGS)
    if said is None:
        return _unclear(TRIAGE_MEMBERS, user)
    if said.get("deleted") or said.get("is_bot"):
        return warning(TRIAGE_MEMBERS, f"{user} is deactivated, or is a bot. Remove it.")
    return None


def _group(group: GroupId, answer: CallResult) -> Finding | None:
    if answer.error is not None:
        unknown = (
            f"Slack does not know the user group {group}. Copy the id from its menu, or remove it."
        )
        return _not_shown(group, answer) or bad(TRIAGE_MEMBERS, unknown)
    users = answer.body.get("users")
    if not isinstance(users, list) or not all(isinstance(each, str) for each in users):
        return _unclear(TRIAGE_MEMBERS, group)
    if not users:
        empty = f"The user group {group} is empty. Add people to it in Slack, or remove it."
        return warning(TRIAGE_MEMBERS, empty)
    return None


def _not_shown(identity: str, answer: CallResult) -> Finding | None:
    """Why Slack does not describe the person or group; None if it knows no such id."""
    error = answer.error or ""
    if error == "missing_scope":
        return _lacks_scope(TRIAGE_MEMBERS, identity, answer)
    if error in ("user_not_found", "no_such_subteam"):
        return None
    refused = f"Slack does not show {identity} ({error}). See that it is of this workspace."
    return _not_now(TRIAGE_MEMBERS, error) or bad(TRIAGE_MEMBERS, refused)


def _lacks_scope(name: str, identity: str, answer: CallResult) -> Finding:
    needed = api.needed(answer.body) or "of the manifest"
    return warning(
        name,
        f"{identity} cannot be looked at: the scope {needed} is missing. Add it in "
        f"{_SETTINGS}, page OAuth & Permissions, and install the app again.",
    )


def _object(value: object, identity: str, flags: Sequence[str]) -> Mapping[str, Any] | None:
    """The object in an answer. None if there is no object, if it is another one's, or if a flag is
    not a boolean."""
    if not isinstance(value, Mapping) or value.get("id", identity) != identity:
        return None
    said = [value[flag] for flag in flags if value.get(flag) is not None]
    return value if all(isinstance(each, bool) for each in said) else None


def not_tried(name: str, identity: CallResult) -> Finding:
    """The finding on a check that needs a bot token which works."""
    if is_unknown(identity):
        return warning(name, "Not tried: Slack did not say whether it takes SLACK_BOT_TOKEN.")
    return warning(name, "Not tried: it needs a SLACK_BOT_TOKEN that works.")


def is_unknown(answer: CallResult) -> bool:
    """Whether the answer says nothing about the thing itself, so that a later one may."""
    return answer.error is not None and _not_now("", answer.error) is not None


def _not_now(name: str, error: str) -> Finding | None:
    """The finding for an answer that says nothing about the thing, mostly about Slack itself."""
    if error == "ratelimited":
        return warning(name, "Slack is busy (rate limit). Try again in a minute.")
    if error == NO_ANSWER:
        return bad(SLACK, _UNREACHED, "down")
    if error == ODD_ANSWER:
        return bad(SLACK, f"The answer is not Slack’s. {_WAY}", "down")
    if error in api.PASSING:
        said = f"It has an internal error ({error}). Try again in a few minutes."
        return bad(SLACK, said, "down")
    return None


def _unclear(name: str, about: str) -> Finding:
    return bad(name, f"Slack’s answer about {about} does not say what was asked. {_WAY}")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
