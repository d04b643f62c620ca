"""Answers at a response_url, which Slack sends with each press and command.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import yarl

from bot.errors import SettingsWrong
from bot.proxies import proxy_for
from bot.slack import wire

log = logging.getLogger(__name__)

# slack-gov.com is GovSlack's. https://docs.slack.dev/govslack
_SLACKS: Final = ("slack.com", "slack-gov.com")
# Slack's have about a hundred characters.
MOST_CHARACTERS: Final = 2000


class ResponseUrls:
    """`api_url` is the Web API's base address: its server may be sent answers too."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._api = yarl.URL(api_url)

    async def post(self, address: str, body: Mapping[str, Any]) -> bool:
        """Whether Slack took it: a response_url works for 30 minutes and 5 times. False for any
        address that is not Slack's, which is not called."""
        url = slacks(address, self._api)
        if url is None:
            log.warning("a response_url is not Slack’s, so it is not used")
            return False
        try:
            async with self._session.post(
                url, json=body, proxy=proxy_for(str(url)), allow_redirects=False
            ) as answer:
                said = await answer.read()
        except (aiohttp.ClientError, TimeoutError, ValueError, SettingsWrong):
            return False
        return wire.is_taken(answer.status, said.decode(errors="replace"))


def slacks(address: str, api: yarl.URL) -> yarl.URL | None:
    """The address as a URL, where it is one of Slack's or of the server of the Web API."""
    if len(address) > MOST_CHARACTERS:
        return None
    try:
        url = yarl.URL(address)
        host, port, origin = url.raw_host or "", url.port, (url.scheme, url.raw_host, url.port)
    except ValueError:
        return None
    if url.raw_user is not None or url.raw_password is not None:
        return None
    if host and origin == (api.scheme, api.raw_host, api.port):
        return url
    is_slacks = any(host == domain or host.endswith(f".{domain}") for domain in _SLACKS)
    return url if is_slacks and url.scheme == "https" and port == 443 else None
