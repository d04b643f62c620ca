"""Decodes what people typed, as Slack passes it on. Pure.

https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages
"""

import re
import unicodedata
from typing import Final

from bot.shortcodes import emojized

_ANGLED: Final = re.compile(r"<([^<>]*)>")
# Invisible characters in pasted text. Joiners belong to words and emoji.
_HIDDEN: Final = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_ADDRESS: Final = re.compile(r"<@[^<>]*>")
_OWNER: Final = re.compile(r"(?<![^\s*_~`])owner(?!\S)", re.IGNORECASE)
_COMMAND: Final = re.compile(r"/[\w-]+(?!\S)")
# Space, punctuation and marks of style.
_AROUND: Final = " \u00a0\t\r\n.,:;!?…*_~`"
_SCHEME: Final = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)


def typed(text: str) -> str:
    """The text as the person typed it, with composed letters and emoji.

    A link that Slack made from words becomes these words; a link with a label of its own becomes
    its address.
    """
    words = _ANGLED.sub(lambda found: _angled(found[1]), text)
    # The ampersand last, so that a typed `&lt;` stays.
    for escaped, character in ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"):
        words = words.replace(escaped, character)
    return unicodedata.normalize("NFC", _HIDDEN.sub("", emojized(words)))


def addressed(text: str, bot: str = "") -> str:
    """The command in a message to the bot: without names of people, a slash command's own name,
    and the punctuation and style around it. It is still Slack's markup; `typed` decodes it.

    Only `owner` is about people, and keeps those behind it, except the `bot`, if its id is
    known."""
    bare = _ADDRESS.sub(" ", text).strip(_AROUND)
    if (command := _COMMAND.match(bare)) is not None:
        bare = bare[command.end() :].lstrip(_AROUND)
    if _OWNER.match(bare) and (verb := _OWNER.search(text)) is not None:
        rest = text[verb.start() :]
        return re.sub(rf"<@{re.escape(bot)}(\|[^<>]*)?>", " ", rest).rstrip(_AROUND)
    return bare


def _angled(inside: str) -> str:
    target, _, label = inside.partition("|")
    match target[:1]:
        case "@":
            return f"@{label or target[1:]}"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            return label or f"@{target[1:]}"
    bare = _SCHEME.sub("", target, count=1)
    if _is_address(target) and bare.rstrip("/") == _SCHEME.sub("", label).rstrip("/"):
        return label
    return (
        bare
        if target.lower().startswith("mailto:")
        else target
        if _is_address(target)
        else f"<{inside}>"
    )


def _is_address(target: str) -> bool:
    return re.match(r"[a-zA-Z][a-zA-Z+.-]*:", target) is not None
