"""The help for /sendkit, and its immediate answers."""

from collections.abc import Sequence
from typing import Final

from bot import acts
from bot.triage import Change, ChannelId, ClearAiTag, MarkRead, MarkUnread, SetAiTag
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
)

Line = tuple[str, str]

# The README has the same lines in the same order; a test compares them.
GROUPS: Final[Sequence[tuple[str, Sequence[Line]]]] = (
    (
        "Every day",
        (
            ("inbox", "unread conversations, newest first"),
            ("show ID", "post the card here"),
            ("interested ID", "set an aiTag: any aiTag of your workspace"),
            ("read ID", "mark as read"),
            ("unread ID", "mark as unread"),
        ),
    ),
    (
        "aiTags and tags",
        (
            ("tag ID AITAG", "set an aiTag, address first"),
            ("untag ID", "clear the aiTag"),
            ("tags ID +vip -cold", "add and remove custom tags"),
        ),
    ),
    (
        "Channels",
        (
            ("subscribe FILTERS", "announce replies in this channel, all or some"),
            ("subscribe FILTERS --rehearse", "show which of the last 50 it would have taken"),
            ("unsubscribe", "stop announcing replies here"),
            ("subscriptions", "what each channel gets"),
            ("why LINK", "why a card was posted"),
        ),
    ),
    (
        "Help",
        (
            ("doctor", "check every credential, channel and setting, and say what to do"),
            ("help", "this list"),
        ),
    ),
)
COMMANDS: Final = tuple(line for _, lines in GROUPS for line in lines)
FILTERS: Final = (
    'campaign:"Q1 Outreach" aitag:interested,"Meeting Request" -aitag:out_of_office tags:vip '
    "-tags:cold positive auto-replies:off"
)
REFERENCE: Final = (
    "A conversation has one aiTag, SendKit’s label for what the lead wants, such as interested, "
    "and any number of custom tags, your own labels, such as vip.\n"
    "ID is the lead’s email address, a link to a card, or a conversation’s id. Without an ID you "
    "choose from the last five. LINK is a card’s link, from its ⋯ menu.\n"
    "FILTERS must all hold: "
)
HELLO: Final = (
    f"I read commands only. To see who wrote, type {acts.COMMAND} inbox; "
    f"for everything else, {acts.COMMAND} help."
)
EXAMINING: Final = "Checking everything; this takes a few seconds."


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
        case _:
            what = f"Changing the tags of {whom}"
    return f"{what}. You’ll see it in the thread."


def looking(what: str) -> str:
    """The immediate answer while only SendKit can tell whether the thing exists."""
    return f"Looking for {phrase(what, PHRASE_LIMIT)} …"


def elsewhere(sentence: str, channel: ChannelId) -> Message:
    """The answer where commands do not work, with a link to a channel in which they do."""
    said, link = short(sentence, PHRASE_LIMIT), channel_name(channel)
    return Message(f"{safe(said)} {link}", [section(said), context(markup(link))])


def commands(name: str) -> Message:
    """The help, with the command's name in this workspace.

    https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
    """
    name = short(seen(name), NAME_LIMIT)
    text: list[str] = []
    sections: list[Block] = []
    for title, lines in GROUPS:
        said = [(f"{name} {usage}", f" – {meaning}") for usage, meaning in lines]
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
    # The word joiner keeps a line from breaking after the minus. The bot ignores it in pasted text.
    unbroken = FILTERS.replace(" -", " -\u2060")
    filters: Block = {"type": "text", "text": unbroken, "style": {"code": True}}
    reference: list[Block] = [{"type": "text", "text": f"\n{REFERENCE}"}, filters]
    sections.append({"type": "rich_text_section", "elements": reference})
    blocks: list[Block] = [{"type": "rich_text", "elements": sections}]
    return message("\n".join([*text, f"{REFERENCE}{FILTERS}"]), blocks)
