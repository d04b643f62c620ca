"""The thread line: one short line a decision."""

from bot.slack.views.message import (
    CONTEXT_LIMIT,
    NAME_LIMIT,
    PHRASE_LIMIT,
    Message,
    context,
    cut,
    listed,
    message,
    short,
)
from bot.triage import AiTag, EditTags, MarkRead, MarkUnread, Outcome


def news(text: str) -> Message:
    """What happened to a conversation without anybody here deciding it."""
    said = cut(text, CONTEXT_LIMIT)
    return message(said, [context(said)])


def line(outcome: Outcome, whose: str = "") -> Message:
    """Who decided, and the aiTag and the tags that came of it; `whose` names the lead where the
    thread is several leads'."""
    said = sentence(outcome)
    if whose:
        said = f"{short(whose, NAME_LIMIT)} · {said}"
    return message(said, [context(said)])


def sentence(outcome: Outcome) -> str:
    return f"{short(outcome.person, NAME_LIMIT)}: {what(outcome)}"


def what(outcome: Outcome) -> str:
    """What was decided and what the conversation has now."""
    old, new = _named(outcome.old_ai_tag), _named(outcome.new_ai_tag)
    ai_tag = f"aiTag {new}"
    tags = listed(outcome.tags)
    match outcome.change:
        case MarkRead():
            return f"marked read · {ai_tag} · {tags}"
        case MarkUnread():
            return f"marked unread · {ai_tag} · {tags}"
        case EditTags():
            return f"{tags} · {ai_tag}"
        case _:
            return f"aiTag {old} → {new} · {tags}"


def failed(person: str, wished: str, reason: str) -> Message:
    """A decision that everybody saw was saved, and that came to nothing."""
    who, what_for = short(person, NAME_LIMIT), short(wished, PHRASE_LIMIT)
    said = cut(f"{who}: {what_for} was not carried out. {reason}", CONTEXT_LIMIT)
    return message(said, [context(said)])


def _named(ai_tag: AiTag | None) -> str:
    return short(ai_tag or "none", NAME_LIMIT)
