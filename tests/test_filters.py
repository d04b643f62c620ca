"""Filters: the replies that they take, how people type them, and how they are stored."""

import itertools
import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import NotUnderstood
from bot.filters import FORMS, POSITIVE, Filters, from_text, objection, unknown, widens
from bot.triage import AiTag, Conversation, ConversationId, Lead
from tests import strategies
from tests.strategies import anything, calm, hostile


def conversation(
    ai_tag: str | None = None, campaign: str = "", auto: bool = False, tags: tuple[str, ...] = ()
) -> Conversation:
    return Conversation(
        id=ConversationId("c1"),
        lead=Lead("jane@example.com"),
        campaign=campaign,
        ai_tag=AiTag(ai_tag) if ai_tag is not None else None,
        auto_reply=auto,
        tags=tags,
    )


@pytest.mark.parametrize("positive", [True, False], ids=["positive", "-"])
@pytest.mark.parametrize("auto", [True, False], ids=["auto", "-"])
@pytest.mark.parametrize("ai_tag", [None, "", "interested", "cold"])
@pytest.mark.parametrize("campaign", ["", "Q1 Outreach"])
def test_without_a_filter_every_reply_is_taken(
    campaign: str, ai_tag: str | None, auto: bool, positive: bool
) -> None:
    assert Filters().take(conversation(ai_tag, campaign, auto), positive)


ALONE: list[tuple[str, Conversation, bool, bool]] = [
    ("campaign:Webinar", conversation(campaign="Webinar"), False, True),
    ("campaign:Webinar", conversation(campaign="Webinars"), False, False),
    ("campaign:Webinar", conversation(), False, False),
    ("campaign:Webinar", conversation("webinar"), True, False),
    ("campaign:Webinar,Q1", conversation(campaign="Q1"), False, True),
    ("campaign:Webinar,Q1", conversation(campaign="Webinar"), False, True),
    ("campaign:Webinar,Q1", conversation(campaign="Webinar,Q1"), False, False),
    ("campaign:Webinar campaign:Q1", conversation(campaign="Webinar"), False, True),
    ("campaign:Webinar campaign:Q1", conversation(campaign="Q1"), False, True),
    ("tag:hot", conversation("hot"), False, True),
    ("tag:hot", conversation("cold"), False, False),
    ("tag:hot", conversation(None), False, False),
    ("tag:hot", conversation(""), False, False),
    ("tag:hot", conversation(None, campaign="hot"), False, False),
    ("tag:hot,cold", conversation("cold"), False, True),
    ("tag:hot tag:cold", conversation("hot"), False, True),
    ("tag:hot,cold", conversation("warm"), False, False),
    ("-tag:hot", conversation("hot"), False, False),
    ("-tag:hot", conversation("cold"), False, True),
    ("-tag:hot", conversation(None), False, True),
    ("-tag:hot,cold", conversation("cold"), False, False),
    ("-tag:hot -tag:cold", conversation("hot"), False, False),
    ("tag:hot -tag:hot", conversation("hot"), False, False),
    ("aitag:hot", conversation("hot"), False, True),
    ("aitag:hot", conversation("cold", tags=("hot",)), False, False),
    ("-aitag:hot", conversation("hot"), False, False),
    ("-aitag:hot", conversation("cold", tags=("hot",)), False, True),
    ("tag:hot aitag:cold", conversation("cold"), False, True),
    ("tags:vip", conversation(tags=("warm", "VIP")), False, True),
    ("tags:vip", conversation("vip"), False, False),
    ("tags:vip,warm", conversation(tags=("warm",)), False, True),
    ("tags:vip,warm", conversation(tags=("cold",)), False, False),
    ("tags:vip tags:warm", conversation(tags=("warm",)), False, True),
    ("-tags:cold", conversation(tags=("warm", "cold")), False, False),
    ("-tags:cold", conversation("cold"), False, True),
    ("tags:vip -tags:cold", conversation(tags=("vip", "cold")), False, False),
    ("tags:vip -tags:cold", conversation(tags=("vip",)), False, True),
    ("positive", conversation("cold"), True, True),
    ("positive", conversation(None), True, True),
    ("positive", conversation("cold"), False, False),
    ("positive", conversation(None), False, False),
    ("auto-replies:off", conversation(auto=True), False, False),
    ("auto-replies:off", conversation(auto=False), False, True),
    ("auto-replies:on", conversation(auto=True), False, True),
    ("auto-replies:off auto-replies:on", conversation(auto=True), False, True),
    ("auto-replies:on auto-replies:off", conversation(auto=True), False, False),
]


@pytest.mark.parametrize(
    ("text", "reply", "positive", "taken"),
    ALONE,
    ids=[
        f"{row[0]} / {row[1].ai_tag} {row[1].campaign} {row[1].auto_reply} {row[1].tags} {row[2]}"
        for row in ALONE
    ],
)
def test_a_filter_takes_this(text: str, reply: Conversation, positive: bool, taken: bool) -> None:
    assert from_text(text).take(reply, positive) is taken


# Each kind of filter, and what tells whether it lets a reply pass.
Fact = tuple[str | None, str, bool, bool]
KINDS: dict[str, Callable[[Fact], bool]] = {
    "campaign:Q1,Q2": lambda fact: fact[1] in ("Q1", "Q2"),
    "tag:hot,interested": lambda fact: fact[0] in ("hot", "interested"),
    "-tag:interested,out": lambda fact: fact[0] not in ("interested", "out"),
    "positive": lambda fact: fact[3] or fact[0] == "interested",
    "auto-replies:off": lambda fact: not fact[2],
}
FACTS = list(
    itertools.product(
        [None, "hot", "interested", "out"], ["", "Q1", "Q2", "Q3"], [False, True], [False, True]
    )
)
COMBINED = [
    kinds for count in range(len(KINDS) + 1) for kinds in itertools.combinations(KINDS, count)
]


@pytest.mark.parametrize("kinds", COMBINED, ids=" ".join)
def test_filters_together_take_what_each_of_them_takes(kinds: tuple[str, ...]) -> None:
    for order in itertools.islice(itertools.permutations(kinds), 6):
        filters = from_text(" ".join(order))
        for fact in FACTS:
            ai_tag, campaign, auto, positive = fact
            taken = filters.take(conversation(ai_tag, campaign, auto), positive)
            assert taken is all(KINDS[kind](fact) for kind in kinds), fact


@pytest.mark.parametrize(
    "ai_tag",
    [
        *sorted(POSITIVE),
        "Interested",
        "MEETING_BOOKED",
        "Meeting Request",
        "meeting-requested",
        "Positive",
    ],
)
def test_some_ai_tags_are_positive_in_any_spelling(ai_tag: str) -> None:
    assert from_text("positive").take(conversation(ai_tag), False)


@pytest.mark.parametrize("ai_tag", ["not_interested", "uninterested", "meeting", "interested?", ""])
def test_other_ai_tags_are_not_positive(ai_tag: str) -> None:
    assert not from_text("positive").take(conversation(ai_tag), False)


SPELLINGS = [
    ("Meeting Booked", '"Meeting Booked"'),
    ("Meeting Booked", '"meeting   BOOKED"'),
    ("Meeting Booked", "meeting_booked"),
    ("meeting_booked", "Meeting-Booked"),
    ("meeting-booked", "“meeting booked”"),
    ("Q1 – Outreach", '"Q1 – Outreach"'),
    ("Q1 – Outreach", '"q1 - outreach"'),
    ("Q1 — Outreach", '"Q1 – Outreach"'),
    ('The "big" one', '"The big one"'),
    ("The “big” one", "„The «big» one“"),
    ("Q1, EMEA", '"Q1, EMEA"'),
    ("Q1: EMEA", '"Q1: EMEA"'),
    ("Q1:EMEA", "Q1:EMEA"),
    ("Straße", "STRASSE"),
    ("R&D", "r&d"),
    ("Été", '"ÉTÉ "'),
]


@pytest.mark.parametrize(("known", "typed"), SPELLINGS)
def test_a_name_is_known_in_any_spelling(known: str, typed: str) -> None:
    campaign, ai_tag = conversation(None, known), conversation(known)
    assert from_text(f"campaign:{typed}").take(campaign, False)
    assert from_text(f"tag:{typed}").take(ai_tag, False)
    assert not from_text(f"-tag:{typed}").take(ai_tag, False)
    again = str(from_text(f"campaign:{typed}"))
    assert from_text(again).take(campaign, False)


READ: list[tuple[str, Filters]] = [
    ("", Filters()),
    (" \n\t ", Filters()),
    ("campaign:Q1", Filters(campaigns=("Q1",))),
    ("CAMPAIGN:Q1 Tag:x -TAG:y", Filters(("Q1",), ("x",), ("y",))),
    ('campaign:"Q1 Outreach",Webinar', Filters(campaigns=("Q1 Outreach", "Webinar"))),
    ('campaign:Webinar,"Q1 Outreach" positive', Filters(("Webinar", "Q1 Outreach"), positive=True)),
    ("campaign:“Q1 Outreach”", Filters(campaigns=("Q1 Outreach",))),
    ("campaign:«Q1 Outreach»", Filters(campaigns=("Q1 Outreach",))),
    ('campaign:"Q1, EMEA"', Filters(campaigns=("Q1, EMEA",))),
    ('campaign:"Q1\nEMEA"', Filters(campaigns=("Q1 EMEA",))),
    ('campaign:x"a\nb"', Filters(campaigns=("xa b",))),
    ('campaign:"Q1 Outreach', Filters(campaigns=("Q1 Outreach",))),
    ("tag:a,,b,", Filters(ai_tags=("a", "b"))),
    ("aitag:a,,b,", Filters(ai_tags=("a", "b"))),
    ("AiTag:a -AITAG:b tag:c", Filters(ai_tags=("a", "c"), not_ai_tags=("b",))),
    ('tags:"big deal",vip -tags:cold', Filters(tags=("big deal", "vip"), not_tags=("cold",))),
    ("tag:a:b", Filters(ai_tags=("a:b",))),
    ('tag:a"b c"', Filters(ai_tags=("ab c",))),
    ('tag:"a""b"', Filters(ai_tags=("ab",))),
    ("tag:a tag:b", Filters(ai_tags=("a", "b"))),
    ("–tag:a", Filters(not_ai_tags=("a",))),
    ("—tag:a −tag:b ‐tag:c ‑tag:d", Filters(not_ai_tags=("a", "b", "c", "d"))),
    ("Positive", Filters(positive=True)),
    ("POSITIVE positive", Filters(positive=True)),
    ("auto-replies:off", Filters(auto_replies=False)),
    ("Auto–Replies:OFF", Filters(auto_replies=False)),
    ("auto-replies:on", Filters()),
    ("positive\ttag:a\nauto-replies:off", Filters((), ("a",), (), True, False)),
]


@pytest.mark.parametrize(("text", "filters"), READ, ids=[repr(text) for text, _ in READ])
def test_filters_are_read_as_they_are_meant(text: str, filters: Filters) -> None:
    assert from_text(text) == filters


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        (Filters(), ""),
        (Filters(campaigns=("Q1 Outreach", "Webinar")), 'campaign:"Q1 Outreach",Webinar'),
        (Filters(ai_tags=("a,b",), not_ai_tags=("c:d",)), 'aitag:"a,b" -aitag:"c:d"'),
        (Filters(tags=("a b",), not_tags=("c",)), 'tags:"a b" -tags:c'),
        (Filters(positive=True), "positive"),
        (Filters(auto_replies=False), "auto-replies:off"),
        (
            Filters(("Q1",), ("hot",), ("out_of_office",), True, False),
            "campaign:Q1 aitag:hot -aitag:out_of_office positive auto-replies:off",
        ),
    ],
)
def test_filters_are_shown_as_somebody_would_type_them(filters: Filters, text: str) -> None:
    assert str(filters) == text
    assert from_text(text) == filters
    # An older version reads what is stored, where it knows the filters.
    assert filters.stored == text.replace("aitag:", "tag:")
    assert from_text(filters.stored) == filters


@pytest.mark.parametrize(
    "text",
    [
        "tag", "tag:", 'tag:""', "tag:,", "tag:-_", "-tag:", "aitag:", "-aitag:", "tags:",
        "campaign:",
    ],
)  # fmt: skip
def test_a_filter_without_a_name_is_asked_for_one(text: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        from_text(text)
    assert str(caught.value) == f"“{text}” names nothing. Filters: {FORMS}."


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("campaign:Q1 Outreach", ' If it belongs to the name before it, quote it: campaign:"Q1 O'),
        ("aitag:meeting request", 'quote it: aitag:"meeting request".'),
        ("tag:a positive b", 'quote it: tag:"a b".'),
        ("aitag:interested, meeting booked", 'a comma: aitag:interested,"meeting booked".'),
        ("aitag:a, b c, d positive", 'Leave no blank after a comma: aitag:a,"b c",d.'),
        ("positve", "“positve” is not a filter. Did you mean positive? Filters: "),
        ("-aitg:hot", "Did you mean -aitag:hot?"),
        ("auto-reply:off", "Did you mean auto-replies:off?"),
        ('campaign:"Q1" Outreach', "“Outreach” is not a filter. Filters: "),
        ("positive Outreach", "“Outreach” is not a filter. Filters: "),
    ],
)
def test_a_name_of_several_words_is_asked_to_be_quoted(text: str, hint: str) -> None:
    with pytest.raises(NotUnderstood, match=re.escape(hint)):
        from_text(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tag:interested -tag:Interested", "“aitag:interested” and “-aitag:Interested” together"),
        ("aitag:a,b -aitag:b,a,c", "“aitag:a,b” and “-aitag:b,a,c” together"),
        ("tags:vip -tags:VIP", "“tags:vip” and “-tags:VIP” together"),
    ],
)
def test_filters_that_no_reply_can_pass_are_refused(text: str, said: str) -> None:
    assert said in (objection(from_text(text)) or "")


@pytest.mark.parametrize(
    "text", ["", "aitag:a,b -aitag:b", "tags:a -aitag:a", "tags:a,b -tags:a", "-tags:a", "-tag:a"]
)
def test_filters_that_some_reply_can_pass_are_not_refused(text: str) -> None:
    assert objection(from_text(text)) is None


def test_names_that_are_not_known_are_found_in_any_spelling() -> None:
    assert unknown(["Meeting_Booked", "vip"], ["meeting booked"]) == ["vip"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("everything", "everything"),
        ("-campaign:Q1", "-campaign:Q1"),
        ("positive:", "positive:"),
        ("positive:yes", "positive:yes"),
        ("-positive", "-positive"),
        ("auto-replies", "auto-replies"),
        ("auto-replies:", "auto-replies:"),
        ("auto-replies:no", "auto-replies:no"),
        ("positive wat tag:a huh", "wat"),
        (":a", ":a"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_the_first_filter_that_is_none_is_named(text: str, named: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        from_text(text)
    assert str(caught.value) == f"“{named}” is not a filter. Filters: {FORMS}."


def test_the_forms_that_people_are_told_are_filters() -> None:
    told = re.findall(r'(?:[^,"]|"[^"]*")+', FORMS)
    assert from_text(" ".join(told)) == Filters(
        ("Q1 Outreach",), ("interested",), ("out_of_office",), True, False, ("vip",), ("cold",)
    )


values = hostile | st.lists(st.sampled_from(['"', ",", " ", ":", "-", "“", "\n", "a", "b"])).map(
    "".join
)
parts = st.builds(
    "{}{}".format,
    st.sampled_from(["campaign:", "tag:", "-tag:", "Tag:", "–tag:", "aitag:", "tags:", "-tags:"]),
    values | values.map('"{}"'.format),
)
texts = st.lists(
    parts | st.sampled_from(["positive", "auto-replies:off", "auto-replies:on"]), max_size=6
).map(" ".join)


@calm
@example('campaign:", "" positive')
@given(texts | hostile | anything)
def test_filters_that_were_understood_are_understood_again(text: str) -> None:
    try:
        filters = from_text(text)
    except NotUnderstood as error:
        said = str(error)
        assert len(said) < 350
        return
    assert from_text(str(filters)) == filters == from_text(filters.stored)


names = values.filter(lambda name: bool(from_names(name)))


def from_names(name: str) -> tuple[str, ...]:
    try:
        return from_text(f'tag:"{name.replace(chr(34), "")}"').ai_tags
    except NotUnderstood:
        return ()


@calm
@given(names, strategies.conversations, st.booleans())
def test_a_name_is_taken_or_left(name: str, reply: Conversation, positive: bool) -> None:
    (known,) = from_names(name)[:1]
    only, never = Filters(ai_tags=(known,)), Filters(not_ai_tags=(known,))
    for filters in (only, never):
        assert from_text(str(filters)).take(reply, positive) is filters.take(reply, positive)
    assert only.take(reply, positive) is not never.take(reply, positive)


@calm
@given(texts, strategies.conversations, st.booleans())
def test_a_positive_reply_is_taken(text: str, reply: Conversation, positive: bool) -> None:
    try:
        filters = from_text(text)
    except NotUnderstood:
        return
    assert filters.take(reply, True) >= filters.take(reply, positive)


some = st.lists(st.sampled_from(["interested", "not_now", "Q1", "hot"]), max_size=2).map(tuple)
few_filters = st.builds(Filters, some, some, some, st.booleans(), st.booleans(), some, some)
few_conversations = st.builds(
    lambda campaign, ai_tag, automatic, tags: Conversation(
        ConversationId("c1"),
        Lead("jane@example.com"),
        campaign=campaign,
        ai_tag=ai_tag,
        auto_reply=automatic,
        tags=tags,
    ),
    st.sampled_from(["", "Q1", "hot"]),
    st.sampled_from([None, AiTag("interested"), AiTag("not_now"), AiTag("other")]),
    st.booleans(),
    some,
)


@calm
@given(few_filters, few_filters, few_conversations, st.booleans())
def test_filters_that_do_not_widen_take_nothing_more(
    old: Filters, new: Filters, reply: Conversation, positive: bool
) -> None:
    if not widens(old, new):
        assert old.take(reply, positive) or not new.take(reply, positive)


@pytest.mark.parametrize(
    ("old", "new", "wider"),
    [
        ("", "", False),
        ("", "positive", False),
        ("positive", "", True),
        ("tag:hot", "tag:Hot", False),
        ("tag:hot", "tag:hot,cold", True),
        ("tag:hot,cold", "tag:hot", False),
        ("-tag:hot", "tag:cold", False),
        ("-tag:hot", "tag:hot", True),
        ("-tag:hot", "", True),
        ("campaign:Q1", "campaign:Q2", True),
        ("campaign:Q1", "campaign:Q1 positive", False),
        ("auto-replies:off", "auto-replies:on", True),
        ("tags:vip", "", True),
        ("tags:vip,hot", "tags:VIP", False),
        ("tags:vip", "tags:vip,hot", True),
        ("-tags:cold", "", True),
        ("-tags:cold", "-tags:Cold,old", False),
        ("", "-tags:cold tags:vip", False),
    ],
)
def test_filters_widen_by_what_the_others_leave(old: str, new: str, wider: bool) -> None:
    assert widens(from_text(old), from_text(new)) is wider
