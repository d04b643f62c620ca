"""The card: what it shows, and what its buttons and its menu mean."""

from dataclasses import replace

import pytest

from bot import acts
from bot.later import Until
from bot.triage import (
    AiTag,
    Card,
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
    Owner,
    SetAiTag,
    Turn,
    UserId,
    Waiting,
)
from bot.views.batch import batch
from bot.views.card import Palette, card, palette, suggestions
from bot.views.menu import OPTIONS_LIMIT
from bot.views.message import label, plain
from tests.view_asserts import (
    APP,
    AT,
    CHOICES,
    JANE,
    TIME,
    blocks,
    changed,
    check,
    elements,
    labels,
    objects,
    outcome,
    overflow,
    shown_text,
)

REPLIED_AT = "2025-11-24T16:00:00.000Z"


def test_a_card_looks_like_this() -> None:
    last = outcome(SetAiTag(AiTag("interested")), "interested", "not_now")
    waiting = Waiting("Ben", EditTags(("vip",), ("cold",)), AT, "SendKit is not responding", 2)
    mail = {"subject": "Re: A question", "asked": "Shall we talk?", "replied_at": REPLIED_AT}
    view = card(Card(changed(**mail), last, waiting), CHOICES)
    assert view.text == (
        "Reply from Jane Doe · Acme Inc, Re: A question · jane@example.com · Q1 Outreach · unread"
        f" · {TIME}. We wrote: “Shall we talk?”. Yes, please. aiTag Interested · tags vip, hot. "
        f"Last decision: Ada set Interested (was Not now) · tag vip, {TIME}. "
        "Ben’s decision (tags +vip -cold, and 2 more) is saved. SendKit is not responding. "
        f"Next try: {TIME}."
    )
    date = f"<!date^1764000000^{{date_short_pretty}} {{time}}|{TIME}>"
    assert [
        [found["text"] for found in objects(block) if isinstance(found.get("text"), str)]
        for block in blocks(view)
        if block["type"] != "actions"
    ] == [
        ["Jane Doe · Acme Inc"],
        ["Re: A question · jane@example.com · Q1 Outreach · unread", date],
        ["We wrote: “Shall we talk?”"],
        ["Yes, please."],
        ["tags vip, hot"],
        ["Ada set Interested (was Not now) · tag vip", date],
        [
            "Ben’s decision (tags +vip -cold, and 2 more) is saved. SendKit is not responding. "
            "Next try:",
            date,
        ],
    ]
    assert labels(view) == ["✓ Interested", "Meeting Request", "Mark read", "Open"]
    (row,) = elements(view, "actions")
    assert [each["type"] for each in row["elements"]] == [*["button"] * 4, "overflow"]


@pytest.mark.parametrize("mail", [{"words": "Please take me off your list."}, {"subject": "STOP"}])
def test_a_card_says_first_that_the_lead_asks_to_be_left_alone(mail: dict[str, str]) -> None:
    view = card(Card(changed(**mail)), CHOICES)
    assert view.text.startswith("Reply from Jane Doe · Acme Inc, ⚠ asks to be left alone · ")
    assert view.blocks[1]["elements"][0]["text"].startswith("⚠ asks to be left alone · ")
    check(view)


def test_a_card_says_who_takes_care_of_it() -> None:
    owner = Owner(UserId("U0ADA"), "Ada <!channel> *Okafor*", AT)
    tagged, bare = Card(JANE, owner=owner), Card(changed(tags=()), owner=owner)
    other = Card(changed(id=ConversationId("c2")), owner=owner)
    name = "Ada <!channel> *Okafor*"
    for shown, facts in ((tagged, " · tags vip, hot"), (bare, "")):
        view = card(shown, CHOICES)
        check(view)
        assert "aiTag Interested" + facts + " · Owner: Ada &lt;" in view.text
        assert f"Owner: {name}{facts}" in shown_text(view)
        together = batch([shown, other], CHOICES)
        check(together)
        assert together.text.count("Owner: Ada") == 2
        assert f" · Owner: {name}{facts}" in shown_text(together)
    away = Card(changed(auto_reply=True), owner=owner)
    assert f"automatic reply · Owner: {name}" in shown_text(batch([away, other], CHOICES))


EARLIER, EARLIER_TIME = AT - 86_400, "2025-11-23 16:00 UTC"
DATE = "<!date^{}^{{date_short_pretty}} {{time}}|{}>"


@pytest.mark.parametrize(
    ("turn", "spoken", "shown"),
    [
        # One time, if the reply that the card shows is the first that waits.
        (Turn(True, AT + 2.5), [f"waiting for us since {TIME}"], ["Waiting for us since"]),
        (
            Turn(True, EARLIER),
            [TIME, f"waiting for us since {EARLIER_TIME}"],
            [DATE.format(int(AT), TIME), "Waiting for us since"],
        ),
        (
            Turn(False, EARLIER),
            [TIME, f"waiting for Jane Doe since {EARLIER_TIME}"],
            [DATE.format(int(AT), TIME), "Waiting for Jane Doe since"],
        ),
        (None, [TIME], [DATE.format(int(AT), TIME)]),
    ],
)
def test_a_card_says_who_is_waited_for_and_since_when(
    turn: Turn | None, spoken: list[str], shown: list[str]
) -> None:
    conversation = changed(replied_at=REPLIED_AT, turn=turn)
    view = card(Card(conversation), CHOICES)
    assert f" · {' · '.join(['unread', *spoken])}. Yes, please." in view.text
    source = elements(view, "context")[0]
    said = [each["text"] for each in source["elements"]][1:]
    if turn is not None:
        shown = [*shown, DATE.format(int(turn.since), spoken[-1].partition("since ")[2])]
    assert said == shown
    text = batch([Card(conversation), Card(changed(id=ConversationId("c2")))], CHOICES).text
    assert all(each in text for each in spoken if "since" in each)


def test_the_name_of_the_lead_who_is_waited_for_is_no_markup() -> None:
    lead = Lead("eve@example.com", "<!channel>")
    view = card(Card(changed(lead=lead, turn=Turn(False, AT))), CHOICES)
    check(view)
    source = elements(view, "context")[0]
    assert source["elements"][1] == plain("Waiting for <!channel> since", 99)


@pytest.mark.parametrize(
    ("change", "now", "said"),
    [
        (MarkRead(), {"tags": ("vip",)}, "Ada marked this as read"),
        (EditTags(("vip",)), {"tags": ("vip",)}, "Ada added the tag vip"),
        (EditTags((), ("hot",)), {"tags": ("vip",)}, "Ada removed the tag hot"),
        # Changed in SendKit since.
        (MarkRead(), {"tags": ("vip",), "ai_tag": None}, "Ada marked this as read · Hot"),
        (MarkRead(), {"tags": ()}, "Ada marked this as read · tag vip"),
        (MarkRead(), {}, "Ada marked this as read · tag vip"),
    ],
)
def test_the_last_decision_is_brief(change: Change, now: dict[str, object], said: str) -> None:
    conversation = changed(**{"ai_tag": AiTag("hot"), **now})
    view = card(Card(conversation, outcome(change, "hot", "hot")), CHOICES)
    assert said in [found.get("text") for block in blocks(view) for found in objects(block)]
    assert view.text.endswith(f" Last decision: {said}, {TIME}.")
    assert "tag vip" in view.text


def test_a_card_of_which_nothing_is_known_says_so() -> None:
    view = card(
        Card(Conversation(ConversationId("c1"), Lead(""), auto_reply=True)), Palette((), ())
    )
    assert view.text == (
        "Reply from Unknown lead, no email address · read · automatic reply. "
        "This reply has no text. No aiTag."
    )
    assert labels(view) == ["Mark unread", "Open"]


def test_a_single_waiting_decision_mentions_no_others() -> None:
    view = card(
        Card(JANE, waiting=Waiting("Ben", MarkRead(), AT, "SendKit is busy (rate limit)")), CHOICES
    )
    said = "Ben’s decision (mark as read) is saved. SendKit is busy (rate limit)."
    assert view.text.endswith(f"{said} Next try: {TIME}.")


def test_a_card_of_endless_parts_still_tells_all_of_them() -> None:
    endless, mark = "&" * 5000, "&amp;" * 10
    lead = Lead(f"{endless}@x.y", endless, endless)
    parts = {"lead": lead, "campaign": endless, "ai_tag": endless, "tags": (endless,)}
    wanted = EditTags((endless,), (endless,))
    last = replace(outcome(SetAiTag(AiTag(endless)), endless, endless), person=endless)
    waiting = Waiting(endless, wanted, AT, endless, 99)
    view = card(Card(changed(**parts, words=endless), last, waiting), CHOICES)
    check(view)
    for once in (" · unread. ", f", {TIME}. "):
        assert view.text.count(once) == 1
    for before in ("Reply from ", "aiTag ", "tag ", "Last decision: ", f", {TIME}. ", "tags +"):
        assert f"{before}{mark}" in view.text
    assert view.text.endswith(f", and 99 more) is saved. {mark}{'&amp;' * 49}…. Next try: {TIME}.")


def test_long_words_are_cut_in_the_card() -> None:
    view = card(Card(changed(words="x" * 2000)), CHOICES)
    (section,) = elements(view, "section")
    assert section["text"]["text"] == "x" * 599 + "…"
    assert "x" * 599 + "…" in view.text


def test_screen_readers_hear_whose_button_it_is() -> None:
    said = [each["accessibility_label"] for each in elements(card(Card(JANE), CHOICES), "button")]
    assert said == [
        "Interested, set: Jane Doe",
        "Meeting Request: Jane Doe",
        "Mark read: Jane Doe",
        "Open: Jane Doe",
    ]


def decide(change: Change) -> acts.Decide:
    return acts.Decide(acts.ById(JANE.id), change)


def test_buttons_mean_what_they_say() -> None:
    view = card(Card(JANE), CHOICES)
    pressed = {
        found["text"]["text"]: acts.parse(found["value"]) for found in elements(view, "button")
    }
    assert pressed == {
        "✓ Interested": decide(SetAiTag(AiTag("interested"))),
        "Meeting Request": decide(SetAiTag(AiTag("Meeting Request"))),
        "Mark read": decide(MarkRead()),
        "Open": acts.Open(acts.ById(JANE.id)),
    }
    read = elements(card(Card(changed(unread=False)), CHOICES), "button")[-2]
    assert read["text"]["text"] == "Mark unread"
    assert acts.parse(read["value"]) == decide(MarkUnread())


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
    said = f"aiTag {label(AiTag(ai_tag or ''))} ·" in shown_text(view)
    assert said == (ai_tag is not None and not marked)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["Clear aiTag", "Not now", "Now", "Call now"]),
        ("NOW", ["Now", "Not now", "Call now"]),
        ("not_n", ["Not now"]),
        ("clear", ["Clear aiTag"]),
        ("nothing like it", []),
    ],
)
def test_a_search_finds_the_ai_tags_that_hold_what_was_typed(typed: str, found: list[str]) -> None:
    choices = palette(tuple(map(AiTag, ["not_now", "now", "Call now", "x" * 200])), ())
    offered = suggestions(JANE.id, choices.ai_tags, typed)
    assert [each["text"]["text"] for each in offered] == found
    assert all(each["value"].startswith(f"1:{JANE.id}:") for each in offered)


def test_a_search_offers_as_many_as_slack_takes() -> None:
    choices = palette(tuple(AiTag(f"tag {number}") for number in range(2_000)), ())
    assert len(suggestions(JANE.id, choices.ai_tags, "tag")) == OPTIONS_LIMIT


PAGE = f"{APP}{{id}}"


def test_a_cards_menu_has_what_is_needed_less_often() -> None:
    last = outcome(SetAiTag(AiTag("hot")))
    waiting = Waiting("Ben", MarkRead(), AT, "SendKit is busy (rate limit)")
    latest = replace(waiting, decision=DecisionId("click:2"))
    jane = acts.ById(JANE.id)
    always = {
        "I’ll take it": acts.Take(jane),
        "Later…": acts.AskUntil(jane),
        "Whole email": acts.Whole(jane),
    }
    clear = {"Clear aiTag": decide(ClearAiTag())}
    undo_last = {"Undo “Hot”": acts.Undo(jane, DecisionId("click:1"))}
    undo_waiting = {"Undo “mark as read”": acts.Undo(jane, DecisionId("click:2"))}
    link = {"Open in SendKit": acts.Visit(jane)}
    for shown, choices, offered in (
        (Card(JANE), CHOICES, always | clear),
        (Card(JANE, last), CHOICES, undo_last | always | clear),
        (Card(JANE, last, waiting), CHOICES, always | clear),
        (Card(JANE, last, latest), CHOICES, undo_waiting | always | clear),
        (Card(JANE, last, replace(latest, others=1)), CHOICES, always | clear),
        (Card(JANE, last), replace(CHOICES, app_url=PAGE), undo_last | always | link),
    ):
        view = card(shown, choices)
        check(view)
        found = overflow(view)["options"]
        assert {each["text"]["text"]: acts.parse(each["value"]) for each in found} == offered
        assert [each["url"] for each in found if "url" in each] == [
            f"{APP}{JANE.id}" for _ in offered.keys() & link.keys()
        ]


def test_the_menu_of_a_card_with_an_owner_releases_it_and_leaves_out_what_the_form_has() -> None:
    owner, last = Owner(UserId("U0BEN"), "Ben", AT), outcome(SetAiTag(AiTag("hot")))
    choices = replace(CHOICES, app_url=PAGE)
    found = overflow(card(Card(JANE, last, owner=owner), choices))["options"]
    assert [each["text"]["text"] for each in found] == [
        "Undo “Hot”",
        "Release",
        "Later…",
        "Whole email",
        "Open in SendKit",
    ]
    assert acts.parse(found[1]["value"]) == acts.Release(acts.ById(JANE.id))


def test_a_decision_whose_id_is_too_long_for_a_menu_is_undone_elsewhere() -> None:
    last = replace(outcome(MarkRead()), decision=DecisionId("x" * 150))
    found = overflow(card(Card(JANE, last), CHOICES))["options"]
    assert [each["text"]["text"] for each in found] == [
        "I’ll take it",
        "Later…",
        "Clear aiTag",
        "Whole email",
    ]


AWAY = {
    "auto_reply": True,
    "replied_at": "2026-03-02T08:00:00Z",
    "words": "I am on leave until Friday, 13 March.",
}


@pytest.mark.parametrize(
    ("words", "at", "said", "label", "until"),
    [
        (AWAY["words"], 0.0, "away until 13 March 2026", "Remind me 16 Mar", "2026-03-16"),
        ("I am back on 31 March.", 0.0, "back on 31 March 2026", "Remind me 31 Mar", "2026-03-31"),
        ("I am back on 16 March.", 1_773_700_000.0, "back on 16 March 2026", "", ""),
    ],
)
def test_an_automatic_reply_offers_the_day_that_it_names(
    words: str, at: float, said: str, label: str, until: str
) -> None:
    shown = Card(changed(**AWAY | {"words": words}), outcome(MarkRead()))
    choices, other = replace(CHOICES, at=at), Card(changed(id=ConversationId("c2")))
    for view in (card(shown, choices), batch([shown, other], choices)):
        check(view)
        assert f"The automatic reply says: {said}" in view.text
        assert f"The automatic reply says: {said}." in str(view.blocks)
        found = [each for each in objects(blocks(view)) if ":later:" in each.get("value", "")]
        assert [each["text"]["text"] for each in found] == [label] * bool(label)
        put_off = acts.PutOff(acts.ById(JANE.id), until)
        assert [acts.parse(each["value"]) for each in found] == [put_off] * bool(label)
    put = card(replace(shown, later=Until(AT, "Ada")), choices)
    assert "Remind me" not in str(put.blocks)
    several = batch([replace(shown, later=Until(AT, "Ada")), other], choices)
    check(several)
    assert f"Later: until {TIME}, set by Ada" in several.text
    assert "Back now" in str(several.blocks)


def test_a_card_that_is_put_off_says_so_and_ends_it() -> None:
    shown = Card(JANE, later=Until(AT, "Ada_*"))
    view = card(shown, CHOICES)
    check(view)
    assert f"Later: until {TIME}, set by Ada_*." in view.text
    assert "set by Ada_*" in str(view.blocks)
    (back,) = [each for each in objects(blocks(view)) if each.get("value", "").endswith(":back")]
    assert back["text"]["text"] == "Back now"
    assert back["accessibility_label"] == "Back now: Jane Doe"
    assert acts.parse(back["value"]) == acts.Back(acts.ById(JANE.id))


def test_slack_asks_before_an_ai_tag_that_may_send_email() -> None:
    choices = palette(CHOICES.ai_tags, ["not interested", "meeting request"], ["Meeting_Request"])
    view = card(Card(JANE), choices)
    check(view)
    asked = {each["text"]["text"]: each.get("confirm") for each in elements(view, "button")}
    dialog = asked.pop("Meeting Request")
    assert {name: part["text"] for name, part in (dialog or {}).items()} == {
        "title": "Set Meeting Request?",
        "text": "SendKit may enrol the lead in a subsequence, which sends email.",
        "confirm": "Set it",
        "deny": "Cancel",
    }
    assert set(asked.values()) == {None}
    set_already = card(Card(changed(ai_tag=AiTag("Meeting Request"))), choices)
    assert not [each for each in elements(set_already, "button") if "confirm" in each]


@pytest.mark.parametrize(
    ("last", "text", "verb"),
    [
        (outcome(MarkRead(), "not_now", "not_now"), "Undo “mark as read”", "undo"),
        (outcome(SetAiTag(AiTag("hot")), "hot", "cold"), "Undo “Hot”", "undo"),
        (outcome(SetAiTag(AiTag("hot")), "hot", "not_now"), "Undo “Hot”…", "confirm"),
    ],
)
def test_an_undo_that_may_send_email_asks_first(last: Outcome, text: str, verb: str) -> None:
    choices = palette(CHOICES.ai_tags, [], ["Not Now"])
    (first, *_) = overflow(card(Card(JANE, last), choices))["options"]
    assert first["text"]["text"] == text
    assert first["value"] == f"1:{JANE.id}:{verb}:{last.decision}"


def test_an_ai_tag_that_no_value_holds_is_left_out() -> None:
    room = acts.OPTION_VALUE_LIMIT - len(f"1:{JANE.id}:tag:")
    fits, long, endless = AiTag("a" * room), AiTag("b" * (room + 1)), AiTag("c" * 2000)
    view = card(Card(JANE), Palette((fits, long, endless), (long, endless)))
    check(view)
    assert labels(view) == ["B" + "b" * 18 + "…", "Mark read", "Open"]
    offered = suggestions(JANE.id, (fits, long, endless), "")
    assert [acts.parse(option["value"]) for option in offered] == [
        decide(ClearAiTag()),
        decide(SetAiTag(fits)),
    ]


@pytest.mark.parametrize(
    ("wanted", "quick"),
    [
        ((), ("interested", "not_now", "Meeting Request")),
        (("NOT NOW",), ("not_now",)),
        (("meeting-request", "hot"), ("Meeting Request", "hot")),
    ],
)
def test_quick_ai_tags_are_spelled_as_theirs(
    wanted: tuple[str, ...], quick: tuple[str, ...]
) -> None:
    ai_tags = tuple(map(AiTag, ["interested", "not_now", "Meeting Request", "fourth"]))
    assert palette(ai_tags, wanted) == Palette(ai_tags, tuple(map(AiTag, quick)))
