"""The small SendKit refuses, acts, fails and calls webhooks as asked."""

import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, web

from bot.playground.inbox import Agent
from bot.playground.sample_data import Conversation, Lead
from bot.playground.sendkit import Fault, SendKit
from tests.canned_server import serving

JANE = Lead("jane@example.com", "Jane", "Doe", "Acme Inc", "CEO")
NOBODY = "0" * 24


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def data(self) -> Any:
        assert self.status == 200, self.body
        assert self.body["success"] is True
        return self.body["data"]


@dataclass(frozen=True)
class Client:
    kit: SendKit
    session: ClientSession

    async def __call__(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        key = self.kit.api_key
        sent = {"X-Api-Key": key, "Authorization": f"Bearer {key}"} if headers is None else headers
        url = f"{self.kit.url}/v1{path}"
        async with self.session.request(method, url, json=body, headers=sent) as response:
            text = await response.text()
            found = json.loads(text) if response.content_type == "application/json" else text
            return Answer(response.status, found, dict(response.headers))


@asynccontextmanager
async def running(kit: SendKit) -> AsyncIterator[Client]:
    async with kit, ClientSession() as session:
        yield Client(kit, session)


@pytest.fixture
async def ask() -> AsyncIterator[Client]:
    async with running(SendKit()) as client:
        yield client


@asynccontextmanager
async def receiver(statuses: list[int]) -> AsyncIterator[tuple[str, list[tuple[Any, bytes]]]]:
    """A webhook's other end: it answers these statuses in turn, then 200."""
    got: list[tuple[Any, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        got.append((request.headers, await request.read()))
        return web.Response(status=statuses.pop(0) if statuses else 200, headers={"Location": "/"})

    async with serving(take) as address:
        yield f"{address}/hook", got


def people(kit: SendKit, count: int) -> list[Conversation]:
    return [kit.reply(Lead(f"lead{n}@example.com", f"Lead{n}"), f"hello {n}") for n in range(count)]


async def test_a_patch_marks_tags_and_echoes_no_read_state(ask: Client) -> None:
    one = ask.kit.reply(JANE, "Tell me more").id
    body = {"markRead": True, "aiTag": "interested", "tags": ["vip", "vip", "q3"]}
    answer = await ask("PATCH", f"/inbox/{one}", body)
    expected = {"id": one, "aiTag": "interested", "tags": ["vip", "q3"]}
    assert answer.body == {"success": True, "data": expected}
    assert ask.kit.inbox.get(one).unread == 0
    assert ask.kit.patches == [(one, body)]


async def test_is_read_false_and_null_undo_but_mark_read_false_does_nothing(ask: Client) -> None:
    one = ask.kit.reply(JANE, "Hi", tag="interested").id
    await ask("PATCH", f"/inbox/{one}", {"markRead": False})
    assert ask.kit.inbox.get(one).unread == 1
    await ask("PATCH", f"/inbox/{one}", {"isRead": True})
    assert ask.kit.inbox.get(one).unread == 0
    await ask("PATCH", f"/inbox/{one}", {"isRead": False, "aiTag": None})
    assert (ask.kit.inbox.get(one).unread, ask.kit.inbox.get(one).ai_tag) == (1, None)


THREAD, REPLY, HOOKS = "/inbox/{id}", "/inbox/{id}/reply", "/webhooks"
HOOK = {"name": "bot", "url": "http://127.0.0.1:9/", "events": ["email.replied"]}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", THREAD, {"ai_tag": "interested"}, 400),
        ("PATCH", THREAD, {"markRead": 1}, 400),
        ("PATCH", THREAD, {"aiTag": 5}, 400),
        ("PATCH", THREAD, {"tags": [1]}, 400),
        ("PATCH", THREAD, None, 400),
        ("PATCH", THREAD, {"markRead": True, "aiTag": "Interested"}, 422),
        ("PATCH", f"/inbox/{NOBODY}", {"markRead": True}, 404),
        ("GET", "/nothing", None, 404),
        ("GET", f"/webhooks/{NOBODY}", None, 404),
        ("GET", "/inbox?limit=0", None, 400),
        ("GET", "/inbox?limit=101", None, 400),
        ("GET", "/inbox?cursor=x", None, 400),
        ("POST", "/inbox/tag", {"conversationIds": []}, 400),
        ("POST", "/inbox/dnc", {"conversationIds": [], "selectAll": True}, 400),
        ("POST", REPLY, {}, 400),
        ("POST", REPLY, {"body": " "}, 400),
        ("POST", REPLY, {"content": "x"}, 400),
        ("POST", REPLY, {"body": "x", "scheduledFor": "soon"}, 400),
        ("POST", REPLY, {"body": "x", "scheduledFor": "2020-01-01T00:00:00.000Z"}, 400),
        ("POST", REPLY, {"body": "x", "cc": "ann@example.com"}, 400),
        ("POST", REPLY, {"body": "x", "cc": ["Ann"]}, 400),
        ("POST", HOOKS, {"name": "bot"}, 400),
        ("POST", HOOKS, HOOK | {"url": "ftp://x"}, 400),
        ("POST", HOOKS, HOOK | {"events": []}, 400),
        ("POST", HOOKS, HOOK | {"events": ["lead.replied"]}, 400),
        ("POST", HOOKS, HOOK | {"extra": 1}, 400),
        ("POST", HOOKS, HOOK | {"retryAttempts": True}, 400),
        ("POST", HOOKS, HOOK | {"timeoutMs": 999}, 400),
    ],
)
async def test_a_wrong_request_is_refused_and_changes_nothing(
    ask: Client, method: str, path: str, body: Any, status: int
) -> None:
    before = ask.kit.reply(JANE, "Hi")
    answer = await ask(method, path.format(id=before.id), body)
    assert (answer.status, answer.body["code"]) == (status, status)
    assert answer.body.keys() == {"error", "message", "code"}
    assert ask.kit.inbox.get(before.id) == before
    assert [*ask.kit.patches, *ask.kit.hooks, *ask.kit.inbox.replies] == []


KEY = "sk_live_of_the_test"


@pytest.mark.parametrize(
    ("strict", "headers", "status"),
    [
        (True, {"X-Api-Key": KEY, "Authorization": f"Bearer {KEY}"}, 200),
        (True, {"X-Api-Key": KEY}, 401),
        (True, {"Authorization": f"Bearer {KEY}"}, 401),
        (True, {"X-Api-Key": KEY, "Authorization": KEY}, 401),
        (False, {"X-Api-Key": KEY}, 200),
        (False, {"Authorization": f"Bearer {KEY}"}, 200),
        (False, {"X-Api-Key": KEY, "Authorization": "Bearer sk_other"}, 401),
        (False, {"X-Api-Key": "sk_other"}, 401),
        (False, {}, 401),
        (False, {"X-Api-Key": KEY, "X-Workspace-Id": NOBODY}, 400),
    ],
)
async def test_a_workspace_key(strict: bool, headers: dict[str, str], status: int) -> None:
    async with running(SendKit(api_key=KEY, strict=strict)) as ask:
        assert (await ask("GET", "/tags", headers=headers)).status == status


@pytest.mark.parametrize(("workspace", "status"), [(None, 400), (NOBODY, 403), ("own", 200)])
async def test_a_platform_key_needs_its_workspace(workspace: str | None, status: int) -> None:
    async with running(SendKit(api_key="sk_user_1", strict=False)) as ask:
        named = ask.kit.workspace_id if workspace == "own" else workspace
        headers = {"X-Api-Key": "sk_user_1"} | ({"X-Workspace-Id": named} if named else {})
        assert (await ask("GET", "/tags", headers=headers)).status == status


async def walk(ask: Client, query: str) -> tuple[list[str], list[int]]:
    ids, sizes, cursor = [], [], ""
    while True:
        page = await ask("GET", f"/inbox?{query}{cursor}")
        ids += [row["id"] for row in page.data]
        sizes.append(len(page.data))
        following = page.body["pagination"]["nextCursor"]
        assert page.body["pagination"]["hasMore"] is (following is not None)
        if following is None:
            return ids, sizes
        cursor = f"&cursor={following}"


@pytest.mark.parametrize(("ragged", "sizes"), [(False, [2, 2, 1]), (True, [0, 2, 0, 2, 0, 1])])
async def test_a_walk_along_the_cursors_meets_everyone_once(ragged: bool, sizes: list[int]) -> None:
    async with running(SendKit(ragged=ragged)) as ask:
        everyone = [one.id for one in people(ask.kit, 5)]
        ids, found = await walk(ask, "limit=2")
        assert (sorted(ids), found) == (sorted(everyone), sizes)
        assert await walk(ask, "search=nobody") == ([], [0])


async def test_the_filters_narrow_the_list_and_its_total(ask: Client) -> None:
    first, second, third = people(ask.kit, 3)
    ask.kit.inbox.mark(first.id, read=True)
    ask.kit.inbox.set_tag(second.id, "interested")
    assert set((await walk(ask, "status=unread"))[0]) == {second.id, third.id}
    assert (await walk(ask, "tag=interested"))[0] == [second.id]
    assert (await walk(ask, "search=LEAD2"))[0] == [third.id]
    assert (await walk(ask, f"campaign_id={NOBODY}"))[0] == []
    assert len((await walk(ask, f"campaign_id={first.campaign_id}"))[0]) == 3
    counted = await ask("GET", "/inbox?status=unread&limit=1")
    assert counted.body["pagination"]["total"] == 2


async def test_the_old_generation_counts_pages_and_hides_the_read_state() -> None:
    async with running(SendKit(generation="old")) as ask:
        people(ask.kit, 3)
        pages = [await ask("GET", f"/inbox?limit=2&page={page}") for page in (1, 2, 3)]
        assert [len(page.data) for page in pages] == [2, 1, 0]
        assert pages[0].body["pagination"] == {"total": 3, "page": 1, "limit": 2, "pages": 2}
        assert pages[0].data[0]["lastMessage"]["read"] is False
        assert not {"isRead", "unreadCount"} & pages[0].data[0].keys()


async def test_a_conversation_by_its_id_shows_the_thread_oldest_first(ask: Client) -> None:
    ask.kit.reply(JANE, "one")
    one = ask.kit.reply(JANE, "two", auto=True, html="<p>two</p>").id
    found = (await ask("GET", f"/inbox/{one}")).data
    assert [message["type"] for message in found["messages"]] == ["sent", "reply", "reply"]
    assert [message.get("content") for message in found["messages"]] == [None, "one", "two"]
    assert found["messages"][2]["isAutoReply"] is True
    assert (found["isRead"], found["unreadCount"], found["messageCount"]) == (False, 2, 3)
    assert found["lead"]["jobTitle"] == "CEO"


async def test_a_reply_is_queued_and_then_part_of_the_thread(ask: Client) -> None:
    one = ask.kit.reply(JANE, "Hi").id
    queued = (await ask("POST", f"/inbox/{one}/reply", {"body": "<p>Hello</p>"})).data
    assert (queued["status"], queued["isScheduled"]) == ("pending", False)
    assert len(ask.kit.inbox.get(one).messages) == 2
    await ask.kit.until(lambda: len(ask.kit.inbox.get(one).messages) == 3)
    assert (await ask("GET", f"/inbox/{one}")).data["messages"][2]["body"] == "<p>Hello</p>"


async def test_a_scheduled_reply_is_listed_until_it_is_cancelled(ask: Client) -> None:
    one = ask.kit.reply(JANE, "Hi").id
    due = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    path = f"/inbox/{one}"
    made = (await ask("POST", f"{path}/reply", {"body": "x", "scheduledFor": due})).data
    assert [reply["id"] for reply in (await ask("GET", f"{path}/scheduled")).data] == [made["id"]]
    assert len((await ask("GET", path)).data["scheduledReplies"]) == 1
    assert (await ask("DELETE", f"{path}/scheduled/{made['id']}")).status == 200
    assert (await ask("GET", f"{path}/scheduled")).data == []
    assert (await ask("DELETE", f"{path}/scheduled/{made['id']}")).status == 400


async def test_a_reply_that_is_asked_for_twice_is_sent_twice(ask: Client) -> None:
    one = ask.kit.reply(JANE, "Hi").id
    body = {"body": "<p>Hello</p>", "cc": ["ann@example.com"]}
    made = [(await ask("POST", f"/inbox/{one}/reply", body)).data["id"] for _ in range(2)]
    await ask.kit.until(lambda: len(ask.kit.inbox.get(one).messages) == 4)
    sent = [ask.kit.inbox.replies[each] for each in made]
    assert [(each.status, each.cc) for each in sent] == [("sent", ("ann@example.com",))] * 2


async def test_a_reply_may_be_taken_although_the_answer_is_an_error(ask: Client) -> None:
    path = f"/inbox/{ask.kit.reply(JANE, 'Hi').id}"
    ask.kit.faults.add(Fault(502, acts=True), "POST", "*/reply")
    due = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await ask("POST", f"{path}/reply", {"body": "x", "scheduledFor": due})).status == 502
    (listed,) = (await ask("GET", f"{path}/scheduled")).data
    assert (listed["message"], listed["status"]) == ("x", "pending")


async def test_a_reply_that_the_mail_server_has_is_not_cancelled(ask: Client) -> None:
    path = f"/inbox/{ask.kit.reply(JANE, 'Hi').id}"
    due = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    made = (await ask("POST", f"{path}/reply", {"body": "x", "scheduledFor": due})).data
    ask.kit.inbox.cancels_too_late = True
    assert (await ask("DELETE", f"{path}/scheduled/{made['id']}")).status == 400
    assert ask.kit.inbox.replies[made["id"]].status == "pending"
    ask.kit.inbox.cancels_too_late = False
    assert (await ask("DELETE", f"{path}/scheduled/{made['id']}")).status == 200


async def test_a_reply_without_a_mailbox_shows_as_failed(ask: Client) -> None:
    one = ask.kit.reply(JANE, "Hi").id
    ask.kit.inbox.mailbox_connected = False
    await ask("POST", f"/inbox/{one}/reply", {"body": "x"})
    await ask.kit.until(lambda: ask.kit.inbox.unsent_replies(one)[0].status == "failed")
    (listed,) = (await ask("GET", f"/inbox/{one}/scheduled")).data
    assert (listed["status"], listed["error"]) == ("failed", "no workspace mailbox")
    assert len(ask.kit.inbox.get(one).messages) == 2


async def test_an_agent_drafts_for_credits_and_sends_nothing(ask: Client) -> None:
    one = ask.kit.reply(JANE, "Hi").id
    ask.kit.inbox.agents.append(Agent("a" * 24, "Nina"))
    ask.kit.inbox.credits = 5
    assert (await ask("GET", "/agents")).data == [{"id": "a" * 24, "name": "Nina"}]
    path, body = f"/agents/{'a' * 24}/generate-reply", {"conversationId": one}
    made = (await ask("POST", path, {**body, "context": "Offer a call."})).data
    assert made["debug"] == {"creditsCharged": 3}
    assert made["response"].startswith("Hi Jane,")
    assert "Offer a call." in made["response"]
    refused = await ask("POST", path, body)
    assert (refused.status, refused.body["message"]) == (402, "Insufficient credits")
    assert (await ask("POST", f"/agents/{NOBODY}/generate-reply", body)).status == 404
    assert (await ask("POST", path, {"conversationId": NOBODY})).status == 404
    assert (await ask("POST", path, {})).status == 400
    assert (len(ask.kit.inbox.get(one).messages), ask.kit.inbox.credits) == (2, 2)


async def test_a_draft_is_kept_and_an_empty_one_deletes_it(ask: Client) -> None:
    path = f"/inbox/{ask.kit.reply(JANE, 'Hi').id}/drafts"
    for draft in ({"content": "Dear Jane"}, {"content": ""}):
        await ask("POST", path, draft)
        assert (await ask("GET", path)).data == draft


async def test_the_bulk_calls_count_what_they_changed(ask: Client) -> None:
    ids = {"conversationIds": [one.id for one in people(ask.kit, 2)] + [NOBODY]}
    assert (await ask("POST", "/inbox/mark-read", ids)).data == {"modified": 2}
    assert (await ask("POST", "/inbox/mark-read", ids)).data == {"modified": 0}
    assert (await ask("POST", "/inbox/tag", ids | {"tag": "interested"})).data == {"modified": 2}
    assert (await ask("POST", "/inbox/tag", ids | {"tag": "no such"})).status == 422
    assert (await ask("POST", "/inbox/dnc", ids)).data == {"added": 2, "skipped": 1, "total": 3}
    assert (await ask("POST", "/inbox/dnc", ids)).data == {"added": 0, "skipped": 3, "total": 3}


async def hook(ask: Client, url: str, **fields: Any) -> Any:
    body = {"name": "bot", "url": url, "events": ["email.replied", "lead.tag_changed"]}
    return (await ask("POST", "/webhooks", body | fields)).data


async def test_a_delivery_is_signed_and_names_the_conversation(ask: Client) -> None:
    async with receiver([]) as (url, got):
        secret = (await hook(ask, url))["secret"]
        one = ask.kit.reply(JANE, "Hi", tag="interested")
        ask.kit.inbox.set_tag(one.id, "not_now")
        await ask.kit.until(lambda: len(ask.kit.deliveries) == 2)
        events = sorted(headers["X-Webhook-Event"] for headers, _ in got)
        assert events == ["email.replied", "lead.tag_changed"]
        for headers, raw in got:
            assert json.loads(raw)["data"]["conversationId"] == one.id
            signature = hmac.new(secret.encode(), raw, "sha256").hexdigest()
            assert headers["X-Webhook-Signature"] == signature


@pytest.mark.parametrize(("most", "got"), [(3, [500, 302, 200]), (1, [500, 302]), (0, [500])])
async def test_a_failed_delivery_is_tried_again(ask: Client, most: int, got: list[int]) -> None:
    ask.kit.retry_pause = 0
    async with receiver([500, 302]) as (url, _):
        await hook(ask, url, retryAttempts=most)
        ask.kit.reply(JANE, "Hi")
        await ask.kit.until(lambda: not ask.kit.tasks)
        assert [one.status for one in ask.kit.deliveries] == got


async def test_a_webhook_is_read_changed_and_tested_without_its_secret(ask: Client) -> None:
    async with receiver([]) as (url, got):
        path = f"/webhooks/{(await hook(ask, 'http://127.0.0.1:9/x', secret='s'))['id']}"
        changed = (await ask("PATCH", path, {"url": url, "timeoutMs": 1000})).data
        assert (changed["url"], changed["timeoutMs"], changed["retryAttempts"]) == (url, 1000, 3)
        assert (await ask("GET", path)).data == changed
        assert (await ask("GET", "/webhooks")).data == [changed]
        assert "secret" not in changed
        assert (await ask("POST", f"{path}/test")).data["delivered"] is True
        assert got[0][0]["X-Webhook-Event"] == "test"


@pytest.mark.parametrize("acts", [False, True])
@pytest.mark.parametrize("fault", [Fault(drop=True), Fault(status=503), Fault(text="<html>")])
async def test_a_fault_strikes_before_or_after_the_change(fault: Fault, acts: bool) -> None:
    async with running(SendKit()) as ask:
        path = f"/inbox/{ask.kit.reply(JANE, 'Hi').id}"
        struck = Fault(fault.status, text=fault.text, drop=fault.drop, acts=acts)
        ask.kit.faults.add(struck, "PATCH", "/v1/inbox/*")
        assert (await ask("GET", path)).status == 200
        if fault.drop:
            with pytest.raises(ClientError):
                await ask("PATCH", path, {"markRead": True})
        else:
            answer = await ask("PATCH", path, {"markRead": True})
            assert answer.status == (fault.status or 200)
            assert (answer.body == "<html>") is (fault.text is not None)
        assert len(ask.kit.patches) == acts
        assert (await ask("GET", path)).data["isRead"] is acts
        assert (await ask("PATCH", path, {"markRead": True})).status == 200


async def test_a_rate_limit_says_when_to_come_back_and_ends(ask: Client) -> None:
    ask.kit.faults.add(Fault(429, "Too many requests", retry_after=1.5), times=2)
    answers = [await ask("GET", "/tags") for _ in range(3)]
    assert [answer.status for answer in answers] == [429, 429, 200]
    assert (answers[0].headers["Retry-After"], answers[0].body["code"]) == ("1.5", 429)
