"""People's gestures, delivered to a real Bolt app: over HTTP and over Socket Mode."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.playground.slack import Slack
from bot.playground.wire import Ack
from bot.playground.workspace import Json
from tests.playground.block_kit import actions, asking, button, mrkdwn, option, plain, section
from tests.playground.surroundings import EVERY_SCOPE, App, connected, listening

GROUPS = [
    {"label": plain(each), "options": [option(f"{each} 1", each)]} for each in ("Warm", "Cold")
]
MENU: Json = {"type": "static_select", "action_id": "tag", "option_groups": GROUPS}
YES = button(value="c1:yes", style="primary")
CARD: list[Json] = [
    section(text=mrkdwn("Lena")),
    actions(YES, MENU) | {"block_id": "first"},
    actions(button(value="c2:yes")) | {"block_id": "second"},
]
NOTE = asking({"type": "plain_text_input", "action_id": "text"})
FORM: Json = {
    "type": "modal",
    "callback_id": "note",
    "title": plain("Note"),
    "submit": plain("Save"),
    "blocks": [
        NOTE | {"block_id": "note", "label": plain("Your note")},
        *(
            asking({"type": kind, "action_id": "more"}) | {"block_id": kind, "optional": True}
            for kind in ("rich_text_input", "file_input")
        ),
    ],
}


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack(scopes=EVERY_SCOPE) as slack:
        yield slack


@pytest.fixture(params=["http", "socket"])
async def app(request: pytest.FixtureRequest, slack: Slack) -> AsyncIterator[App]:
    async with connected(slack, request.param) as app:
        yield app


@pytest.fixture
async def http_app(slack: Slack) -> AsyncIterator[App]:
    async with connected(slack, "http") as app:
        yield app


def opens_a_form(app: App) -> None:
    """The app opens its form whenever somebody uses its shortcut."""

    async def answer(body: Json) -> Json:
        await app.client.views_open(trigger_id=body["trigger_id"], view=FORM)
        return {}

    app.answers["open_note"] = answer


async def test_a_click_carries_what_slack_sends(app: App) -> None:
    card = await app.post(*CARD)
    assert (await app.slack.click(card, "Yes", user="ben")).ok
    body = app.seen[-1]
    who = {"id": "U0BEN", "username": "ben", "name": "ben", "team_id": "T0PLAYGRND"}
    assert body["user"] == who
    where = {"message_ts": card.ts, "channel_id": "C0TRIAGE", "is_ephemeral": False}
    assert body["container"] == {"type": "message", **where}
    assert body["channel"] == {"id": "C0TRIAGE", "name": "triage"}
    assert body["message"]["ts"] == card.ts
    nothing = {"type": "static_select", "selected_option": None}
    assert body["state"]["values"] == {"first": {"tag": nothing}}
    action = body["actions"][0]
    assert (action["block_id"], action["value"]) == ("first", "c1:yes")
    assert (action["style"], action["text"]["text"]) == ("primary", "Yes")
    assert body["response_url"].startswith(app.slack.base_url)


async def test_a_choice_carries_the_option_and_shows_in_the_state(app: App) -> None:
    await app.slack.choose(await app.post(*CARD), "Cold 1")
    body = app.seen[-1]
    assert body["actions"][0]["selected_option"]["value"] == "Cold"
    assert body["state"]["values"]["first"]["tag"]["selected_option"]["value"] == "Cold"


async def test_a_click_on_an_ephemeral_message_carries_no_message(app: App) -> None:
    parent = app.slack.say("#deals", "hello")
    await app.client.chat_postEphemeral(
        channel="C0DEALS", user="U0ADA", text="x", blocks=CARD, thread_ts=parent.ts
    )
    await app.slack.click(app.slack.ephemerals("#deals", "ada")[0], "Yes")
    body = app.seen[-1]
    assert "message" not in body
    assert body["container"]["is_ephemeral"] is True
    assert body["container"]["thread_ts"] == parent.ts
    assert body["channel"]["name"] == "privategroup"


async def test_the_answer_to_a_command_is_seen_by_the_person_alone(app: App) -> None:
    async def answer(body: Json) -> Json:
        return {"text": f"you said {body['text']}"}

    app.answers["/triage"] = answer
    slack = app.slack
    await slack.command("/triage", "help me", channel="#triage", user="ben")
    assert [m.text for m in slack.ephemerals("#triage", "ben")] == ["you said help me"]
    assert slack.messages("#triage") == slack.ephemerals("#triage", "ada") == []
    body = app.seen[-1]
    assert (body["channel_name"], body["user_name"]) == ("triage", "ben")
    assert {"response_url", "trigger_id", "team_domain", "api_app_id", "token"} <= body.keys()


async def test_an_event_arrives_in_its_envelope(app: App) -> None:
    event = {"type": "app_mention", "user": "U0ADA", "text": "hi", "channel": "C0TRIAGE"}
    assert (await app.slack.event(event, forced=1)).ok
    first, again = app.seen
    assert first["event"] == event
    assert first["event_id"] == again["event_id"]
    assert first["authorizations"][0]["user_id"] == "U0TRIAGE"


async def test_a_shortcut_opens_a_form_and_sending_it_closes_it(app: App) -> None:
    opens_a_form(app)
    await app.slack.shortcut("open_note", user="ben")
    told = app.seen[-1]
    assert told["user"] == {"id": "U0BEN", "username": "ben", "team_id": "T0PLAYGRND"}
    assert not {"api_app_id", "channel", "response_url"} & told.keys()
    form = app.slack.modal("ben")
    assert form is not None
    await app.slack.submit(form, {"Your note": "call her", "rich_text_input": "soon"})
    values = app.seen[-1]["view"]["state"]["values"]
    assert values["note"] == {"text": {"type": "plain_text_input", "value": "call her"}}
    assert values["file_input"] == {"more": {"type": "file_input", "files": []}}
    (line,) = values["rich_text_input"]["more"]["rich_text_value"]["elements"]
    assert line["elements"] == [{"type": "text", "text": "soon"}]
    assert app.slack.modal("ben") is None


async def test_a_form_with_errors_stays_open(app: App) -> None:
    opens_a_form(app)
    await app.slack.message_action(await app.post(*CARD), "open_note")
    assert app.seen[-1]["message"]["text"] == "Choose"
    form = app.slack.modal()
    assert form is not None
    with pytest.raises(ValueError, match="'Your note' must be filled in"):
        await app.slack.submit(form)

    async def refuse(body: Json) -> Json:
        return {"response_action": "errors", "errors": {"note": "too short"}}

    app.answers["note"] = refuse
    ack = await app.slack.submit(form, {"text": "x"})
    assert isinstance(ack.body, dict)
    assert ack.body["errors"] == {"note": "too short"}
    assert app.slack.modal() == form


async def test_a_click_that_nobody_acknowledges_leaves_a_warning(http_app: App) -> None:
    slack, card = http_app.slack, await http_app.post(*CARD)
    right, slack.request_url = slack.request_url, slack.request_url.replace("events", "nowhere")
    assert (await slack.click(card, "Yes")).status == 404
    assert slack.message("#triage", card.ts).warning == "dispatch_failed"
    slack.request_url = right
    await slack.click(card, "Yes")
    assert slack.message("#triage", card.ts).warning == ""


async def test_silence_is_a_timeout_that_slackbot_tells_of(slack: Slack) -> None:
    done = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        await done.wait()
        return web.Response()

    slack.ack_seconds = 0.05
    async with listening(silent) as slack.request_url:
        ack = await slack.command("/triage", "x", channel="#triage")
        done.set()
    assert (ack.status, ack.body) == (0, "operation_timeout")
    told = slack.ephemerals("#triage")[0]
    said = '/triage failed with the error "operation_timeout"'
    assert (told.user, told.text) == ("USLACKBOT", said)


@pytest.mark.parametrize("taken", ["the third", "not at all"])
async def test_a_failed_event_is_sent_again_unless_not_wanted(slack: Slack, taken: str) -> None:
    headers: list[tuple[str | None, str | None]] = []
    wishes = {"X-Slack-No-Retry": "1"} if taken == "not at all" else {}

    async def failing(request: web.Request) -> web.Response:
        got = request.headers
        headers.append((got.get("x-slack-retry-num"), got.get("x-slack-retry-reason")))
        return web.Response(status=500 if len(headers) < 3 else 200, headers=wishes)

    async with listening(failing) as slack.request_url:
        ack = await slack.event({"type": "app_mention"}, retries=3)
    again = [] if wishes else [("1", "http_error"), ("2", "http_error")]
    assert headers == [(None, None), *again]
    assert ack.ok == (not wishes)


async def test_the_signature_is_over_the_raw_body(slack: Slack) -> None:
    async def verifying(request: web.Request) -> web.Response:
        stamp = request.headers["X-Slack-Request-Timestamp"]
        base = f"v0:{stamp}:".encode() + await request.read()
        right = hmac.new(slack.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        fresh = abs(time.time() - int(stamp)) < 60
        good = fresh and request.headers["X-Slack-Signature"] == f"v0={right}"
        return web.Response(status=200 if good else 401)

    async with listening(verifying) as slack.request_url:
        assert (await slack.deliver("interactive", {"type": "block_actions"})).ok
        assert (await slack.deliver("interactive", b"\xff not a form")).ok
        forged = {"X-Slack-Signature": "v0=" + "0" * 64}
        assert (await slack.deliver("interactive", b"x", headers=forged)).status == 401


async def test_payloads_go_round_all_sockets(slack: Slack) -> None:
    async with connected(slack) as one, connected(slack) as other:
        card = await one.post(*CARD)
        for _ in range(4):
            await slack.click(card, "Yes")
        assert (len(one.seen), len(other.seen)) == (2, 2)


async def opened(app: App) -> str:
    """The address of a new connection."""
    told = await app.client.apps_connections_open(app_token=app.slack.app_token)
    url: str = told["url"]
    return url


async def test_a_ticket_lets_in_one_connection(http_app: App) -> None:
    url = await opened(http_app)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            hello = await socket.receive_json()
            assert (hello["type"], hello["num_connections"]) == ("hello", 1)
            assert hello["connection_info"] == {"app_id": "A0PLAYGRND"}
            assert "approximate_connection_time" in hello["debug_info"]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_a_connection_is_refreshed_sooner_on_request(http_app: App) -> None:
    lasting, sooner = [], "&debug_reconnects=true"
    async with aiohttp.ClientSession() as session:
        for more in ("", sooner):
            async with session.ws_connect(await opened(http_app) + more) as socket:
                hello = await socket.receive_json()
                lasting.append(hello["debug_info"]["approximate_connection_time"])
        assert lasting == [18_060, 360]
        http_app.slack.sockets.debug_seconds = 0
        async with session.ws_connect(await opened(http_app) + sooner) as socket:
            told = [await socket.receive_json() for _ in range(3)]
            assert [each.get("reason") for each in told] == [None, "warning", "refresh_requested"]
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_an_envelope_is_answered_by_its_id_alone(http_app: App) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(await opened(http_app)) as socket,
        asyncio.TaskGroup() as tasks,
    ):
        await socket.receive_json()
        sent = http_app.slack.deliver("slash_commands", {"command": "/triage"})
        click = tasks.create_task(sent)
        envelope = await socket.receive_json()
        assert envelope["type"] == "slash_commands"
        assert envelope["accepts_response_payload"] is True
        await socket.send_str("not json")
        await socket.send_json({"envelope_id": "another"})
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "x"}})
        ack: Ack = await click
        assert (ack.status, ack.body) == (200, {"text": "x"})
