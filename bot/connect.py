"""`python -m bot connect https://host`: makes SendKit call the bot's webhook for each reply."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from bot.errors import Refused, SettingsWrong, TriageError
from bot.intake.webhook import CHANGED, PATH, POSITIVE, REPLIED, SENT
from bot.sendkit.parsing import RegisteredWebhook
from bot.web_address import is_web_address

NAME: Final = "Slack triage"
EVENTS: Final = (REPLIED, POSITIVE, CHANGED, SENT)


class Webhooks(Protocol):
    """SendKit's webhooks; see bot.sendkit.client for the errors."""

    async def webhooks(self) -> Sequence[RegisteredWebhook]: ...

    async def save_webhook(self, identity: str | None, body: Mapping[str, Any]) -> str: ...

    async def test_webhook(self, identity: str) -> None: ...


async def connect(webhooks: Webhooks, host: str, secret: str | None) -> str:
    """Registers the webhook or updates it, and has SendKit send its test. Returns what happened, as
    a sentence. SettingsWrong if a setting is missing."""
    if secret is None:
        raise SettingsWrong(
            "SENDKIT_WEBHOOK_SECRET is missing: choose a long random text, give it to the bot, "
            "start the bot, and connect again."
        )
    url = address(host)
    known = (each.id for each in await webhooks.webhooks() if each.url == url)
    found = next(known, "") or None
    body = {"name": NAME, "url": url, "events": list(EVENTS), "secret": secret}
    identity = await webhooks.save_webhook(found, body)
    done = "found and brought up to date" if found else "registered"
    try:
        await webhooks.test_webhook(identity)
    except TriageError as error:
        raise Refused(
            f"The webhook {url} is {done}, but its test failed: {str(error).rstrip('.')}. See "
            "that the bot runs there with this secret, and connect again."
        ) from error
    return f"The webhook {url} is {done}, and SendKit sent its test. The bot’s log shows it."


def address(host: str) -> str:
    """The webhook's whole address."""
    if not is_web_address(host):
        raise SettingsWrong("The host is wrong: it is the bot’s public address, https://…")
    parts = urlsplit(host)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}{PATH}"
