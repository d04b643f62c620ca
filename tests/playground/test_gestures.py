"""What people do, delivered to a real Bolt app: over HTTP and over Socket Mode."""

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.people import SCOPES
from bot.playground.slack import Slack
from bot.playground.wire import Ack
from bot.playground.workspace import Json, Message

YES: Json = {
    "type": "button",
    "text": {"type": "plain_text", "text": "Yes"},
    "action_id": "yes",
    "value": "c1:yes",
    "style": "primary",
}
MENU: Json = {
    "type": "static_select",
    "action_id": "tag",
    "placeholder": {"type": "plain_text", "text": "Tag"},
    "option_groups": [
        {
            "label": {"type": "plain_text", "text": group},
            "options": [{"text": {"type": "plain_text", "text": f"{group} 1"}, "value": group}],
        }
        for group in ("Warm", "Cold")
    ],
}
CARD: list[Json] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Lena"}},
    {"type": "actions", "block_id": "first", "elements": [YES, MENU]},
    {"type": "actions", "block_id": "second", "elements": [YES | {"value": "c2:yes"}]},
]
FORM: Json = {
    "type": "modal",
    "callback_id": "note",
    "title": {"type": "plain_text", "text": "Note"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "note",
            "label": {"type": "plain_text", "text": "Your note"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        *[
            {
                "type": "input",
                "block_id": kind,
                "optional": True,
                "label": {"type": "plain_text", "text": kind},
                "element": {"type": kind, "action_id": "more"},
            }
            for kind in ("rich_text_input", "file_input")
        ],
    ],
}


class Bot:
    """A Bolt app that remembers what it was sent; `form_answer` is its answer to a form."""

    def __init__(self, slack: Slack, session: aiohttp.ClientSession) -> None:
        self.client = AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )
        self.seen: list[Json] = []
        self.form_answer: Json = {}
        self.app = AsyncApp(
            client=self.client,
            signing_secret=slack.signing_secret,
            process_before_response=True,
            logger=logging.getLogger("bolt"),
        )
        self.app.action("yes")(self.on_action)
        self.app.action("tag")(self.on_action)
        self.app.command("/triage")(self.on_command)
        self.app.event("app_mention")(self.on_event)
        self.app.shortcut("open_note")(self.on_shortcut)
        self.app.view("note")(self.on_form)

    async def on_action(self, ack: Any, body: Json) -> None:
        self.seen.append(body)
        await ack()

    async def on_command(self, ack: Any, body: Json) -> None:
        self.seen.append(body)
        await ack(f"you said {body['text']}")

    async def on_event(self, body: Json) -> None:
        self.seen.append(body)

    async def on_shortcut(self, ack: Any, body: Json) -> None:
        self.seen.append(body)
        await ack()
        await self.client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def on_form(self, ack: Any, body: Json) -> None:
        self.seen.append(body)
        await ack(**self.form_answer)

    async def card(self, slack: Slack, **more: Any) -> Message:
        posted = await self.client.chat_postMessage(
            channel="C0TRIAGE", text="Lena", blocks=CARD, **more
        )
        return slack.message("#triage", posted["ts"])


async def listen(stack: AsyncExitStack, app: web.Application) -> str:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def slack(stack: AsyncExitStack) -> Slack:
    return await stack.enter_async_context(Slack(scopes=SCOPES | {"files:read"}))


@pytest.fixture
async def bot(stack: AsyncExitStack, slack: Slack) -> Bot:
    session = await stack.enter_async_context(aiohttp.ClientSession())
    bot = Bot(slack, session)
    slack.request_url = await listen(stack, bot.app.web_app(path="/slack/events"))
    return bot


async def connect(stack: AsyncExitStack, slack: Slack, bot: Bot) -> AsyncSocketModeHandler:
    handler = AsyncSocketModeHandler(bot.app, slack.app_token)
    before = len(slack.sockets)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    stack.push_async_callback(handler.close_async)
    await slack.until(lambda: len(slack.sockets) > before)
    return handler


@pytest.fixture(params=["http", "socket"])
async def wired(
    request: pytest.FixtureRequest, stack: AsyncExitStack, slack: Slack, bot: Bot
) -> Bot:
    if request.param == "socket":
        await connect(stack, slack, bot)
        slack.request_url = "http://127.0.0.1:9/nothing-arrives-here"
    return bot


async def test_a_click_carries_what_slack_sends(slack: Slack, wired: Bot) -> None:
    card = await wired.card(slack)
    assert (await slack.click(card, "Yes", user="ben")).ok
    body = wired.seen[-1]
    assert body["user"] == {
        "id": "U0BEN",
        "username": "ben",
        "name": "ben",
        "team_id": "T0PLAYGRND",
    }
    assert body["container"] == {
        "type": "message",
        "message_ts": card.ts,
        "channel_id": "C0TRIAGE",
        "is_ephemeral": False,
    }
    assert body["channel"] == {"id": "C0TRIAGE", "name": "triage"}
    assert body["message"]["ts"] == card.ts
    assert body["state"]["values"] == {
        "first": {"tag": {"type": "static_select", "selected_option": None}}
    }
    action = body["actions"][0]
    assert (action["block_id"], action["value"]) == ("first", "c1:yes")
    assert (action["style"], action["text"]["text"]) == ("primary", "Yes")
    assert body["response_url"].startswith(slack.base_url)


async def test_of_several_buttons_with_one_label_the_caller_chooses(slack: Slack, bot: Bot) -> None:
    card = await bot.card(slack)
    await slack.click(card, "Yes", block=2)
    await slack.click(card, "Yes", block="second")
    await slack.click(card, "Yes", nth=1)
    assert [body["actions"][0]["value"] for body in bot.seen] == ["c2:yes"] * 3


async def test_what_is_not_on_the_screen_cannot_be_clicked(slack: Slack, bot: Bot) -> None:
    card = await bot.card(slack)
    with pytest.raises(LookupError, match=r"'No'.*'Yes', 'Warm 1', 'Cold 1', 'Yes'"):
        await slack.click(card, "No")
    await bot.client.chat_update(channel=card.channel, ts=card.ts, text="done")
    with pytest.raises(LookupError, match="'Yes'"):
        await slack.click(card, "Yes")
    await bot.client.chat_delete(channel=card.channel, ts=card.ts)
    with pytest.raises(LookupError, match="no longer there"):
        await slack.click(card, "Yes")


async def test_a_choice_carries_the_option_and_shows_in_the_state(slack: Slack, wired: Bot) -> None:
    await slack.choose(await wired.card(slack), "Cold 1")
    body = wired.seen[-1]
    assert body["actions"][0]["selected_option"]["value"] == "Cold"
    assert body["state"]["values"]["first"]["tag"]["selected_option"]["value"] == "Cold"


async def test_a_click_on_an_ephemeral_message_carries_no_message(slack: Slack, wired: Bot) -> None:
    parent = slack.say("#deals", "hello")
    await wired.client.chat_postEphemeral(
        channel="C0DEALS", user="U0ADA", text="x", blocks=CARD, thread_ts=parent.ts
    )
    await slack.click(slack.ephemerals("#deals", "ada")[0], "Yes")
    body = wired.seen[-1]
    assert "message" not in body
    assert body["container"]["is_ephemeral"] is True
    assert body["container"]["thread_ts"] == parent.ts
    assert body["channel"]["name"] == "privategroup"


async def test_one_click_can_arrive_three_times(slack: Slack, wired: Bot) -> None:
    ack = await slack.click(await wired.card(slack), "Yes", deliveries=3)
    assert len(wired.seen) == 3
    assert wired.seen[0]["trigger_id"] == wired.seen[1]["trigger_id"] == wired.seen[2]["trigger_id"]
    assert [repeat.status for repeat in ack.repeats] == [200, 200]


async def test_the_answer_to_a_command_is_seen_by_the_person_alone(
    slack: Slack, wired: Bot
) -> None:
    await slack.command("/triage", "help me", channel="#triage", user="ben")
    assert [m.text for m in slack.ephemerals("#triage", "ben")] == ["you said help me"]
    assert slack.messages("#triage") == slack.ephemerals("#triage", "ada") == []
    body = wired.seen[-1]
    assert (body["command"], body["channel_name"], body["user_name"]) == (
        "/triage",
        "triage",
        "ben",
    )
    assert {"response_url", "trigger_id", "team_domain", "api_app_id", "token"} <= body.keys()


async def test_an_event_arrives_in_its_envelope(slack: Slack, wired: Bot) -> None:
    event = {"type": "app_mention", "user": "U0ADA", "text": "hi", "channel": "C0TRIAGE"}
    assert (await slack.event(event, forced=1)).ok
    first, again = wired.seen
    assert first["event"] == event
    assert first["event_id"] == again["event_id"]
    assert first["authorizations"][0]["user_id"] == "U0TRIAGE"


async def test_a_shortcut_opens_a_form_and_sending_it_closes_it(slack: Slack, wired: Bot) -> None:
    await slack.shortcut("open_note", user="ben")
    told = wired.seen[-1]
    assert told["user"] == {"id": "U0BEN", "username": "ben", "team_id": "T0PLAYGRND"}
    assert not {"api_app_id", "channel", "response_url"} & told.keys()
    form = slack.modal("ben")
    assert form is not None
    await slack.submit(form, {"Your note": "call her", "rich_text_input": "soon"})
    values = wired.seen[-1]["view"]["state"]["values"]
    assert values["note"] == {"text": {"type": "plain_text_input", "value": "call her"}}
    assert values["file_input"] == {"more": {"type": "file_input", "files": []}}
    (line,) = values["rich_text_input"]["more"]["rich_text_value"]["elements"]
    assert line["elements"] == [{"type": "text", "text": "soon"}]
    assert slack.modal("ben") is None


async def test_a_form_with_errors_stays_open(slack: Slack, wired: Bot) -> None:
    await slack.message_action(await wired.card(slack), "open_note")
    assert wired.seen[-1]["message"]["text"] == "Lena"
    form = slack.modal()
    assert form is not None
    with pytest.raises(ValueError, match="'Your note' must be filled in"):
        await slack.submit(form)
    wired.form_answer = {"response_action": "errors", "errors": {"note": "too short"}}
    ack = await slack.submit(form, {"text": "x"})
    assert isinstance(ack.body, dict)
    assert ack.body["errors"] == {"note": "too short"}
    assert slack.modal() == form


async def test_a_click_that_nobody_acknowledges_leaves_a_warning(slack: Slack, bot: Bot) -> None:
    odd = [{"type": "actions", "elements": [YES | {"action_id": "unknown"}]}]
    post = await bot.client.chat_postMessage(channel="C0TRIAGE", text="x", blocks=odd)
    card = slack.message("#triage", post["ts"])
    assert (await slack.click(card, "Yes")).status == 404
    assert slack.message("#triage", card.ts).warning == "dispatch_failed"
    await bot.client.chat_update(channel="C0TRIAGE", ts=card.ts, text="x", blocks=CARD)
    await slack.click(card, "Yes")
    assert slack.message("#triage", card.ts).warning == ""


async def test_silence_is_a_timeout_that_slackbot_tells_of(
    slack: Slack, stack: AsyncExitStack
) -> None:
    done = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        await done.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", silent)
    slack.request_url = await listen(stack, app)
    stack.callback(done.set)
    slack.ack_seconds = 0.05
    ack = await slack.command("/triage", "x", channel="#triage")
    assert (ack.status, ack.body) == (0, "operation_timeout")
    told = slack.ephemerals("#triage")[0]
    assert (told.user, told.text) == (
        "USLACKBOT",
        '/triage failed with the error "operation_timeout"',
    )


async def test_a_failed_event_is_sent_again_as_a_retry(slack: Slack, stack: AsyncExitStack) -> None:
    headers: list[tuple[str | None, str | None]] = []

    async def failing(request: web.Request) -> web.Response:
        got = request.headers
        headers.append((got.get("x-slack-retry-num"), got.get("x-slack-retry-reason")))
        return web.Response(status=500 if len(headers) < 3 else 200)

    app = web.Application()
    app.router.add_post("/slack/events", failing)
    slack.request_url = await listen(stack, app)
    ack = await slack.event({"type": "app_mention"}, retries=3)
    assert headers == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert ack.ok


async def test_the_signature_is_over_the_raw_body(slack: Slack, stack: AsyncExitStack) -> None:
    async def verifying(request: web.Request) -> web.Response:
        stamp = request.headers["X-Slack-Request-Timestamp"]
        base = f"v0:{stamp}:".encode() + await request.read()
        right = hmac.new(slack.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        fresh = abs(time.time() - int(stamp)) < 60
        good = fresh and request.headers["X-Slack-Signature"] == f"v0={right}"
        return web.Response(status=200 if good else 401)

    app = web.Application()
    app.router.add_post("/slack/events", verifying)
    slack.request_url = await listen(stack, app)
    assert (await slack.deliver("interactive", {"type": "block_actions"})).ok
    assert (await slack.deliver("interactive", b"\xff not a form")).ok
    forged = {"X-Slack-Signature": "v0=" + "0" * 64}
    assert (await slack.deliver("interactive", b"x", headers=forged)).status == 401


async def test_payloads_go_round_all_sockets(stack: AsyncExitStack, slack: Slack, bot: Bot) -> None:
    got: list[str] = []
    for name in ("a", "b"):
        handler = await connect(stack, slack, bot)

        async def note(_: Any, name: str = name) -> None:
            got.append(name)

        handler.client.on_message_listeners.append(note)
    card = await bot.card(slack)
    for _ in range(4):
        await slack.click(card, "Yes")
    assert sorted(got[-4:]) == ["a", "a", "b", "b"]


async def test_a_ticket_lets_in_one_connection(slack: Slack, bot: Bot) -> None:
    opened = await bot.client.apps_connections_open(app_token=slack.app_token)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(opened["url"]) as socket:
            hello = await socket.receive_json()
            assert (hello["type"], hello["num_connections"]) == ("hello", 1)
            assert hello["connection_info"] == {"app_id": "A0PLAYGRND"}
            assert "approximate_connection_time" in hello["debug_info"]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(opened["url"])


async def test_a_connection_is_refreshed_sooner_on_request(slack: Slack, bot: Bot) -> None:
    lasting = []
    async with aiohttp.ClientSession() as session:
        for more in ("", "&debug_reconnects=true"):
            opened = await bot.client.apps_connections_open(app_token=slack.app_token)
            async with session.ws_connect(opened["url"] + more) as socket:
                hello = await socket.receive_json()
                lasting.append(hello["debug_info"]["approximate_connection_time"])
        assert lasting == [18_060, 360]
        slack.sockets.debug_seconds = 0
        opened = await bot.client.apps_connections_open(app_token=slack.app_token)
        async with session.ws_connect(opened["url"] + more) as socket:
            told = [await socket.receive_json() for _ in range(3)]
            assert [each.get("reason") for each in told] == [None, "warning", "refresh_requested"]
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_an_envelope_is_answered_by_its_id_alone(slack: Slack, bot: Bot) -> None:
    opened = await bot.client.apps_connections_open(app_token=slack.app_token)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(opened["url"]) as socket,
        asyncio.TaskGroup() as tasks,
    ):
        await socket.receive_json()
        click = tasks.create_task(slack.deliver("slash_commands", {"command": "/triage"}))
        envelope = await socket.receive_json()
        assert envelope["type"] == "slash_commands"
        assert envelope["accepts_response_payload"] is True
        await socket.send_str("not json")
        await socket.send_json({"envelope_id": "another"})
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "x"}})
        ack: Ack = await click
        assert (ack.status, ack.body) == (200, {"text": "x"})


async def test_a_bot_told_to_disconnect_comes_back(
    stack: AsyncExitStack, slack: Slack, bot: Bot
) -> None:
    await connect(stack, slack, bot)
    await slack.disconnect("refresh_requested")
    await slack.until(lambda: len(slack.sockets) == 1)
    assert (await slack.click(await bot.card(slack), "Yes")).ok
