"""What people see who have to say why, before mail may go to a lead who asks to be left alone."""

from typing import Final

from bot import acts
from bot.triage import AiTag, Conversation, same_name
from bot.views.form import View, form_view, head, reason_field
from bot.views.line import named
from bot.views.message import NAME_LIMIT, TITLE_LIMIT, phrase, plain, section
from bot.views.palette import warning

ASKS: Final = "asks to be left alone"
SAY_WHY: Final = "Say why: the reason is kept with the decision."


def reason_missing(shown: Conversation, sets: AiTag) -> str:
    """For a person whose decision needs a reason and has none."""
    ai_tag = named(sets)
    return (
        f"{phrase(shown.lead.label, NAME_LIMIT)} {ASKS}, and {ai_tag} may send them email. So I "
        f"ask for a reason first: press {ai_tag} on the card, or type the reason too: "
        f"{acts.COMMAND} tag ID {ai_tag} because …"
    )


def asking_why(shown: Conversation, sets: AiTag, metadata: str) -> View:
    """The form that asks why, before this aiTag is set."""
    ai_tag = named(sets)
    asked = f"{phrase(shown.lead.label, NAME_LIMIT)} {ASKS}. Set {ai_tag} all the same?"
    warned = warning(sets, frozenset({same_name(sets)}))
    blocks = [*head(shown, "", None), section(asked), section(warned), reason_field(shown.id)]
    view = form_view("Why?", blocks, metadata, close="Cancel")
    return {**view, "callback_id": acts.BECAUSE, "submit": plain("Set it", TITLE_LIMIT)}
