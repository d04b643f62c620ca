"""Forms: the whole conversation with the fields to decide about it, and a whole email.

A view has no `text`: screen readers read its blocks. https://docs.slack.dev/surfaces/modals
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot import acts
from bot.barred import Barred
from bot.opt_outs import objection
from bot.reasons import REASON_LIMIT
from bot.text import folded
from bot.triage import AiTag, ChannelId, Conversation, Mail, Outcome, Owner
from bot.views.answer import open_reply
from bot.views.card import NO_WORDS, SUBJECT_LIMIT, barring, owned, source, title
from bot.views.card_buttons import bar
from bot.views.message import (
    CONTEXT_LIMIT,
    NAME_LIMIT,
    OPTION_LIMIT,
    SECTION_LIMIT,
    TITLE_LIMIT,
    Block,
    button,
    channel_name,
    clean,
    context,
    cut,
    label,
    link,
    markup,
    moment,
    phrase,
    plain,
    section,
    short,
    wish,
)

View = dict[str, Any]

# Of the lead's newest mail, and of each other one.
WORDS_LIMIT: Final = 700
BEGINNING: Final = 300
MAILS: Final = 10
FILES_LIMIT: Final = 200
# One less than a menu takes, since it also has the option for no aiTag.
OPTIONS_LIMIT: Final = 99
HINT: Final = "Your own labels, with commas between."
# Slack takes 250 kB for a view, however the client writes it.
PAGE_BYTES: Final = 200_000
NAME: Final = "SendKit Triage"


@dataclass(frozen=True, slots=True)
class Fields:
    """The first content of a form's fields. `ai_tags`: all of them with what they mean. `read`:
    None if it follows from the rest, in a queue. `tags`: None without a field for them. `key`:
    Slack keeps the input of fields while it stays the same. `asks_why`: with a field for the
    reason."""

    ai_tags: Mapping[AiTag, str]
    ai_tag: AiTag | None
    read: bool | None
    tags: str | None
    key: str
    focused: bool = False
    asks_why: bool = False


def loading(metadata: str) -> View:
    """The form before its content is there."""
    return form_view(NAME, [section("One moment: I’m asking SendKit."), _again()], metadata)


def sentence(said: str, metadata: str = "", channel: str = "") -> View:
    """A form that cannot be shown. With its `metadata`, the person can try again. `channel`: where
    it would work."""
    blocks = [section(said)]
    if channel:
        blocks.append(context(markup(channel_name(ChannelId(channel)))))
    return form_view(NAME, [*blocks, _again()] if metadata else blocks, metadata)


def conversation(
    shown: Conversation,
    mails: Sequence[Mail],
    fields: Fields | None,
    metadata: str,
    *,
    page: int = 0,
    notice: str = "",
    url: str = "",
    owner: Owner | None = None,
    barred: Barred | bool = False,
    replies: bool = False,
) -> View:
    """The lead's newest email, the fields, and below them the other ones, newest first. `mails` are
    the oldest first; `page` of the others is counted from 0. `notice` stands above the fields.
    `url`: the conversation's page in SendKit. `barred` as for `head`.
    `replies`: people can answer leads from Slack."""
    newest = newest_of(mails)
    beside = [open_reply(shown)] if replies else []
    blocks = [*head(shown, url, owner, barred), *newest_mail(mails, shown, beside=beside)]
    if newest + 1 < len(mails):
        blocks.append(context("We have written since: see below."))
    if notice:
        blocks.append(section(notice))
    if fields is not None:
        blocks += _fields(fields)
    else:
        blocks.append(context(f"Its aiTag is too long for a form. Use {acts.COMMAND}."))
    others = [(at, mails[at]) for at in range(len(mails) - 1, -1, -1) if at != newest]
    blocks += _others(others, page, shown)
    view = form_view(shown.lead.label, blocks, metadata)
    if fields is None:
        return view
    return {**view, "callback_id": acts.SAVE, "submit": plain("Save", TITLE_LIMIT)}


def head(
    shown: Conversation, url: str, owner: Owner | None, barred: Barred | bool = True
) -> Iterator[Block]:
    """The lead, the owner, and a link to the conversation's page in SendKit. `barred`: the lead is
    on the do-not-contact list, or a decision about that is saved; if neither, a lead who asks to be
    left alone has a button for it."""
    listed = [barring(barred)] if isinstance(barred, Barred) else []
    parts = [title(shown), source(shown, has_subject=False), *listed, *owned(owner)]
    said = cut(" · ".join(parts), CONTEXT_LIMIT)
    way = link(url, "Open in SendKit")
    yield context(said, markup(way)) if way else context(said)
    if not barred and objection(shown):
        yield {"type": "actions", "elements": [bar(shown, acts.BAR)]}


def newest_of(mails: Sequence[Mail]) -> int:
    """The position of the lead's newest mail, or else of the newest one."""
    return max((at for at, each in enumerate(mails) if not each.ours), default=len(mails) - 1)


def newest_mail(
    mails: Sequence[Mail],
    shown: Conversation,
    limit: int = WORDS_LIMIT,
    *,
    beside: Sequence[Block] = (),
    opens: bool = True,
) -> Iterator[Block]:
    """The lead's newest mail in at most `limit` characters, with buttons `beside` that for the
    whole email. `opens`: another form has room for that one above this one."""
    if not mails:
        yield section(NO_WORDS)
        if beside:
            yield {"type": "actions", "elements": [*beside]}
        return
    newest = newest_of(mails)
    mail = mails[newest]
    if about := _about(mail):
        yield context(*about)
    yield section(_beginning(mail, limit))
    is_cut = _is_longer(mail, limit) or len(mail.whole) > len(mail.words)
    if is_cut and not opens:
        yield context("To read the whole email, close this form: your text is kept.")
    whole = [whole_mail(newest, mail, shown)] if is_cut and opens else []
    if beside or whole:
        yield {"type": "actions", "elements": [*beside, *whole]}


def written_since(mails: Sequence[Mail], shown: Conversation) -> Iterator[Block]:
    """Our newest mail, if the lead has not answered it."""
    if mails and mails[-1].ours and newest_of(mails) + 1 < len(mails):
        yield context("We have written since:", _who(mails[-1], shown), *_about(mails[-1]))
        yield section(_beginning(mails[-1], BEGINNING))


def _others(others: Sequence[tuple[int, Mail]], page: int, shown: Conversation) -> Iterator[Block]:
    if not others:
        return
    first = min(page * MAILS, (len(others) - 1) // MAILS * MAILS)
    here = others[first : first + MAILS]
    total = f"{len(others)} other emails" if len(others) > 1 else "1 other email"
    place = f", {first + 1} to {first + len(here)} of them here" if len(others) > MAILS else ""
    yield {"type": "divider"}
    yield context(f"{total}{place}, newest first")
    for at, mail in here:
        yield context(_who(mail, shown), *_about(mail))
        said = section(_beginning(mail, BEGINNING))
        longer = _is_longer(mail, BEGINNING)
        yield {**said, "accessory": whole_mail(at, mail, shown)} if longer else said
    yield from _pages(first // MAILS, first > 0, first + MAILS < len(others), "Newer", "Older")


def _pages(page: int, before: bool, after: bool, back: str, on: str) -> Iterator[Block]:
    """Buttons to the pages before and after this one."""
    faces = [(back, page - 1)] * before + [(on, page + 1)] * after
    elements = [
        button(text, f"{acts.PAGE}.{at}", str(at), about=f"page {at + 1}") for text, at in faces
    ]
    if elements:
        yield {"type": "actions", "elements": elements}


def _who(mail: Mail, shown: Conversation) -> str:
    said, lead = phrase(mail.sender, NAME_LIMIT), shown.lead
    if mail.ours:
        return f"We ({said})" if said else "We"
    is_lead = not said or folded(mail.sender) == folded(lead.email)
    return phrase(lead.label, NAME_LIMIT) if is_lead else said


def _about(mail: Mail) -> list[str | Block]:
    """Time, subject and files of a mail."""
    parts: list[str | Block] = [markup(moment(mail.at))] if mail.at is not None else []
    parts.append(phrase(mail.subject, SUBJECT_LIMIT))
    if mail.attachments:
        parts.append(short(f"Attached: {', '.join(mail.attachments)}", FILES_LIMIT))
    return [each for each in parts if each]


def _beginning(mail: Mail, limit: int) -> str:
    return cut(clean(mail.words), limit) or NO_WORDS


def _is_longer(mail: Mail, limit: int) -> bool:
    return len(clean(mail.words)) > limit


def whole_mail(at: int, mail: Mail, shown: Conversation) -> Block:
    """The button that shows the mail at this position."""
    return button("Whole email", f"{acts.MAIL}.{at}", str(at), about=_who(mail, shown))


def mail(shown: Conversation, mail: Mail, metadata: str, *, page: int = 0) -> View:
    """A whole email with its quoted history."""
    pages = _sections(mail.whole or NO_WORDS)
    page = min(page, len(pages) - 1)
    parts = [context(_who(mail, shown), *_about(mail)), *map(section, pages[page])]
    parts += _pages(page, page > 0, page + 1 < len(pages), "Back", "More")
    return form_view("Whole email", parts, metadata)


def _sections(text: str) -> list[list[str]]:
    """The text in pages of sections."""
    pages: list[list[str]] = [[]]
    room = PAGE_BYTES
    while text:
        part = text[:SECTION_LIMIT]
        if part != text:
            # At the end of a line or a word if there is one in the second half.
            end = max(part.rfind("\n", SECTION_LIMIT // 2), part.rfind(" ", SECTION_LIMIT // 2))
            part = part[: end + 1] or part
        size = len(json.dumps(part))
        if size > room:
            pages.append([])
            room = PAGE_BYTES
        pages[-1].append(part.strip("\n"))
        room -= size
        text = text[len(part) :]
    return pages


def choice(shown: Sequence[Conversation], metadata: str) -> View:
    """A form that asks which of several conversations in a message is meant."""
    blocks: list[Block] = [section("This message has several leads. Which one?")]
    for each in shown:
        said = cut(f"{title(each)} · {source(each, has_subject=False)}", SECTION_LIMIT)
        blocks.append({**section(said), "accessory": open_form(each)})
    return form_view(NAME, blocks, metadata)


def take_back(
    shown: Conversation, undone: Outcome, warned: str, metadata: str, *, asks_why: bool = False
) -> View:
    """Asks before a decision is taken back. `warned`: what may come of it. `asks_why`: with a field
    for the reason."""
    asked = section(f"Undo “{wish(undone.change)}” for {phrase(shown.lead.label, NAME_LIMIT)}?")
    blocks = [*head(shown, "", None), asked, *([section(warned)] if warned else [])]
    if asks_why:
        blocks.append(reason_field(shown.id))
    view = form_view("Undo", blocks, metadata, close="Cancel")
    return {**view, "callback_id": acts.TAKE_BACK, "submit": plain("Undo", TITLE_LIMIT)}


def open_form(shown: Conversation, text: str = "Open") -> Block:
    """The button that opens the form of a conversation."""
    value = acts.pack(acts.Open(acts.ById(shown.id)))
    return button(text, acts.OPEN, value, about=shown.lead.label)


def _fields(fields: Fields) -> Iterator[Block]:
    yield ai_tag_field(fields)
    if fields.asks_why:
        yield reason_field(fields.key)
    yield read_field(fields)
    if fields.tags is not None:
        element = {
            "type": "plain_text_input",
            "action_id": acts.TAGS,
            "placeholder": plain("vip, follow-up", OPTION_LIMIT),
        }
        if fields.tags:
            element["initial_value"] = fields.tags
        yield _input("Tags", acts.TAGS, fields, element, hint=HINT)


def ai_tag_field(fields: Fields) -> Block:
    """The menu of aiTags, or a search if there are too many for a menu."""
    options = {ai_tag: _option(ai_tag, meaning) for ai_tag, meaning in fields.ai_tags.items()}
    if fields.ai_tag and fields.ai_tag not in options:
        options[fields.ai_tag] = _option(fields.ai_tag, "")
    fitting = {tag: each for tag, each in options.items() if _fits(each)}
    initial = fitting[fields.ai_tag] if fields.ai_tag else NONE
    element: dict[str, Any] = {
        "type": "external_select",
        "action_id": acts.AI_TAG,
        "placeholder": plain("Choose an aiTag", OPTION_LIMIT),
        "initial_option": initial,
        "focus_on_load": fields.focused,
    }
    if len(fitting) <= OPTIONS_LIMIT:
        element |= {"type": "static_select", "options": [NONE, *fitting.values()]}
    else:
        element["min_query_length"] = 0
    return {**_input("aiTag", acts.AI_TAG, fields, element), "optional": False}


def suggestions(ai_tags: Mapping[AiTag, str], matching: Sequence[AiTag]) -> list[Block]:
    """The options of a search: the matching ones of these aiTags, and none."""
    found = [each for tag in matching if _fits(each := _option(tag, ai_tags[tag]))]
    return [NONE, *found][: OPTIONS_LIMIT + 1]


def read_field(fields: Fields) -> Block:
    """A box to tick."""
    option = _choice("Read", acts.AS_READ)
    element: dict[str, Any] = {"type": "checkboxes", "action_id": acts.READ, "options": [option]}
    if fields.read:
        element["initial_options"] = [option]
    return _input("Read state", acts.READ, fields, element)


def reading_field(fields: Fields) -> Block:
    """Whether the conversation is read after the decision. People need not touch it: most
    who choose an aiTag have read the email, and with no change the conversation is skipped."""
    options = {
        None: _choice("Read if I change the aiTag", acts.IF_DECIDED),
        True: _choice("Read", acts.AS_READ),
        False: _choice("Unread", acts.AS_UNREAD),
    }
    element = {
        "type": "radio_buttons",
        "action_id": acts.READ,
        "options": [*options.values()],
        "initial_option": options[fields.read],
    }
    return {**_input("Read state", acts.READ, fields, element), "optional": False}


def reason_field(key: str) -> Block:
    """The field for a reason. `key` as in bot.views.form.Fields."""
    return {
        "type": "input",
        "block_id": field_id(acts.REASON, key),
        "label": plain("Why all the same?", OPTION_LIMIT),
        "optional": True,
        "element": {
            "type": "plain_text_input",
            "action_id": acts.REASON,
            "max_length": REASON_LIMIT,
            "placeholder": plain("They asked for a call next year", OPTION_LIMIT),
        },
    }


def _choice(text: str, value: str) -> Block:
    return {"text": plain(text, OPTION_LIMIT), "value": value}


def _input(
    text: str, name: str, fields: Fields, element: Block, *, hint: str = ""
) -> dict[str, Any]:
    block = {
        "type": "input",
        "block_id": field_id(name, fields.key),
        "label": plain(text, OPTION_LIMIT),
        "optional": True,
        "element": element,
    }
    return {**block, "hint": plain(hint, OPTION_LIMIT)} if hint else block


def field_id(name: str, key: str) -> str:
    """The id of the block with a field."""
    return f"{name}.{key}"


def _option(ai_tag: AiTag, meaning: str) -> Block:
    option = {"text": plain(label(ai_tag), OPTION_LIMIT), "value": f"{acts.AN_AI_TAG}{ai_tag}"}
    return {**option, "description": plain(meaning, OPTION_LIMIT)} if meaning else option


NONE: Final = {"text": plain("No aiTag", OPTION_LIMIT), "value": acts.NO_AI_TAG}


def _fits(option: Block) -> bool:
    return len(option["value"]) <= acts.OPTION_VALUE_LIMIT


def _again() -> Block:
    again = button("Try again", acts.AGAIN, "again", about="if nothing else appears")
    return {"type": "actions", "elements": [again]}


def form_view(name: str, blocks: Sequence[Block], metadata: str, *, close: str = "Close") -> View:
    """A form without a button to send it."""
    return {
        "type": "modal",
        "callback_id": acts.LOOK,
        "title": plain(name, TITLE_LIMIT),
        "close": plain(close, TITLE_LIMIT),
        "private_metadata": metadata,
        "blocks": list(blocks),
    }
