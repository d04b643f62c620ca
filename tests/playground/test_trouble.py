"""What runs out, what is too fast, what breaks; and how a test waits and watches."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.playground.slack import Slack
from bot.playground.wire import Exchange
from bot.playground.workspace import Json, Message

ROOM = "C0TRIAGE"
BUTTON: list[Json] = [
    {
        "type": "actions",
        "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Yes"}}],
    }
]
INPUT: Json = {
    "type": "input",
    "label": {"type": "plain_text", "text": "Name"},
    "element": {"type": "plain_text_input"},
}


def modal(**more: Any) -> Json:
    title = {"type": "plain_text", "text": "Note"}
    return {"type": "modal", "title": title, "blocks": BUTTON, **more}


class Clock:
    def __init__(self) -> None:
        self.now = 1_764_000_000.0

    def __call__(self) -> float:
        return self.now


class Stage:
    """A Slack, a client for it, and a bot that acknowledges everything and keeps the payloads."""

    def __init__(self, slack: Slack, clock: Clock, session: aiohttp.ClientSession) -> None:
        self.slack = slack
        self.clock = clock
        self.session = session
        self.payloads: list[Json] = []
        self.client = AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )
        slack.on_wire.append(self._note)

    def _note(self, exchange: Exchange) -> None:
        if exchange.direction == "to_bot":
            self.payloads.append(exchange.request)

    async def click(self, message: Message | None = None) -> Json:
        """The payload of a click on a message, by default on a new one."""
        if message is None:
            post = await self.client.chat_postMessage(channel=ROOM, text="card", blocks=BUTTON)
            message = self.slack.message(ROOM, post["ts"])
        assert (await self.slack.click(message, "Yes")).ok
        return self.payloads[-1]

    async def respond(self, payload: Json, **body: Any) -> tuple[int, str]:
        answer = await AsyncWebhookClient(
            payload["response_url"], session=self.session, retry_handlers=[]
        ).send_dict(body)
        return answer.status_code, answer.body


async def ok(request: web.Request) -> web.Response:
    return web.Response()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    app = web.Application()
    app.router.add_post("/slack/events", ok)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    clock = Clock()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    async with Slack(clock=clock, request_url=url) as slack, aiohttp.ClientSession() as session:
        yield Stage(slack, clock, session)
    await runner.cleanup()


async def error(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


@pytest.mark.parametrize(
    ("kind", "body", "error"),
    [
        ("application/json", b"{", "invalid_json"),
        ("application/json", b"[]", "json_not_object"),
        ("application/x-www-form-urlencoded", b"text=%ff\xff", "invalid_form_data"),
        ("image/png", b"x", "invalid_post_type"),
    ],
)
async def test_an_unreadable_call_is_refused_by_name(
    stage: Stage, kind: str, body: bytes, error: str
) -> None:
    url, headers = f"{stage.slack.api_url}auth.test", {"Content-Type": kind}
    async with stage.session.post(url, data=body, headers=headers) as answer:
        assert await answer.json() == {"ok": False, "error": error}


async def test_an_answer_is_for_the_person_who_clicked_unless_asked_otherwise(stage: Stage) -> None:
    payload = await stage.click()
    assert await stage.respond(payload, text="psst") == (200, "ok")
    assert await stage.respond(payload, text="all", response_type="in_channel") == (200, "ok")
    assert [m.text for m in stage.slack.ephemerals(ROOM)] == ["psst"]
    assert [m.text for m in stage.slack.messages(ROOM)] == ["card", "all"]


async def test_an_answer_can_go_into_the_thread(stage: Stage) -> None:
    payload = await stage.click()
    ts = payload["message"]["ts"]
    await stage.respond(payload, text="line", response_type="in_channel", thread_ts=ts)
    assert [m.text for m in stage.slack.thread(ROOM, ts)] == ["line"]


async def test_the_original_is_replaced_or_deleted(stage: Stage) -> None:
    payload = await stage.click()
    await stage.respond(payload, text="done", replace_original=True)
    card = stage.slack.messages(ROOM)[0]
    assert (card.text, card.blocks, card.ts) == ("done", [], payload["message"]["ts"])
    await stage.respond(payload, delete_original=True)
    assert stage.slack.messages(ROOM) == []
    assert (await stage.respond(payload, text="x", replace_original=True))[0] == 404


async def test_only_its_response_url_edits_an_ephemeral_message(stage: Stage) -> None:
    await stage.client.chat_postEphemeral(channel=ROOM, user="U0ADA", text="x", blocks=BUTTON)
    told = stage.slack.ephemerals(ROOM)[0]
    payload = await stage.click(told)
    assert await stage.respond(payload, text="edited", replace_original=True) == (200, "ok")
    assert [(m.ts, m.text) for m in stage.slack.ephemerals(ROOM)] == [(told.ts, "edited")]
    assert [m.text for m in stage.slack.messages(ROOM)] == []


async def test_a_response_url_works_five_times(stage: Stage) -> None:
    payload = await stage.click()
    refused = await stage.respond(payload, blocks=[{"type": "header"}])
    assert refused[0] == 400
    assert "invalid_blocks" in refused[1]
    assert [(await stage.respond(payload, text="x"))[0] for _ in range(5)] == [200] * 5
    assert await stage.respond(payload, text="x") == (404, '{"ok": false, "error": "used_url"}')


async def test_a_response_url_works_for_thirty_minutes(stage: Stage) -> None:
    payload = await stage.click()
    stage.clock.now += 30 * 60 + 1
    assert await stage.respond(payload, text="x") == (404, '{"ok": false, "error": "expired_url"}')
    assert stage.slack.ephemerals(ROOM) == []


async def test_a_trigger_opens_one_modal_within_three_seconds(stage: Stage) -> None:
    client, used, late = stage.client, await stage.click(), await stage.click()
    assert (await client.views_open(trigger_id=used["trigger_id"], view=modal()))["view"]["hash"]
    again = client.views_open(trigger_id=used["trigger_id"], view=modal())
    assert await error(again) == "exchanged_trigger_id"
    stage.clock.now += 3.1
    assert await error(client.views_open(trigger_id=late["trigger_id"], view=modal())) == (
        "expired_trigger_id"
    )
    assert await error(client.views_open(trigger_id="1.2.x", view=modal())) == "invalid_trigger_id"


@pytest.mark.parametrize(
    ("view", "why"),
    [
        (modal(title=None), "missing required field: title [json-pointer:/view]"),
        (
            modal(title={"type": "plain_text", "text": "x" * 25}),
            "must be less than 25 characters [json-pointer:/view/title/text]",
        ),
        (
            modal(private_metadata="x" * 3001),
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        (
            modal(blocks=[{"type": "header"}]),
            "missing required field: text [json-pointer:/view/blocks/0]",
        ),
        (modal(blocks=[INPUT]), "missing required field: submit [json-pointer:/view]"),
        (modal(type="home"), "unsupported type: home [json-pointer:/view/type]"),
    ],
)
async def test_a_modal_outside_the_rules_is_refused(stage: Stage, view: Json, why: str) -> None:
    trigger = (await stage.click())["trigger_id"]
    with pytest.raises(SlackApiError) as caught:
        await stage.client.views_open(trigger_id=trigger, view=view)
    answer = caught.value.response
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {why}"]
    assert stage.slack.modal() is None


async def test_modals_stack_three_high_and_know_their_hash(stage: Stage) -> None:
    client = stage.client
    trigger = (await stage.click())["trigger_id"]
    first = (await client.views_open(trigger_id=trigger, view=modal()))["view"]
    for _ in range(2):
        top = stage.slack.modal()
        assert top is not None
        await stage.slack.click(top, "Yes")
        await client.views_push(trigger_id=stage.payloads[-1]["trigger_id"], view=modal())
    top = stage.slack.modal()
    assert top is not None
    assert top.body["root_view_id"] == first["id"]
    await stage.slack.click(top, "Yes")
    trigger = stage.payloads[-1]["trigger_id"]
    assert await error(client.views_push(trigger_id=trigger, view=modal())) == "push_limit_reached"
    new = await client.views_update(view_id=first["id"], view=modal(), hash=first["hash"])
    assert new["view"]["hash"] != first["hash"]
    stale = client.views_update(view_id=first["id"], view=modal(), hash=first["hash"])
    assert await error(stale) == "hash_conflict"
    assert await error(client.views_update(view_id="V0", view=modal())) == "not_found"


async def test_a_published_home_can_be_clicked(stage: Stage) -> None:
    await stage.client.views_publish(user_id="U0BEN", view={"type": "home", "blocks": BUTTON})
    home = stage.slack.home("ben")
    assert home is not None
    await stage.slack.click(home, "Yes", user="ben")
    payload = stage.payloads[-1]
    assert payload["container"] == {"type": "view", "view_id": home.id}
    assert payload["view"]["type"] == "home"
    assert {"channel", "message", "response_url"}.isdisjoint(payload)


async def test_the_51st_update_in_a_minute_has_to_wait(stage: Stage) -> None:
    post = await stage.client.chat_postMessage(channel=ROOM, text="card")
    stage.slack.limits = True
    for n in range(50):
        await stage.client.chat_update(channel=ROOM, ts=post["ts"], text=str(n))
    with pytest.raises(SlackApiError) as caught:
        await stage.client.chat_update(channel=ROOM, ts=post["ts"], text="51")
    answer = caught.value.response
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    assert stage.slack.message(ROOM, post["ts"]).text == "49"
    stage.clock.now += int(answer.headers["Retry-After"])
    assert (await stage.client.chat_update(channel=ROOM, ts=post["ts"], text="51"))["ok"]


async def test_each_channel_takes_about_one_post_a_second(stage: Stage) -> None:
    for _ in range(6):
        await stage.client.chat_postMessage(channel=ROOM, text="no limits yet")
    stage.slack.limits = True
    for _ in range(4):
        await stage.client.chat_postMessage(channel=ROOM, text="x")
    assert await error(stage.client.chat_postMessage(channel=ROOM, text="x")) == "ratelimited"
    assert (await stage.client.chat_postMessage(channel="C0GENERAL", text="x"))["ok"]
    stage.clock.now += 1
    assert (await stage.client.chat_postMessage(channel=ROOM, text="x"))["ok"]


async def test_a_fault_meets_only_the_calls_it_was_made_for(stage: Stage) -> None:
    faults, client = stage.slack.faults, stage.client
    faults.ratelimit("chat.postMessage", seconds=7)
    faults.error("chat.postMessage", error="fatal_error")
    await client.auth_test()
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ROOM, text="x")
    assert caught.value.response.headers["Retry-After"] == "7"
    assert await error(client.chat_postMessage(channel=ROOM, text="x")) == "fatal_error"
    assert stage.slack.messages(ROOM) == []
    faults.status(status=503, times=2)
    faults.clear()
    await client.chat_postMessage(channel=ROOM, text="x")


async def test_a_response_url_can_fail_too(stage: Stage) -> None:
    payload = await stage.click()
    stage.slack.faults.status("response_url", status=500)
    assert await stage.respond(payload, text="x") == (500, "")
    assert await stage.respond(payload, text="x") == (200, "ok")


@pytest.mark.parametrize(("acted", "posts"), [(False, 0), (True, 1)])
async def test_a_dropped_connection_tells_nothing_of_what_was_done(
    stage: Stage, acted: bool, posts: int
) -> None:
    stage.slack.faults.drop("chat.postMessage", acted=acted)
    with pytest.raises(aiohttp.ClientConnectionError):
        await stage.client.chat_postMessage(channel=ROOM, text="x")
    assert len(stage.slack.messages(ROOM)) == posts
    assert stage.slack.calls[-1].answer == {"ok": False, "error": "connection_dropped"}


async def test_a_client_that_retries_a_dropped_post_posts_twice(stage: Stage) -> None:
    stage.client.retry_handlers = [AsyncConnectionErrorRetryHandler()]
    stage.slack.faults.drop("chat.postMessage", acted=True)
    await stage.client.chat_postMessage(channel=ROOM, text="x")
    assert [m.text for m in stage.slack.messages(ROOM)] == ["x", "x"]


async def test_a_slow_call_is_answered_in_the_end(stage: Stage) -> None:
    stage.slack.faults.slow("auth.test", seconds=0.05)
    started = time.monotonic()
    await stage.client.auth_test()
    assert time.monotonic() - started >= 0.05


async def test_the_same_seed_breaks_the_same_calls(stage: Stage) -> None:
    async def outcomes() -> list[str]:
        stage.slack.faults.randomly(random.Random(7), share=0.5)
        before = len(stage.slack.calls)
        for _ in range(20):
            try:
                await stage.client.auth_test()
            except (SlackApiError, aiohttp.ClientError):
                continue
        made = stage.slack.calls[before:]
        return [str(call.answer.get("error", "ok")) for call in made]

    first = await outcomes()
    assert await outcomes() == first
    assert 0 < first.count("ok") < 20


async def test_waiting_ends_with_what_was_waited_for(stage: Stage) -> None:
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(stage.slack.until(lambda: stage.slack.messages(ROOM)))
        await stage.client.chat_postMessage(channel=ROOM, text="here")
        assert [m.text for m in await waiting] == ["here"]


async def test_waiting_in_vain_shows_the_workspace(stage: Stage) -> None:
    stage.slack.say("#triage", "the only message")
    await stage.client.auth_test()
    with pytest.raises(AssertionError, match=r"(?s)the only message.*call auth.test: ok"):
        await stage.slack.until(lambda: False, timeout=0.01)


async def test_everything_on_the_wire_is_shown(stage: Stage) -> None:
    seen: list[Exchange] = []
    stage.slack.on_wire.append(seen.append)
    payload = await stage.click()
    await stage.respond(payload, text="x")
    assert [(e.direction, e.what) for e in seen] == [
        ("to_slack", "chat.postMessage"),
        ("to_bot", "interactive"),
        ("to_slack", "response_url"),
    ]
    assert seen[0].request["text"] == "card"
    assert seen[1].response["status"] == 200
    assert "token" not in seen[0].request


async def test_a_gesture_without_a_listener_is_the_callers_mistake() -> None:
    async with Slack() as slack:
        with pytest.raises(RuntimeError, match="nobody listens"):
            await slack.command("/triage", channel="#triage")
