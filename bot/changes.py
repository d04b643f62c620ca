"""The effects of changes on a conversation, and SendKit's way to compare values. Pure."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Final

from bot.text import folded
from bot.triage import (
    Change,
    ClearAiTag,
    Conversation,
    ConversationId,
    EditTags,
    Lead,
    MarkRead,
    MarkUnread,
    Outcome,
    Seen,
    SetAiTag,
    Several,
    SingleChange,
    single,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The result of a decision that failed. `private`: only its person may know."""

    refused: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Unchanged:
    """SendKit already had the wanted values. `stale`: the cards show others."""

    unchanged: bool
    stale: bool = False


Made = Outcome | Refusal | Unchanged  # the result of a decision


def narrowed(change: Change, before: Conversation) -> Change:
    """The change without custom tags that it does not add or remove."""
    match change:
        case EditTags():
            after = change.after(before).tags
            had, has = {*map(folded, before.tags)}, {*map(folded, after)}
            return EditTags(
                tuple(tag for tag in after if folded(tag) not in had),
                tuple(tag for tag in before.tags if folded(tag) not in has),
            )
        case Several(changes):
            made: list[SingleChange] = []
            for each in changes:
                made += single(narrowed(each, before))
                before = each.after(before)
            return Several(tuple(made))
        case _:
            return change


def fields(change: Change) -> Set[str]:
    """The names of SendKit's fields that the change touches."""
    return change.patch(Conversation(ConversationId(""), Lead(""))).keys()


def is_made(change: Change, conversation: Conversation) -> bool:
    """Whether the conversation already has the wanted values."""
    return is_same(change.after(conversation), conversation)


# The values of SendKit's fields. SendKit ignores letter case in an aiTag, and order and repetition
# in tags.
_VALUES: Final[Mapping[str, Callable[[Conversation | Seen], object]]] = {
    "aiTag": lambda each: folded(each.ai_tag or ""),
    "tags": lambda each: frozenset(map(folded, each.tags)),
    "isRead": lambda each: each.unread,
    "markRead": lambda each: each.unread,
}


def is_same(one: Conversation, other: Conversation) -> bool:
    """Whether SendKit counts them as equal."""
    return all(value(one) == value(other) for value in _VALUES.values())


def changed_since(change: Change, seen: Seen, now: Conversation) -> Set[str]:
    """The fields of the change that are neither as they were `seen` nor as they are wanted, since
    somebody changed them meanwhile."""
    wanted = change.after(now)
    return {
        field
        for field in fields(change)
        if _VALUES[field](now) not in (_VALUES[field](seen), _VALUES[field](wanted))
    }


def is_overtaken(change: Change, seen: Seen, now: Conversation) -> bool:
    """Whether the change would overwrite an aiTag that the person has not seen. A read state that
    has changed is the wanted one already, and custom tags are added and removed one by one."""
    return "aiTag" in changed_since(change, seen, now)


def restoring(change: Change, before: Seen, after: Seen) -> tuple[SingleChange, ...]:
    """The change that brings back the values `before` a change, where it changed them."""
    changed = {each for each in fields(change) if _VALUES[each](before) != _VALUES[each](after)}
    back: list[SingleChange] = []
    if "aiTag" in changed:
        back.append(SetAiTag(before.ai_tag) if before.ai_tag else ClearAiTag())
    if "tags" in changed:
        had, has = {*map(folded, before.tags)}, {*map(folded, after.tags)}
        lost = tuple(tag for tag in before.tags if folded(tag) not in has)
        back.append(EditTags(lost, tuple(tag for tag in after.tags if folded(tag) not in had)))
    if changed & {"isRead", "markRead"}:
        back.append(MarkUnread() if before.unread else MarkRead())
    return tuple(back)
