"""Thread lines, lists, answers to commands, and the parts that all messages are made of."""

import html
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import acts
from bot.filters import Filters
from bot.slack.grammar import GROUPS, VERBS, from_text
from bot.text import PARTS, visible
from bot.triage import (
    AiTag,
    Change,
    ClearAiTag,
    Conversation,
    ConversationId,
    DecisionId,
    EditTags,
    Lead,
    MarkRead,
    MarkUnread,
    Outcome,
    Revert,
    SetAiTag,
    Several,
    SingleChange,
)
from bot.views import Message, lists
from bot.views.card import Palette
from bot.views.line import confirmation, failed, line, news, not_needed, overtaken, unchanged
from bot.views.lists import MOST, Listing, candidates, choose, drawn, inbox, one
from bot.views.message import (
    TEXT_LIMIT,
    clock_time,
    cut,
    escape,
    label,
    listed,
    message,
    moment,
    parted,
    phrase,
    safe,
    seen,
    short,
)
from bot.views.usage import FILTERS, REFERENCE, commands, underway
from tests.strategies import calm, hostile
from tests.view_asserts import (
    AT,
    CHOICES,
    JANE,
    TIME,
    blocks,
    changed,
    check,
    elements,
    labels,
    outcome,
    shown_text,
)

# What a form can ask for.
ALL = Several((SetAiTag(AiTag("hot")), EditTags(("vip",)), MarkRead()))
LINK = "https://acme.slack.com/archives/C0TRIAGE/p1764000000000100"


@pytest.mark.parametrize(
    ("change", "old", "new", "said"),
    [
        (SetAiTag(AiTag("hot")), None, "hot", "Ada set Hot · tag vip"),
        (SetAiTag(AiTag("hot")), "not_now", "hot", "Ada set Hot (was Not now) · tag vip"),
        (SetAiTag(AiTag("hot")), "hot", "hot", "Ada set Hot · tag vip"),
        (ClearAiTag(), "cold", None, "Ada cleared the aiTag (was Cold) · tag vip"),
        (ClearAiTag(), None, None, "Ada cleared the aiTag · tag vip"),
        (MarkRead(), "cold", "cold", "Ada marked this as read · Cold · tag vip"),
        (MarkUnread(), None, None, "Ada marked this as unread · tag vip"),
        (EditTags(("vip",)), "cold", "cold", "Ada added the tag vip · Cold · tag vip"),
        (EditTags(), "cold", "cold", "Ada changed nothing · Cold · tag vip"),
        (EditTags(("vip",), ("a", "b")), None, None,
         "Ada added the tag vip and removed the tags a, b · tag vip"),
        (ALL, "cold", "hot",
         "Ada set Hot (was Cold), added the tag vip and marked this as read · tag vip"),
    ],
)  # fmt: skip
def test_a_line_says_who_decided_and_what_came_of_it(
    change: Change, old: str | None, new: str | None, said: str
) -> None:
    view = line(outcome(change, new, old))
    assert view.text == said
    assert [each["text"] for each in elements(view, "plain_text")] == [said, "Undo"]


@pytest.mark.parametrize(
    ("made", "changes", "undone", "said"),
    [
        (SetAiTag(AiTag("hot")), (ClearAiTag(),), "Ben", "Ada undid Ben’s “Hot”: no aiTag again"),
        (ClearAiTag(), (SetAiTag(AiTag("hot")),), "", "Ada undid “clear the aiTag”: back to Hot"),
        (MarkRead(), (MarkUnread(),), "Ben", "Ada undid Ben’s “mark as read”: unread again · Hot"),
        (MarkUnread(), (MarkRead(),), "", "Ada undid “mark as unread”: read again · Hot"),
        (EditTags(("b",), ("a",)), (EditTags(("a",), ("b",)),), "",
         "Ada undid “tags +b -a”: added the tag a and removed the tag b · Hot"),
        (ALL, (SetAiTag(AiTag("cold")), EditTags((), ("vip",)), MarkUnread()), "Ben",
         "Ada undid Ben’s “Hot, tag +vip and mark as read”: back to Cold, removed the tag vip "
         "and unread again"),
        (Revert(DecisionId("click:1")), (SetAiTag(AiTag("hot")),), "Ben",
         "Ada undid Ben’s “undo”: back to Hot"),
        (None, (ClearAiTag(),), "", "Ada undid a decision: no aiTag again"),
    ],
)  # fmt: skip
def test_a_line_says_whose_decision_was_undone_and_what_is_back(
    made: Change | None, changes: tuple[SingleChange, ...], undone: str, said: str
) -> None:
    change = Revert(DecisionId("click:0"), changes, made)
    new = change.after(JANE).ai_tag if "back to" in said else None if "no aiTag" in said else "hot"
    view = line(replace(outcome(change, new), undone=undone, tags=()))
    assert view.text.removesuffix(" · no tags") == said


def test_the_button_of_a_line_undoes_its_decision() -> None:
    view = line(outcome(SetAiTag(AiTag("hot"))))
    (button,) = elements(view, "button")
    assert acts.parse(button["value"]) == acts.Undo(acts.ById(JANE.id), DecisionId("click:1"))
    assert button["accessibility_label"] == "Undo: Ada set Hot · tag vip"
    unknown = line(replace(outcome(MarkRead()), decision=DecisionId("two words")))
    assert labels(unknown) == []


def test_slack_asks_before_an_undo_that_may_send_email() -> None:
    made = outcome(SetAiTag(AiTag("hot")), "hot", "Meeting Booked")
    (button,) = elements(line(made, "", frozenset({"meeting booked"})), "button")
    assert button["confirm"]["title"]["text"] == "Set Meeting Booked?"
    for other in (made, outcome(MarkRead(), "hot", "hot"), outcome(SetAiTag(AiTag("hot")))):
        (button,) = elements(line(other, "", frozenset({"hot"})), "button")
        assert "confirm" not in button


def test_tags_that_are_all_gone_are_said_to_be() -> None:
    view = line(replace(outcome(EditTags((), ("vip",)), None), tags=()))
    assert view.text == "Ada removed the tag vip · no tags"


@pytest.mark.parametrize(
    ("change", "new", "said"),
    [
        (SetAiTag(AiTag("not_now")), "not_now", "Done: Jane is now Not now."),
        (ClearAiTag(), None, "Done: Jane has no aiTag now."),
        (MarkRead(), "hot", "Done: Jane is marked as read."),
        (MarkUnread(), None, "Done: Jane is marked as unread."),
        (EditTags(("vip",)), "hot", "Done: Jane has the tag vip."),
        (ALL, "hot", "Done: Jane is now Hot, has the tag vip and is marked as read."),
        (Revert(DecisionId("1"), (ClearAiTag(), MarkUnread()), ALL), None,
         "Done: Jane has no aiTag now and is marked as unread."),
    ],
)  # fmt: skip
def test_a_confirmation_says_what_was_done(change: Change, new: str | None, said: str) -> None:
    assert confirmation(outcome(change, new), "Jane") == said


@pytest.mark.parametrize(
    ("now", "last", "said"),
    [
        ("hot", outcome(ALL, "Hot"), "Ada set Hot since you opened the form."),
        (None, outcome(ClearAiTag(), None), "Ada cleared the aiTag since you opened the form."),
        ("hot", outcome(ALL, "cold"),
         "Since you opened the form, the aiTag has changed in SendKit: it is Hot now."),
        (None, None,
         "Since you opened the form, the aiTag has changed in SendKit: there is none now."),
    ],
)  # fmt: skip
def test_what_happened_since_a_form_was_opened_names_who_did_it(
    now: str | None, last: Outcome | None, said: str
) -> None:
    assert overtaken(changed(ai_tag=AiTag(now) if now else None), last) == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (SetAiTag(AiTag("not_now")), "Jane is already Not now."),
        (ClearAiTag(), "Jane already has no aiTag."),
        (MarkRead(), "Jane is already marked as read."),
        (MarkUnread(), "Jane is already marked as unread."),
        (EditTags(("vip",)), "Jane already has the tag vip. I changed nothing."),
        (EditTags(("vip",), ("cold",)),
         "Jane already has the tag vip and does not have the tag cold. I changed nothing."),
        (Several((SetAiTag(AiTag("hot")), MarkRead())),
         "Jane is already Hot. Jane is already marked as read."),
        (Revert(DecisionId("click:1")),
         "Jane is already as before that decision. I changed nothing."),
    ],
)  # fmt: skip
def test_the_answer_to_a_decision_that_changes_nothing_says_so(change: Change, said: str) -> None:
    assert unchanged(change, "Jane") == said


@pytest.mark.parametrize(
    ("asked", "made", "said"),
    [
        (EditTags(("vip",), ("Cold",)), EditTags(("vip",)), "Jane did not have the tag Cold."),
        (EditTags(("VIP",), ("cold",)), EditTags((), ("Cold",)), "Jane already had the tag VIP."),
        (EditTags(("a", "b"), ("c", "d", "e")), EditTags((), ("e",)),
         "Jane already had the tags a, b and did not have the tags c, d."),
        (EditTags(("vip",), ("vip",)), EditTags(("vip",)), ""),
        (MarkRead(), MarkRead(), ""),
        (Revert(DecisionId("1")), Revert(DecisionId("1"), (MarkRead(),), MarkUnread()), ""),
    ],
)  # fmt: skip
def test_a_person_is_told_of_tags_without_a_change(asked: Change, made: Change, said: str) -> None:
    assert not_needed(asked, made, "Jane") == said


def test_in_a_thread_of_several_leads_a_line_says_whose_it_is() -> None:
    view = line(outcome(MarkRead(), "cold"), "Jane Doe")
    assert view.text == "Jane Doe · Ada marked this as read · Cold · tag vip"
    assert [each["text"] for each in elements(view, "plain_text")] == [view.text, "Undo"]
    assert line(outcome(MarkRead(), "cold"), "").text == view.text.removeprefix("Jane Doe · ")
    long = line(outcome(MarkRead(), "cold"), "J" * 900)
    check(long)
    assert long.text == f"{'J' * 79}… · Ada marked this as read · Cold · tag vip"


def test_news_stand_as_they_are() -> None:
    view = news("Jane Doe replied again: Yes & <no>")
    check(view)
    assert view.text == "Jane Doe replied again: Yes &amp; &lt;no&gt;"
    assert [each["text"] for each in elements(view, "plain_text")] == [
        "Jane Doe replied again: Yes & <no>"
    ]


def test_a_failed_decision_is_told_with_its_reason() -> None:
    view = failed("Ada", "Hot", "SendKit refused this: “no”. Try again. (ABC)")
    assert view.text == (
        "Ada’s decision (Hot) was not carried out. SendKit refused this: “no”. Try again. (ABC)"
    )
    assert [each["text"] for each in elements(view, "plain_text")] == [view.text]


def test_a_failed_decision_fits_into_a_line_of_any_length() -> None:
    view = failed("&" * 5000, "<" * 5000, "x" * 5000)
    check(view)
    (shown,) = elements(view, "plain_text")
    assert shown["text"].startswith(f"{'&' * 15}…’s decision ({'<' * 74}…) was not carried")


TOM = changed(
    id=ConversationId("c2"), lead=Lead("tom@x.y"), campaign="", ai_tag=None, tags=(), unread=False
)


def shown(listing: Listing) -> Message:
    view = drawn(listing, CHOICES)
    check(view)
    return view


def test_an_inbox_lists_conversations_with_all_that_can_be_decided() -> None:
    view = shown(inbox([JANE, TOM], 2))
    assert view.text == (
        "2 unread. Jane Doe · Acme Inc, Q1 Outreach: aiTag Interested, tags vip, hot, "
        "jane@example.com. “Yes, please.”; tom@x.y: No aiTag, read. “Yes, please.”"
    )
    (jane, tom) = (block for block in blocks(view) if block["type"] == "rich_text")
    assert jane["elements"][0]["elements"] == [
        {"type": "text", "text": "Jane Doe · Acme Inc", "style": {"bold": True}},
        {"type": "text", "text": "  jane@example.com · Q1 Outreach · tags vip, hot"},
        {"type": "text", "text": "\nYes, please."},
    ]
    assert [each["text"] for each in tom["elements"][0]["elements"]] == [
        "tom@x.y",
        "  read",
        "\nYes, please.",
    ]
    assert labels(view) == [
        *("✓ Interested", "Meeting Request", "Mark read", "Open", "Show card"),
        *("Interested", "Meeting Request", "Mark unread", "Open", "Show card"),
    ]
    named = [found["action_id"] for found in elements(view, "button")]
    assert named == ["decide.0", "decide.1", "decide.2", "decide.open", "decide.9"] * 2
    values = [acts.parse(found["value"]) for found in elements(view, "button")]
    assert [values[4], values[9]] == [acts.Show(acts.ById(each.id)) for each in (JANE, TOM)]


def test_a_row_is_a_name_and_one_row_of_buttons_between_dividers() -> None:
    kinds = [block["type"] for block in blocks(shown(inbox([JANE, TOM], 2)))]
    assert kinds == ["context", "rich_text", "actions", "divider", "rich_text", "actions"]


@pytest.mark.parametrize(
    ("fields", "about"),
    [
        ({"tags": ()}, "jane@example.com · Q1 Outreach"),
        ({"tags": (), "ai_tag": "not_now"}, "jane@example.com · Q1 Outreach · aiTag Not now"),
        ({"tags": (), "ai_tag": None, "unread": False}, "jane@example.com · Q1 Outreach · read"),
        (
            {"tags": ("a",), "campaign": "", "writer": "Bob <bob@x.y>"},
            "jane@example.com · written by Bob <bob@x.y> · tag a",
        ),
    ],
)
def test_a_row_says_what_no_button_says(fields: dict[str, Any], about: str) -> None:
    view = shown(inbox([changed(**fields), TOM], 2))
    (row, _) = (block for block in blocks(view) if block["type"] == "rich_text")
    assert row["elements"][0]["elements"][1]["text"] == f"  {about}"


def test_the_words_of_a_row_are_one_paragraph() -> None:
    letter = changed(words="Thanks!\n\nBest,\nJane " + "x" * 200)
    assert lists.briefly(letter).startswith("Thanks! Best, Jane xx")
    assert len(lists.briefly(letter)) == lists.GLANCE
    again = changed(words=lists.briefly(letter))
    assert shown(inbox([again, TOM], 2)) == shown(inbox([letter, TOM], 2))


def test_an_automatic_reply_is_one_line_with_a_button() -> None:
    automatic = changed(id=ConversationId("c3"), auto_reply=True, words="I am away.")
    view = shown(inbox([JANE, automatic, replace_unread(automatic)], 3))
    lines = [block for block in blocks(view) if block["type"] == "section"]
    assert [line["text"]["text"] for line in lines] == [
        "Jane Doe · Acme Inc · automatic reply: I am away.",
        "Jane Doe · Acme Inc · automatic reply · read: I am away.",
    ]
    assert [line["accessory"]["text"]["text"] for line in lines] == ["Mark read", "Show card"]
    assert ", automatic reply: aiTag Interested" in view.text


def replace_unread(conversation: Conversation) -> Conversation:
    return changed(id=ConversationId("c4"), auto_reply=True, words=conversation.words, unread=False)


@pytest.mark.parametrize(
    ("rows", "total", "first", "said", "button"),
    [
        (12, 12, 1, "12 unread. Jane", None),
        (20, 31, 1, "31 unread, newest 12 shown. Jane", "Next 12"),
        (12, 13, 1, "13 unread, newest 12 shown. Jane", "Next 1"),
        (1, 13, 13, "13 unread, 13 to 13 shown. Jane", None),
        (12, 24, 13, "24 unread, 13 to 24 shown. Jane", None),
        (12, 31, 13, "31 unread, 13 to 24 shown. Jane", "Next 7"),
        (7, 31, 25, "31 unread, 25 to 31 shown. Jane", None),
    ],
)
def test_an_inbox_says_what_it_shows_and_goes_on_after_the_last_one(
    rows: int, total: int, first: int, said: str, button: str | None
) -> None:
    stamp = "2026-03-04T09:12:00.000Z"
    part = [changed(id=ConversationId(f"c{number}"), replied_at=stamp) for number in range(rows)]
    listed = "2026-03-05"
    view = shown(inbox(part, total, first, [listed] * rows))
    assert view.text.startswith(said)
    assert labels(view).count("Show card") == min(rows, MOST)
    following = [found for found in elements(view, "button") if found["action_id"] == acts.NEXT]
    assert [found["text"]["text"] for found in following] == ([button] if button else [])
    for found in following:
        assert acts.parse(found["value"]) == acts.ListInbox(
            after=(ConversationId(f"c{min(rows, MOST) - 1}"), listed)
        )


def test_behind_the_last_dozen_there_is_nothing() -> None:
    assert shown(inbox([], 12, 13)).text == (
        "That’s all: nothing else is unread. For the newest: /sendkit inbox."
    )
    assert shown(inbox([], 0, 13)).text == "Inbox zero: nothing is unread."


def test_a_conversation_that_turned_up_twice_is_listed_once_as_it_came_first() -> None:
    assert inbox([JANE, TOM, changed(ai_tag="cold")], 2).rows == (JANE, TOM)


def test_two_conversations_with_one_address_are_told_apart_by_their_campaigns() -> None:
    other = changed(id=ConversationId("c2"), campaign="Webinar")
    view = shown(candidates("jane@example.com", [JANE, other]))
    assert view.text == (
        "Several conversations match jane@example.com. Which one? "
        "Jane Doe · Acme Inc, Q1 Outreach: aiTag Interested, tags vip, hot, jane@example.com. "
        "“Yes, please.”; Jane Doe · Acme Inc, Webinar: aiTag Interested, tags vip, hot, "
        "jane@example.com. “Yes, please.”"
    )
    said = json.dumps(view.blocks)
    assert "  jane@example.com \\u00b7 Q1 Outreach" in said
    assert "  jane@example.com \\u00b7 Webinar" in said


def test_a_listed_row_is_known_by_its_list_and_others_by_their_conversation_alone() -> None:
    key = "001764000000-0123456789ab"
    for listing in (inbox([JANE, TOM], 2), one(JANE), inbox([changed(auto_reply=True), TOM], 2)):
        assert not any(map(acts.list_of, _block_ids(shown(listing))))
        named = _block_ids(shown(replace(listing, key=key)))
        assert [acts.list_of(each) for each in named] == [key] * len(listing.rows)
        assert [acts.conversation_of(each) for each in named] == [row.id for row in listing.rows]


def _block_ids(view: Message) -> list[str]:
    return [block["block_id"] for block in blocks(view) if "block_id" in block]


def test_an_empty_list_says_what_to_do() -> None:
    assert shown(choose([])).text.startswith("Which conversation? Name it by the lead’s email")
    assert drawn(choose([JANE]), Palette((), ())).text.startswith(
        "Which conversation? Most recent:"
    )
    assert shown(choose([JANE], pressed=False)).text.startswith(
        "Which conversation? Type it again with one of these addresses. Most recent:"
    )


LINES = [(verb.usage, verb.meaning) for verb in VERBS]


def test_help_has_every_command_under_the_name_that_the_workspace_knows() -> None:
    view = commands("/replies", GROUPS)
    check(view)
    said = view.text.split("\n")
    named = [line for line in said if line.startswith("/replies ")]
    assert named == [f"/replies {usage} – {meaning}" for usage, meaning in LINES]
    assert view.text.endswith(escape(f"{REFERENCE}{FILTERS}"))
    assert len(commands("/" + "x" * 31, GROUPS).text) < TEXT_LIMIT


def test_help_is_in_groups_and_begins_with_those_of_every_day() -> None:
    said = commands("/sendkit", GROUPS).text.split("\n")
    assert said[0] == "Every day:"
    assert [line.split(" ")[1] for line in said[1:7]] == [
        *("inbox", "next", "show", "interested", "read", "unread")
    ]
    (help_,) = commands("/sendkit", GROUPS).blocks
    parts = [part for section in help_["elements"] for part in section["elements"]]
    bold = [part["text"].strip() for part in parts if part.get("style") == {"bold": True}]
    assert bold == ["Every day", "Owners", "aiTags and tags", "Channels", "Help"]
    code = [part["text"] for part in parts if part.get("style") == {"code": True}]
    *usages, filters = code
    assert usages == [f"/sendkit {usage}" for usage, _ in LINES]
    assert " -\u2060aitag:" in filters, "a line would break behind the minus"
    assert from_text(f"subscribe {filters}") == from_text(f"subscribe {FILTERS}")


def test_help_says_what_emoji_on_a_card_do_if_the_team_uses_them() -> None:
    assert "Emoji" not in shown_text(commands("/sendkit", GROUPS))
    view = commands("/sendkit", GROUPS, {"star": "not_now", "white_check_mark": "Read", "own": "x"})
    check(view)
    said = "⭐ Not now, ✅ mark as read, :own: X. Taking it away undoes that."
    assert f"\nEmoji on a card:\n{said}\n" in view.text
    assert [each["name"] for each in elements(view, "emoji")] == ["star", "white_check_mark", "own"]
    assert " Not now, \n mark as read, \n X. Taking it away undoes that." in shown_text(view)
    many = commands("/sendkit", GROUPS, {f"e{each}": "x" * 200 for each in range(100)})
    check(many)
    assert " and 88 more. Taking it away" in many.text
    assert many.text.endswith("auto-replies:off")


def test_help_tells_an_ai_tag_from_a_tag() -> None:
    assert "A conversation has one aiTag" in REFERENCE
    assert "any number of custom tags" in REFERENCE


def test_every_command_in_the_help_is_one() -> None:
    known = {
        "ID": JANE.id,
        "AITAG": "interested",
        "FILTERS": FILTERS,
        "LINK": LINK,
        "WORDS": "acme",
    }
    for usage, _ in LINES:
        typed = re.sub("[A-Z]{2,}", lambda word: known[word.group()], usage)
        # As Slack marks people who are chosen from its list.
        typed = re.sub(r"@(\w+)", lambda who: f"<@U0{who[1].upper()}|{who[1]}>", typed)
        asked = from_text(typed)
        assert isinstance(asked, acts.Help) == (usage == "help")
        assert not isinstance(asked, acts.Choose)
        if isinstance(asked, acts.Subscribe):
            assert asked.filters == Filters(
                ("Q1 Outreach",),
                ("interested", "meeting booked"),
                ("out_of_office",),
                positive=True,
                auto_replies=False,
                tags=("vip",),
                not_tags=("cold",),
            )
            assert asked.rehearse == ("rehearse" in usage)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (SetAiTag(AiTag("meeting_booked")), "Setting jane@x.y to Meeting booked."),
        (ClearAiTag(), "Clearing the aiTag of jane@x.y."),
        (MarkRead(), "Marking jane@x.y as read."),
        (MarkUnread(), "Marking jane@x.y as unread."),
        (EditTags(("vip",), ("cold",)), "Changing the tags of jane@x.y."),
        (
            Several((MarkRead(), SetAiTag(AiTag("meeting_booked")))),
            "Changing jane@x.y: mark as read and Meeting booked.",
        ),
        (Revert(DecisionId("1"), made=MarkRead()), "Undoing “mark as read” for jane@x.y."),
        (Revert(DecisionId("1")), "Undoing the last decision for jane@x.y."),
    ],
)
def test_a_decision_that_is_understood_is_said_back(change: Change, said: str) -> None:
    assert underway(change, "jane@x.y") == f"{said} You’ll see the result in the thread or here."


@pytest.mark.parametrize(
    ("ai_tag", "said"),
    [
        ("meeting_booked", "Meeting booked"),
        ("Meeting Request", "Meeting Request"),
        ("not__now", "Not now"),
        ("not-now", "Not-now"),
        ("éclair", "Éclair"),
        ("___", "___"),
        ("🔥", "🔥"),
    ],
)
def test_an_ai_tag_is_written_as_people_write(ai_tag: str, said: str) -> None:
    assert label(AiTag(ai_tag)) == said


@pytest.mark.parametrize(
    ("text", "limit", "said"),
    [
        ("", 5, ""),
        ("12345", 5, "12345"),
        ("123456", 5, "1234…"),
        ("123 56", 5, "123…"),
        ("123456", 1, "…"),
        ("123456", 0, ""),
        ("123456", -3, ""),
    ],
)
def test_cut_text_is_marked(text: str, limit: int, said: str) -> None:
    assert cut(text, limit) == said


@pytest.mark.parametrize(
    ("text", "limit", "said"),
    [
        ("R&D", 7, "R&D"),
        ("R&D", 6, "R…"),
        ("<<<<", 16, "<<<<"),
        ("<<<<", 15, "<<…"),
        ("&&&&&&&&", 10, "&…"),
        ("R&D", 0, ""),
        ("R&D", -1, ""),
    ],
)
def test_short_text_is_short_after_escaping(text: str, limit: int, said: str) -> None:
    assert short(text, limit) == said
    assert len(escape(said)) <= max(limit, 0)


@pytest.mark.parametrize("limit", range(-2, 8))
def test_words_from_right_to_left_fit_into_any_room(limit: int) -> None:
    assert len(phrase("שרה כהן", limit)) <= max(limit, 0)


@calm
@given(hostile, st.integers(10, 5000))
def test_no_more_is_cut_than_must_be(text: str, limit: int) -> None:
    said = short(text, limit)
    assert len(escape(said)) <= limit
    if said != text:
        assert said.endswith("…")
        assert text.startswith(said[:-1])
        longer = text[: len(said) + 1]
        # An emoji that does not fit goes whole, with all its parts.
        room = 5 if text.isascii() else PARTS
        assert len(escape(longer)) > limit - room or longer.rstrip() != longer


@calm
@given(hostile)
def test_escaped_text_reads_as_it_was_written(text: str) -> None:
    said = safe(text)
    assert len(said) <= TEXT_LIMIT
    assert not set(said) & set("<>")
    read = said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert read == (seen(text) or "–") or seen(text).startswith(read.removesuffix("…"))
    assert message(text).text == said


def test_safe_text_has_no_mention_and_no_link() -> None:
    said = safe("<!channel> <@U1> <http://evil.example|bank> & &lt;")
    assert said == ("&lt;!channel&gt; &lt;@U1&gt; &lt;http://evil.example|bank&gt; &amp; &amp;lt;")
    assert html.unescape(said) == "<!channel> <@U1> <http://evil.example|bank> & &lt;"


@calm
@given(hostile, st.integers(1, 5))
def test_a_long_text_is_told_in_parts(text: str, most: int) -> None:
    text = visible(text)
    parts = parted(text, most)
    assert all(len(escape(part)) <= TEXT_LIMIT for part in parts)
    assert len(parts) <= most + 1
    told = [part for part in parts if not part.startswith("… The other ")]
    assert "".join("".join(told).split()) in "".join(text.split())


def test_a_long_text_says_how_much_is_left_out() -> None:
    parts = parted("line\n" * 3000, 2)
    assert [part[-5:] for part in parts[:2]] == ["\nline", "\nline"]
    assert (
        parts[2]
        == f"… The other {5 * 3000 - sum(map(len, parts[:2])) - 2} characters are in SendKit."
    )


def test_a_long_text_is_cut_between_its_characters() -> None:
    assert safe("&" * 5000) == "&amp;" * 799 + "…"
    assert safe("x" * 5000) == "x" * 3999 + "…"
    assert safe("&" * 20_000) == safe("&" * 5000)


def test_tags_are_listed_as_long_as_they_fit() -> None:
    assert listed(()) == "no tags"
    assert listed(("vip",)) == "tag vip"
    assert listed(("vip", "hot")) == "tags vip, hot"
    assert listed(("x" * 90,) * 4).endswith("x…")


def test_a_time_is_each_reader_s_own_and_in_text_everybody_s() -> None:
    assert clock_time(AT + 0.9) == TIME
    assert moment(AT + 0.9) == f"<!date^1764000000^{{date_short_pretty}} {{time}}|{TIME}>"
