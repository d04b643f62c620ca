"""Strategies for tests: anything that people, leads and SendKit could write."""

from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bot.answered import Answered
from bot.answers import State
from bot.later import Until
from bot.triage import (
    AiTag,
    Card,
    Change,
    ChannelId,
    ClearAiTag,
    Conversation,
    ConversationId,
    Decision,
    DecisionId,
    EditTags,
    Folded,
    Lead,
    MarkRead,
    MarkUnread,
    MessageTs,
    Origin,
    Outcome,
    Person,
    Place,
    Revert,
    Seen,
    SetAiTag,
    Several,
    SingleChange,
    Turn,
    UserId,
    Waiting,
)
from bot.views.palette import palette

# How long an example takes is the machine's affair.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# What pings, links, disguises or breaks.
NASTY = (
    "<!channel>", "<@U123>", "<http://evil.example|https://bank.example>", "&", "&amp;",
    "&lt;b&gt;", "*bold* _it_ `code`", ":tada:", "\u202eexe.txt\u202c", "\u200b",
    "\u2066safe\u2069\u200f\ufeff\u00ad\u2060", "http://evil.example/?a=<b>&c", "evil.example",
    "mailto:eve@evil.example", "javascript:alert(1)", "@channel @here #triage <#C123|general>",
    "&amp;lt;!channel&amp;gt;", "<!date^0^{date}|now>", "[bank](http://evil.example)",
    "\x00\x1b[31m", "\ud800", "👩‍👩‍👧‍👦🇩🇪", "ليلى", "\n\n\r\u2028", "|}{^~\\\"'", "…", " ", "%s{}",
)  # fmt: skip

anything = st.text(st.characters(), max_size=40)
# Any JSON, as a service may send it in place of what was asked.
strange = st.recursive(
    st.none() | st.booleans() | st.integers() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=8,
)


def _stretched(text: str, times: int) -> str:
    return (text * times)[:12_000]


# Of any length, without Hypothesis having to draw every character of it.
hostile = st.one_of(
    st.lists(st.one_of(anything, st.sampled_from(NASTY)), max_size=5).map("".join),
    st.builds(_stretched, st.sampled_from(NASTY) | anything, st.integers(1, 4000)),
)
some = hostile.filter(bool)

# What sorts as one sort of thing, for the tests in which content does not matter.
ids = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True).map(ConversationId)
ai_tags = some.filter(str.strip).map(AiTag)
tags = st.lists(some, max_size=4).map(tuple) | st.builds(
    lambda tag, count: (tag,) * count, some.map(lambda tag: tag[:50]), st.integers(1, 200)
)
times = st.floats(0, 4e9)

single_changes: st.SearchStrategy[SingleChange] = st.one_of(
    st.just(MarkRead()),
    st.just(MarkUnread()),
    st.just(ClearAiTag()),
    st.builds(SetAiTag, ai_tags),
    st.builds(EditTags, tags, tags),
)
several = st.lists(single_changes, min_size=1, max_size=3).map(tuple)
changes: st.SearchStrategy[Change] = st.one_of(
    single_changes,
    st.builds(Several, several),
    st.builds(Revert, some.map(DecisionId), several, single_changes | st.builds(Several, several)),
)
leads = st.builds(Lead, email=hostile, name=hostile, company=hostile)
conversations = st.builds(
    Conversation,
    id=ids,
    lead=leads,
    campaign=hostile,
    ai_tag=st.none() | ai_tags,
    tags=tags,
    unread=st.booleans(),
    words=hostile,
    replied_at=hostile | st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
    auto_reply=st.booleans(),
    subject=hostile,
    asked=hostile,
    turn=st.none() | st.builds(Turn, ours=st.booleans(), since=times),
)
people = st.builds(Person, st.just(UserId("U0ADA")), hostile)
stamps = st.none() | st.just(MessageTs("1764000000.000100"))
origins = st.builds(
    Origin,
    channel=st.just(ChannelId("C0TRIAGE")),
    person=people,
    message=stamps,
    thread=stamps,
    private=st.booleans(),
    response_url=st.none() | some,
)
seen = st.builds(
    Seen, ai_tag=st.none() | ai_tags, tags=tags, unread=st.booleans(), replied_at=hostile
)
decisions = st.builds(
    Decision,
    id=some.map(DecisionId),
    conversation=ids,
    change=changes,
    origin=origins,
    at=times,
    seen=st.none() | seen,
)
outcomes = st.builds(
    Outcome,
    decision=some.map(DecisionId),
    conversation=ids,
    person=hostile,
    change=changes,
    at=times,
    old_ai_tag=st.none() | ai_tags,
    new_ai_tag=st.none() | ai_tags,
    tags=tags,
    undone=hostile,
)
places = st.builds(Place, some.map(ChannelId), some.map(MessageTs))
waits = st.builds(
    Waiting,
    person=hostile,
    change=changes,
    until=times,
    reason=hostile,
    others=st.integers(0, 99),
    decision=st.none() | some.map(DecisionId),
)
links = hostile | st.just("https://acme.slack.com/archives/C1/p1764000000000100")
answers = st.builds(
    Answered,
    id=some,
    person=hostile,
    state=st.sampled_from(State),
    at=times,
    reason=hostile,
    wished_by=hostile,
)
cards = st.builds(
    Card,
    conversation=conversations,
    last=st.none() | outcomes,
    waiting=st.none() | waits,
    earlier=links,
    folded=st.none() | st.builds(Folded, newer=links, words=hostile),
    later=st.none() | st.builds(Until, at=times, by=hostile),
    answer=st.none() | answers,
    writing=hostile,
)
palettes = st.builds(
    lambda known, quick, url, replies: palette(
        tuple(known), tuple(quick), [*known[:2], *quick[:1]], url, replies=replies
    ),
    st.lists(ai_tags, max_size=5, unique=True),
    st.lists(ai_tags, max_size=3),
    st.sampled_from(["", "https://app.sendkit.ai/inbox/{id}"]),
    st.booleans(),
)

# All that JSON can say.
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
