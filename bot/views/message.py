"""The parts of messages, within Slack's limits for any input.

Words of a lead or a workspace go into `plain_text`, which Slack does not parse.
https://docs.slack.dev/reference/block-kit/blocks
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bot.text import clean as clean
from bot.text import cut as cut
from bot.text import isolated as isolated
from bot.text import seen as seen
from bot.triage import (
    Change,
    ChannelId,
    ClearAiTag,
    DoNotContact,
    MarkRead,
    MarkUnread,
    Revert,
    SetAiTag,
    Several,
)
from bot.triage import label as label

Block = Mapping[str, Any]

TEXT_LIMIT: Final = 4000
SECTION_LIMIT: Final = 3000
CONTEXT_LIMIT: Final = 2000
HEADER_LIMIT: Final = 150
OPTION_LIMIT: Final = 75
# Of a form's title and buttons.
TITLE_LIMIT: Final = 24
# Slack takes 75 characters and shows about 20 of them on a phone.
BUTTON_LIMIT: Final = 20
ACCESSIBILITY_LIMIT: Final = 75
# Marks the button of the current aiTag.
CHOSEN: Final = "✓ "

# Slack refuses messages whose blocks are too long together, and documents no limit. It refused some
# (`msg_blocks_too_long`) from about 13,000 characters up, counting 100 for each block.
WEIGHT_LIMIT: Final = 12_000
WEIGHT_OF_A_BLOCK: Final = 100

# Slack's addresses of messages have about a hundred characters.
ADDRESS_LIMIT: Final = 500

# Names and lists of tags are cut, so that `text` has room for the rest.
NAME_LIMIT: Final = 80
PHRASE_LIMIT: Final = 300

_NOT_OF_AN_ID: Final = re.compile(r"[^A-Z0-9]")
_WEB_ADDRESS: Final = re.compile(r"https?://[^\s<>|]+")


@dataclass(frozen=True, slots=True)
class Message:
    """`text` alone says everything that matters, since screen readers read it."""

    text: str
    blocks: Sequence[Block] = ()


def message(text: str, blocks: Sequence[Block] = ()) -> Message:
    """A message with this text, not yet escaped, made safe and short enough.

    It always has blocks: Slack would turn addresses and stars in a bare text into links and bold
    words.
    """
    return Message(safe(text), tuple(blocks) or tuple(_sections(text)))


def weight(blocks: Sequence[Block]) -> int:
    """The part of WEIGHT_LIMIT that the blocks take: their text, their values, and 100 for each
    block."""
    return sum(WEIGHT_OF_A_BLOCK + _length(block) for block in blocks)


def _length(part: object) -> int:
    if isinstance(part, list | tuple):
        return sum(map(_length, part))
    if not isinstance(part, dict):
        return 0
    total = 0
    for name, value in part.items():
        if not isinstance(value, str):
            total += _length(value)
        elif name in ("text", "value"):
            total += len(value)
    return total


def link(url: str, label: str) -> str:
    """A link in Slack's markup. The `label` must be our own words. Empty if `url` is not a web
    address."""
    fits = len(url) <= ADDRESS_LIMIT and _WEB_ADDRESS.fullmatch(url)
    return f"<{url}|{label}>" if fits else ""


def linked(text: str, url: str, label: str) -> Message:
    """A message with a link below it, if `url` is a web address."""
    return above(message(text), url, label)


def above(said: Message, url: str, label: str) -> Message:
    """The message above a link, if `url` is a web address."""
    way = link(url, label)
    return Message(f"{said.text} {way}", (*said.blocks, context(markup(way)))) if way else said


def safe(text: str) -> str:
    """Escaped text without mentions and links, at most TEXT_LIMIT characters."""
    return escape(short(clean(text), TEXT_LIMIT)) or "–"


def short(text: str, limit: int) -> str:
    """At most `limit` characters after escaping; a cut is marked."""
    limit = max(limit, 0)
    room = min(limit, len(text))
    while (excess := len(escape(cut(text, room))) - limit) > 0:
        # One character becomes at most five.
        room -= -(-excess // 5)
    return cut(text, room)


def phrase(text: str, limit: int) -> str:
    """A name or other words from outside, as a part of a sentence, in at most `limit`
    characters."""
    words = seen(text)
    return isolated(short(words, limit - len(isolated(words)) + len(words)))


def parted(text: str, most: int) -> list[str]:
    """The text as up to `most` messages of about TEXT_LIMIT; the last one says how much is left
    out."""
    parts: list[str] = []
    while text and len(parts) < most:
        part = short(text, TEXT_LIMIT)
        if part != text:
            # Cut at the end of a line if there is one in the second half.
            end = part.rfind("\n", len(part) // 2)
            part = part[:end] if end > 0 else part.removesuffix("…") or text[:1]
        parts.append(part)
        text = text[len(part) :].lstrip("\n")
    return [*parts, f"… The other {len(text)} characters are in SendKit."] if text else parts


def escape(text: str) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text"""
    return html.escape(text, quote=False)


def plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": cut(clean(text), limit) or "–", "emoji": False}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER_LIMIT)}


def section(text: str) -> Block:
    return {"type": "section", "text": plain(text, SECTION_LIMIT)}


def _sections(text: str) -> Iterator[Block]:
    for start in range(0, min(max(len(text), 1), TEXT_LIMIT), SECTION_LIMIT):
        yield section(text[start : start + SECTION_LIMIT])


def context(*elements: str | Block) -> Block:
    parts = [plain(each, CONTEXT_LIMIT) if isinstance(each, str) else each for each in elements]
    return {"type": "context", "elements": parts}


def markup(text: str) -> Block:
    """Slack's markup, for our own words only."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def button(
    label: str,
    action: str,
    value: str,
    *,
    about: str,
    chosen: bool = False,
    confirm: Block | None = None,
) -> Block:
    """A button. `about`, the lead's name, tells screen readers which of several equal buttons it
    is. `confirm`: a dialog that asks first.

    https://docs.slack.dev/reference/block-kit/block-elements/button-element
    """
    said = cut(label.removeprefix(CHOSEN), BUTTON_LIMIT) + ", set" * chosen
    face = {
        "type": "button",
        "action_id": action,
        "text": plain(label, BUTTON_LIMIT),
        "value": value,
        "accessibility_label": cut(seen(f"{said}: {about}"), ACCESSIBILITY_LIMIT),
    }
    if confirm:
        face = {**face, "confirm": confirm}
    return {**face, "style": "primary"} if chosen else face


def divided(opening: str, items: Iterable[Iterable[Block]]) -> list[Block]:
    """Groups of blocks below an opening, with a divider between two groups."""
    blocks = [context(opening)]
    for item in items:
        if len(blocks) > 1:
            blocks.append({"type": "divider"})
        blocks += item
    return blocks


def channel_name(channel: ChannelId) -> str:
    """A channel in Slack's markup. Slack shows its name to people who may know it, and notifies no
    one.

    https://docs.slack.dev/messaging/formatting-message-text#linking-channels
    """
    return f"<#{_NOT_OF_AN_ID.sub('', channel)[:NAME_LIMIT]}>"


def moment(at: float, *, exact: bool = False) -> str:
    """A time that Slack shows in each reader's own time zone. `exact`: with seconds.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    time = "{time_secs}" if exact else "{time}"
    return f"<!date^{int(at)}^{{date_short_pretty}} {time}|{clock_time(at, exact=exact)}>"


def clock_time(at: float, *, exact: bool = False) -> str:
    """A time for `text`, in UTC."""
    time = "%H:%M:%S" if exact else "%H:%M"
    return datetime.fromtimestamp(at, UTC).strftime(f"%Y-%m-%d {time} UTC")


def listed(tags: Sequence[str]) -> str:
    """The custom tags as one phrase."""
    names = ", ".join(map(isolated, tags))
    return short(f"{_noun(tags)} {names}", PHRASE_LIMIT) if tags else "no tags"


def _noun(tags: Sequence[str]) -> str:
    return "tag" if len(tags) == 1 else "tags"


def joined(parts: Sequence[str]) -> str:
    """Parts of a sentence as a list: a, b and c."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def wish(change: Change) -> str:
    """A change that is still to be made."""
    match change:
        case MarkRead():
            return "mark as read"
        case MarkUnread():
            return "mark as unread"
        case SetAiTag(ai_tag):
            return phrase(label(ai_tag), NAME_LIMIT)
        case ClearAiTag():
            return "clear the aiTag"
        case Revert():
            return "undo"
        case DoNotContact():
            return "do not contact"
        case Several(changes):
            return short(joined([wish(each) for each in changes]), PHRASE_LIMIT)
        case _:
            signed = [f"+{isolated(tag)}" for tag in change.add]
            signed += [f"-{isolated(tag)}" for tag in change.remove]
            return short(f"{_noun(signed)} {' '.join(signed)}", PHRASE_LIMIT)
