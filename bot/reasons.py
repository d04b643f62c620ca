"""When people say why, before they do something: what may send mail to a lead who asks to be left
alone. Pure."""

from collections.abc import Collection

from bot.opt_outs import objection
from bot.triage import AiTag, Change, Conversation, SetAiTag, same_name, single
from bot.written import REASON_LIMIT as REASON_LIMIT


def asks_why(
    conversation: Conversation, change: Change, confirmed: Collection[str]
) -> AiTag | None:
    """The aiTag that the change sets, if it needs a reason: it may send mail (`confirmed`, by
    bot.triage.same_name), and the lead asks to be left alone. A mail of ours needs a reason where
    `objection` holds."""
    return sent_by(change, confirmed) if objection(conversation) else None


def sent_by(change: Change, confirmed: Collection[str]) -> AiTag | None:
    """The aiTag that the change sets, if it may send mail."""
    sets = (each.ai_tag for each in single(change) if isinstance(each, SetAiTag))
    return next((each for each in sets if same_name(each) in confirmed), None)


def tidied(reason: str) -> str:
    """A reason as it is kept: one line, without what is around it."""
    return " ".join(reason.split())
