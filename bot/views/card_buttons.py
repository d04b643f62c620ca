"""The buttons of a card."""

from collections.abc import Sequence
from typing import Final

from bot import acts
from bot.barred import Barred
from bot.opt_outs import objection
from bot.returns import offered
from bot.triage import (
    Card,
    Change,
    ClearAiTag,
    Conversation,
    DecisionId,
    DoNotContact,
    MarkRead,
    MarkUnread,
    SetAiTag,
)
from bot.views import answer, later
from bot.views import menu as menus
from bot.views.message import CHOSEN, OPTION_LIMIT, Block, button, label, plain, wish
from bot.views.owner import RELEASE, TAKE
from bot.views.palette import Palette, asking, asking_back, asking_to_bar

# The position of its button keeps its id apart from those of the others.
BAR: Final = 5
BAR_LABEL: Final = "Do not contact"


def show_card(conversation: Conversation) -> Block:
    """The button that posts the conversation's own card."""
    value, who = acts.pack(acts.Show(acts.ById(conversation.id))), conversation.lead.label
    return button("Show card", acts.action_id(9), value, about=who)


def passing(shown: Card, choices: Palette) -> Sequence[Block]:
    """The buttons that a card has for a while: what ends that the conversation is put off, or puts
    it off until the day that an automatic reply names, and what the state of an answer asks for."""
    conversation = shown.conversation
    back, found = offered(conversation), list[Block]()
    if shown.later is not None:
        found.append(later.back_now(conversation))
    elif back is not None and later.begins(back) > choices.at:
        found.append(later.remind(conversation, back))
    return [*found, *answer.buttons(conversation, answer.of(shown))]


def actions(
    conversation: Conversation,
    choices: Palette,
    more: Sequence[Block] = (),
    *,
    barred: Barred | None = None,
    last: Block | None = None,
) -> Block:
    """The buttons of one conversation, `more` of them, and the `last` element of a card that stands
    alone. Among others there is no room for buttons with long values."""
    reading: Change = MarkRead() if conversation.unread else MarkUnread()
    longest = acts.BUTTON_VALUE_LIMIT if last else acts.OPTION_VALUE_LIMIT
    who = conversation.lead.label
    faces: list[tuple[str, Change, bool]] = []
    for ai_tag in choices.quick:
        chosen = ai_tag == conversation.ai_tag
        faces.append((CHOSEN * chosen + label(ai_tag), SetAiTag(ai_tag), chosen))
    faces.append(("Mark read" if conversation.unread else "Mark unread", reading, False))
    asks = objection(conversation)  # then a form asks why, and no dialog before it
    first = [bar(conversation)] if barred is None and asks else []
    elements = [
        button(
            text,
            acts.action_id(position),
            value,
            about=who,
            chosen=chosen,
            confirm=None if asks else _asking(change, choices, chosen=chosen),
        )
        for position, (text, change, chosen) in enumerate(faces)
        if len(value := acts.pack_change(conversation.id, change)) <= longest
    ]
    value = acts.pack(acts.Open(acts.ById(conversation.id)))
    if choices.replies:
        elements.append(answer.open_reply(conversation))
    elements += [button("Open", acts.OPEN, value, about=who), *more]
    return {
        "type": "actions",
        "block_id": acts.block_id(conversation.id, "card"),
        "elements": [*first, *elements, *([last] if last else [])],
    }


def bar(conversation: Conversation, action: str = "") -> Block:
    """The button that puts the lead on the do-not-contact list. It asks first. `action`: its id in
    a form."""
    lead = conversation.lead
    value = acts.pack_change(conversation.id, DoNotContact())
    return button(
        BAR_LABEL,
        action or acts.action_id(BAR),
        value,
        about=lead.label,
        confirm=asking_to_bar(lead.email or lead.label),
    )


def more(shown: Card, choices: Palette) -> Block:
    """The menu of a card with what is needed less often.

    https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element
    """
    conversation = acts.ById(shown.conversation.id)
    found: list[tuple[str, acts.Pressed, str]] = []
    if (undone := _undoable(shown)) is not None:
        decision, change = undone
        last = shown.last if shown.waiting is None else None
        # An option has no dialog, so a form asks.
        asks = last is not None and asking_back(last, choices.confirmed) is not None
        taken_back: acts.Pressed = acts.Undo(conversation, decision)
        if asks:
            taken_back = acts.Confirm(conversation, decision)
        found.append((f"Undo “{wish(change)}”{'…' * asks}", taken_back, ""))
    if shown.owner is None:
        found.append((TAKE, acts.Take(conversation), ""))
    else:
        found.append((RELEASE, acts.Release(conversation), ""))
    found.append((later.LATER, acts.AskUntil(conversation), ""))
    clear = acts.Decide(conversation, ClearAiTag())
    found.append((menus.CLEAR, clear, ""))
    found.append(("Whole email", acts.Whole(conversation), ""))
    if url := choices.link(conversation.id):
        found.append(("Open in SendKit", acts.Visit(conversation), url))
    options = [
        {
            "text": plain(text, OPTION_LIMIT),
            "value": acts.pack(act),
            **({"url": url} if url else {}),
        }
        for text, act, url in found
    ]
    fitting = [each for each in options if menus.fits(each)]
    if len(fitting) > menus.OVERFLOW_LIMIT:
        # The form that *Open* opens clears it, too.
        fitting = [each for each in fitting if each["value"] != acts.pack(clear)]
    return {
        "type": "overflow",
        "action_id": acts.MORE,
        "options": fitting,
    }


def _undoable(shown: Card) -> tuple[DecisionId, Change] | None:
    """The decision that the card's *Undo* takes back: one that waits, or else the last one."""
    found: tuple[DecisionId, Change] | None = None
    if shown.waiting is not None:
        if shown.waiting.decision is not None and not shown.waiting.others:
            found = shown.waiting.decision, shown.waiting.change
    elif shown.last is not None and not isinstance(shown.last.change, DoNotContact):
        found = shown.last.decision, shown.last.change
    return found if found and acts.is_decision(found[0]) else None


def _asking(change: Change, choices: Palette, *, chosen: bool) -> Block | None:
    if chosen or not isinstance(change, SetAiTag):
        return None
    return asking(change.ai_tag, choices.confirmed)
