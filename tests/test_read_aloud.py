"""Every view as a screen reader reads it.

Of a message it reads the `text` in place of the blocks, then the names of what can be pressed. A
form has no `text`: it reads its blocks.
https://docs.slack.dev/block-kit/#making_messages_accessible
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from bot.answered import Answered
from bot.answers import State
from bot.filters import Filters, Route
from bot.findings import bad, good, summary
from bot.later import Until, choices
from bot.slack.grammar import GROUPS
from bot.triage import (
    AiTag,
    Card,
    ChannelId,
    ConversationId,
    EditTags,
    Folded,
    Lead,
    Mail,
    MarkRead,
    SetAiTag,
    Turn,
    UserId,
    Waiting,
)
from bot.views import (
    Message,
    answer,
    audit,
    later,
    later_form,
    lists,
    log,
    queue,
    reply_form,
    subscriptions,
)
from bot.views import form as forms
from bot.views.batch import batch
from bot.views.card import card
from bot.views.findings import findings
from bot.views.line import failed, line, news
from bot.views.message import BUTTON_LIMIT, CHOSEN
from bot.views.palette import palette
from bot.views.usage import commands, refused
from bot.written import Written
from tests.view_asserts import APP, AT, Json, changed, objects, outcome

CHOICES: Final = palette(
    [AiTag(each) for each in ("interested", "not_interested", "meeting_booked", "Not now")],
    [],
    ["meeting_booked"],
    f"{APP}{{id}}",
)
REPLY: Final = changed(
    subject="Re: A question",
    asked="Shall we talk?",
    replied_at="2025-11-24T16:00:00.000Z",
    turn=Turn(True, AT - 86_400),
    writer="anna@acme.example",
)
TOM: Final = changed(
    id=ConversationId("c2"),
    lead=Lead("tom@x.example", "Tom Lee", "Zeta"),
    campaign="Q2 Outreach",
    ai_tag=AiTag("Not now"),
    unread=False,
    words="Call me in May.",
)
AWAY: Final = changed(
    id=ConversationId("c3"), lead=Lead("eve@y.example"), auto_reply=True, words="I am away."
)
DECIDED: Final = outcome(SetAiTag(AiTag("interested")), "interested", "not_now")
WAITS: Final = Waiting("Ben", EditTags(("vip",), ("cold",)), AT, "SendKit is not responding", 2)
MAILS: Final = (
    Mail(True, "ada@us.example", AT - 90_000, "A question", "Shall we talk?", "Shall we talk?"),
    Mail(False, "jane@example.com", AT, "Re: A question", "Yes, please.", "Yes, please.\n> Shall"),
    Mail(True, "ada@us.example", AT + 60, "", "x" * 800, "x" * 800, ("a.pdf",)),
)
FIELDS: Final = forms.Fields({AiTag("hot"): "Wants it"}, AiTag("hot"), None, "vip", "c1.0")
MADE: Final = (
    queue.Made(REPLY, DECIDED, is_last=True),
    queue.Made(TOM, None, waits=True),
    queue.Made(AWAY, None),
)

MESSAGES: Final[Mapping[str, Message]] = {
    "a card": card(Card(REPLY), CHOICES),
    "a card with a decision": card(Card(REPLY, DECIDED, earlier="https://x.slack.com/p1"), CHOICES),
    "a card that is put off": card(Card(REPLY, later=Until(AT, "Ada")), CHOICES),
    "what came back": later.back(REPLY, "Ada", AT, [DECIDED], AT),
    "what came back to nothing new": later.back(REPLY, "Ada", AT, [], None),
    "what is put off": later.put_off(REPLY, AT),
    "a card with a decision that waits": card(Card(REPLY, DECIDED, WAITS), CHOICES),
    "a card of an earlier reply": card(
        Card(REPLY, folded=Folded("https://x.slack.com/p2", "Maybe.")), CHOICES
    ),
    **{
        f"a card with an answer that is {state}": card(
            Card(
                REPLY, answer=Answered("a1", "Ada", state, AT + 90_000, "No mailbox is connected.")
            ),
            replace(CHOICES, replies=True),
        )
        for state in State
    },
    "a card whose answer somebody wants back": card(
        Card(REPLY, answer=Answered("a1", "Ada", State.QUEUED, AT, wished_by="Ben"), writing="Eve"),
        CHOICES,
    ),
    "the button for an answer": answer.offer(REPLY),
    "several cards": batch([Card(REPLY, DECIDED), Card(TOM, None, WAITS), Card(AWAY)], CHOICES),
    "a list": lists.drawn(lists.inbox([REPLY, TOM, AWAY], 30), CHOICES),
    "a choice": lists.drawn(lists.candidates("jane", [REPLY, TOM]), CHOICES),
    "what was found": lists.drawn(lists.found("jane", [REPLY, TOM], 2), CHOICES),
    "a single conversation": lists.drawn(lists.one(REPLY), CHOICES),
    "an empty list": lists.drawn(lists.inbox([], 0), CHOICES),
    "the log": log.log(
        "Decisions, newest first:",
        [
            log.Row(DECIDED, REPLY, "emoji", can_undo=True),
            log.Row(outcome(MarkRead()), TOM, "", can_undo=False),
            log.OwnerRow(DECIDED.decision, TOM, AT, "menu", "Ada", "Ben", "Ada", is_own=True),
        ],
        key="001764000000-0123456789ab",
        has_older=True,
    ),
    "the help": commands("/sendkit", GROUPS, {"star": "interested", "own": "read"}),
    "the audit": audit.audited(
        audit.Report(5, 4, 3, (audit.Missing(REPLY, audit.Reason.FAILED),), closed=1, posted=True)
    ),
    "the doctor": findings(
        summary([bad("Clock", "It is late."), good("Scopes", "All are granted.")]),
        ["✗ Clock: It is late.", "✓ Scopes: All are granted."],
    ),
    "the line of a decision": line(DECIDED, "Jane Doe", frozenset({"not now"})),
    "the line of a failure": failed("Ben", "mark as read", "SendKit refused this: “No”."),
    "a line about SendKit": news("Jane Doe’s aiTag has changed in SendKit: it is Hot now."),
    "subscriptions": subscriptions.listed(
        [Route(ChannelId("C0DEALS"), Filters(ai_tags=("hot",)), UserId("U0ADA"))],
        ChannelId("C0TRIAGE"),
    ),
    "a refusal": refused("Please use commands in the triage channel.", "C0TRIAGE"),
}
FORMS: Final[Mapping[str, Json]] = {
    "a whole conversation": forms.conversation(REPLY, MAILS, FIELDS, "{}", url=f"{APP}c1"),
    "a conversation that somebody decided about": forms.conversation(
        REPLY, MAILS, FIELDS, "{}", notice="Ben set Hot since you opened the form."
    ),
    "a whole email": forms.mail(REPLY, MAILS[1], "{}"),
    "a queue": queue.one(REPLY, FIELDS, "{}", position=6, total=31, url=f"{APP}c1"),
    "the end of a queue": queue.done(queue.Tally(5, MADE, 1), "{}"),
    "an empty queue": queue.done(queue.Tally(0, (), 0), "{}"),
    "a form that asks until when": later_form.ask(
        REPLY, choices(AT, "Europe/Berlin"), "Europe/Berlin", "{}"
    ),
    "an answer": reply_form.form(
        REPLY,
        MAILS,
        Written("Hi", "a@b.example", 1_764_000_000, "They asked us."),
        "{}",
        key="c1.0",
        notice="Jane has written again.",
        url=f"{APP}c1",
        asks_reason=True,
    ),
    "an answer above two other forms": reply_form.form(
        REPLY, MAILS, Written(), "{}", key="c1.0", opens=False
    ),
    "the preview of an answer": reply_form.preview(
        REPLY,
        Written("Hi", "a@b.example", 1_764_000_000, "They asked us."),
        "{}",
        mailbox="ada@us.example",
    ),
    "an answer that was saved": reply_form.saved(REPLY),
    "an answer that is under way": reply_form.underway(
        REPLY, Answered("a1", "Ada", State.QUEUED, AT)
    ),
    "an undo that asks": forms.take_back(REPLY, DECIDED, "Hot: SendKit may send email.", "{}"),
    "several leads of one message": forms.choice([REPLY, TOM, AWAY], "{}"),
    "a form that waits": forms.loading("{}"),
    "a form that failed": forms.sentence("SendKit is not responding.", "{}", "C0TRIAGE"),
}

_DATE = re.compile(r"<!date\^\d+\^[^|]*\|([^>]*)>")
_LINK = re.compile(r"<https?://[^|>]*\|([^>]*)>")
# What joins two facts.
_BETWEEN = re.compile(r" · |\n|: |; |, ")
PRESSED = ("button", "overflow", "static_select", "external_select", "checkboxes", "radio_buttons")


def spoken(text: str) -> str:
    """A text as it sounds."""
    text = _LINK.sub(r"\1", _DATE.sub(r"\1", text))
    text = re.sub("[\u2066-\u2069\u2060]", "", html.unescape(text))
    return " ".join(text.casefold().split())


def shown(blocks: object) -> Iterator[str]:
    """The texts that people see, without those of buttons and menus."""
    if isinstance(blocks, list | tuple):
        for each in blocks:
            yield from shown(each)
    elif isinstance(blocks, Mapping):
        if blocks.get("type") in PRESSED:
            return
        if isinstance(blocks.get("text"), str):
            yield blocks["text"]
        for each in blocks.values():
            yield from shown(each)


def facts(blocks: Sequence[Any]) -> Iterator[str]:
    for text in shown(blocks):
        for fact in _BETWEEN.split(spoken(text)):
            if bare := fact.strip(" .:–“”"):
                yield bare


def controls(blocks: object) -> list[tuple[str, str]]:
    """The controls, as people see them and as they are read."""
    return [
        (each["text"]["text"], each["accessibility_label"])
        for each in objects(blocks)
        if each.get("type") == "button"
    ]


@pytest.mark.parametrize("name", MESSAGES)
def test_the_text_of_a_message_has_every_fact_that_its_blocks_show(name: str) -> None:
    said = spoken(MESSAGES[name].text)
    assert [fact for fact in facts(MESSAGES[name].blocks) if fact not in said] == []


def names(view: Json) -> Iterator[str]:
    """A form as a screen reader reads it, from top to bottom."""
    yield view["title"]["text"]
    for block in view["blocks"]:
        yield from shown({**block, "element": None})
        for each in [block.get("element"), block.get("accessory"), *block.get("elements", ())]:
            match each:
                case {"type": "button", "accessibility_label": said}:
                    yield f"button {said}"
                case {"type": "static_select" | "radio_buttons" as kind, "initial_option": first}:
                    yield f"{kind} {first['text']['text']}"
                case {"type": "checkboxes" | "plain_text_input" as kind}:
                    yield f"{kind} {each.get('initial_value', '')}".strip()
    for name in ("submit", "close"):
        if name in view:
            yield f"button {view[name]['text']}"


def test_a_queue_is_read_from_the_lead_to_the_last_button() -> None:
    assert [spoken(each) for each in names(FORMS["a queue"])] == [
        "7 of 31",
        "jane doe · acme inc · jane@example.com · written by anna@acme.example · q1 outreach · "
        "unread",
        "open in sendkit",
        "2025-11-24 16:00 utc",
        "re: a question",
        "we wrote: “shall we talk?”",
        "yes, please.",
        "aitag",
        "static_select hot",
        "read state",
        "radio_buttons read if i change the aitag",
        "button open whole: jane doe",
        "button later: jane doe",
        "button skip: jane doe",
        "button next",
        "button stop",
    ]


def test_a_whole_conversation_is_read_with_every_email_and_every_field() -> None:
    said = [spoken(each) for each in names(FORMS["a whole conversation"])]
    for part in (
        "yes, please.", "button whole email: jane doe", "aitag", "static_select hot", "read state",
        "checkboxes", "tags", "plain_text_input vip", "your own labels, with commas between.",
        "2 other emails, newest first", "we (ada@us.example)", "attached: a.pdf",
        "button whole email: we (ada@us.example)", "shall we talk?", "button save", "button close",
    ):  # fmt: skip
        assert part in said
    assert said.index("yes, please.") < said.index("aitag") < said.index("shall we talk?")


@pytest.mark.parametrize("name", [*MESSAGES, *FORMS])
def test_what_can_be_pressed_is_named_as_it_looks_and_like_nothing_else(name: str) -> None:
    blocks = MESSAGES[name].blocks if name in MESSAGES else FORMS[name]["blocks"]
    pressed = controls(blocks)
    assert len({said for _, said in pressed}) == len(pressed)
    for label, said in pressed:
        assert len(label) <= BUTTON_LIMIT
        assert said.startswith(label.removeprefix(CHOSEN))
        assert (", set:" in said) == label.startswith(CHOSEN)
    for each in objects(blocks):
        if each.get("type") == "input":
            assert each["label"]["text"]
        if "options" in each:
            texts = [option["text"]["text"] for option in each["options"]]
            assert len({*texts}) == len(texts)
            assert all(map(str.strip, texts))


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_no_riddle(name: str) -> None:
    """It says something before its first field or button, and has a title of its own."""
    view = FORMS[name]
    assert view["title"]["text"]
    assert view["blocks"][0]["type"] in ("section", "context")
