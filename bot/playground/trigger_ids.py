"""Short-lived capabilities of a bot: trigger_ids and response_urls.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

from dataclasses import dataclass

TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS = 30 * 60.0
RESPONSE_URL_USES = 5


@dataclass
class ResponseUrl:
    """A response_url: what is left of it, and where it leads."""

    channel: str
    user: str
    until: float
    message_ts: str = ""
    uses: int = 0


@dataclass
class Trigger:
    """A trigger_id: valid for three seconds and one exchange. `view`: the modal that it came
    from."""

    user: str
    until: float
    view: str = ""
    exchanged: bool = False
