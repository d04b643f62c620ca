"""Values that stand in Slack's messages for years are understood for ever."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import acts
from bot.acts import (
    AnswerWasNotSent,
    AnswerWasSent,
    AskUntil,
    Back,
    ById,
    Confirm,
    Decide,
    ListInbox,
    Log,
    Open,
    Pressed,
    PutOff,
    Release,
    Reply,
    Show,
    Take,
    TakeBackAnswer,
    Undo,
    Visit,
    Whole,
)
from bot.answers import AnswerId
from bot.errors import NotUnderstood
from bot.slack.payloads import from_click
from bot.triage import (
    AiTag,
    ClearAiTag,
    ConversationId,
    DecisionId,
    DoNotContact,
    EditTags,
    MarkRead,
    MarkUnread,
    SetAiTag,
    UserId,
)
from tests import strategies
from tests.strategies import anything, calm

JANE = ConversationId("664a1b2c3d4e5f6a7b8c9d0e")
BY_ID = ById(JANE)
ANSWER = AnswerId("form:V1:ab")


def tagged(ai_tag: str) -> Decide:
    return Decide(BY_ID, SetAiTag(AiTag(ai_tag)))


def listed(replied_at: str) -> ListInbox:
    return ListInbox(after=(JANE, replied_at))


# FROZEN: every form that a button's or an option's value ever had. Lines are added, never changed.
VALUES: list[tuple[str, Pressed]] = [
    ("1:664a1b2c3d4e5f6a7b8c9d0e:read", Decide(BY_ID, MarkRead())),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:unread", Decide(BY_ID, MarkUnread())),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:tag:interested", tagged("interested")),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:tag:Meeting Request", tagged("Meeting Request")),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:tag:a:b:c", tagged("a:b:c")),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:tag:見込み客 🎉", tagged("見込み客 🎉")),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:untag", Decide(BY_ID, ClearAiTag())),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:show", Show(BY_ID)),
    (
        "1:664a1b2c3d4e5f6a7b8c9d0e:next:2026-03-04T09:12:00.000Z",
        listed("2026-03-04T09:12:00.000Z"),
    ),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:next:", listed("")),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:whole", Whole(BY_ID)),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:link", Visit(BY_ID)),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:log:click:1", Log(BY_ID, (JANE, DecisionId("click:1")))),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:logs:click:1", Log(None, (JANE, DecisionId("click:1")))),
    (
        "1:664a1b2c3d4e5f6a7b8c9d0e:undo:click:0123456789abcdef0123456789abcdef",
        Undo(BY_ID, DecisionId("click:0123456789abcdef0123456789abcdef")),
    ),
    (
        "1:664a1b2c3d4e5f6a7b8c9d0e:undo:command:1.2.3/decide",
        Undo(BY_ID, DecisionId("command:1.2.3/decide")),
    ),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:open", Open(BY_ID)),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:confirm:click:1", Confirm(BY_ID, DecisionId("click:1"))),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:take", Take(BY_ID)),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:take:U0BEN", Take(BY_ID, UserId("U0BEN"))),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:release", Release(BY_ID)),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:later", AskUntil(BY_ID)),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:later:2027-03-16", PutOff(BY_ID, "2027-03-16")),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:later:tomorrow 9:00", PutOff(BY_ID, "tomorrow 9:00")),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:back", Back(BY_ID)),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:dnc", Decide(BY_ID, DoNotContact())),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:reply", Reply(BY_ID)),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:take_back_answer:form:V1:ab", TakeBackAnswer(BY_ID, ANSWER)),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:answer_was_sent:form:V1:ab", AnswerWasSent(BY_ID, ANSWER)),
    ("1:664a1b2c3d4e5f6a7b8c9d0e:answer_was_not_sent:form:V1:ab", AnswerWasNotSent(BY_ID, ANSWER)),
]
# FROZEN: every form that an action_id ever had.
ACTION_IDS = (
    *("decide.0", "decide.1", "decide.2", "decide.3", "decide.8", "decide.9", "decide.menu"),
    *("decide.next", "decide.7", "decide.more", "decide.open"),
    *("decide.6", "decide.later", "decide.5"),
    *("decide.reply", "decide.10", "decide.11", "decide.12"),
)
# FROZEN: every form that the id of a block with buttons ever had.
BLOCK_IDS = [
    ("decide.664a1b2c3d4e5f6a7b8c9d0e.0badcafe", ""),
    ("decide.664a1b2c3d4e5f6a7b8c9d0e.card", ""),
    ("decide.664a1b2c3d4e5f6a7b8c9d0e.owner", ""),
    ("decide.664a1b2c3d4e5f6a7b8c9d0e.answer", ""),
    (
        "decide.664a1b2c3d4e5f6a7b8c9d0e.0badcafe.001764000000-0123456789ab",
        "001764000000-0123456789ab",
    ),
]


@pytest.mark.parametrize(("value", "act"), VALUES, ids=[value for value, _ in VALUES])
def test_a_value_that_was_ever_shipped_is_parsed_for_ever(value: str, act: Pressed) -> None:
    assert acts.parse(value) == act


@pytest.mark.parametrize(("value", "act"), VALUES, ids=[value for value, _ in VALUES])
def test_this_version_writes_values_in_a_frozen_form(value: str, act: Pressed) -> None:
    assert acts.pack(act) == value


def test_every_act_that_a_button_can_mean_has_a_frozen_form() -> None:
    frozen = {type(act.wish if isinstance(act, Decide) else act) for _, act in VALUES}
    assert frozen == {
        *(
            MarkRead,
            MarkUnread,
            SetAiTag,
            ClearAiTag,
            DoNotContact,
            Undo,
            Confirm,
            Show,
            Open,
            ListInbox,
            Whole,
            Visit,
            Log,
            Take,
            Release,
            AskUntil,
            PutOff,
            Back,
            Reply,
            TakeBackAnswer,
            AnswerWasSent,
            AnswerWasNotSent,
        )
    }


@pytest.mark.parametrize("action_id", ACTION_IDS)
def test_an_action_id_that_was_ever_shipped_brings_its_value(action_id: str) -> None:
    click = from_click(
        {"user": {"id": "U1"}, "actions": [{"action_id": action_id, "value": VALUES[0][0]}]}, 0.0
    )
    assert acts.parse(click.value) == Decide(BY_ID, MarkRead())


def test_this_version_writes_action_ids_in_a_frozen_form() -> None:
    written = {acts.action_id(position) for position in (*range(4), *range(5, 13))}
    named = {"decide.menu", acts.NEXT, acts.MORE, acts.OPEN, acts.LATER, acts.REPLY}
    assert written | named == set(ACTION_IDS)


@pytest.mark.parametrize(("block", "listed"), BLOCK_IDS)
def test_a_block_id_that_was_ever_shipped_is_parsed_for_ever(block: str, listed: str) -> None:
    assert acts.conversation_of(block) == JANE
    assert acts.list_of(block) == listed
    assert acts.block_id(JANE, block.split(".")[2], listed) == block


@pytest.mark.parametrize("block", [None, 7, "", "old", "decide.c1.x.y", "decide.c1.x.../etc"])
def test_a_block_id_that_names_no_list_is_none_of_a_list(block: object) -> None:
    assert acts.list_of(block) == ""


@pytest.mark.parametrize("block", ["", "old", "decide.c1", "decide.c1.x.y.z", "decide.c 1.x"])
def test_a_block_id_without_a_conversation_is_not_understood(block: str) -> None:
    with pytest.raises(NotUnderstood):
        acts.conversation_of(block)


def test_the_marks_of_messages_in_slack_never_change() -> None:
    assert (acts.EVENT, acts.MARK) == ("sendkit_triage", "entry")


changes = st.one_of(
    st.sampled_from([MarkRead(), MarkUnread(), ClearAiTag(), DoNotContact()]),
    anything.filter(str.strip).map(AiTag).map(SetAiTag),
)
ids = strategies.ids.map(ById)


@calm
@given(
    st.builds(Decide, ids, changes)
    | st.builds(Undo, ids, anything.filter(acts.is_decision).map(DecisionId))
    | st.builds(Show, ids)
    | st.builds(ListInbox, after=st.tuples(strategies.ids, anything.filter(acts.is_stamp)))
)
@pytest.mark.slow
def test_a_packed_value_is_parsed(act: Pressed) -> None:
    assert acts.parse(acts.pack(act)) == act


def test_no_button_means_tags() -> None:
    with pytest.raises(TypeError, match="EditTags"):
        acts.pack_change(JANE, EditTags(add=("vip",)))


@pytest.mark.parametrize(
    "value",
    [
        "", "read", "1", "1:", f"1:{JANE}", f"1:{JANE}:", f"0:{JANE}:read", f"2:{JANE}:read",
        f"1:{JANE}:READ", f"1:{JANE}:read:", f"1:{JANE}:read:now", f"1:{JANE}:untag:interested",
        f"1:{JANE}:tag", f"1:{JANE}:tag:", f"1:{JANE}:tag:   ", f"1:{JANE}:delete",
        f"1:{JANE}:next", f"1:{JANE}:next:a b", f"1:{JANE}:next:{'x' * 65}", f"1:{JANE}:undo",
        f"1:{JANE}:link:x", f"1:{JANE}:log", f"1:{JANE}:log:", f"1:{JANE}:logs:a b",
        f"1:{JANE}:confirm", f"1:{JANE}:confirm:", f"1:{JANE}:confirm:a b",
        f"1:{JANE}:undo:", f"1:{JANE}:undo:a b", f"1:{JANE}:undo:{'x' * 501}", f" 1:{JANE}:read",
        f"1:{JANE}:later:", f"1:{JANE}:later:é", f"1:{JANE}:back:x",
    ],
)  # fmt: skip
def test_a_value_that_never_was_is_answered_with_a_way_out(value: str) -> None:
    with pytest.raises(NotUnderstood, match=re.escape(f"type {acts.COMMAND} help")):
        acts.parse(value)


@pytest.mark.parametrize("verb", ["read", "unread", "tag:x", "untag", "show"])
@pytest.mark.parametrize("conversation", ["", "a b", "../../v1/tags", "é", "x" * 65, f"{JANE}\n"])
def test_a_value_cannot_smuggle_in_a_path(conversation: str, verb: str) -> None:
    with pytest.raises(NotUnderstood, match="not the id of a conversation"):
        acts.parse(f"1:{conversation}:{verb}")


@pytest.mark.parametrize("text", [JANE, "a", "A-b_9", "x" * 64])
def test_an_id_is_letters_digits_dashes_and_underscores(text: str) -> None:
    assert acts.conversation_id(text) == text


@calm
@given(anything | anything.map(lambda text: f"1:{JANE}:{text}") | anything.map(lambda t: f"1:{t}"))
def test_any_value_is_parsed_or_not_understood(value: str) -> None:
    try:
        act = acts.parse(value)
    except NotUnderstood:
        return
    assert acts.pack(act) == value
