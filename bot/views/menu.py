"""The options of menus: those of older cards search the aiTags."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot import acts
from bot.triage import (
    AiTag,
    Change,
    ClearAiTag,
    ConversationId,
    SetAiTag,
    same_name,
)
from bot.views.message import OPTION_LIMIT, Block, label, plain

# https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
OPTIONS_LIMIT: Final = 100
# https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element
OVERFLOW_LIMIT: Final = 5
CLEAR: Final = "Clear aiTag"


def suggestions(identity: ConversationId, ai_tags: Sequence[AiTag], typed: str) -> list[Block]:
    """The options of a search.

    https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select
    """
    found = matching(ai_tags, typed)
    options = [_option(label(tag), identity, SetAiTag(tag)) for tag in found]
    if same_name(typed) in same_name(CLEAR):
        options.insert(0, _option(CLEAR, identity, ClearAiTag()))
    return [each for each in options if fits(each)][:OPTIONS_LIMIT]


def matching(ai_tags: Iterable[AiTag], typed: str) -> Sequence[AiTag]:
    """The aiTags that contain the typed words, those that begin with them first."""
    wanted = same_name(typed)
    found = [tag for tag in ai_tags if wanted in same_name(label(tag)) + same_name(tag)]
    return sorted(found, key=lambda tag: not same_name(tag).startswith(wanted))


def _option(text: str, identity: ConversationId, change: Change) -> Block:
    return {"text": plain(text, OPTION_LIMIT), "value": acts.pack_change(identity, change)}


def fits(option: Block) -> bool:
    """Whether Slack accepts the option's value. A longer aiTag can be set with /sendkit."""
    return len(option["value"]) <= acts.OPTION_VALUE_LIMIT
