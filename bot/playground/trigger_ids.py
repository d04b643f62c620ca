"""What a bot is given for a short time: trigger_ids and response_urls.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

from dataclasses import dataclass

TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS = 30 * 60.0
RESPONSE_URL_USES = 5


@dataclass
class ResponseUrl:
    """What one response_url may still do, and what it points at."""

    channel: str
    user: str
    until: float
    message_ts: str = ""
    uses: int = 0


@dataclass
class Trigger:
    """A trigger_id: good for three seconds and one exchange; `view` is the modal it came from."""

    user: str
    until: float
    view: str = ""
    exchanged: bool = False
