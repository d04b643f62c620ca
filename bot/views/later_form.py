"""The form that asks until when a conversation is put off."""

from collections.abc import Sequence

from bot import acts
from bot.later import MORNING
from bot.triage import Conversation
from bot.views.form import View, form_view, head
from bot.views.message import OPTION_LIMIT, TITLE_LIMIT, Block, plain


def ask(shown: Conversation, offered: Sequence[tuple[str, str]], zone: str, metadata: str) -> View:
    """`offered`: times by their names, each with the words that mean it. `zone`: in which time zone
    they are."""
    options = [{"text": plain(name, OPTION_LIMIT), "value": value} for name, value in offered]
    choice = {
        "type": "radio_buttons",
        "action_id": acts.WHEN,
        "options": options,
        "initial_option": options[0],
    }
    day = {"type": "datepicker", "action_id": acts.DAY}
    hours, minutes = divmod(MORNING, 60)
    time = {
        "type": "timepicker",
        "action_id": acts.TIME,
        "initial_time": f"{hours:02d}:{minutes:02d}",
    }
    fields = [
        _field("Comes back", choice, f"Times are in the time zone {zone}."),
        _field("Or on a day", day, "A day here counts instead of the choice above."),
        _field("At", time, ""),
    ]
    view = form_view("Later", [*head(shown, "", None), *fields], metadata, close="Cancel")
    return {**view, "callback_id": acts.PUT_OFF, "submit": plain("Put off", TITLE_LIMIT)}


def _field(name: str, element: Block, hint: str) -> Block:
    block = {
        "type": "input",
        "block_id": element["action_id"],
        "label": plain(name, OPTION_LIMIT),
        "optional": element["action_id"] != acts.WHEN,
        "element": element,
    }
    return {**block, "hint": plain(hint, OPTION_LIMIT)} if hint else block
