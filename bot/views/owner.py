"""Texts about owners."""

from typing import Final

from bot import acts
from bot.triage import Conversation, Owner
from bot.views.message import (
    NAME_LIMIT,
    PHRASE_LIMIT,
    Message,
    button,
    clock_time,
    context,
    markup,
    message,
    moment,
    phrase,
    section,
)

TAKE: Final = "I’ll take it"
RELEASE: Final = "Release"
TAKE_OVER: Final = "Take over"


def held(shown: Conversation, owner: Owner) -> Message:
    """For a person who wants what a colleague has."""
    said = f"{_name(owner)} is the owner of the {about(shown)}"
    asks = f"Press {TAKE_OVER} to become the owner."
    value = acts.pack(acts.Take(acts.ById(shown.id), owner.id))
    over = button(TAKE_OVER, acts.action_id(0), value, about=shown.lead.label)
    blocks = [section(f"{said}."), context("Since", markup(moment(owner.since)), asks)]
    row = {
        "type": "actions",
        "block_id": acts.block_id(shown.id, "owner"),
        "elements": [over],
    }
    return message(f"{said}, since {clock_time(owner.since)}. {asks}", [*blocks, row])


def now(shown: Conversation, owner: Owner | None, *, mine: bool, already: bool = False) -> str:
    """Says who is the owner, for the person who asked for it. `already`: nothing was changed."""
    when = "already " if already else ""
    if owner is None:
        return f"The {about(shown)} {when}has no owner{'' if already else ' now'}."
    who = "You are" if mine else f"{_name(owner)} is"
    return f"{who} {when}the owner of the {about(shown)}{'' if already else ' now'}."


def given(shown: Conversation, by: str, to: Owner | None, *, mine: bool) -> str:
    """For the owner before, or for the one now (`mine`), if somebody else changed it."""
    who = phrase(by, NAME_LIMIT)
    if mine:
        return f"{who} made you the owner of the {about(shown)}."
    if to is None:
        return f"{who} released the {about(shown)}. You were its owner."
    return f"{who} made {_name(to)} the owner of the {about(shown)}. You were its owner."


def assigned(shown: Conversation) -> str:
    """For the owner of a new reply."""
    return f"You are the owner of a new reply from {_told(shown)}"


def wrote_again(shown: Conversation) -> str:
    """For the owner of a conversation whose lead wrote again."""
    return f"A new reply in a conversation of yours, from {_told(shown)}"


def _told(shown: Conversation) -> str:
    lead = phrase(shown.lead.label, NAME_LIMIT)
    campaign = f", {phrase(shown.campaign, NAME_LIMIT)}" if shown.campaign else ""
    said = phrase(shown.words, PHRASE_LIMIT)
    return f"{lead}{campaign}: “{said}”" if said else f"{lead}{campaign}."


def about(shown: Conversation) -> str:
    return f"conversation with {phrase(shown.lead.label, NAME_LIMIT)}"


def _name(owner: Owner) -> str:
    return phrase(owner.name, NAME_LIMIT)
