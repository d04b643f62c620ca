"""Posting to a Slack that answers oddly, or only after a while."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot import acts
from bot.errors import (
    HUNG_UP_SECONDS,
    STALLED_SECONDS,
    ChannelClosed,
    ContentRefused,
    MessageGone,
    SlackBusy,
    SlackDown,
    SlackUnclear,
    TokenRefused,
    UnknownRefusal,
)
from bot.playground.slack import Slack
from bot.playground.workspace import Message
from bot.slack.messenger import SlackThreads
from bot.slack.users import People
from bot.timing import Clocks
from bot.triage import (
    AiTag,
    Card,
    ChannelId,
    Conversation,
    ConversationId,
    DecisionId,
    Lead,
    MarkRead,
    MessageTs,
    Outcome,
    Place,
    UserId,
)
from bot.views.card import Palette
from bot.views.line import line, news
from tests.canned_server import answering
from tests.clients import slack_at
from tests.journals import attempt
from tests.raw_peer import WELL, Peer, listening

CHANNEL = ChannelId("C0TRIAGE")
CARD = Card(Conversation(ConversationId("a" * 24), Lead("jane@example.com", "Jane Doe")))
LINE = line(
    Outcome(
        DecisionId("click:1"), CARD.conversation.id, "Ada", MarkRead(), 0, None, AiTag("hot"), ()
    )
)


FIRST, AGAIN = attempt(), attempt(repeats=True)
WROTE = news("Jane Doe wrote")


async def _choices() -> Palette:
    return Palette((), ())


@asynccontextmanager
async def _threads(
    url: str, token: str = "xoxb-x", seconds: float = 30
) -> AsyncIterator[SlackThreads]:
    async with slack_at(url, token, seconds, clock=lambda: 1000.0) as api:
        yield SlackThreads(api, People(api), _choices, clocks=Clocks(wall=lambda: 1000.0))


@asynccontextmanager
async def _answering(
    text: str, status: int = 200, kind: str = "application/json", **headers: str
) -> AsyncIterator[SlackThreads]:
    async with answering(text, status, kind, **headers) as url, _threads(url) as threads:
        yield threads


@pytest.mark.parametrize(
    ("text", "status", "error"),
    [
        ('{"ok": true}', 200, UnknownRefusal),
        ('{"ok": false, "error": "invalid_auth"}', 200, TokenRefused),
        ('{"ok": false, "error": "restricted_action_unknown"}', 200, UnknownRefusal),
        ('{"ok": false, "error": "is_archived"}', 200, ChannelClosed),
        ('{"ok": false, "error": "fatal_error"}', 200, SlackDown),
        ('{"ok": false}', 502, SlackDown),
        ('{"ok": false}', 200, UnknownRefusal),
    ],
)
async def test_an_answer_to_a_post_has_its_error(
    text: str, status: int, error: type[Exception]
) -> None:
    async with _answering(text, status) as threads:
        with pytest.raises(error):
            await threads.post(CHANNEL, CARD, "mark", FIRST)


@pytest.mark.parametrize("status", [200, 403, 503])
@pytest.mark.parametrize("kind", ["application/json", "text/html", "text/plain"])
@pytest.mark.parametrize("text", ["<html>Back soon</html>", "", "null", "[]", "7", '{"not": "it"}'])
async def test_what_is_not_slacks_is_no_refusal(text: str, kind: str, status: int) -> None:
    async with _answering(text, status, kind) as threads:
        with pytest.raises(SlackDown) as raised:
            await threads.post(CHANNEL, CARD, "mark", FIRST)
    assert raised.value.settling == STALLED_SECONDS, "Slack itself may have taken it"


@pytest.mark.parametrize(
    ("said", "due"), [("90", 1090.0), ("3600", 4600.0)], ids=["a minute and a half", "an hour"]
)
async def test_a_long_wait_is_left_to_the_journal(said: str, due: float) -> None:
    body = '{"ok": false, "error": "ratelimited"}'
    async with _answering(body, 429, **{"Retry-After": said}) as threads:
        with pytest.raises(SlackDown) as raised:
            await threads.post(CHANNEL, CARD, "mark", FIRST)
    assert raised.value.at == pytest.approx(due, abs=1)


async def test_a_slack_that_does_not_answer_is_down() -> None:
    async with _threads("http://127.0.0.1:9/") as threads:
        with pytest.raises(SlackDown) as raised:
            await threads.post(CHANNEL, CARD, "mark", FIRST)
    assert raised.value.settling == 0, "nothing was sent"


async def test_a_repeat_is_found_far_down_a_long_thread() -> None:
    async with Slack() as slack, _threads(slack.api_url, slack.bot_token) as threads:
        workspace = slack.workspace
        parent = slack.say("#triage", "A card")
        place = Place(CHANNEL, MessageTs(parent.ts))
        for _ in range(450):
            slack.say("#triage", "Chatter", thread_ts=parent.ts)
        await threads.reply(place, LINE, "click:1", FIRST)
        await threads.reply(place, LINE, "click:1", AGAIN)
        await threads.reply(place, LINE, "click:2", AGAIN)
        lines = [each for each in slack.thread(CHANNEL, parent.ts) if each.user == workspace.bot.id]
        assert len(lines) == 2


async def test_a_repeat_of_a_card_is_found_in_a_busy_channel() -> None:
    async with Slack() as slack, _threads(slack.api_url, slack.bot_token) as threads:
        first = await threads.post(CHANNEL, CARD, "reply:1", FIRST)
        for _ in range(250):
            slack.say("#triage", "Chatter")
        again = attempt(repeats=True, written_at=float(first.ts))
        assert await threads.post(CHANNEL, CARD, "reply:1", again) == first
        bot = slack.workspace.bot.id
        posted: list[Message] = [each for each in slack.messages("#triage") if each.user == bot]
        assert len(posted) == 1


async def test_a_list_that_never_ends_is_looked_at_once() -> None:
    body = '{"ok": true, "ts": "1.2", "messages": [], "response_metadata": {"next_cursor": "x"}}'
    async with _answering(body) as threads:
        assert (await threads.post(CHANNEL, CARD, "mark", AGAIN)).ts == "1.2"


@pytest.mark.parametrize(
    "messages",
    [
        "", '"messages": null,', '"messages": {},', '"messages": "none",', '"messages": [7],',
        '"messages": [null],', '"messages": [{}],', '"messages": [{"ts": 7}],',
        '"messages": [], "response_metadata": 7,',
        '"messages": [], "response_metadata": {"next_cursor": 7},',
    ],
)  # fmt: skip
async def test_a_list_that_does_not_say_what_was_posted_is_asked_for_again(messages: str) -> None:
    place = Place(CHANNEL, MessageTs("1.1"))
    async with _answering(f'{{"ok": true, {messages} "ts": "1.2"}}') as threads:
        with pytest.raises(SlackUnclear):
            await threads.post(CHANNEL, CARD, "mark", AGAIN)
        with pytest.raises(SlackUnclear):
            await threads.post_all(CHANNEL, "Two:", SHOWN_TWICE, "mark", AGAIN)
        with pytest.raises(SlackUnclear):
            await threads.reply(place, WROTE, "mark", AGAIN)


async def test_a_person_out_of_reach_is_noted_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with _answering('{"ok": false, "error": "user_not_found"}') as threads:
        await threads.tell_of_closed(UserId("U0GONE"), CHANNEL, "is_archived")
    assert "could not send a private answer: user_not_found" in caplog.text


@pytest.mark.parametrize(
    ("status", "settling"), [(500, 0.0), (502, STALLED_SECONDS), (504, STALLED_SECONDS)]
)
async def test_a_gateway_may_have_let_the_call_through(status: int, settling: float) -> None:
    async with _answering('{"ok": false}', status) as threads:
        with pytest.raises(SlackDown) as raised:
            await threads.post(CHANNEL, CARD, "mark", FIRST)
    assert raised.value.settling == settling


async def test_a_call_may_come_through_though_slack_hung_up_or_stalled() -> None:
    async with Slack() as slack, _threads(slack.api_url, slack.bot_token, seconds=0.5) as threads:
        slack.faults.drop("chat.postMessage", acted=True)
        with pytest.raises(SlackDown) as raised:
            await threads.announce(CHANNEL, "Hello")
        assert raised.value.settling == HUNG_UP_SECONDS
        slack.faults.slow("chat.postMessage", seconds=30)
        with pytest.raises(SlackDown) as raised:
            await threads.announce(CHANNEL, "Hello")
        assert raised.value.settling == STALLED_SECONDS


async def test_a_repeat_that_comes_late_is_found_by_a_second_look() -> None:
    async with Slack() as slack, _threads(slack.api_url, slack.bot_token) as threads:
        parent = slack.say("#triage", "A card")
        place = Place(CHANNEL, MessageTs(parent.ts))

        async def comes_through(seconds: float) -> None:
            await threads.reply(place, LINE, "click:1", FIRST)

        again = attempt(repeats=True, settled_at=time.time() + 60, sleep=comes_through)
        await threads.reply(place, LINE, "click:1", again)
        assert len(slack.thread(CHANNEL, parent.ts)) == 1


async def test_an_answer_to_a_press_goes_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = Peer(WELL)
    async with listening(proxy) as place:
        monkeypatch.setenv("HTTP_PROXY", f"http://{place}")
        async with _threads("http://slack.example/api/") as threads:
            url = "http://slack.example/actions/1"
            await threads.redraw(Place(CHANNEL, MessageTs("1.1")), [CARD], "", url, urgent=True)
    (head,) = proxy.heads
    assert head.startswith("POST http://slack.example/actions/1 HTTP/1.1\r\n")


JOHN = Card(Conversation(ConversationId("b" * 24), Lead("john@example.com", "John Roe")))
SHOWN_TWICE = [CARD, JOHN]


async def test_an_answer_without_the_time_of_the_message_is_no_success() -> None:
    async with _answering('{"ok": true}') as threads:
        with pytest.raises(UnknownRefusal, match="without ts"):
            await threads.post(CHANNEL, CARD, "mark", FIRST)
        with pytest.raises(UnknownRefusal, match="without ts"):
            await threads.reply(Place(CHANNEL, MessageTs("1.1")), WROTE, "mark", FIRST)


@pytest.mark.parametrize("acted", [True, False], ids=["posted", "not posted"])
async def test_the_halves_of_a_long_message_are_not_repeated(acted: bool) -> None:
    async with Slack() as slack, _threads(slack.api_url, slack.bot_token) as threads:
        slack.faults.error("chat.postMessage", error="msg_blocks_too_long")
        slack.faults.drop("chat.postMessage", acted=acted)
        with pytest.raises(SlackDown):
            await threads.post_all(CHANNEL, "Two:", SHOWN_TWICE, "first", FIRST)
        places = await threads.post_all(CHANNEL, "Two:", SHOWN_TWICE, "first", AGAIN)
        again = await threads.post_all(CHANNEL, "Two:", SHOWN_TWICE, "first", AGAIN)
        posted = [each.ts for each in slack.messages("#triage")]
    assert [each.ts for each in places] == (posted if acted else posted * 2)
    assert again == places


async def test_a_half_that_has_to_wait_does_not_undo_the_half_that_is_there() -> None:
    async with Slack() as slack, _threads(slack.api_url, slack.bot_token) as threads:
        slack.faults.error("chat.postMessage", error="msg_blocks_too_long")
        slack.faults.slow("chat.postMessage", seconds=0)
        slack.faults.ratelimit("chat.postMessage", seconds=30)
        with pytest.raises(SlackDown) as raised:
            await threads.post_all(CHANNEL, "Two:", SHOWN_TWICE, "first", FIRST)
        assert not isinstance(raised.value, SlackBusy), "nothing would have been sent"
        assert len(slack.messages("#triage")) == 1


async def test_a_line_that_cannot_be_deleted_yet_may_have_been_sent() -> None:
    async with Slack() as slack, _threads(slack.api_url, slack.bot_token) as threads:
        place = await _gone(slack)
        slack.faults.ratelimit("chat.delete", seconds=30)
        with pytest.raises(SlackDown) as raised:
            await threads.reply(place, WROTE, "mark", FIRST)
        assert not isinstance(raised.value, SlackBusy), "nothing would have been sent"


async def _gone(slack: Slack, talked: bool = False) -> Place:
    """The place of a card that somebody deleted, perhaps after others had talked about it."""
    card = slack.say("#triage", "A card")
    if talked:
        slack.say("#triage", "Chatter", thread_ts=card.ts)
    slack.workspace.remove(slack.message(CHANNEL, card.ts))
    return Place(CHANNEL, MessageTs(card.ts))


async def test_a_line_for_a_card_that_was_deleted_does_not_stay_in_the_channel() -> None:
    async with Slack() as slack, _threads(slack.api_url, slack.bot_token) as threads:
        place = await _gone(slack)
        with pytest.raises(MessageGone):
            await threads.reply(place, WROTE, "mark", FIRST)
        assert slack.messages("#triage") == []


async def test_a_line_that_cannot_go_is_noted_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with Slack() as slack, _threads(slack.api_url, slack.bot_token) as threads:
        place = await _gone(slack)
        slack.faults.error("chat.delete", error="cant_delete_message")
        with pytest.raises(MessageGone):
            await threads.reply(place, WROTE, "mark", FIRST)
    assert "could not delete a line without a card: cant_delete_message" in caplog.text


async def test_a_line_that_went_astray_unanswered_is_taken_back() -> None:
    async with Slack() as slack, _threads(slack.api_url, slack.bot_token) as threads:
        place = await _gone(slack, talked=True)
        # Slack put it into the channel, and its answer was lost.
        stray = slack.workspace.next_ts()
        event = {"event_type": acts.EVENT, "event_payload": {acts.MARK: "mark"}}
        bot = slack.workspace.bot.id
        slack.workspace.post(Message(CHANNEL, stray, bot, "Jane Doe wrote", metadata=event))
        with pytest.raises(MessageGone):
            await threads.reply(place, WROTE, "mark", AGAIN)
        assert stray not in [each.ts for each in slack.messages("#triage")]


async def test_nothing_is_taken_back_where_no_line_went_astray() -> None:
    async with Slack() as slack, _threads(slack.api_url, slack.bot_token) as threads:
        other = slack.say("#triage", "Chatter")
        await threads.take_back(Place(CHANNEL, MessageTs("1.000001")), "mark", AGAIN)
        assert [each.ts for each in slack.messages("#triage")] == [other.ts]


async def test_a_card_that_slack_refuses_in_every_form_but_its_shortest_stands() -> None:
    async with Slack() as slack, _threads(slack.api_url, slack.bot_token) as threads:
        slack.faults.error("chat.postMessage", error="invalid_blocks", times=3)
        place = await threads.post(CHANNEL, CARD, "mark", FIRST)
        posted = slack.message(CHANNEL, place.ts)
        assert posted.text.startswith("One reply: ")
        assert "Open" in slack.labels(posted)


async def test_a_card_that_slack_never_takes_waits() -> None:
    async with _answering('{"ok": false, "error": "invalid_blocks"}') as threads:
        with pytest.raises(ContentRefused):
            await threads.post(CHANNEL, CARD, "mark", FIRST)
