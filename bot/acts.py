"""The ids and values of buttons. Buttons stay in old messages for years, so this is a published
format: the bot parses every form that it ever wrote.

A value is `1:<conversation>:<verb>[:<argument>]`. The verbs are `read`, `unread`, `tag` (argument:
the aiTag), `untag`, `show`, `whole` and `next` (argument: SendKit's time stamp of the reply; the
inbox continues after this conversation).

The block with a conversation's buttons is `decide.<conversation>.<state>[.<list>]`. The last part
names the list that only one person sees.
"""

import re
from dataclasses import dataclass
from typing import Final

from bot.errors import NotUnderstood
from bot.triage import (
    AiTag,
    Change,
    ClearAiTag,
    ConversationId,
    MarkRead,
    MarkUnread,
    SetAiTag,
)

COMMAND: Final = "/sendkit"

# The action ids of buttons are `decide.<n>`, where n only keeps them apart within a block. The
# menu's is `decide.menu`, or `decide.search` for a search among aiTags; the button below a list is
# `decide.next`. Only the value says what a press means.
MENU: Final = "decide.menu"
SEARCH: Final = "decide.search"
NEXT: Final = "decide.next"

# The type of a message's metadata, and its field that tells a message from a repeat.
EVENT: Final = "sendkit_triage"
MARK: Final = "entry"
MARKS: Final = "entries"

# Advice for people who press a button that this version does not know.
INSTEAD: Final = f"Use a newer card, or type {COMMAND} help."

# https://docs.slack.dev/reference/block-kit/composition-objects/option-object
OPTION_VALUE_LIMIT: Final = 150
BUTTON_VALUE_LIMIT: Final = 2000

_CONVERSATION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LIST = re.compile(r"[0-9]{12}-[0-9a-f]{12}")
# SendKit's are ISO 8601; any other text only has to be distinct.
_STAMP = re.compile(r"[^\s\x00-\x1f\x7f]{0,64}")


@dataclass(frozen=True, slots=True)
class Show:
    """Post the conversation's card; changes nothing."""


@dataclass(frozen=True, slots=True)
class Next:
    """List the unread conversations after this one, whose reply came at `replied_at`; changes
    nothing. `replied_at` is SendKit's time stamp and may be empty."""

    replied_at: str


@dataclass(frozen=True, slots=True)
class Whole:
    """Post the lead's whole last email in the card's thread; changes nothing."""


Choice = Change | Show | Next | Whole


def conversation_id(text: str) -> ConversationId:
    """A conversation's id as SendKit and buttons write it; NotUnderstood for anything else."""
    if not _CONVERSATION.fullmatch(text):
        raise NotUnderstood("That is not the id of a conversation.")
    return ConversationId(text)


def block_id(conversation: ConversationId, state: str, listed: str = "") -> str:
    """The id of the block with a conversation's buttons. `state` changes with its aiTag; `listed`
    names the list that it is a row of."""
    return with_list(f"decide.{conversation}.{state}", listed)


def with_list(block: str, listed: str) -> str:
    return f"{block}.{listed}" if listed else block


def list_of(block: object) -> str:
    """The list in a block's id; empty if there is none."""
    match block.split(".") if isinstance(block, str) else ():
        case ["decide", _, _, listed] if _LIST.fullmatch(listed):
            return listed
        case _:
            return ""


def conversation_of(block: str) -> ConversationId:
    """The conversation in a block's id; NotUnderstood for another block."""
    match block.split("."):
        case ["decide", conversation, _] | ["decide", conversation, _, _]:
            return conversation_id(conversation)
        case _:
            raise NotUnderstood(f"I don’t know this menu. {INSTEAD}")


def is_stamp(text: str) -> bool:
    """Whether a button's value can hold this time stamp."""
    return _STAMP.fullmatch(text) is not None


def action_id(position: int) -> str:
    return f"decide.{position}"


def pack(conversation: ConversationId, choice: Choice) -> str:
    """The value of the button or option for this choice. EditTags has none."""
    match choice:
        case MarkRead():
            return f"1:{conversation}:read"
        case MarkUnread():
            return f"1:{conversation}:unread"
        case SetAiTag(ai_tag):
            return f"1:{conversation}:tag:{ai_tag}"
        case ClearAiTag():
            return f"1:{conversation}:untag"
        case Show():
            return f"1:{conversation}:show"
        case Next(replied_at):
            return f"1:{conversation}:next:{replied_at}"
        case Whole():
            return f"1:{conversation}:whole"
        case _:
            raise TypeError(f"no button means {type(choice).__name__}")


def parse(value: str) -> tuple[ConversationId, Choice]:
    """The meaning of a button's or an option's value; NotUnderstood for an unknown form."""
    match value.split(":", 3):
        case ["1", conversation, "read"]:
            return conversation_id(conversation), MarkRead()
        case ["1", conversation, "unread"]:
            return conversation_id(conversation), MarkUnread()
        case ["1", conversation, "tag", ai_tag] if ai_tag.strip():
            return conversation_id(conversation), SetAiTag(AiTag(ai_tag))
        case ["1", conversation, "untag"]:
            return conversation_id(conversation), ClearAiTag()
        case ["1", conversation, "show"]:
            return conversation_id(conversation), Show()
        case ["1", conversation, "whole"]:
            return conversation_id(conversation), Whole()
        case ["1", conversation, "next", replied_at] if is_stamp(replied_at):
            return conversation_id(conversation), Next(replied_at)
        case _:
            raise NotUnderstood(f"I don’t know this button. {INSTEAD}")
