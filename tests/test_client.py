"""The client of SendKit's API, against a small SendKit."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpcore
import pytest

from bot.errors import (
    HUNG_UP_SECONDS,
    STALLED_SECONDS,
    AnswerUnclear,
    ChangeRefused,
    ConversationGone,
    KeyRefused,
    ListEndless,
    ListMissing,
    RefusedForNow,
    SendKitBusy,
    SendKitDown,
    TriageError,
)
from bot.playground.inbox import Generation, Inbox
from bot.playground.sample_data import Lead
from bot.playground.sendkit import NO_ANSWERS, Fault
from bot.playground.sendkit import SendKit as Server
from bot.sendkit.client import MOST_EMPTY, MOST_PAGES, SendKit
from bot.sendkit.parsing import Patched
from bot.timing import Timing
from bot.triage import (
    AiTag,
    Change,
    ClearAiTag,
    Conversation,
    ConversationId,
    EditTags,
    MarkRead,
    MarkUnread,
    SetAiTag,
)
from bot.triage import Lead as TheirLead
from tests.clients import sendkit_of
from tests.written import answer

JANE = Lead("jane@example.com", "Jane", "Doe", "Acme Inc")
GONE = ConversationId("0" * 24)
ANSWER = replace(answer(), conversation=GONE, scheduled_for="2030-01-01T09:00:00.123Z")
NOBODY = Conversation(GONE, TheirLead(""))

HOOK = {"name": "Triage", "url": "http://127.0.0.1:9/x", "events": ["email.replied"]}

Call = Callable[[SendKit], Awaitable[object]]


async def listed(client: SendKit, **query: str) -> list[Conversation]:
    return [each async for each in client.conversations(**query)]


CALLS: dict[str, Call] = {
    "a conversation": lambda client: client.conversation(GONE),
    "a thread": lambda client: client.thread(GONE),
    "a change": lambda client: client.patch(MarkRead(), NOBODY),
    "a list": listed,
    "the aiTags": lambda client: client.ai_tags(),
    "the webhooks": lambda client: client.webhooks(),
    "a webhook that is made": lambda client: client.save_webhook(None, HOOK),
    "a webhook that is changed": lambda client: client.save_webhook(GONE, HOOK),
    "an answer": lambda client: client.reply(ANSWER),
    "the answers that wait": lambda client: client.scheduled(GONE),
    "an answer that is cancelled": lambda client: client.cancel(GONE, "r1"),
    "a webhook that is tested": lambda client: client.test_webhook(GONE),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())


@pytest.fixture
async def client(server: Server) -> AsyncIterator[SendKit]:
    async with sendkit_of(server) as client:
        yield client


@pytest.mark.parametrize("key", ["sk_live_playground", "sk_user_playground"])
@every_call
async def test_each_call_carries_the_key_twice_and_its_workspace(call: Call, key: str) -> None:
    async with Server(api_key=key) as server, sendkit_of(server) as client:
        with suppress(ConversationGone):  # and so not KeyRefused
            await call(client)
        (asked,) = server.requests
        assert asked.headers["X-Api-Key"] == key
        assert asked.headers["Authorization"] == f"Bearer {key}"
        workspace = server.workspace_id if key.startswith("sk_user_") else None
        assert asked.headers.get("X-Workspace-Id") == workspace


@pytest.mark.parametrize(
    ("change", "body"),
    [
        (MarkRead(), {"markRead": True}),
        (MarkUnread(), {"isRead": False}),
        (SetAiTag(AiTag("interested")), {"aiTag": "interested"}),
        (ClearAiTag(), {"aiTag": None}),
        (EditTags(("hot",), ("cold",)), {"tags": ["vip", "hot"]}),
        (EditTags((), ("vip", "cold")), {"tags": []}),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_change_sends_its_field(
    server: Server, client: SendKit, change: Change, body: dict[str, Any]
) -> None:
    theirs = server.reply(JANE, "Hello")
    server.inbox.set_custom_tags(theirs.id, ["vip", "cold"])
    before = await client.conversation(ConversationId(theirs.id))
    patched = await client.patch(change, before)
    asked = server.requests[-1]
    assert (asked.method, asked.path, asked.query) == ("PATCH", f"/v1/inbox/{theirs.id}", {})
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.body == body
    found = server.inbox.get(theirs.id)
    ai_tag = AiTag(found.ai_tag) if found.ai_tag else None
    assert patched == Patched(says_ai_tag=True, ai_tag=ai_tag, tags=found.tags)


@pytest.mark.parametrize("generation", ["new", "old"])
async def test_a_conversation_is_as_sendkit_has_it(generation: Generation) -> None:
    async with Server(generation=generation) as server, sendkit_of(server) as client:
        theirs = server.reply(JANE, "Yes, please.", tag="interested")
        server.inbox.set_custom_tags(theirs.id, ["vip"])
        found = await client.conversation(ConversationId(theirs.id))
        (asked,) = server.requests
        assert (asked.method, asked.path, asked.query) == ("GET", f"/v1/inbox/{theirs.id}", {})
    assert found == Conversation(
        id=ConversationId(theirs.id),
        lead=TheirLead("jane@example.com", "Jane Doe", "Acme Inc"),
        campaign="Q1 Outreach",
        ai_tag=AiTag("interested"),
        tags=("vip",),
        unread=True,
        words="Yes, please.",
        replied_at=found.replied_at,
        subject="Re: Quick question",
        asked=found.asked,
        turn=found.turn,
    )
    assert found.turn is not None
    assert found.turn.ours
    assert "?" in str(found.asked)
    assert found.replied_at.endswith("Z")


async def test_a_thread_has_our_mails_and_theirs(server: Server, client: SendKit) -> None:
    theirs = server.reply(JANE, "Yes, please.")
    conversation, (ours, reply) = await client.thread(ConversationId(theirs.id))
    assert conversation == await client.conversation(ConversationId(theirs.id))
    assert (ours.ours, reply.ours) == (True, False)
    assert (reply.sender, reply.words) == ("jane@example.com", "Yes, please.")


@pytest.mark.parametrize("number", [0, 1, 100, 101, 250])
@pytest.mark.parametrize("ragged", [False, True], ids=["full pages", "empty pages between"])
@pytest.mark.parametrize("generation", ["new", "old"])
async def test_a_list_has_all_pages(generation: Generation, ragged: bool, number: int) -> None:
    async with Server(generation=generation, ragged=ragged) as server:
        for each in range(number):
            server.reply(Lead(f"lead{each}@example.com"), "Hello")
        async with sendkit_of(server) as client:
            found = [each.id for each in await listed(client, status="unread")]
        assert sorted(found) == sorted(server.inbox.conversations)
        first, *others = (dict(asked.query) for asked in server.requests)
        assert first == {"status": "unread", "limit": "100"}
        name = "cursor" if generation == "new" else "page"
        assert all(each == {**first, name: each[name]} for each in others)


async def test_a_list_may_be_asked_for_a_lead(server: Server, client: SendKit) -> None:
    for address in ("jane@example.com", "ben+x&y@example.com"):
        server.reply(Lead(address), "Hello")
    (found,) = await listed(client, search="ben+x&y@example.com")
    assert found.lead.email == "ben+x&y@example.com"


def page(*ids: str, **pagination: Any) -> Fault:
    """One page as the next answer."""
    data = [{"id": each} for each in ids]
    return Fault(text=json.dumps({"success": True, "data": data, "pagination": pagination}))


PAGES: dict[str, tuple[list[Fault], list[str]]] = {
    "a missing cursor ends it": ([page("a", hasMore=True)], ["a"]),
    "an empty cursor ends it": ([page("a", hasMore=True, nextCursor="")], ["a"]),
    "an empty page does not end it": (
        [page("a", nextCursor="1"), page(nextCursor="2"), page("b", nextCursor=None)],
        ["a", "b"],
    ),
}


@pytest.mark.parametrize(("pages", "ids"), PAGES.values(), ids=PAGES.keys())
async def test_a_list_ends(
    server: Server, client: SendKit, pages: list[Fault], ids: list[str]
) -> None:
    for each in pages:
        server.faults.add(each)
    server.reply(JANE, "on the page after the last")
    assert [each.id for each in await listed(client)] == ids
    assert len(server.requests) == len(pages)


ROUNDS: dict[str, list[Fault]] = {
    "the same cursor once more": [page("a", nextCursor="1"), page("b", nextCursor="1")],
    "a round of cursors": [
        page("a", nextCursor="1"),
        page("b", nextCursor="2"),
        page("b", nextCursor="1"),
    ],
    "the same page once more": [page("a", page=1, pages=3), page("b", page=1, pages=3)],
    "an empty page with a cursor again": [page("a", "b", nextCursor="1"), page(nextCursor="1")],
}


@pytest.mark.parametrize("pages", ROUNDS.values(), ids=ROUNDS.keys())
async def test_a_list_that_repeats_itself_ends_with_an_error_after_its_items(
    server: Server, client: SendKit, pages: list[Fault], caplog: pytest.LogCaptureFixture
) -> None:
    for each in pages:
        server.faults.add(each)
    found: list[str] = []

    async def read() -> None:
        async for each in client.conversations():
            found.append(each.id)  # noqa: PERF401

    with pytest.raises(ListEndless):
        await read()
    assert found == ["a", "b"]
    assert len(server.requests) == len(pages)
    assert f"a list of SendKit’s has no end: /v1/inbox, {len(pages)} pages" in caplog.text


@pytest.mark.parametrize(
    ("ids", "most"), [(["a"], MOST_PAGES), ([], MOST_EMPTY)], ids=["full pages", "empty pages"]
)
async def test_an_endless_list_has_a_limit(
    server: Server, client: SendKit, ids: list[str], most: int
) -> None:
    for number in range(most + 1):
        server.faults.add(page(*ids, nextCursor=str(number)))
    with pytest.raises(ListEndless):
        await listed(client)
    assert len(server.requests) == most


async def test_a_conversation_on_two_pages_is_listed_once() -> None:
    async with Server(overlapping=True) as server, sendkit_of(server) as client:
        for each in range(250):
            server.reply(Lead(f"lead{each}@example.com"), "Hello")
        found = [each.id for each in await listed(client, status="unread")]
    assert sorted(found) == sorted(server.inbox.conversations)


@pytest.mark.parametrize("fault", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
@pytest.mark.parametrize("name", ["a conversation", "a change", "a list"])
async def test_what_is_not_sendkits(
    server: Server, client: SendKit, name: str, fault: Fault
) -> None:
    server.faults.add(fault)
    with pytest.raises(AnswerUnclear) as caught:
        await CALLS[name](client)
    assert caught.value.settling == STALLED_SECONDS


async def test_an_item_that_makes_no_sense_is_left_out_of_a_list_and_logged(
    server: Server, client: SendKit, caplog: pytest.LogCaptureFixture
) -> None:
    rows: list[Any] = [{"id": "a"}, {"words": "jane@example.com"}, "b", None, {"id": "../x"}]
    server.faults.add(Fault(text=json.dumps({"success": True, "data": [*rows, {"id": "c"}]})))
    assert [each.id for each in await listed(client)] == ["a", "c"]
    told = [each for each in caplog.records if each.name == "bot.sendkit.client"]
    assert [each.levelno for each in told] == [logging.WARNING] * 2
    assert "jane@example.com" not in caplog.text


STATUSES: list[tuple[int, type[TriageError]]] = [
    *((status, KeyRefused) for status in (401, 403)),
    (404, ConversationGone),
    *((status, ChangeRefused) for status in (400, 422)),
    *((status, RefusedForNow) for status in (402, 405, 409, 410, 413, 451)),
    (429, SendKitBusy),
    *((status, AnswerUnclear) for status in (302, 304)),
    *((status, SendKitDown) for status in (408, 425, 500, 502, 503, 504, 520, 599)),
]


@every_call
async def test_a_status_is_an_error_of_every_call(
    server: Server, client: SendKit, call: Call
) -> None:
    for status, error in STATUSES:
        server.faults.add(Fault(status=status))
        others = {ConversationGone: ListMissing, ChangeRefused: RefusedForNow}
        with pytest.raises((error, others.get(error, error))):
            await call(client)
    assert len(server.requests) == len(STATUSES)


@pytest.mark.parametrize(
    "text",
    ["<html>Please log in</html>", "[" * 200_000, "{", "null", "no"],
    ids=["a page", "depths", "half", "null", "a word"],
)
@every_call
async def test_no_json_is_unclear(server: Server, client: SendKit, call: Call, text: str) -> None:
    server.faults.add(Fault(text=text))
    with pytest.raises(AnswerUnclear) as caught:
        await call(client)
    assert caught.value.settling == STALLED_SECONDS, "SendKit itself may be at work"


async def test_the_difference_of_the_clocks_is_that_of_the_last_answer() -> None:
    times = [datetime(2025, 11, 24, 16, 0, second, tzinfo=UTC) for second in (30, 0)]
    inbox = Inbox(clock=lambda: times[0])
    async with (
        Server(inbox=inbox) as server,
        sendkit_of(server, clock=lambda: times[-1].timestamp()) as client,
    ):
        assert [client.ahead] == [None]
        await client.webhooks()
        assert client.ahead == 30
        del times[0]
        server.down = True
        with pytest.raises(SendKitDown):
            await client.webhooks()
        assert client.ahead == 0


async def test_a_webhook_is_made_changed_and_tested(server: Server, client: SendKit) -> None:
    assert await client.webhooks() == []
    identity = await client.save_webhook(None, HOOK)
    assert server.hooks[identity].items() >= HOOK.items()
    moved = {**HOOK, "url": "http://127.0.0.1:9/y"}
    assert await client.save_webhook(identity, moved) == identity
    (found,) = await client.webhooks()
    assert (found.id, found.url, found.enabled) == (identity, moved["url"], True)
    assert (found.name, list(found.events)) == (HOOK["name"], HOOK["events"])
    with pytest.raises(ChangeRefused, match="the test was not delivered"):
        await client.test_webhook(identity)  # nothing listens there
    assert [(asked.method, asked.path, asked.body) for asked in server.requests] == [
        ("GET", "/v1/webhooks", None),
        ("POST", "/v1/webhooks", HOOK),
        ("PATCH", f"/v1/webhooks/{identity}", moved),
        ("GET", "/v1/webhooks", None),
        ("POST", f"/v1/webhooks/{identity}/test", {}),
    ]
    assert [delivery.what for delivery in server.deliveries] == ["webhook test"]


async def test_a_new_webhook_without_an_id_is_unclear(server: Server, client: SendKit) -> None:
    server.faults.add(Fault(text='{"data": {"name": "Triage"}}'))
    with pytest.raises(AnswerUnclear):
        await client.save_webhook(None, HOOK)


async def test_a_webhooks_change_may_have_no_answer(server: Server, client: SendKit) -> None:
    server.faults.add(Fault(text="", status=204))
    assert await client.save_webhook("w1", HOOK) == "w1"


@every_call
async def test_a_broken_connection_is_an_outage_and_the_next_call_opens_another(
    server: Server, client: SendKit, call: Call
) -> None:
    await listed(client)  # so that there is a connection to be broken
    server.faults.add(Fault(drop=True), times=2)
    for _ in range(2):
        with pytest.raises(SendKitDown) as caught:
            await call(client)
        assert caught.value.settling == HUNG_UP_SECONDS
        assert not caught.value.never_sent
    assert await listed(client) == []


@every_call
async def test_a_refused_connection_is_an_outage_in_which_nothing_was_sent(call: Call) -> None:
    async with Server() as server:
        pass
    async with sendkit_of(server) as client:
        with pytest.raises(SendKitDown) as caught:
            await call(client)
        assert isinstance(caught.value.__cause__, httpcore.ConnectError)
        assert caught.value.settling == 0, "nothing was sent"
        assert caught.value.never_sent


@every_call
async def test_a_slow_answer_is_an_outage(server: Server, call: Call) -> None:
    server.faults.add(Fault(seconds=3600), times=None)
    async with sendkit_of(server, timing=Timing(sendkit_read=0.05)) as client:
        with pytest.raises(SendKitDown) as caught:
            await call(client)
        # A busy machine may not even have written the request.
        assert isinstance(caught.value.__cause__, httpcore.ReadTimeout | httpcore.WriteTimeout)
        assert caught.value.settling == STALLED_SECONDS
