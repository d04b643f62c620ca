"""The help for /sendkit, and its immediate answers."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bot import acts
from bot.shortcodes import emojized
from bot.text import folded
from bot.triage import (
    AiTag,
    Change,
    ChannelId,
    ClearAiTag,
    DoNotContact,
    Door,
    MarkRead,
    MarkUnread,
    Revert,
    SetAiTag,
    Several,
)
from bot.views.message import (
    NAME_LIMIT,
    PHRASE_LIMIT,
    Block,
    Message,
    channel_name,
    context,
    label,
    markup,
    message,
    phrase,
    safe,
    section,
    seen,
    short,
    wish,
)

FILTERS: Final = (
    'campaign:"Q1 Outreach" aitag:interested,"meeting booked" -aitag:out_of_office tags:vip '
    "-tags:cold positive auto-replies:off"
)
REFERENCE: Final = (
    "A conversation has one aiTag, SendKit’s label for what the lead wants, such as interested, "
    "and any number of custom tags, your own labels, such as vip.\n"
    "ID is the lead’s email address, name or company, a link to a card, or a conversation’s id. "
    "Without an ID you choose from the last five. In a card’s thread, mention me with a command: "
    "without an ID or LINK, it is about that card. LINK is a card’s link, from its ⋯ menu.\n"
    "FILTERS must all hold: "
)
REPEATED: Final = "You typed that a moment ago, so it counts once."
BEHIND: Final = (
    "Your decision is saved. It follows the one that you typed before, as soon as I can."
)
SEVERAL_LEADS: Final = (
    "This message is about several leads, so I don’t know which one your emoji means. "
    "Use the buttons."
)
EMOJI_DECIDES: Final = "On a card, this emoji is a decision."
NEXT_ELSEWHERE: Final = (
    "I can’t open a form from a message. Use the shortcut Triage inbox, or the slash command."
)
ON_A_CARD: Final = "Emoji on a card"
TAKEN_AWAY: Final = "Taking it away undoes that."
# So that the rest of the help has room.
EMOJI_SHOWN: Final = 12
NO_EMOJI: Final[Mapping[str, str]] = MappingProxyType({})
EXAMINING: Final = "Checking everything; this takes a few seconds."


def as_said(sentence: str, door: Door) -> str:
    """A sentence with its examples as a person types them who mentions or writes to the bot."""
    return sentence.replace(f"{acts.COMMAND} ", "") if door in ("mention", "message") else sentence


def _meaning(said: str) -> str:
    """The effect of an emoji on a card: a word of EMOJI's or an aiTag."""
    return wish(acts.PLAIN.get(folded(said)) or SetAiTag(AiTag(said)))


def underway(change: Change, whose: str) -> str:
    """The immediate answer to a decision that is saved."""
    whom = phrase(whose, NAME_LIMIT)
    match change:
        case MarkRead():
            what = f"Marking {whom} as read"
        case MarkUnread():
            what = f"Marking {whom} as unread"
        case SetAiTag(ai_tag):
            what = f"Setting {whom} to {phrase(label(ai_tag), NAME_LIMIT)}"
        case ClearAiTag():
            what = f"Clearing the aiTag of {whom}"
        case Several():
            what = f"Changing {whom}: {wish(change)}"
        case DoNotContact():
            what = f"Putting {whom} on SendKit’s do-not-contact list"
        case Revert(made=made):
            what = f"Undoing {f'“{wish(made)}”' if made else 'the last decision'} for {whom}"
        case _:
            what = f"Changing the tags of {whom}"
    return f"{what}. You’ll see the result in the thread or here."


def refused(sentence: str, instead: str | None) -> Message:
    """The answer to a command that is refused. `instead`: a channel in which commands work."""
    said = short(sentence, PHRASE_LIMIT)
    if instead is None:
        return message(said)
    link = channel_name(ChannelId(instead))
    return Message(f"{safe(said)} {link}", [section(said), context(markup(link))])


def commands(
    name: str,
    groups: Mapping[str, Sequence[tuple[str, str, object]]],
    emoji: Mapping[str, str] = NO_EMOJI,
) -> Message:
    """The help, with the command's name in this workspace; empty where none is typed. `emoji` as in
    bot.settings.

    https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
    """
    name = short(seen(name), NAME_LIMIT)
    text: list[str] = []
    sections: list[Block] = []
    for title, lines in groups.items():
        said = [(f"{name} {usage}".strip(), f" – {meaning}") for usage, meaning, _ in lines]
        # An empty line between two groups.
        gap = "\n" if sections else ""
        text += [f"{title}:", *("".join(line) for line in said)]
        parts: list[Block] = [{"type": "text", "text": f"{gap}{title}", "style": {"bold": True}}]
        for usage, meaning in said:
            parts += [
                {"type": "text", "text": "\n"},
                {"type": "text", "text": usage, "style": {"code": True}},
                {"type": "text", "text": meaning},
            ]
        sections.append({"type": "rich_text_section", "elements": parts})
    if emoji:
        said_of_emoji, drawn = _on_a_card(emoji)
        text.append(said_of_emoji)
        sections.append(drawn)
    # The word joiner keeps a line from breaking after the minus. The bot ignores it in pasted text.
    unbroken = FILTERS.replace(" -", " -\u2060")
    filters: Block = {"type": "text", "text": unbroken, "style": {"code": True}}
    reference: list[Block] = [{"type": "text", "text": f"\n{REFERENCE}"}, filters]
    sections.append({"type": "rich_text_section", "elements": reference})
    blocks: list[Block] = [{"type": "rich_text", "elements": sections}]
    return message("\n".join([*text, f"{REFERENCE}{FILTERS}"]), blocks)


def _on_a_card(emoji: Mapping[str, str]) -> tuple[str, Block]:
    """The effects of emoji on a card, as text and as a part of a block."""
    shown = [(each, _meaning(said)) for each, said in [*emoji.items()][:EMOJI_SHOWN]]
    more = f" and {len(emoji) - EMOJI_SHOWN} more" if len(emoji) > EMOJI_SHOWN else ""
    text = ", ".join(f"{emojized(f':{each}:')} {meaning}" for each, meaning in shown)
    parts: list[Block] = [
        {"type": "text", "text": f"\n{ON_A_CARD}", "style": {"bold": True}},
        {"type": "text", "text": "\n"},
    ]
    for position, (each, meaning) in enumerate(shown, 1):
        end = f"{more}. {TAKEN_AWAY}" if position == len(shown) else ", "
        parts.append({"type": "emoji", "name": each})
        parts.append({"type": "text", "text": f" {meaning}{end}"})
    said = f"{ON_A_CARD}:\n{text}{more}. {TAKEN_AWAY}"
    return said, {"type": "rich_text_section", "elements": parts}
