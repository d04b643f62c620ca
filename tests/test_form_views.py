"""Forms as Slack takes them and as people read them."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import acts
from bot.playground.people import furnished
from bot.playground.views import checked_view
from bot.text import seen
from bot.triage import AiTag, ConversationId, DecisionId, Lead, Mail, SetAiTag
from bot.views import form as views
from bot.views import queue
from bot.views.form import BEGINNING, HINT, MAILS, WORDS_LIMIT, Fields, View
from bot.views.message import SECTION_LIMIT, clock_time
from bot.views.queue import MOST_MADE, Made, Tally
from tests import strategies
from tests.strategies import calm, hostile
from tests.view_asserts import AT, DATE, JANE, OURS, TIME, UNSEEN, changed, objects, outcome

MEANINGS = {AiTag("interested"): "Wants to hear more", AiTag("not_now"): ""}
FIELDS = Fields(MEANINGS, AiTag("interested"), read=False, tags="vip, hot", key="c1.0")
WEIGHT_LIMIT = 250_000
LINK = "https://app.sendkit.ai/inbox/c1"

mails = st.builds(
    Mail,
    ours=st.booleans(),
    sender=hostile,
    at=st.none() | st.floats(0, 4e9),
    subject=hostile,
    words=hostile,
    whole=hostile,
    attachments=st.lists(hostile, max_size=3).map(tuple),
)
fields = st.builds(
    Fields,
    ai_tags=st.dictionaries(strategies.ai_tags, hostile, max_size=5),
    ai_tag=st.none() | strategies.ai_tags.map(lambda tag: AiTag(tag[:140])),
    read=st.booleans(),
    tags=st.none() | hostile.map(lambda text: text[:3000]),
    key=strategies.ids.map(lambda each: f"{each}.{10**9}"),
    focused=st.booleans(),
)


def sent(view: View) -> View:
    """The view as it goes over the wire."""
    found: View = json.loads(json.dumps(view))
    return found


def texts(view: View) -> list[str]:
    """All that somebody reads, or hears read aloud."""
    return [each["text"] for each in objects(view["blocks"]) if isinstance(each.get("text"), str)]


def labels(view: View) -> list[str]:
    buttons = (each for each in objects(view["blocks"]) if each.get("type") == "button")
    return [each["text"]["text"] for each in buttons]


def check(view: View, *, names_channels: bool = False) -> None:
    """Slack takes it, nothing in it is markup that is not ours, and it can be read aloud."""
    wire = sent(view)
    checked_view(furnished(lambda: AT), wire, "modal")
    # As slack_sdk sends it, with escapes.
    assert len(json.dumps(view)) <= WEIGHT_LIMIT
    for each in objects(wire):
        if each.get("type") == "mrkdwn":
            known = DATE.fullmatch(each["text"]) or each["text"] == f"<{LINK}|Open in SendKit>"
            assert known or names_channels
            assert each["verbatim"] is True
        if each.get("type") == "plain_text":
            assert each["emoji"] is False
        if each.get("type") == "button":
            assert ":" in each["accessibility_label"]
    assert not any(UNSEEN.search(OURS.sub(r"\1", each)) for each in texts(wire))


def mail(number: int, *, ours: bool = False, **more: Any) -> Mail:
    given = {"sender": "", "at": AT + 60 * number, "words": f"Words {number}", **more}
    return Mail(ours=ours, whole=given["words"], **given)


def shown(mails: Sequence[Mail], page: int = 0, **more: Any) -> View:
    view = views.conversation(JANE, mails, FIELDS, "{}", page=page, **more)
    check(view)
    return view


@calm
@given(
    strategies.conversations,
    st.lists(mails, max_size=14),
    st.none() | fields,
    st.integers(0, 3),
    hostile,
)
@pytest.mark.slow
def test_any_conversation_is_taken_by_slack(
    conversation: Any, found: list[Mail], fields: Fields | None, page: int, notice: str
) -> None:
    view = views.conversation(conversation, found, fields, "{}", page=page, notice=notice)
    check(view)
    assert ("submit" in view) == (fields is not None)
    told = "".join(texts(view))
    if found:
        newest = max((n for n, each in enumerate(found) if not each.ours), default=len(found) - 1)
        assert seen(str(found[newest].words))[:10].strip() in told
        assert all(seen(each)[:10].strip() in told for each in found[newest].attachments[:1])


@calm
@given(strategies.conversations, mails, st.integers(0, 9))
@pytest.mark.slow
def test_any_mail_is_taken_by_slack(conversation: Any, found: Mail, page: int) -> None:
    check(views.mail(conversation, found, "{}", page=page))


@calm
@given(strategies.conversations, st.none() | fields, st.integers(0, 10**6), hostile)
@pytest.mark.slow
def test_any_conversation_of_a_queue_is_taken_by_slack(
    conversation: Any, fields: Fields | None, position: int, notice: str
) -> None:
    view = queue.one(conversation, fields, "{}", position=position, total=10**7, notice=notice)
    check(view)
    assert view["title"]["text"] == f"{position + 1} of 10000000"


@calm
@given(
    st.integers(0, 10**6),
    st.lists(
        st.builds(
            Made,
            strategies.conversations,
            st.none() | strategies.outcomes,
            st.booleans(),
            st.booleans(),
        ),
        max_size=120,
    ),
    hostile,
)
@pytest.mark.slow
def test_any_end_of_a_queue_is_taken_by_slack(total: int, made: list[Made], filters: str) -> None:
    check(queue.done(Tally(total, made, total // 2, filters), "{}"))


@pytest.mark.parametrize(("url", "number"), [(LINK, 1), ("", 0), ("javascript:alert(1)", 0)])
def test_a_form_links_to_sendkit_where_the_address_is_known(url: str, number: int) -> None:
    for view in (
        shown([mail(1)], url=url),
        queue.one(JANE, FIELDS, "{}", position=0, total=1, url=url),
    ):
        check(view)
        assert texts(view).count(f"<{LINK}|Open in SendKit>") == number


@calm
@given(hostile, strategies.conversations)
def test_any_sentence_and_any_choice_is_taken_by_slack(said: str, conversation: Any) -> None:
    check(views.sentence(said))
    check(views.sentence(said, "{}", "C0TRIAGE"), names_channels=True)
    check(views.choice([conversation] * 12, "{}"))
    check(views.loading("{}"))


def test_the_newest_mail_comes_first_then_the_fields_then_the_other_mails() -> None:
    asked = mail(1, ours=True, sender="Ada <ada@us.example>", subject="A question")
    files = ("offer.pdf", "b.txt")
    first = mail(2, sender="jane@example.com", subject="Re: A question", attachments=files)
    last = mail(3, sender="Bob <bob@example.com>", subject="Re: A question", attachments=files)
    view = shown([asked, first, last], notice="Ben set Hot.")
    assert view["title"]["text"] == "Jane Doe"
    date = f"<!date^1764000180^{{date_short_pretty}} {{time}}|{clock_time(AT + 180)}>"
    assert texts(view)[:5] == [
        "Jane Doe · Acme Inc · jane@example.com · Q1 Outreach · unread",
        *(date, "Re: A question", "Attached: offer.pdf, b.txt"),
        "Words 3",
    ]
    assert [block["type"] for block in view["blocks"]] == [
        *("context", "context", "section", "section", "input", "input", "input"),
        *("divider", "context", "context", "section", "context", "section"),
    ]
    assert texts(view)[5] == "Ben set Hot."
    told = [[each["text"] for each in objects(block) if "emoji" in each or "verbatim" in each]
            for block in view["blocks"][8:]]  # fmt: skip
    assert told == [
        ["2 other emails, newest first"],
        ["Jane Doe", date.replace("180", "120").replace("16:03", "16:02"), "Re: A question",
         "Attached: offer.pdf, b.txt"],
        ["Words 2"],
        ["We (Ada <ada@us.example>)", date.replace("180", "060").replace("16:03", "16:01"),
         "A question"],
        ["Words 1"],
    ]  # fmt: skip


def test_an_answer_of_ours_is_announced_above_the_fields() -> None:
    view = shown([mail(1), mail(2, ours=True)])
    assert texts(view)[2] == "Words 1"
    assert "We have written since: see below." in texts(view)


def test_only_mails_of_ours_are_shown_too() -> None:
    assert "Words 2" in texts(shown([mail(1, ours=True), mail(2, ours=True)]))
    assert "This reply has no text." in texts(shown([]))


def test_long_mails_are_folded_to_a_beginning_with_a_button() -> None:
    long = "word " * 400
    view = shown([mail(1, words=long), mail(2, words=long, ours=True), mail(3, words=long)])
    folded = [each for each in texts(view) if each.endswith("…")]
    assert [len(each) for each in folded] == [WORDS_LIMIT, BEGINNING, BEGINNING]
    buttons = [each for each in objects(view["blocks"]) if each.get("type") == "button"]
    assert [(each["action_id"], each["value"]) for each in buttons] == [
        *(("form.mail.2", "2"), ("form.mail.1", "1"), ("form.mail.0", "0")),
    ]
    assert buttons[0]["accessibility_label"] == "Whole email: Jane Doe"
    assert labels(shown([mail(1), mail(2)])) == []


def test_a_newest_mail_with_history_has_a_button_for_the_whole_of_it() -> None:
    quoting = Mail(ours=False, sender="", at=None, words="Yes.", whole="Yes.\n> Shall we?")
    assert labels(shown([quoting])) == ["Whole email"]


@pytest.mark.parametrize(
    ("page", "first", "last", "said", "buttons"),
    [
        (0, 24, 15, "25 other emails, 1 to 10 of them here, newest first", ["Older"]),
        (1, 14, 5, "25 other emails, 11 to 20 of them here, newest first", ["Newer", "Older"]),
        (2, 4, 0, "25 other emails, 21 to 25 of them here, newest first", ["Newer"]),
        (9, 4, 0, "25 other emails, 21 to 25 of them here, newest first", ["Newer"]),
    ],
)
def test_many_mails_have_pages(
    page: int, first: int, last: int, said: str, buttons: list[str]
) -> None:
    view = shown([mail(n) for n in range(26)], page)
    numbers = [int(each.split()[1]) for each in texts(view) if each.startswith("Words ")]
    assert numbers == [25, *range(first, last - 1, -1)]
    assert said in texts(view)
    assert labels(view) == buttons
    pages = [each for each in objects(view["blocks"]) if each.get("type") == "button"]
    here = min(page, 2)
    wanted = {"Newer": here - 1, "Older": here + 1}
    assert [each["value"] for each in pages] == [str(wanted[each]) for each in buttons]


def test_a_page_of_mails_is_short_enough_for_any_mails() -> None:
    assert 2 * MAILS + 20 <= 100


def test_the_fields_show_the_conversation_with_what_ai_tags_mean() -> None:
    view = shown([mail(1)])
    ai_tag, read, tags = (each for each in view["blocks"] if each["type"] == "input")
    menu = ai_tag["element"]
    assert [each["text"]["text"] for each in menu["options"]] == [
        "No aiTag",
        "Interested",
        "Not now",
    ]
    assert menu["options"][1]["description"]["text"] == "Wants to hear more"
    assert menu["initial_option"] == menu["options"][1]
    assert ai_tag["block_id"] == "form.ai_tag.c1.0"
    assert "initial_options" not in read["element"]
    assert (tags["element"]["initial_value"], tags["hint"]["text"]) == ("vip, hot", HINT)
    now = replace(FIELDS, ai_tag=None, read=True, tags="")
    view = views.conversation(JANE, [mail(1)], now, "{}")
    ai_tag, read, tags = (each for each in view["blocks"] if each["type"] == "input")
    assert ai_tag["element"]["initial_option"]["value"] == acts.NO_AI_TAG
    assert len(read["element"]["initial_options"]) == 1
    assert "initial_value" not in tags["element"]
    assert len(views.conversation(JANE, [], replace(FIELDS, tags=None), "{}")["blocks"]) == 4


@pytest.mark.parametrize(("number", "kind"), [(98, "static_select"), (99, "external_select")])
def test_more_ai_tags_than_a_menu_holds_are_searched(number: int, kind: str) -> None:
    many = {AiTag(f"tag {each}"): "What it means. " * 20 for each in range(number)}
    block = views.ai_tag_field(replace(FIELDS, ai_tags=many, ai_tag=AiTag("gone")))
    element = block["element"]
    assert element["type"] == kind
    assert element["initial_option"]["value"] == "tag:gone"
    if kind == "static_select":
        assert len(element["options"]) == 100
        assert len(element["options"][1]["description"]["text"]) == 75
    found = views.suggestions(many, list(many))
    assert [each["value"] for each in found[:2]] == ["untag", "tag:tag 0"]
    assert len(found) <= 100


def test_an_ai_tag_that_no_option_holds_is_left_out() -> None:
    long, fits = AiTag("x" * 147), AiTag("x" * 146)
    block = views.ai_tag_field(replace(FIELDS, ai_tags={long: "", fits: ""}, ai_tag=None))
    assert [each["value"] for each in block["element"]["options"]] == ["untag", f"tag:{fits}"]
    assert len(views.suggestions({long: "", fits: ""}, [long, fits])) == 2


def pages_of(whole: str) -> Iterator[View]:
    number, more = 0, True
    while more:
        view = views.mail(JANE, mail(1, words=whole), "{}", page=number)
        check(view)
        yield view
        number, more = number + 1, "More" in labels(view)
        assert ("Back" in labels(view)) == (number > 1)


@pytest.mark.parametrize(
    ("whole", "pages"),
    [
        ("Short.", 1),
        ("A line of a long mail that goes on.\n" * 2700, 1),
        ("長い手紙" * 25_000, 4),
        ("👩‍👩‍👧‍👦 " * 12_000, 5),
    ],
)
def test_a_whole_mail_is_shown_to_its_last_word(whole: str, pages: int) -> None:
    found = list(pages_of(whole))
    assert len(found) == pages
    parts = [
        block["text"]["text"]
        for view in found
        for block in view["blocks"]
        if block["type"] == "section"
    ]
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", whole)
    assert all(len(part) <= SECTION_LIMIT for part in parts)
    assert found[0]["title"]["text"] == "Whole email"
    last = views.mail(JANE, mail(1, words=whole), "{}", page=99)
    assert last["blocks"] == found[-1]["blocks"]


def test_a_shared_message_asks_which_lead_is_meant() -> None:
    tom = changed(id=ConversationId("c2"), lead=Lead("tom@x.y"))
    view = views.choice([JANE, tom], "{}")
    assert texts(view)[:2] == [
        "This message has several leads. Which one?",
        "Jane Doe · Acme Inc · jane@example.com · Q1 Outreach · unread",
    ]
    buttons = [each for each in objects(view["blocks"]) if each.get("type") == "button"]
    assert [(each["action_id"], acts.parse(each["value"])) for each in buttons] == [
        (acts.OPEN, acts.Open(acts.ById(each.id))) for each in (JANE, tom)
    ]


def test_a_conversation_of_a_queue_has_the_reply_the_question_and_the_buttons() -> None:
    asked = changed(replied_at="2025-11-24T16:00:00.000Z", subject="Re: Q", asked="Shall we?")
    view = queue.one(asked, FIELDS, "{}", position=6, total=31)
    check(view)
    assert view["title"]["text"] == "7 of 31"
    assert texts(view)[:5] == [
        "Jane Doe · Acme Inc · jane@example.com · Q1 Outreach · unread",
        f"<!date^1764000000^{{date_short_pretty}} {{time}}|{TIME}>",
        "Re: Q",
        "We wrote: “Shall we?”",
        "Yes, please.",
    ]
    assert labels(view) == ["Open whole", "Later", "Skip"]
    kinds = [each["type"] for each in view["blocks"]]
    assert kinds == ["context", "context", "context", "section", "input", "input", "actions"]
    assert (view["submit"]["text"], view["close"]["text"]) == ("Next", "Stop")


DONE = Made(JANE, outcome(SetAiTag(AiTag("hot"))))


@pytest.mark.parametrize(
    ("tally", "said"),
    [
        (Tally(0, (), 0), "Inbox zero: nothing is unread."),
        (Tally(0, (), 0, "positive"), "Nothing unread passes these filters: positive"),
        (Tally(5, (), 0), "You decided 0 of 5. 5 are left."),
        (Tally(2, (DONE,), 0), "You decided 1 of 2. 1 is left."),
        (Tally(1, (DONE,), 0, more=7),
         "You decided 1 of 1. 7 more were unread at the start: type /sendkit next again."),
        (Tally(4, (DONE, Made(JANE, None, waits=True)), 2),
         "You decided 1 of 4. 1 more is saved and not carried out yet. "
         "Colleagues decided 2 meanwhile."),
    ],
)  # fmt: skip
def test_the_end_of_a_queue_says_what_came_of_it(tally: Tally, said: str) -> None:
    view = queue.done(tally, "{}")
    check(view)
    assert view["title"]["text"] == "All done"
    assert texts(view)[0] == said
    assert "submit" not in view


def test_the_end_of_a_queue_lists_what_was_done() -> None:
    last = Made(JANE, outcome(SetAiTag(AiTag("hot"))), is_last=True)
    made = (last, DONE, Made(JANE, None, waits=True), Made(JANE, None))
    view = queue.done(Tally(3, made, 0), "{}")
    check(view)
    (undo,) = [each for each in objects(view["blocks"]) if each.get("type") == "button"]
    assert acts.parse(undo["value"]) == acts.Undo(acts.ById(JANE.id), DecisionId("click:1"))
    assert texts(view)[1:] == [
        *("Jane Doe · Acme Inc: Ada set Hot · tag vip.", "Undo"),
        "Jane Doe · Acme Inc: Ada set Hot · tag vip.",
        "Jane Doe · Acme Inc: your decision is saved and waits.",
        "Jane Doe · Acme Inc: nothing was changed. See my message about it.",
    ]
    many = queue.done(Tally(500, (made[0],) * 300, 0), "{}")
    check(many)
    assert len(many["blocks"]) == MOST_MADE + 2
    assert texts(many)[-1] == "And 210 more: each card’s thread has its decision."
