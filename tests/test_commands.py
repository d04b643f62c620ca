"""Texts after /sendkit, and the acts that they ask for."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.acts import (
    Act,
    Back,
    ByEmail,
    ById,
    ByLink,
    ByName,
    Choose,
    Decide,
    Examine,
    Find,
    Give,
    Help,
    ListInbox,
    ListOwners,
    ListSubscriptions,
    Log,
    Mine,
    Prove,
    PutOff,
    Reference,
    Release,
    Reply,
    SetHours,
    SetNotify,
    SetOwners,
    SetReminders,
    Show,
    ShowSchedule,
    Subscribe,
    TagNamed,
    Take,
    Undo,
    Unsubscribe,
    Why,
)
from bot.errors import NotUnderstood
from bot.filters import Filters
from bot.hours import Hours, SetDigest
from bot.slack.grammar import PARSERS, TAGS_LIMIT, from_text, typed_as
from bot.slack.understanding import or_ai_tag, understood
from bot.triage import (
    NOBODY,
    AiTag,
    ChannelId,
    ClearAiTag,
    ConversationId,
    DoNotContact,
    EditTags,
    Lead,
    MarkRead,
    MarkUnread,
    MessageTs,
    Place,
    SetAiTag,
    UserId,
    same_name,
)
from tests.strategies import anything, calm, hostile

HEX = "664a1b2c3d4e5f6a7b8c9d0e"
BY_HEX = ById(ConversationId(HEX))
BY_ID = ById(ConversationId("conv-42"))
INSTEAD = (
    "To see who wrote, type /sendkit inbox; for one lead, /sendkit show and their name; for "
    "everything else, /sendkit help."
)
ANA, BEN, DEALS = UserId("U0ANA"), UserId("U0BEN"), ChannelId("C0DEALS")
JANE = ByEmail("jane@example.com")
MAILTO = "<mailto:jane@example.com|jane@example.com>"
CARD = ByLink(Place(ChannelId("C0TRIAGE"), MessageTs("1764000000.000100")))
LINK = "https://acme.slack.com/archives/C0TRIAGE/p1764000000000100"
OFFICE = Hours((0, 1, 2, 3, 4), 9 * 60, 17 * 60 + 30, "Europe/Berlin")
REPLY = "https://acme.slack.com/archives/C0TRIAGE/p1764009999000100"


def bare(words: str) -> TagNamed:
    return TagNamed(words, after_verb=False)


def tagged(words: str) -> TagNamed:
    return TagNamed(words, after_verb=True)


def edited(add: str = "", remove: str = "") -> EditTags:
    return EditTags(tuple(filter(None, add.split("/"))), tuple(filter(None, remove.split("/"))))


GRAMMAR: list[tuple[str, Act]] = [
    ("", Help()),
    ("  \n ", Help()),
    ('""', Help()),
    ("help", Help()),
    ("HELP me", Help()),
    ("inbox", ListInbox()),
    ("inbox 1", ListInbox(1)),
    ("INBOX 2", ListInbox(2)),
    ("inbox 9999", ListInbox(9999)),
    ("inbox 02", ListInbox(2)),
    ("audit", Prove()),
    ("mine", Mine()),
    ("take", Take(None)),
    (f"take {HEX}", Take(BY_HEX)),
    (f"{MAILTO} take", Take(JANE)),
    ("take Jane Doe", Take(ByName("Jane Doe"))),
    ("release", Release(None)),
    ("later tomorrow 9:00", PutOff(None, "tomorrow 9:00")),
    ("LATER 2h", PutOff(None, "2h")),
    ("later off", Back(None)),
    ("reply", Reply(None)),
    (f"reply {MAILTO}", Reply(JANE)),
    ("Reply conv-42", Reply(BY_ID)),
    ("reply Jane Doe", Reply(ByName("Jane Doe"))),
    (f"later {HEX} tomorrow 9:00", PutOff(BY_HEX, "tomorrow 9:00")),
    ("later conv-42 in 3 days", PutOff(BY_ID, "in 3 days")),
    (f"later monday {MAILTO}", PutOff(JANE, "monday")),
    (f"{MAILTO} later monday", PutOff(JANE, "monday")),
    (f"later {LINK} off", Back(CARD)),
    ("later Jane Doe 16 March 14:30", PutOff(ByName("Jane Doe"), "16 March 14:30")),
    ("later Jane Doe off", Back(ByName("Jane Doe"))),
    ("later", Choose(bare("later"))),
    (f"later {MAILTO}", Decide(JANE, bare("later"))),
    ("Later this year conv-42", Decide(BY_ID, bare("later this year"))),
    (f"later this year {HEX}", Decide(BY_HEX, bare("later this year"))),
    ("later Jane Doe", Choose(bare("later Jane Doe"))),
    ("owner", ListOwners()),
    ("owner <@U0ANA|ana> <@U0BEN> <@U0ANA>", SetOwners((ANA, BEN))),
    ("owner off", SetOwners(())),
    ("owner <#C0DEALS|deals> <@U0ANA>", SetOwners((ANA,), channel=DEALS)),
    ("OWNER <#C0DEALS|deals> nobody", SetOwners((), channel=DEALS)),
    (
        "owner campaign:“Q1 Outreach” -tags:vip <@U0ANA|ana>",
        SetOwners((ANA,), Filters(campaigns=("Q1 Outreach",), not_tags=("vip",))),
    ),
    ("owner <@U0ANA|ana> positive", SetOwners((ANA,), Filters(positive=True))),
    ("owner campaign:Q1 off", SetOwners((), Filters(campaigns=("Q1",)))),
    (f"owner {MAILTO} <@U0ANA|ana>", Give(JANE, ANA)),
    (f"{MAILTO} owner <@U0ANA|ana>", Give(JANE, ANA)),
    ("owner Jane Doe <@U0ANA|ana>", Give(ByName("Jane Doe"), ANA)),
    (f"owner <{LINK}> off", Give(CARD, NOBODY)),
    ("notify on", SetNotify(on=True)),
    ("notify OFF", SetNotify(on=False)),
    (f"release {LINK}", Release(CARD)),
    ("doctor", Examine()),
    # subscriptions
    ("subscribe", Subscribe(Filters())),
    (" SUBSCRIBE  positive ", Subscribe(Filters(positive=True))),
    ("subscribe tag:hot,cold", Subscribe(Filters(ai_tags=("hot", "cold")))),
    ("subscribe –tag:out", Subscribe(Filters(not_ai_tags=("out",)))),
    ("subscribe campaign:“Q1 Outreach”", Subscribe(Filters(campaigns=("Q1 Outreach",)))),
    ('subscribe campaign:"R&amp;D &lt;b&gt;"', Subscribe(Filters(campaigns=("R&D <b>",)))),
    ("subscribe campaign:&amp;lt;", Subscribe(Filters(campaigns=("&lt;",)))),
    ("subscribe\npositive\nauto-replies:off", Subscribe(Filters((), (), (), True, False))),
    ("subscribe --rehearse", Subscribe(Filters(), rehearse=True)),
    ("subscribe —rehearse", Subscribe(Filters(), rehearse=True)),
    ("subscribe –REHEARSE tag:hot", Subscribe(Filters(ai_tags=("hot",)), rehearse=True)),
    ("subscribe tag:hot --rehearse", Subscribe(Filters(ai_tags=("hot",)), rehearse=True)),
    ("subscribe tag:a --rehearse tag:b", Subscribe(Filters(ai_tags=("a", "b")), rehearse=True)),
    ("subscribe tag:a--rehearse", Subscribe(Filters(ai_tags=("a--rehearse",)))),
    ("unsubscribe", Unsubscribe()),
    ("subscriptions", ListSubscriptions()),
    ("SUBSCRIPTIONS", ListSubscriptions()),
    ("hours", ShowSchedule()),
    ("hours off", SetHours(None)),
    ("HOURS Mon–Fri 9:00 – 17:30 Europe/Berlin", SetHours(OFFICE)),
    ("hours mon-fri 9-17:30", SetHours(replace(OFFICE, zone=""))),
    ("digest", ShowSchedule()),
    ("digest Off", SetDigest(None)),
    ("digest 17:30", SetDigest(1050)),
    ("digest 5:30 PM", SetDigest(1050)),
    ("digest 24:00", SetDigest(0)),
    ("remind", ShowSchedule()),
    ("remind OFF", SetReminders(())),
    ("remind 2h 30m", SetReminders((1800, 7200))),
    ("remind 1h30m", SetReminders((5400,))),
    (f"why {LINK}", Why(CARD)),
    ("why", Why()),
    ("mark read", Choose(MarkRead())),
    (f"Mark as unread {HEX}", Decide(BY_HEX, MarkUnread())),
    ("clear aiTag", Choose(ClearAiTag())),
    ("clear", Choose(ClearAiTag())),
    ("clear interest", Choose(TagNamed("clear interest", after_verb=False))),
    (f"WHY <{LINK}>", Why(CARD)),
    (f"why <{LINK}|the card>?", Why(CARD)),
    (f"{LINK} why", Why(CARD)),
    (f"why <{REPLY}?thread_ts=1764000000.000100&amp;cid=C0TRIAGE>", Why(CARD)),
    # a verb and a conversation
    (f"read {HEX}", Decide(BY_HEX, MarkRead())),
    (f"unread {HEX}", Decide(BY_HEX, MarkUnread())),
    (f"untag {HEX}", Decide(BY_HEX, ClearAiTag())),
    (f"dnc {HEX}", Decide(BY_HEX, DoNotContact())),
    (f"show {HEX}", Show(BY_HEX)),
    ("undo", Undo()),
    ("log", Log()),
    (f"log {HEX}", Log(BY_HEX)),
    ("log Jane Doe", Log(ByName("Jane Doe"))),
    ("find Acme", Find("Acme")),
    (f"FIND “Jane Doe” {MAILTO}", Find("Jane Doe jane@example.com")),
    (f"undo {HEX}", Undo(BY_HEX)),
    ("undo Jane Doe", Undo(ByName("Jane Doe"))),
    (f"{LINK} undo", Undo(CARD)),
    (f"tag {HEX} interested", Decide(BY_HEX, tagged("interested"))),
    (f"tag interested {HEX}", Decide(BY_HEX, tagged("interested"))),
    (f"tag {HEX} meeting booked", Decide(BY_HEX, tagged("meeting booked"))),
    (f"tag {HEX} read", Decide(BY_HEX, tagged("read"))),
    (f"tags {HEX} +vip -cold", Decide(BY_HEX, edited("vip", "cold"))),
    (f"tags +vip {HEX} -cold", Decide(BY_HEX, edited("vip", "cold"))),
    # an aiTag and a conversation
    (f"interested {HEX}", Decide(BY_HEX, bare("interested"))),
    (f"Meeting Booked {HEX}", Decide(BY_HEX, bare("Meeting Booked"))),
    (f"not-now {HEX}", Decide(BY_HEX, bare("not-now"))),
    # the conversation first
    (f"{HEX} interested", Decide(BY_HEX, bare("interested"))),
    (f"{HEX} read", Decide(BY_HEX, MarkRead())),
    (f"{MAILTO} unread", Decide(JANE, MarkUnread())),
    (f"{LINK} show", Show(CARD)),
    (f"{HEX} tags +vip", Decide(BY_HEX, edited("vip"))),
    (f"{HEX} tag hot", Decide(BY_HEX, tagged("hot"))),
    (f"{HEX} help", Help()),
    # ids that could be words are known by their place
    ("read conv-42", Decide(BY_ID, MarkRead())),
    ("interested conv-42", Decide(BY_ID, bare("interested"))),
    ("tag conv-42 tier 1", Decide(BY_ID, tagged("tier 1"))),
    ("tag interested conv-42", Choose(tagged("interested conv-42"))),
    ("conv-42 interested", Choose(bare("conv-42 interested"))),
    ("read " + "9" * 64, Decide(ById(ConversationId("9" * 64)), MarkRead())),
    ("read " + "9" * 65, Decide(ByName("9" * 65), MarkRead())),
    ('"tier 1"', Choose(bare("tier 1"))),
    # no conversation
    ("read", Choose(MarkRead())),
    ("unread", Choose(MarkUnread())),
    ("untag", Choose(ClearAiTag())),
    ("dnc", Choose(DoNotContact())),
    # a reason
    (
        f"tag {HEX} hot because  <mailto:a@x.example|a@x.example> asked",
        Decide(BY_HEX, tagged("hot"), "a@x.example asked"),
    ),
    (
        f"hot {HEX} Because we met because of you",
        Decide(BY_HEX, bare("hot"), "we met because of you"),
    ),
    ("hot because she asked", Choose(bare("hot"), "she asked")),
    ("find because jane", Find("because jane")),
    ("find jane because acme", Find("jane because acme")),
    ("hot because", Choose(bare("hot because"))),
    ("show", Choose(None)),
    ("show jane", Show(ByName("jane"))),
    ("Jane show", Choose(bare("Jane show"))),
    ("read Jane Doe", Decide(ByName("Jane Doe"), MarkRead())),
    ('unread "Jane Doe"', Decide(ByName("Jane Doe"), MarkUnread())),
    ("untag jane", Decide(ByName("jane"), ClearAiTag())),
    ("tags Jane Doe +vip -cold", Decide(ByName("Jane Doe"), edited("vip", "cold"))),
    ("tags +vip, hot", Choose(edited("vip/hot"))),
    ("tags Jane Very Doe +vip", Decide(ByName("Jane Very Doe"), edited("vip"))),
    ("tag", Choose(None)),
    ("tag interested", Choose(tagged("interested"))),
    ("tags +vip", Choose(edited("vip"))),
    ("tags -q2", Choose(edited("", "q2"))),
    ("not now", Choose(bare("not now"))),
    # addresses
    ("read jane@example.com", Decide(JANE, MarkRead())),
    ("read JANE@Example.com", Decide(JANE, MarkRead())),
    (f"read {MAILTO}", Decide(JANE, MarkRead())),
    ("read <mailto:jane@example.com>", Decide(JANE, MarkRead())),
    ("read mailto:jane@example.com", Decide(JANE, MarkRead())),
    ("read <MAILTO:Jane@example.com|Jane@example.com>", Decide(JANE, MarkRead())),
    ("read <jane@example.com>", Decide(JANE, MarkRead())),
    ("read &lt;jane@example.com&gt;", Decide(JANE, MarkRead())),
    ("read (jane@example.com).", Decide(JANE, MarkRead())),
    (f"read {MAILTO},", Decide(JANE, MarkRead())),
    # links
    (f"read {LINK}", Decide(CARD, MarkRead())),
    (f"read <{LINK}>", Decide(CARD, MarkRead())),
    (f"read <{LINK}|Open the card>", Decide(CARD, MarkRead())),
    (f"<{LINK}|the card> interested", Decide(CARD, bare("interested"))),
    (f"read {LINK}.", Decide(CARD, MarkRead())),
    (f"show <{REPLY}?thread_ts=1764000000.000100&amp;cid=C0TRIAGE>", Show(CARD)),
    (f"show <{REPLY}?cid=C0TRIAGE&amp;thread_ts=1764000000.000100>", Show(CARD)),
    ("read <https://example.com/p1|card>", Decide(ByName("https://example.com/p1"), MarkRead())),
    # what keyboards make of quotes and dashes
    (f"“Meeting Booked” {HEX}", Decide(BY_HEX, bare("Meeting Booked"))),
    (f"«Meeting Booked» {HEX}", Decide(BY_HEX, bare("Meeting Booked"))),
    (f"„Meeting Booked‟ {HEX}", Decide(BY_HEX, bare("Meeting Booked"))),
    (f"＂Meeting Booked＂ {HEX}", Decide(BY_HEX, bare("Meeting Booked"))),
    (f'"Meeting Booked {HEX}', Choose(bare(f"Meeting Booked {HEX}"))),
    (f'tag {HEX} Meeting" Booked', Decide(BY_HEX, tagged("Meeting Booked"))),
    (f"don’t call {HEX}", Decide(BY_HEX, bare("don't call"))),
    (f"tags {HEX} +vip –cold", Decide(BY_HEX, edited("vip", "cold"))),
    (f"tags {HEX} —cold −old ‐x ‑y", Decide(BY_HEX, edited("", "cold/old/x/y"))),
    (f"tags {HEX} +“big deal” -“no go”", Decide(BY_HEX, edited("big deal", "no go"))),
    # odd spacing
    (f"  READ\t{HEX}\n", Decide(BY_HEX, MarkRead())),
    (f"read\u00a0{HEX}", Decide(BY_HEX, MarkRead())),
    (f"tags {HEX} + vip - cold", Decide(BY_HEX, edited("vip", "cold"))),
    (f"tags {HEX} +vip,hot", Decide(BY_HEX, edited("vip/hot"))),
    (f"tags {HEX} -cold,old", Decide(BY_HEX, edited("", "cold/old"))),
    (f"tags {HEX} -cold, old +hot", Decide(BY_HEX, edited("hot", "cold/old"))),
    (f"tags {HEX} +a,-b,,c ,", Decide(BY_HEX, edited("a", "b/c"))),
    (f'tags {HEX} +" vip , hot "', Decide(BY_HEX, edited("vip/hot"))),
    (f'" interested " {HEX}', Decide(BY_HEX, bare("interested"))),
    (f"tags {HEX} ++c++", Decide(BY_HEX, edited("c++"))),
    # what Slack escapes
    (f"tags {HEX} +R&amp;D -a&lt;b&gt;", Decide(BY_HEX, edited("R&D", "a<b>"))),
    (f"Q&amp;A {HEX}", Decide(BY_HEX, bare("Q&A"))),
    (f"tags {HEX} +&amp;lt;", Decide(BY_HEX, edited("&lt;"))),
    (f"tags {HEX} +<http://beta.io|beta.io> -:fire:", Decide(BY_HEX, edited("beta.io", "🔥"))),
    (f"tag {HEX} <http://beta.io|beta.io> :fire: Hot", Decide(BY_HEX, tagged("beta.io 🔥 Hot"))),
    (f"\u200bread\u200b {HEX}", Decide(BY_HEX, MarkRead())),
    (f"interested <@U0ADA|ada> {HEX}", Decide(BY_HEX, bare("interested @ada"))),
]


@pytest.mark.parametrize(("text", "act"), GRAMMAR, ids=[repr(text) for text, _ in GRAMMAR])
def test_a_command_is_read_as_it_is_meant(text: str, act: Act) -> None:
    assert from_text(text) == act


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (HEX, "What do you want to do with it? For example: /sendkit read "),
        ("owner <!subteam^S1|@sales>", "Name people one by one: /sendkit owner campaign:"),
        ("owner campaign:x @ana", "I don’t know who @ana is. Type @ and choose the person"),
        ("owner campaign:x", "Name who and what: /sendkit owner campaign:"),
        ("owner campaign:x <@U0ANA> off", "Name who and what: "),
        ("owner <#C0DEALS> <#C0ALL> <@U0ANA>", "Name who and what: "),
        ("owner <#C0DEALS> campaign:x <@U0ANA>", "Name who and what: "),
        ("owner " + " ".join(f"<@U{n}>" for n in range(21)), "At most 20 people can take turns."),
        ("owner tags:vip -tags:vip <@U0ANA>", "No reply can pass “tags:vip” and “-tags:vip”"),
        (f"owner {HEX} <@U0ANA> <@U0BEN>", "One conversation has one owner: /sendkit owner "),
        (f"owner {HEX} Jane <@U0ANA>", "One conversation has one owner: /sendkit owner "),
        ("notify", "On or off? For example: /sendkit notify on."),
        ("notify me", "On or off? For example: /sendkit notify on."),
        ("jane@example.com", "What do you want to do with it? For example: /sendkit read "),
        ("conv-42", "What do you want to do with it? For example: /sendkit read "),
        (f"tag {HEX}", "Which aiTag?"),
        (f"hot {HEX} because {'x' * 301}", "A reason has at most 300 characters. Shorten it."),
        ("tag conv-42", "Which aiTag?"),
        ("tags", "Which tags?"),
        (f"tags {HEX}", "Which tags?"),
        (f"tags {HEX} + - ,", "Which tags?"),
        (f"tags {HEX} " + " ".join(f"+t{n}" for n in range(TAGS_LIMIT + 1)), "At most 20 tags"),
        (f"tags {HEX} {'+a ' * 11} {'-b ' * 10}", "At most 20 tags"),
        ("tags jane +Very Important", 'Quote a tag of several words: +"Very Important".'),
        (f"tags {HEX} - no good one +x", 'Quote a tag of several words: -"no good one".'),
        ("tags +vip, very hot", 'Quote a tag of several words: +"very hot".'),
        ("tags tina vip", "Put + or - before each tag: /sendkit tags tina +vip."),
        ("tags jane", "Put + or - before each tag: /sendkit tags jane +vip."),
        ("tags jane@x.y hot", "Put + or - before each tag: /sendkit tags jane@x.y +hot."),
        (f"tags {HEX} hot +vip", f"Put + or - before each tag: /sendkit tags {HEX} +hot."),
        ("tags vip, hot", "Put + or - before each tag: /sendkit tags +vip, hot."),
        (f"untag {HEX} vip",
         "/sendkit untag takes one conversation and nothing else: what is “vip”?"),
        (f"read {HEX} jane@example.com", "/sendkit read takes one conversation and nothing else"),
        (f"read later {HEX}",
         "/sendkit read takes one conversation and nothing else: what is “later”?"),
        (f"show {HEX} {'x' * 500}", "/sendkit show takes one conversation and nothing else"),
        (f"unread {HEX} now please", "/sendkit unread takes one conversation and nothing else"),
        ("subscribe everything", "“everything” is not a filter."),
        ("subscribe tag:hot -campaign:x", "“-campaign:x” is not a filter."),
        ("subscribe rehearse", "“rehearse” is not a filter."),
        ("subscribe --rehearsed", "“--rehearsed” is not a filter."),
        ("subscribe tag:", "“tag:” names nothing."),
        (f"{HEX} subscribe", "“subscribe” is not a filter."),
        (f"subscribe {'x' * 9000}", "“xxx"),
        ("subscribe tag:hot -tag:Hot", "No reply can pass “aitag:hot” and “-aitag:Hot” together."),
        ("subscribe tags:a -tags:a --rehearse", "“tags:a” and “-tags:a” together. Leave one out."),
        ("unsubscribe tag:hot", "/sendkit unsubscribe ends this channel’s whole subscription."),
        ("unsubscribe positive",
         "To get less here, replace it: /sendkit subscribe with other filters."),
        ("away", "Until when? For example: /sendkit away until Monday."),
        ("away until", "Until when? For example: /sendkit away until Monday."),
        ("hours whenever", "Give days, times and a time zone: /sendkit hours mon-fri 9:00"),
        ("hours 9-17 Atlantis", "Give days, times and a time zone: /sendkit hours mon-fri 9:00"),
        ("digest noon", "Give a time of the day: /sendkit digest 17:30."),
        ("digest 25:00", "Give a time of the day: /sendkit digest 17:30."),
        ("remind soon", "Give one time or two, an early and a late one: /sendkit remind 30m 2h."),
        ("remind 1h 2h 3h", "Give one time or two, an early and a late one"),
        ("find", "What do you look for? For example: /sendkit find acme."),
        ("inbox 10000", "“10000” is not a page of the inbox. /sendkit inbox lists the newest, "),
        ("inbox 0", "“0” is not a page"),
        ("inbox -1", "“-1” is not a page"),
        ("inbox ²", "“²” is not a page"),
        (f"inbox 1{'x' * 500}", "“1xxx"),
        ("inbox please", "“please” is not a page of the inbox. /sendkit inbox lists the newest, "),
        ("inbox unread 2", "“unread 2” is not a page of the inbox."),
        ("inbox 3 now", "/sendkit inbox takes a page’s number and nothing else: what is “now”?"),
        ("Doctor please", "/sendkit doctor takes nothing: what is “please”?"),
        ("subscriptions here", "/sendkit subscriptions takes nothing: what is “here”?"),
        (f"why {LINK} now", "/sendkit why takes one link and nothing else: what is “now”?"),
        ("why jane@example.com", "Which card? Copy its link from its ⋯ menu: /sendkit why LINK."),
        (f"why {HEX}", "Which card? Copy its link from its ⋯ menu: /sendkit why LINK."),
        ("why https://example.com/archives",
         "Which card? Copy its link from its ⋯ menu: /sendkit why LINK."),
    ],
)  # fmt: skip
def test_a_command_that_makes_no_sense_is_asked_about(text: str, answer: str) -> None:
    with pytest.raises(NotUnderstood, match=re.escape(answer)) as caught:
        from_text(text)
    assert len(str(caught.value)) < 300


def test_as_many_tags_as_there_may_be_are_taken() -> None:
    command = from_text(f"tags {HEX} +" + ",".join(f"t{n}" for n in range(TAGS_LIMIT)))
    assert isinstance(command, Decide)
    assert command.wish == EditTags(tuple(f"t{n}" for n in range(TAGS_LIMIT)))


KNOWN = tuple(map(AiTag, ["interested", "not_interested", "Meeting Request", "read_later", "R&D"]))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("interested", "interested"),
        ("INTERESTED", "interested"),
        ("not interested", "not_interested"),
        ("Not-Interested", "not_interested"),
        ("meeting_request", "Meeting Request"),
        ("  meeting   request ", "Meeting Request"),
        ("read later", "read_later"),
        ("r&d", "R&D"),
    ],
)
def test_an_ai_tag_is_found_in_any_spelling(words: str, found: str) -> None:
    for wanted in (bare(words), tagged(words)):
        assert understood(Choose(wanted), KNOWN) == Choose(SetAiTag(AiTag(found)))


NAMES = (
    "The aiTags of this workspace are: "
    "interested, not_interested, Meeting Request, read_later, R&D."
)


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        (bare("intrested"), "I don’t know “intrested”. Did you mean /sendkit interested?"),
        (bare("intrested jane"), "“intrested”. Did you mean /sendkit interested jane?"),
        (bare("not intrested Jane Doe"), "Did you mean /sendkit not_interested Jane Doe?"),
        (bare("שלום"), f"I read commands only, and “\u2068שלום\u2069” is none. {INSTEAD}"),
        (bare("meting request"), "“meting request”. Did you mean /sendkit Meeting Request?"),
        (bare("inbx"), "I don’t know “inbx”. Did you mean /sendkit inbox?"),
        (bare("unred"), "Did you mean /sendkit unread?"),
        (bare("subscribr"), "Did you mean /sendkit subscribe?"),
        (bare("subscription"), "Did you mean /sendkit subscriptions?"),
        (bare("forget jane"), f"I read commands only, and “forget jane” is none. {INSTEAD}"),
        (bare("mark tina read"), "I don’t know “mark”. Did you mean /sendkit read tina?"),
        (bare("jane unread"), "I don’t know “jane”. Did you mean /sendkit unread jane?"),
        (bare("Ada Lovelace read"), "“read”. Did you mean /sendkit read Ada Lovelace?"),
        (bare("forget ada"), "I don’t know “forget”. For example: /sendkit show ada."),
        (bare("ada"), "What do you want to do with ada? For example: /sendkit show ada."),
        (tagged("ada lovelace"), f"Which aiTag for ada lovelace? {NAMES}"),
        (tagged("lovelace postponed"), f"There is no aiTag “postponed”. {NAMES}"),
        (tagged("postponed Ada"), f"There is no aiTag “postponed”. {NAMES}"),
        (tagged("intrested"),
         "There is no aiTag “intrested”. Did you mean /sendkit tag interested?"),
        (tagged("unred"), f"There is no aiTag “unred”. {NAMES}"),
        (tagged("x" * 9000), f"There is no aiTag “{'x' * 79}…”. {NAMES}"),
    ],
    ids=lambda part: str(part)[:60],
)  # fmt: skip
def test_an_unknown_ai_tag_is_answered_with_what_was_meant(wanted: TagNamed, answer: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        understood(Choose(wanted), KNOWN, [Lead("ada@x.y", "Ada Lovelace")])
    assert str(caught.value).endswith(answer)


@pytest.mark.parametrize(
    ("wanted", "reference", "typing"),
    [
        (bare("intrested"), JANE, "/sendkit interested jane@example.com"),
        (bare("unred"), BY_ID, "/sendkit unread conv-42"),
        (bare("meting request"), CARD, "/sendkit Meeting Request LINK"),
        (tagged("intrested"), JANE, "/sendkit tag jane@example.com interested"),
    ],
)
def test_the_command_meant_is_whole(wanted: TagNamed, reference: Reference, typing: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        understood(Decide(reference, wanted), KNOWN)
    assert str(caught.value).endswith(f"Did you mean {typing}?")


def test_of_many_ai_tags_some_are_named() -> None:
    with pytest.raises(NotUnderstood, match=r"are: a0, a1, .*, a19 and 5 more\.$"):
        understood(Choose(tagged("xyz")), [AiTag(f"a{number}") for number in range(25)])


def test_a_workspace_without_ai_tags_says_so() -> None:
    with pytest.raises(NotUnderstood, match="This workspace has no aiTags yet"):
        understood(Choose(tagged("interested")), ())


words = st.sampled_from(
    [
        *PARSERS, HEX, MAILTO, LINK, "conv-42", "+vip", "-", ",", '"', "“", "<", ">", "&amp;", " ",
        "\n",
    ]
)  # fmt: skip


@calm
@given(st.lists(words | anything, max_size=8).map(" ".join) | hostile)
def test_any_text_is_a_command_or_not_understood(text: str) -> None:
    try:
        command = from_text(text)
    except NotUnderstood as error:
        said = str(error)
        assert 10 < len(said) < 300
        return
    match command:
        case Decide(reference):
            assert typed_as(reference)
        case Choose(EditTags(add, remove)):
            assert 0 < len(add) + len(remove) <= TAGS_LIMIT
        case _:
            pass


@calm
@given(
    st.sampled_from([HEX, "jane@example.com", MAILTO, LINK, f"<{LINK}|card>"]),
    st.sampled_from(["interested", "not now", "read", "untag", "tags +vip -cold", "show", "tag x"]),
)
def test_it_does_not_matter_where_the_conversation_is_named(reference: str, rest: str) -> None:
    assert from_text(f"{reference} {rest}") == from_text(f"{rest} {reference}")


@pytest.mark.parametrize(
    ("words", "name", "ai_tag"),
    [
        ("interested jane", "jane", "interested"),
        ("Not interested Jane Doe", "Jane Doe", "not_interested"),
        ("jane doe meeting request", "jane doe", "Meeting Request"),
        ("interested please", "please", "interested"),
    ],
)
def test_words_beside_an_ai_tag_are_the_lead_s_name(words: str, name: str, ai_tag: str) -> None:
    meant = Decide(ByName(name), SetAiTag(AiTag(ai_tag)))
    assert understood(Choose(bare(words)), KNOWN) == meant
    assert understood(Choose(tagged(words)), KNOWN) == meant


LATERS = [AiTag("Later this year"), AiTag("Later_Monday"), AiTag("Later")]


@pytest.mark.parametrize(
    ("act", "meant"),
    [
        (Decide(JANE, bare("later this year")), Decide(JANE, SetAiTag(LATERS[0]))),
        (Choose(bare("later this year Jane")), Decide(ByName("Jane"), SetAiTag(LATERS[0]))),
        (Decide(JANE, bare("Later")), Decide(JANE, SetAiTag(LATERS[2]))),
    ],
)
def test_an_ai_tag_whose_name_begins_with_later_is_reached(act: Decide, meant: Decide) -> None:
    assert understood(act, LATERS) == meant
    with pytest.raises(NotUnderstood, match=r"^Until when\?"):
        understood(act, KNOWN)
    with pytest.raises(NotUnderstood, match=r"no aiTag “later"):
        understood(Decide(JANE, tagged("later")), KNOWN)


def test_an_ai_tag_that_is_called_like_a_time_comes_before_the_time() -> None:
    by_time = PutOff(JANE, "monday")
    assert or_ai_tag(by_time, LATERS) == Decide(JANE, SetAiTag(LATERS[1]))
    assert or_ai_tag(PutOff(None, "monday"), LATERS) == Choose(SetAiTag(LATERS[1]))
    assert or_ai_tag(by_time, KNOWN) == by_time


def test_a_time_and_two_conversations_are_not_understood() -> None:
    with pytest.raises(NotUnderstood, match="takes one conversation and a time: what is “ben”"):
        from_text(f"later {HEX} ben monday")


@calm
@given(hostile, st.lists(anything.map(AiTag), max_size=5))
def test_any_spelling_is_a_known_ai_tag_or_answered(text: str, known: list[AiTag]) -> None:
    spellings = {same_name(name) for name in known}
    if same_name(text) in spellings:
        act = understood(Choose(bare(text)), known)
        assert isinstance(act.wish, SetAiTag)
        assert same_name(act.wish.ai_tag) == same_name(text)
    else:
        with pytest.raises(NotUnderstood, match=r"I don’t know|What do you want|Until when"):
            understood(Decide(JANE, bare(text)), known)


@pytest.mark.parametrize(
    "link",
    [
        "https://acme.slack.com/archives/C0TRIAGE/p1764000000000100",
        "https://acme.enterprise.slack.com/archives/C0TRIAGE/p1764000000000100?a=b#c",
        "https://acme.slack.com/archives/C0TRIAGE/p1764009999000100"
        "?thread_ts=1764000000.000100&amp;cid=C0TRIAGE",
        "https://app.slack.com/client/T0ACME/C0TRIAGE/p1764000000000100",
        "https://app.slack.com/client/T0ACME/C0TRIAGE/1764000000.000100",
        "https://app.slack.com/client/T0ACME/C0TRIAGE/thread/C0TRIAGE-1764000000.000100",
        "https://app.slack.com/client/T0ACME/threads/thread/C0TRIAGE-1764000000.000100",
        "slack://channel?team=T0ACME&amp;id=C0TRIAGE&amp;message=1764000000.000100",
        "slack://channel?id=C0TRIAGE&amp;message=1764009999.000100"
        "&amp;thread_ts=1764000000.000100&amp;team=T0ACME",
    ],
)
def test_every_kind_of_link_to_a_card_or_its_thread_names_it(link: str) -> None:
    place = Place(ChannelId("C0TRIAGE"), MessageTs("1764000000.000100"))
    assert from_text(f"read <{link}>") == Decide(ByLink(place), MarkRead())
    assert from_text(f"read <{link}|the card>.") == Decide(ByLink(place), MarkRead())


@pytest.mark.parametrize(
    "link",
    [
        "https://app.slack.com/client/T0ACME/C0TRIAGE",
        "https://acme.slack.com/archives/C0TRIAGE",
        "slack://channel?team=T0ACME&amp;id=C0TRIAGE",
        "https://acme.slack.com/files/U0ADA/F0FILE/x",
    ],
)
def test_a_link_to_no_message_is_named(link: str) -> None:
    with pytest.raises(NotUnderstood, match="That isn’t a link to a message"):
        from_text(f"read <{link}>")
