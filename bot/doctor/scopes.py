"""The scopes of the bot's token, each with what does not work without it.

The manifest asks for the same scopes; a test compares them. https://docs.slack.dev/reference/scopes
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scope:
    """`without` ends the sentence “without it, …”. Without a `vital` scope the bot does not
    work."""

    without: str
    vital: bool = False


SCOPES: Final[Mapping[str, Scope]] = {
    "chat:write": Scope("no card, line or answer can be posted", vital=True),
    "commands": Scope("/sendkit does not exist", vital=True),
    "im:history": Scope("what people write to the bot directly gets no answer"),
    "users:read": Scope("nobody can be told from a guest, so nobody may decide", vital=True),
    "usergroups:read": Scope("nobody is known as a member of a user group in TRIAGE_MEMBERS"),
    "channels:history": Scope("a message in a public channel may be repeated after a crash"),
    "groups:history": Scope("a message in a private channel may be repeated after a crash"),
    "channels:read": Scope("the members of a public triage channel cannot subscribe another"),
    "groups:read": Scope("the members of a private triage channel cannot subscribe another"),
}
# For the app-level token. https://docs.slack.dev/apis/events-api/using-socket-mode
APP_SCOPE: Final = "connections:write"
