"""Every id that Slack keeps for us: buttons live in old messages for years, so what is written
here is a published format. A form that was ever committed is parsed for ever.

A value is `1:<conversation>:<verb>[:<argument>]`; the verbs are `read`, `unread`, `tag` (argument:
the aiTag), `untag` and `show`.
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

# The action ids of buttons are `decide.<n>`, n only keeping them apart within a block; the menu's
# is `decide.menu`, or `decide.search` where people type to find an aiTag in it. What a press means
# is in its value alone.
MENU: Final = "decide.menu"
SEARCH: Final = "decide.search"

# What a message's metadata is called, and the field in it that tells one message from a repeat.
EVENT: Final = "sendkit_triage"
MARK: Final = "entry"
MARKS: Final = "entries"

# The way out for whoever pressed what this version does not know.
INSTEAD: Final = f"Press one on a newer card, or type {COMMAND} help."

# https://docs.slack.dev/reference/block-kit/composition-objects/option-object
OPTION_VALUE_LIMIT: Final = 150
BUTTON_VALUE_LIMIT: Final = 2000

_CONVERSATION = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Show:
    """Not a change: post the conversation's card."""


Choice = Change | Show


def conversation_id(text: str) -> ConversationId:
    """A conversation's id as SendKit and buttons write it; anything else is NotUnderstood."""
    if not _CONVERSATION.fullmatch(text):
        raise NotUnderstood("That is not the id of a conversation.")
    return ConversationId(text)


def block_id(conversation: ConversationId, state: str) -> str:
    """The id of the block with a conversation's buttons; `state` changes with its aiTag."""
    return f"decide.{conversation}.{state}"


def conversation_of(block: str) -> ConversationId:
    """The conversation that `block_id` named; NotUnderstood for another block's id."""
    match block.split("."):
        case ["decide", conversation, _]:
            return conversation_id(conversation)
        case _:
            raise NotUnderstood(f"I do not know this menu. {INSTEAD}")


def action_id(position: int) -> str:
    return f"decide.{position}"


def pack(conversation: ConversationId, choice: Choice) -> str:
    """The value of the button or the option that means this choice; EditTags has none."""
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
        case _:
            raise TypeError(f"no button means {type(choice).__name__}")


def parse(value: str) -> tuple[ConversationId, Choice]:
    """What a button's or an option's value means; NotUnderstood for a form that never was."""
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
        case _:
            raise NotUnderstood(f"I do not know this button. {INSTEAD}")
