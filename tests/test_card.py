"""The card: what it shows, and what its buttons and its menu mean."""

from dataclasses import replace

import pytest

from bot import ids
from bot.slack.views.card import Palette, card, palette
from bot.triage import (
    AiTag,
    Card,
    ClearAiTag,
    Conversation,
    ConversationId,
    EditTags,
    Lead,
    MarkRead,
    MarkUnread,
    SetAiTag,
    Waiting,
)
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
    menu,
    objects,
    options,
    outcome,
)


def test_a_card_looks_like_this() -> None:
    last = outcome(SetAiTag(AiTag("interested")), "interested", "not_now")
    waiting = Waiting("Ben", EditTags(("vip",), ("cold",)), AT, "SendKit cannot be reached", 2)
    view = card(Card(JANE, last, waiting), CHOICES)
    assert view.text == (
        "Reply from Jane Doe · Acme Inc, jane@example.com · Q1 Outreach · unread. Yes, please. "
        "aiTag interested · tags vip, hot. "
        f"Last decision: Ada, aiTag not_now → interested · tags vip, {TIME}. "
        f"Saved: Ben, tags +vip -cold, and 2 more. SendKit cannot be reached. Next try: {TIME}."
    )
    date = f"<!date^1764000000^{{date_short_pretty}} {{time}}|{TIME}>"
    assert [
        [found["text"] for found in objects(block) if isinstance(found.get("text"), str)]
        for block in blocks(view)
        if block["type"] != "actions"
    ] == [
        ["Jane Doe · Acme Inc"],
        ["jane@example.com · Q1 Outreach · unread"],
        ["Yes, please."],
        ["aiTag interested · tags vip, hot"],
        ["Ada: aiTag not_now → interested · tags vip", date],
        [
            "Saved: Ben, tags +vip -cold, and 2 more. SendKit cannot be reached. Next try:",
            date,
        ],
    ]
    assert labels(view) == ["✓ Interested", "Meeting Request", "Mark read"]
    assert [option["text"]["text"] for option in options(menu(view))] == [
        "Interested",
        "Not interested",
        "Meeting Request",
        "Clear tag",
    ]


def test_a_card_of_which_nothing_is_known_says_so() -> None:
    view = card(
        Card(Conversation(ConversationId("c1"), Lead(""), auto_reply=True)), Palette((), ())
    )
    assert view.text == (
        "Reply from Unknown lead, no mail address · read · automatic reply. "
        "This reply has no text. aiTag none · no tags."
    )
    assert labels(view) == ["Mark unread"]
    assert [option["text"]["text"] for option in options(menu(view))] == ["Clear tag"]


def test_what_waits_alone_is_not_said_to_have_company() -> None:
    view = card(
        Card(JANE, waiting=Waiting("Ben", MarkRead(), AT, "SendKit asked to wait")), CHOICES
    )
    assert view.text.endswith(f"Saved: Ben, mark read. SendKit asked to wait. Next try: {TIME}.")


def test_a_card_of_endless_parts_still_tells_all_of_them() -> None:
    endless, mark = "&" * 5000, "&amp;" * 10
    lead = Lead(f"{endless}@x.y", endless, endless)
    parts = {"lead": lead, "campaign": endless, "ai_tag": endless, "tags": (endless,)}
    wanted = EditTags((endless,), (endless,))
    last = replace(outcome(SetAiTag(AiTag(endless)), endless, endless), person=endless)
    waiting = Waiting(endless, wanted, AT, endless, 99)
    view = card(Card(changed(**parts, words=endless), last, waiting), CHOICES)
    check(view)
    for once in (" · unread. ", f", {TIME}. Saved: "):
        assert view.text.count(once) == 1
    for before in ("Reply from ", "aiTag ", "tags ", "Last decision: ", "Saved: ", "tags +"):
        assert f"{before}{mark}" in view.text
    assert view.text.endswith(f", and 99 more. {mark}{'&amp;' * 49}…. Next try: {TIME}.")


def test_long_words_are_cut_in_the_card() -> None:
    view = card(Card(changed(words="x" * 2000)), CHOICES)
    (section,) = elements(view, "section")
    assert section["text"]["text"] == "x" * 599 + "…"
    assert "x" * 599 + "…" in view.text


def test_buttons_and_options_mean_what_they_say() -> None:
    view = card(Card(JANE), CHOICES)
    pressed = {
        found["text"]["text"]: ids.parse(found["value"]) for found in elements(view, "button")
    }
    assert pressed == {
        "✓ Interested": (JANE.id, SetAiTag(AiTag("interested"))),
        "Meeting Request": (JANE.id, SetAiTag(AiTag("Meeting Request"))),
        "Mark read": (JANE.id, MarkRead()),
    }
    chosen = {
        option["text"]["text"]: ids.parse(option["value"])[1] for option in options(menu(view))
    }
    assert chosen == {
        "Interested": SetAiTag(AiTag("interested")),
        "Not interested": SetAiTag(AiTag("not_interested")),
        "Meeting Request": SetAiTag(AiTag("Meeting Request")),
        "Clear tag": ClearAiTag(),
    }
    read = elements(card(Card(changed(unread=False)), CHOICES), "button")[-1]
    assert (read["text"]["text"], ids.parse(read["value"])[1]) == ("Mark unread", MarkUnread())


@pytest.mark.parametrize("ai_tag", [*CHOICES.ai_tags, None, "gone"])
def test_the_current_ai_tag_is_marked_and_no_other(ai_tag: str | None) -> None:
    view = card(Card(changed(ai_tag=ai_tag)), CHOICES)
    marked = [
        found["value"] for found in elements(view, "button") if found.get("style") == "primary"
    ]
    ticked = [
        found["value"]
        for found in elements(view, "button")
        if found["text"]["text"].startswith("✓ ")
    ]
    value = f"1:{JANE.id}:tag:{ai_tag}"
    assert marked == ticked == ([value] if ai_tag in CHOICES.quick else [])
    initial = menu(view).get("initial_option")
    assert (initial["value"] if initial else None) == (value if ai_tag in CHOICES.ai_tags else None)


def test_the_menu_forgets_what_was_chosen_when_the_ai_tag_changes() -> None:
    def block_id(ai_tag: str | None) -> str:
        (found,) = elements(card(Card(changed(ai_tag=ai_tag)), CHOICES), "actions")
        return str(found["block_id"])

    assert block_id("interested") == block_id("interested")
    assert len({block_id(None), block_id("interested"), block_id("hot")}) == 3


@pytest.mark.parametrize("count", [99, 100, 101, 250, 12_000])
def test_more_ai_tags_than_a_menu_holds_come_in_groups(count: int) -> None:
    ai_tags = [AiTag(f"tag {number}") for number in range(count)]
    view = card(Card(changed(ai_tag="tag 98")), palette(ai_tags, ()))
    check(view)
    found = menu(view)
    assert ("option_groups" in found) is (count > 99)
    said = [option["text"]["text"] for option in options(found)]
    assert said == [f"Tag {number}" for number in range(min(count, 9_999))] + ["Clear tag"]
    assert found["initial_option"] == options(found)[98]
    for group in found.get("option_groups", []):
        first, last = group["options"][0], group["options"][-1]
        assert group["label"]["text"] == f"{first['text']['text']} – {last['text']['text']}"


def test_a_group_of_long_names_has_a_short_label() -> None:
    ai_tags = [AiTag(f"{number:03}{'x' * 60}") for number in range(150)]
    first, second = menu(card(Card(JANE), palette(ai_tags, ())))["option_groups"]
    assert first["label"]["text"] == f"000{'x' * 26}… – 099{'x' * 26}…"
    assert second["label"]["text"] == f"100{'x' * 26}… – Clear tag"


def test_an_ai_tag_that_no_value_holds_is_left_out() -> None:
    room = ids.OPTION_VALUE_LIMIT - len(f"1:{JANE.id}:tag:")
    fits, long, endless = AiTag("a" * room), AiTag("b" * (room + 1)), AiTag("c" * 2000)
    view = card(Card(JANE), Palette((fits, long, endless), (long, endless)))
    check(view)
    assert labels(view) == ["B" + "b" * 18 + "…", "Mark read"]
    assert [option["text"]["text"][0] for option in options(menu(view))] == ["A", "C"]
    assert [ids.parse(option["value"])[1] for option in options(menu(view))] == [
        SetAiTag(fits),
        ClearAiTag(),
    ]


@pytest.mark.parametrize(
    ("wanted", "quick"),
    [
        ((), ("interested", "not_now", "Meeting Request")),
        (("NOT NOW",), ("not_now",)),
        (("meeting-request", "hot"), ("Meeting Request", "hot")),
    ],
)
def test_quick_ai_tags_have_the_workspace_s_spelling(
    wanted: tuple[str, ...], quick: tuple[str, ...]
) -> None:
    ai_tags = tuple(map(AiTag, ["interested", "not_now", "Meeting Request", "fourth"]))
    assert palette(ai_tags, wanted) == Palette(ai_tags, tuple(map(AiTag, quick)))
