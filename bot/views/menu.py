"""The menu of aiTags below a card."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot import acts
from bot.triage import (
    AiTag,
    Change,
    ClearAiTag,
    Conversation,
    ConversationId,
    SetAiTag,
    same_name,
)
from bot.views.message import OPTION_LIMIT, Block, label, plain
from bot.views.palette import Palette, asking_in_menu

# https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
OPTIONS_LIMIT: Final = 100
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


def menu(conversation: Conversation, choices: Palette, chosen: Block | None) -> Block:
    options = [_option(label(tag), conversation.id, SetAiTag(tag)) for tag in choices.ai_tags]
    options = [each for each in options if fits(each)]
    options.append(_option(CLEAR, conversation.id, ClearAiTag()))
    select = {
        "type": "static_select",
        "action_id": acts.MENU,
        "placeholder": plain("Set aiTag", OPTION_LIMIT),
        "options": options,
        **_asks(choices),
    }
    return {**select, "initial_option": chosen} if chosen in options else select


def _asks(choices: Palette) -> Block:
    dialog = asking_in_menu(choices.ai_tags, choices.confirmed)
    return {"confirm": dialog} if dialog else {}


def search(choices: Palette, chosen: Block | None) -> Block:
    select = {
        "type": "external_select",
        "action_id": acts.SEARCH,
        "placeholder": plain("Set aiTag", OPTION_LIMIT),
        # Slack asks for options before anything is typed.
        "min_query_length": 0,
        **_asks(choices),
    }
    return {**select, "initial_option": chosen} if chosen and fits(chosen) else select


def chosen_option(conversation: Conversation) -> Block | None:
    if not conversation.ai_tag:
        return None
    return _option(label(conversation.ai_tag), conversation.id, SetAiTag(conversation.ai_tag))


def _option(text: str, identity: ConversationId, change: Change) -> Block:
    return {"text": plain(text, OPTION_LIMIT), "value": acts.pack_change(identity, change)}


def fits(option: Block) -> bool:
    """Whether Slack accepts the option's value. A longer aiTag can be set with /sendkit."""
    return len(option["value"]) <= acts.OPTION_VALUE_LIMIT
