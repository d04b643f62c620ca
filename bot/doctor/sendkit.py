"""Findings from SendKit's answers: about the key, the aiTags and the webhook. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from bot.connect import EVENTS, NAME
from bot.errors import (
    AnswerUnclear,
    KeyRefused,
    ListMissing,
    RefusedForNow,
    SendKitBusy,
    TriageError,
)
from bot.findings import Finding, bad, good, warning, worst_first
from bot.intake.webhook import PATH, SENT
from bot.sendkit.parsing import RegisteredWebhook
from bot.triage import AiTag, same_name

API_KEY: Final = "SENDKIT_API_KEY"
APP_URL: Final = "SENDKIT_APP_URL"
SENDKIT: Final = "SendKit"
WEBHOOK: Final = "Webhook"

_CONNECT: Final = "run `python -m bot connect https://your.host`."

Tested = Mapping[str, TriageError | None]


def app_url(url: str) -> Finding:
    """On the address of a conversation's page. Only people can sign in there."""
    return good(
        APP_URL,
        f"Cards link to {url}. The bot cannot sign in there: choose Open in SendKit in a card’s ⋯ "
        "menu, and see that it leads to that conversation.",
    )


def api_key(answer: Collection[AiTag] | TriageError, workspace: str | None) -> Finding:
    """From GET /v1/tags, which both kinds of key may call."""
    match answer:
        case KeyRefused(status=403) if workspace is not None:
            return bad(
                API_KEY,
                "It has no access to the workspace of SENDKIT_WORKSPACE_ID (403). Check that one, "
                "or create a key for that workspace in SendKit.",
            )
        case KeyRefused(status=403):
            return bad(API_KEY, "It lacks permissions (403). Grant them in SendKit.")
        case KeyRefused():
            return bad(
                API_KEY, "SendKit rejects it (401). Create a new key in SendKit and set it here."
            )
        case ListMissing():
            return bad(
                API_KEY,
                "SendKit has nothing there (404). Check SENDKIT_API_URL and "
                "SENDKIT_WORKSPACE_ID, if they are set.",
            )
        case RefusedForNow() as error:
            return bad(
                API_KEY,
                f"SendKit refuses to answer (“{error.reason}”). Check SENDKIT_WORKSPACE_ID.",
            )
        case AnswerUnclear():
            return bad(
                SENDKIT,
                "The answer is not SendKit’s. Check SENDKIT_API_URL and the proxies on the way.",
            )
        case SendKitBusy():
            return warning(API_KEY, "SendKit is busy (rate limit). Try again in a minute.")
        case TriageError():
            return bad(
                SENDKIT,
                "It cannot be reached. Check this machine’s network, and SENDKIT_API_URL if it "
                "is set.",
                "down",
            )
        case _:
            where = f" in the workspace {workspace}" if workspace else ""
            return good(API_KEY, f"SendKit accepts it{where}.")


def named_tags(setting: str, wanted: Sequence[str], known: Collection[AiTag]) -> Finding:
    """On the aiTags that a setting names."""
    spelled = {same_name(ai_tag) for ai_tag in known}
    missing = [name for name in wanted if same_name(name) not in spelled]
    if not missing:
        return good(setting, "The workspace has its aiTags.")
    named = ", ".join(f"“{name}”" for name in missing)
    return warning(
        setting,
        f"The workspace has no aiTag {named}: SendKit would refuse it. "
        f"Choose from: {', '.join(known) or 'none yet'}.",
    )


def leads_here(webhook: RegisteredWebhook) -> bool:
    """Whether the webhook's address has a bot's path. The bot does not know its own host."""
    try:
        return urlsplit(webhook.url).path.endswith(PATH)
    except ValueError:
        return False


def to_test(listed: Sequence[RegisteredWebhook]) -> Sequence[str]:
    """The ids of the webhooks that should reach a bot."""
    return [each.id for each in listed if leads_here(each) and each.enabled]


def unused_webhook(
    listed: Sequence[RegisteredWebhook] | TriageError, poll_seconds: float
) -> Finding:
    """For a bot without SENDKIT_WEBHOOK_SECRET."""
    if not poll_seconds:
        return bad(
            "SENDKIT_POLL_SECONDS",
            "It is 0 and there is no webhook, so no reply would be announced. Remove it, or set "
            f"SENDKIT_WEBHOOK_SECRET and {_CONNECT}",
        )
    calling = [] if isinstance(listed, TriageError) else list(filter(leads_here, listed))
    if calling:
        return warning(
            WEBHOOK,
            f"SendKit calls {calling[0].url}, but without SENDKIT_WEBHOOK_SECRET the bot does not "
            f"listen. Set it and {_CONNECT}",
        )
    return good(WEBHOOK, f"Not set up: the bot checks for replies every {poll_seconds:g} seconds.")


def webhook(
    listed: Sequence[RegisteredWebhook] | TriageError, tested: Tested, poll_seconds: float
) -> Finding:
    """For a bot with SENDKIT_WEBHOOK_SECRET. `tested`: the results of SendKit's test, by id. If
    several webhooks lead to a bot, the best one counts."""
    if isinstance(listed, TriageError):
        return _late("SendKit does not list its webhooks. Try again in a minute.", poll_seconds)
    ours = [each for each in listed if leads_here(each)]
    if ours:
        return worst_first([_one(each, tested.get(each.id), poll_seconds) for each in ours])[-1]
    if any(each.name == NAME for each in listed):
        said = f"SendKit’s webhook “{NAME}” leads to an address that is not a bot’s"
    else:
        said = "SendKit has no webhook that leads to the bot"
    return _late(f"{said}. To register it, {_CONNECT}", poll_seconds)


def _one(found: RegisteredWebhook, test: TriageError | None, poll_seconds: float) -> Finding:
    missing = [event for event in EVENTS if event not in (*found.events, SENT)]
    if not found.enabled:
        said = f"{found.url} is switched off in SendKit. Switch it on there."
    elif missing:
        said = (
            f"SendKit does not tell {found.url} of {', '.join(missing)}. To correct it, {_CONNECT}"
        )
    elif test is not None:
        said = (
            f"SendKit’s test did not arrive at {found.url}. Start the bot there. If it runs, give "
            f"SendKit its secret: {_CONNECT}"
        )
    elif SENT not in found.events:
        return warning(
            WEBHOOK,
            f"SendKit does not tell {found.url} of {SENT}, so cards show late that somebody "
            f"answered. To correct it, {_CONNECT}",
        )
    else:
        return good(WEBHOOK, f"SendKit’s test arrived at {found.url}.")
    return _late(said, poll_seconds)


def _late(said: str, poll_seconds: float) -> Finding:
    """A webhook that does not work delays replies, or loses them if the bot does not poll."""
    if poll_seconds:
        return warning(
            WEBHOOK, f"{said} Until then the bot checks for replies every {poll_seconds:g} seconds."
        )
    return bad(WEBHOOK, f"{said} Until then no reply is announced, as SENDKIT_POLL_SECONDS is 0.")
