"""How people name a conversation in a command: by its id, its lead's address or a link. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from bot.acts import ByEmail, ById, ByLink, Reference
from bot.errors import NotUnderstood
from bot.text import folded
from bot.triage import ChannelId, ConversationId, MessageTs, Place

_TS: Final = r"(\d{10})\.?(\d{6})"
# Addresses of one message, as in a browser, in an app's menu and from `chat.getPermalink`.
_LINKS: Final = (
    re.compile(rf"https?://[^/\s]+/archives/([A-Z0-9]+)/p{_TS}(?:[?#]\S*)?"),
    re.compile(rf"https?://[^/\s]+/client/[A-Z0-9]+/([A-Z0-9]+)/p?{_TS}(?:[?#]\S*)?"),
    re.compile(rf"https?://[^/\s]+/client/[A-Z0-9]+/\w+/thread/([A-Z0-9]+)-{_TS}(?:[/?#]\S*)?"),
    re.compile(rf"slack://channel\?(?:\S*&)?id=([A-Z0-9]+)&(?:\S*&)?message={_TS}(?:&\S*)?"),
)
_THREAD: Final = re.compile(r"[?&]thread_ts=(\d{10}\.\d{6})")
_SLACKS: Final = re.compile(
    r"(?:https?://(?:[^/\s]+\.)?slack(?:-gov)?\.com|slack:/)/\S*", re.IGNORECASE
)
_MAIL: Final = re.compile(r"[^@\s<>|]+@[^@\s<>|]+")
_HEX_ID: Final = re.compile(r"[0-9a-fA-F]{24}")
_ANY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# Characters that people write around an address in a sentence.
_AROUND: Final = "<>()[],;.!?"


def reference_in(words: Sequence[str], *, first: bool) -> tuple[Reference | None, list[str]]:
    """The named conversation, and the other words.

    An address, a link or 24 hex digits is a reference anywhere. Other ids must come first after a
    verb, or last after an aiTag.
    """
    for position, word in enumerate(words):
        if (reference := certain(word)) is not None:
            return reference, [*words[:position], *words[position + 1 :]]
    position = 0 if first else len(words) - 1
    if words and _looks_like_id(words[position]):
        identity = ById(ConversationId(words[position]))
        return identity, [*words[:position], *words[position + 1 :]]
    return None, list(words)


def certain(word: str) -> Reference | None:
    bare = word.strip(_AROUND).removeprefix("mailto:")
    for form in _LINKS:
        if (link := form.fullmatch(bare)) is not None:
            channel, seconds, micros = link.groups()
            thread = _THREAD.search(bare)
            ts = thread.group(1) if thread else f"{seconds}.{micros}"
            return ByLink(Place(ChannelId(channel), MessageTs(ts)))
    if _SLACKS.fullmatch(bare):
        raise NotUnderstood(
            "That isn’t a link to a message. Copy the link from a card’s ⋯ menu, and try again."
        )
    if _MAIL.fullmatch(bare):
        return ByEmail(folded(bare))
    if _HEX_ID.fullmatch(bare):
        return ById(ConversationId(bare))
    return None


def _looks_like_id(word: str) -> bool:
    return bool(_ANY_ID.fullmatch(word)) and any(character.isdigit() for character in word)
