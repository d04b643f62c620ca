"""The memory of a form, and the change that a person makes in it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NotUnderstood
from bot.forms import (
    FILTERS_LIMIT,
    METADATA_LIMIT,
    Choice,
    Form,
    chosen_until,
    entered,
    packed,
    seen,
    spelled,
    unpacked,
    wanted,
)
from bot.triage import (
    AiTag,
    Change,
    ChannelId,
    ClearAiTag,
    Conversation,
    ConversationId,
    DecisionId,
    EditTags,
    Lead,
    MarkRead,
    MarkUnread,
    MessageTs,
    Origin,
    Person,
    Seen,
    SetAiTag,
    Several,
    UserId,
)
from tests import strategies
from tests.strategies import anything, calm, json_values

ADA = Person(UserId("U0ADA"), "ada")
TRIAGE = ChannelId("C0TRIAGE")
HOT, COLD = AiTag("hot"), AiTag("cold")
SHOWN = Seen(COLD, ("vip", "a, b"), unread=True, replied_at="2026-03-04T09:12:00.000Z")

ORIGIN = (
    '"origin":{"channel":"C0TRIAGE","person":{"id":"","handle":""},"message":%s,"thread":null,'
    '"private":%s,"response_url":%s%s,"door":"form"}'
)
# FROZEN: every form that the metadata of a form ever had. Lines are added, never changed.
METADATA: list[tuple[str, Form]] = [
    (
        '{"v":1,"kind":"open",'
        + ORIGIN % ('"1.2"', "true", '"https://hooks/x"', ',"listed":"001764000000-0123456789ab"')
        + ',"conversation":"c1","seen":{"ai_tag":"cold","tags":["vip","a, b"],"unread":true,'
        '"replied_at":"2026-03-04T09:12:00.000Z"},"page":2,"drawn":1,"warned":"hot"}',
        Form(
            kind="open",
            origin=Origin(
                channel=TRIAGE,
                person=ADA,
                message=MessageTs("1.2"),
                private=True,
                response_url="https://hooks/x",
                listed="001764000000-0123456789ab",
                door="form",
            ),
            conversation=ConversationId("c1"),
            seen=SHOWN,
            page=2,
            drawn=1,
            warned=HOT,
        ),
    ),
    (
        '{"v":1,"kind":"next",' + ORIGIN % ("null", "false", "null", "") + ',"filters":"positive"}',
        Form("next", Origin(TRIAGE, ADA, door="form"), filters="positive"),
    ),
    (
        '{"v":1,"kind":"next",'
        + ORIGIN % ("null", "false", "null", "")
        + ',"queue":"001764000000-0123456789ab","position":6,"total":31}',
        Form(
            "next",
            Origin(TRIAGE, ADA, door="form"),
            queue="001764000000-0123456789ab",
            position=6,
            total=31,
        ),
    ),
    (
        '{"v":1,"kind":"choose",' + ORIGIN % ('"1.2"', "false", "null", "") + "}",
        Form("choose", Origin(TRIAGE, ADA, MessageTs("1.2"), door="form")),
    ),
    (
        '{"v":1,"kind":"mail",'
        + ORIGIN % ("null", "false", "null", "")
        + ',"conversation":"c1","mail":3}',
        Form("mail", Origin(TRIAGE, ADA, door="form"), ConversationId("c1"), mail=3),
    ),
    (
        '{"v":1,"kind":"undo",'
        + ORIGIN % ('"1.2"', "false", '"https://hooks/x"', "")
        + ',"conversation":"c1","decision":"click:1"}',
        Form(
            "undo",
            Origin(TRIAGE, ADA, MessageTs("1.2"), response_url="https://hooks/x", door="form"),
            ConversationId("c1"),
            decision=DecisionId("click:1"),
        ),
    ),
    (
        '{"v":1,"kind":"later",'
        + ORIGIN % ('"1.2"', "false", "null", "")
        + ',"conversation":"c1","zone":"Europe/Berlin"}',
        Form(
            "later",
            Origin(TRIAGE, ADA, MessageTs("1.2"), door="form"),
            ConversationId("c1"),
            zone="Europe/Berlin",
        ),
    ),
    (
        '{"v":1,"kind":"why",'
        + ORIGIN % ('"1.2"', "false", "null", "")
        + ',"conversation":"c1","warned":"hot","barred":true}',
        Form(
            "why",
            Origin(TRIAGE, ADA, MessageTs("1.2"), door="form"),
            ConversationId("c1"),
            warned=AiTag("hot"),
            barred=True,
        ),
    ),
    (
        '{"v":1,"kind":"reply",'
        + ORIGIN % ('"1.2"', "false", "null", "")
        + ',"conversation":"c1","drawn":1,"stacked":2,"answered":"2:them:1764000000.123"}',
        Form(
            "reply",
            Origin(TRIAGE, ADA, MessageTs("1.2"), door="form"),
            ConversationId("c1"),
            drawn=1,
            stacked=2,
            answered="2:them:1764000000.123",
        ),
    ),
    (
        '{"v":1,"kind":"preview",'
        + ORIGIN % ('"1.2"', "false", "null", "")
        + ',"conversation":"c1","answered":"2:them:1764000000.123","digest":"0123456789abcdef",'
        '"send_at":1764003600,"reason":"They asked why."}',
        Form(
            "preview",
            Origin(TRIAGE, ADA, MessageTs("1.2"), door="form"),
            ConversationId("c1"),
            answered="2:them:1764000000.123",
            digest="0123456789abcdef",
            send_at=1_764_003_600,
            reason="They asked why.",
        ),
    ),
]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"form.when": {"selected_option": {"value": "1h"}}}, "1h"),
        ({"form.when": {"selected_option": {"value": "1h"}}, "form.day": {}}, "1h"),
        (
            {
                "form.when": {"selected_option": {"value": "1h"}},
                "form.day": {"selected_date": "2027-03-16"},
                "form.time": {"selected_time": "14:30"},
            },
            "2027-03-16 14:30",
        ),
        ({"form.day": {"selected_date": "2027-03-16"}}, "2027-03-16"),
        ({"form.when": {"selected_option": None}}, ""),
        ({}, ""),
    ],
)
def test_a_day_of_their_own_counts_instead_of_a_choice(fields: Any, said: str) -> None:
    assert chosen_until({name: {name: value} for name, value in fields.items()}) == said


@pytest.mark.parametrize(("metadata", "form"), METADATA)
def test_metadata_that_was_ever_written_is_read_and_written(metadata: str, form: Form) -> None:
    assert unpacked(metadata, ADA) == form
    assert json.loads(packed(form)) == json.loads(metadata)
    newer = json.dumps({**json.loads(metadata), "newer": 1})
    assert unpacked(newer, ADA) == form


@pytest.mark.parametrize(
    "metadata",
    [
        *("", "null", "[]", "{}", "{", '"x"', '{"v":2,"kind":"open"}', '{"v":1,"kind":"other"}'),
        '{"v":1,"kind":"open"}',
        '{"v":1,"kind":"open","origin":7}',
        '{"v":1,"kind":"open","origin":{"channel":"C1"}}',
        METADATA[2][0].replace("31", '"many"'),
    ],
)
def test_metadata_that_never_was_is_answered_with_a_way_out(metadata: str) -> None:
    with pytest.raises(NotUnderstood, match="I don’t know this form"):
        unpacked(metadata, ADA)


short = anything.map(lambda text: text[:40])


@calm
@given(strategies.conversations, strategies.origins, short, short)
def test_any_form_has_room_in_slack(
    conversation: Conversation, origin: Origin, key: str, filters: str
) -> None:
    form = Form(
        "next",
        replace(origin, person=ADA),
        conversation.id,
        seen(conversation),
        *(10**9, 10**9, AiTag("x" * 146), key, 10**9, 10**9, filters, 10**9, DecisionId("x" * 150)),
    )
    assert len(packed(form)) <= METADATA_LIMIT
    back = unpacked(packed(form), ADA)
    assert back.seen == form.seen
    assert back.origin.channel == origin.channel


def test_the_longest_form_has_room_in_slack() -> None:
    long = Conversation(
        ConversationId("x" * 64),
        Lead(""),
        ai_tag=AiTag('"' * 146),
        tags=tuple('"' for _ in range(200)),
        replied_at="9" * 64,
    )
    ts = MessageTs("1764000000.000100")
    where = Origin(TRIAGE, ADA, ts, ts, private=True, response_url="x" * 300, listed="x" * 60)
    for form in (
        Form("open", where, long.id, seen(long), warned=AiTag('"' * 146)),
        Form("next", where, filters='"' * FILTERS_LIMIT),
    ):
        assert len(packed(form)) <= METADATA_LIMIT


def test_a_long_address_to_answer_at_is_left_out() -> None:
    origin = Origin(TRIAGE, ADA, response_url="https://hooks/" + "x" * 300)
    assert unpacked(packed(Form("open", origin)), ADA).origin.response_url is None


def test_an_ai_tag_that_no_option_holds_leaves_a_form_without_fields() -> None:
    long = Conversation(ConversationId("c1"), Lead(""), ai_tag=AiTag("x" * 147))
    assert seen(long) is None


def test_tags_that_are_too_long_for_a_field_are_not_remembered() -> None:
    tags = tuple(f"tag number {each}" for each in range(60))
    shown = seen(Conversation(ConversationId("c1"), Lead(""), tags=tags, replied_at="a b"))
    assert shown == Seen(None, (), unread=False)


def values(**fields: Any) -> Any:
    """The state of a form with these fields."""
    return {f"{name}.c1.0": {f"form.{name}": value} for name, value in fields.items()}


def option(value: str | None) -> Any:
    return {"type": "static_select", "selected_option": value and {"value": value}}


# In a queue.
IF_DECIDED, AS_READ, AS_UNREAD = (
    {"type": "radio_buttons", "selected_option": {"value": each}}
    for each in ("decided", "read", "unread")
)
TICKED = {"type": "checkboxes", "selected_options": [{"value": "read"}]}
UNTICKED = {"type": "checkboxes", "selected_options": []}


@pytest.mark.parametrize(
    ("state", "choice"),
    [
        (values(ai_tag=option("tag:hot")), Choice(SetAiTag(HOT))),
        (values(ai_tag=option("tag:a:b")), Choice(SetAiTag(AiTag("a:b")))),
        (values(ai_tag=option("untag")), Choice(ClearAiTag())),
        (values(ai_tag=option(None)), Choice()),
        (values(ai_tag=option("something new")), Choice()),
        (values(read=TICKED), Choice(read=True)),
        (values(read=UNTICKED), Choice(read=False)),
        (values(read=IF_DECIDED), Choice(if_decided=True)),
        (values(read=AS_READ), Choice(read=True)),
        (values(read=AS_UNREAD), Choice(read=False)),
        (values(tags={"type": "plain_text_input", "value": "a, b"}), Choice(tags="a, b")),
        (values(tags={"type": "plain_text_input", "value": None}), Choice(tags="")),
        ({}, Choice()),
        (None, Choice()),
        ({"x": None, "y": {"form.ai_tag": "tag:hot"}}, Choice()),
    ],
)
def test_the_state_of_a_form_is_a_choice(state: Any, choice: Choice) -> None:
    assert entered(state) == choice


@calm
@given(json_values | st.dictionaries(anything, st.dictionaries(anything, json_values)))
def test_any_state_is_a_choice(state: Any) -> None:
    wanted(replace(entered(state), tags=None), SHOWN)


KEPT = 'vip, "a, b"'


@pytest.mark.parametrize(
    ("choice", "change"),
    [
        (Choice(), None),
        (Choice(SetAiTag(COLD), read=False, tags=KEPT), None),
        (Choice(SetAiTag(AiTag("Cold"))), None),
        (Choice(SetAiTag(HOT), read=False, tags=KEPT), SetAiTag(HOT)),
        (Choice(ClearAiTag()), ClearAiTag()),
        (Choice(read=True), MarkRead()),
        (Choice(SetAiTag(COLD), if_decided=True), None),
        (Choice(SetAiTag(HOT), if_decided=True), Several((SetAiTag(HOT), MarkRead()))),
        (Choice(ClearAiTag(), if_decided=True), Several((ClearAiTag(), MarkRead()))),
        (Choice(tags=f"{KEPT}, new"), EditTags(("new",))),
        (Choice(tags=f"  VIP ,{KEPT},, new , New,"), EditTags(("new",))),
        (Choice(tags=f'{KEPT}, , "", new'), EditTags(("new",))),
        (Choice(tags="vip, “c, d”"), EditTags(("c, d",), ("a, b",))),
        (Choice(tags=""), EditTags((), ("vip", "a, b"))),
        (
            Choice(SetAiTag(HOT), read=True, tags=f"{KEPT}, new"),
            Several((SetAiTag(HOT), EditTags(("new",)), MarkRead())),
        ),
    ],
)
def test_only_what_a_person_changed_is_a_change(choice: Choice, change: Change | None) -> None:
    assert wanted(choice, SHOWN) == change


def test_what_was_read_can_be_unread_and_no_ai_tag_cannot_be_cleared() -> None:
    shown = Seen(None, (), unread=False)
    assert wanted(Choice(ClearAiTag(), read=False), shown) == MarkUnread()
    assert wanted(Choice(ClearAiTag(), read=True), shown) is None
    assert wanted(Choice(SetAiTag(HOT), if_decided=True), shown) == SetAiTag(HOT)


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ("+new", "Write tags without + or -: this field holds all of them."),
        ("vip, -x", "Write tags without + or -: this field holds all of them."),
        ("x" * 101, f"“{'x' * 19}…” is too long: a tag has at most 100 characters."),
        (", ".join(map(str, range(30))), "Change at most 20 tags at a time."),
    ],
)
def test_tags_that_make_no_sense_are_refused(tags: str, sentence: str) -> None:
    with pytest.raises(NotUnderstood, match=sentence.replace("+", r"\+")):
        wanted(Choice(tags=tags), SHOWN)


def test_tags_that_are_there_may_have_any_form() -> None:
    shown = replace(SHOWN, tags=("+1", "-", "x" * 200, '"quoted"', 'a, "b"'))
    text = spelled(shown.tags)
    assert wanted(Choice(tags=text), shown) is None
    assert wanted(Choice(tags=text.replace("+1, ", "")), shown) == EditTags((), ("+1",))
    assert wanted(Choice(tags=f"{text}, new"), shown) == EditTags(("new",))
    odd = replace(SHOWN, tags=('"A', "vip", 'B"'))
    assert wanted(Choice(tags=spelled(odd.tags)), odd) is None


@calm
@given(strategies.tags)
def test_tags_that_nobody_touched_are_no_change(tags: tuple[str, ...]) -> None:
    assert wanted(Choice(tags=spelled(tags)), replace(SHOWN, tags=tags)) is None
