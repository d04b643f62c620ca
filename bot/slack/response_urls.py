"""Recognises Slack's addresses. A response_url comes in a payload, and the bot calls no other
address.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from typing import Final

import yarl

# slack-gov.com is GovSlack's. https://docs.slack.dev/govslack
_SLACKS: Final = ("slack.com", "slack-gov.com")
# Slack's response_urls have about a hundred characters.
MOST_CHARACTERS: Final = 2000


def slacks(address: str, api: yarl.URL) -> yarl.URL | None:
    """The address as a URL, if it is Slack's or on the server of the Web API."""
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
