"""What /sendkit can do, and what it says at once."""

from typing import Final

from bot import ids
from bot.slack.views.message import NAME_LIMIT, PHRASE_LIMIT, Message, label, message, short
from bot.triage import Change, ClearAiTag, MarkRead, MarkUnread, SetAiTag

# The README has the same lines, and a test holds the two together.
COMMANDS: Final = (
    ("inbox", "unread conversations, newest first"),
    ("show ID", "post the card here"),
    ("interested ID", "set an aiTag: any of the workspace's"),
    ("tag ID AITAG", "the same, the other way round"),
    ("untag ID", "clear the aiTag"),
    ("read ID", "mark read"),
    ("unread ID", "mark unread"),
    ("tags ID +vip -cold", "add and remove tags"),
    ("subscribe FILTERS", "announce replies in this channel, all or some"),
    ("subscribe FILTERS --rehearse", "show which of the last 50 it would have taken"),
    ("unsubscribe", "announce no more replies in this channel"),
    ("subscriptions", "which channels take what"),
    ("why LINK", "the rule that brought a card here"),
    ("doctor", "try every credential, channel and setting, and say what to do"),
    ("help", "this list"),
)
FILTERS: Final = (
    'campaign:"Q1 Outreach" aitag:interested,"Meeting Request" -aitag:out_of_office tags:vip '
    "-tags:cold positive auto-replies:off"
)
REFERENCE: Final = (
    "ID is the lead's mail address, a link to a card, or a conversation's id. "
    "Without an ID you choose from the last five. FILTERS, which must all hold: "
    f"{FILTERS}."
)
HELLO: Final = (
    f"I read commands only. To see who wrote, type {ids.COMMAND} inbox; "
    f"for everything else, {ids.COMMAND} help."
)
EXAMINING: Final = "Checking everything; this takes a few seconds."


def underway(change: Change, whose: str) -> str:
    """The answer to a decision that is understood: it is written down, and will be carried out."""
    whom = short(whose, NAME_LIMIT)
    match change:
        case MarkRead():
            what = f"Marking {whom} as read"
        case MarkUnread():
            what = f"Marking {whom} as unread"
        case SetAiTag(ai_tag):
            what = f"Setting {whom} to {short(label(ai_tag), NAME_LIMIT)}"
        case ClearAiTag():
            what = f"Clearing the aiTag of {whom}"
        case _:
            what = f"Changing the tags of {whom}"
    return f"{what}. You’ll see it in the thread."


def looking(what: str) -> str:
    """The answer while it takes SendKit to know whether there is such a thing."""
    return f"Looking for {short(what, PHRASE_LIMIT)} …"


def commands(name: str) -> Message:
    """The commands, under the name by which the workspace knows the bot's command."""
    lines = [f"{name} {usage} – {meaning}" for usage, meaning in COMMANDS]
    return message("\n".join([*lines, REFERENCE]))
