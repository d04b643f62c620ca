"""The scopes of the bot's token, each with what does not work without it, and the rest of what the
app needs.

The manifest asks for the same; tests compare them. https://docs.slack.dev/reference/scopes
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scope:
    """`without` ends the sentence “without it, …”. Without a `vital` scope the bot does not
    work. The `optional` one is needed only for EMOJI."""

    without: str
    vital: bool = False
    optional: bool = False


SCOPES: Final[Mapping[str, Scope]] = {
    "chat:write": Scope("the bot cannot post cards, lines and answers", vital=True),
    "commands": Scope("/sendkit and the shortcuts do not exist", vital=True),
    "app_mentions:read": Scope("the bot does not hear who mentions it"),
    "im:history": Scope("the bot does not answer direct messages"),
    "reactions:read": Scope("the bot does not hear of the emoji in EMOJI", optional=True),
    "users:read": Scope(
        "the bot cannot tell members from guests, so no one may decide", vital=True
    ),
    "usergroups:read": Scope("the bot does not know the members of user groups in TRIAGE_MEMBERS"),
    "channels:history": Scope("the bot may repeat a message in a public channel after a crash"),
    "groups:history": Scope("the bot may repeat a message in a private channel after a crash"),
    "channels:read": Scope("members of a public triage channel cannot subscribe other channels"),
    "groups:read": Scope("members of a private triage channel cannot subscribe other channels"),
}
# What else the manifest asks for. Slack does not tell a bot which of it the app has.
SHORTCUTS: Final = ("Triage this reply", "Triage inbox")
EVENTS: Final = ("app_home_opened", "app_mention", "message.im")
EVENTS_FOR_EMOJI: Final = ("reaction_added", "reaction_removed")
# For the app-level token. https://docs.slack.dev/apis/events-api/using-socket-mode
APP_SCOPE: Final = "connections:write"
