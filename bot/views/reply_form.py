"""The form in which an answer to a lead is written, and its preview."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from bot import acts
from bot.answered import Answered
from bot.triage import Conversation, Mail, Owner
from bot.views.answer import actions, buttons, facts
from bot.views.form import View, form_view, head, newest_mail, written_since
from bot.views.message import (
    CONTEXT_LIMIT,
    NAME_LIMIT,
    OPTION_LIMIT,
    PHRASE_LIMIT,
    SECTION_LIMIT,
    TITLE_LIMIT,
    Block,
    button,
    context,
    cut,
    markup,
    moment,
    phrase,
    plain,
    section,
)
from bot.written import CC_LIMIT, REASON_LIMIT, TEXT_LIMIT, Written, copies

# Of the lead's newest mail, above the fields.
WORDS_LIMIT: Final = 1500
HINT_LIMIT: Final = 150
EMAIL_LIMIT: Final = 150
IN_30_SECONDS: Final = "30 seconds after you press Send; until then you can take it back"


def form(
    shown: Conversation,
    mails: Sequence[Mail],
    written: Written,
    metadata: str,
    *,
    key: str,
    notice: str = "",
    url: str = "",
    owner: Owner | None = None,
    asks_reason: bool = False,
    opens: bool = True,
) -> View:
    """The lead's newest email and the fields of an answer. `key`: Slack keeps the input of fields
    while it stays the same. `asks_reason`: the lead asks to be left alone. `opens` as in
    newest_mail."""
    blocks: list[Block] = [
        *head(shown, url, owner),
        *newest_mail(mails, shown, WORDS_LIMIT, opens=opens),
        *written_since(mails, shown),
    ]
    if notice:
        blocks.append(section(notice))
    blocks += _fields(written, key, asks_reason=asks_reason)
    view = form_view("Reply", blocks, metadata)
    return {
        **view,
        "callback_id": acts.WRITE,
        "submit": plain("Preview", TITLE_LIMIT),
        "notify_on_close": True,
    }


def _fields(written: Written, key: str, *, asks_reason: bool) -> Iterator[Block]:
    text = _typed(acts.TEXT, written.text, TEXT_LIMIT, multiline=True)
    yield _field("Your answer", text, key, "Nothing else is sent: words in the thread stay here.")
    copied = _typed(acts.CC, written.cc, CC_LIMIT)
    yield _field("Cc", copied, key, "Email addresses, with commas between.", optional=True)
    moment: dict[str, Any] = {"type": "datetimepicker", "action_id": acts.SEND_AT}
    if written.at is not None:
        moment["initial_date_time"] = written.at
    after = "Without a time, it goes out 30 seconds after you press Send."
    yield _field("Send at", moment, key, after, optional=True)
    if asks_reason:
        reason = _typed(acts.REASON, written.reason, REASON_LIMIT)
        yield _field("Reason", reason, key, "This lead asks to be left alone. Why do you write?")


def _typed(name: str, first: str, limit: int, *, multiline: bool = False) -> Block:
    """A text field that tells the bot of each change, so that no started text is lost."""
    element = {
        "type": "plain_text_input",
        "action_id": name,
        "multiline": multiline,
        "max_length": limit,
        "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]},
    }
    return {**element, "initial_value": first[:limit]} if first else element


def _field(name: str, element: Block, key: str, hint: str, *, optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": field_id(element["action_id"], key),
        "label": plain(name, OPTION_LIMIT),
        "hint": plain(hint, HINT_LIMIT),
        "optional": optional,
        "dispatch_action": True,
        "element": element,
    }


def field_id(name: str, key: str) -> str:
    """The id of the block with a field, under which its error is shown."""
    return f"{name}.{key}"


def filled(view: View, text: str) -> View:
    """The form with this text in its field. The field gets another id: with the same one, Slack
    would keep what the person had typed."""
    blocks = [
        _refilled(block, text)
        if block["type"] == "input" and block["element"]["action_id"] == acts.TEXT
        else block
        for block in view["blocks"]
    ]
    return {**view, "blocks": blocks}


def _refilled(block: Block, text: str) -> Block:
    element = {each: value for each, value in block["element"].items() if each != "initial_value"}
    if text:
        element["initial_value"] = text[:TEXT_LIMIT]
    return {**block, "block_id": f"{block['block_id']}.filled", "element": element}


def preview(
    shown: Conversation, written: Written, metadata: str, *, mailbox: str = "", notice: str = ""
) -> View:
    """Everything that is about to be sent, and to whom. `mailbox`: its address; empty if SendKit
    did not say."""
    blocks: list[Block] = [*([section(notice)] if notice else []), *_addressed(shown, written)]
    blocks.append(context("From", _mailbox(mailbox)))
    if written.at is None:
        blocks.append(context("Goes out", IN_30_SECONDS))
    else:
        blocks.append(context("Goes out", markup(moment(written.at))))
    if written.reason:
        blocks.append(context("Reason, shown in the thread", phrase(written.reason, PHRASE_LIMIT)))
    blocks.append({"type": "divider"})
    text = written.text
    blocks += [section(text[at : at + SECTION_LIMIT]) for at in range(0, len(text), SECTION_LIMIT)]
    change = button("Change", acts.CHANGE, "change", about=shown.lead.label)
    blocks.append({"type": "actions", "elements": [change]})
    view = form_view("Send this answer?", blocks, metadata)
    return {
        **view,
        "callback_id": acts.PREVIEW,
        "submit": plain("Send", TITLE_LIMIT),
        "notify_on_close": True,
    }


def _addressed(shown: Conversation, written: Written) -> Iterator[Block]:
    lead = shown.lead
    email = phrase(lead.email, EMAIL_LIMIT) or "the address that SendKit has"
    yield context("To", f"{phrase(lead.name, NAME_LIMIT)} · {email}" if lead.name else email)
    if addresses := copies(written):
        yield context("Cc", cut(", ".join(addresses), CONTEXT_LIMIT))


def _mailbox(mailbox: str) -> str:
    return phrase(mailbox, EMAIL_LIMIT) or "the mailbox in SendKit that wrote to them before"


def underway(shown: Conversation, answer: Answered) -> View:
    """In place of the form, while an answer is under way."""
    blocks: list[Block] = [context(*facts(answer))]
    if pressed := buttons(shown, answer):
        blocks.append(actions(shown, pressed))
    blocks.append(context("When that is over, you can answer. A started text is kept."))
    return form_view("Reply", blocks, "")


def saved(shown: Conversation) -> View:
    """After *Send*, for a person who does not see the card."""
    lead = phrase(shown.lead.label, NAME_LIMIT)
    said = f"Your answer to {lead} is saved, and goes out in 30 seconds or when you said."
    back = f"Until then, take it back on its card: {acts.COMMAND} show {phrase(shown.id, 64)}"
    return form_view("Your answer", [section(said), context(back)], "")
