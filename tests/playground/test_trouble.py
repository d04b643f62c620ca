"""Things that run out, come too fast, or break."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.playground.workspace import Json, Message
from tests.journals import Clock
from tests.playground.block_kit import actions, button, plain
from tests.playground.surroundings import App, refusal

ROOM = "C0TRIAGE"
BUTTON = [actions(button())]


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain("Note"), "blocks": BUTTON, **more}


async def click(app: App, message: Message | None = None) -> Json:
    """The payload of a click on a message, by default on a new one."""
    message = message or await app.post(*BUTTON)
    assert (await app.slack.click(message, "Yes")).ok
    return app.of("block_actions")[-1]


async def respond(app: App, payload: Json, **body: Any) -> tuple[int, str]:
    answer = await AsyncWebhookClient(
        payload["response_url"], session=app.client.session, retry_handlers=[]
    ).send_dict(body)
    return answer.status_code, answer.body


async def test_an_answer_is_for_the_person_who_clicked_unless_asked_otherwise(app: App) -> None:
    payload = await click(app)
    assert await respond(app, payload, text="psst") == (200, "ok")
    assert await respond(app, payload, text="all", response_type="in_channel") == (200, "ok")
    assert [m.text for m in app.slack.ephemerals(ROOM)] == ["psst"]
    assert [m.text for m in app.slack.messages(ROOM)] == ["Choose", "all"]


async def test_an_answer_can_go_into_the_thread(app: App) -> None:
    payload = await click(app)
    ts = payload["message"]["ts"]
    await respond(app, payload, text="line", response_type="in_channel", thread_ts=ts)
    assert [m.text for m in app.slack.thread(ROOM, ts)] == ["line"]


async def test_the_original_is_replaced_or_deleted(app: App) -> None:
    payload = await click(app)
    await respond(app, payload, text="done", replace_original=True)
    card = app.slack.messages(ROOM)[0]
    assert (card.text, card.blocks, card.ts) == ("done", [], payload["message"]["ts"])
    await respond(app, payload, delete_original=True)
    assert app.slack.messages(ROOM) == []
    assert (await respond(app, payload, text="x", replace_original=True))[0] == 404


async def test_only_its_response_url_edits_an_ephemeral_message(app: App) -> None:
    await app.client.chat_postEphemeral(channel=ROOM, user="U0ADA", text="x", blocks=BUTTON)
    told = app.slack.ephemerals(ROOM)[0]
    payload = await click(app, told)
    assert await respond(app, payload, text="edited", replace_original=True) == (200, "ok")
    assert [(m.ts, m.text) for m in app.slack.ephemerals(ROOM)] == [(told.ts, "edited")]
    assert [m.text for m in app.slack.messages(ROOM)] == []


async def test_a_response_url_works_five_times(app: App) -> None:
    payload = await click(app)
    refused = await respond(app, payload, blocks=[{"type": "header"}])
    assert refused[0] == 400
    assert "invalid_blocks" in refused[1]
    assert [(await respond(app, payload, text="x"))[0] for _ in range(5)] == [200] * 5
    assert await respond(app, payload, text="x") == (404, '{"ok": false, "error": "used_url"}')


async def test_a_response_url_works_for_thirty_minutes(app: App, clock: Clock) -> None:
    payload = await click(app)
    clock.now += 30 * 60 + 1
    assert await respond(app, payload, text="x") == (404, '{"ok": false, "error": "expired_url"}')
    assert app.slack.ephemerals(ROOM) == []


async def test_a_trigger_opens_one_modal_within_three_seconds(app: App, clock: Clock) -> None:
    client, used, late = app.client, await click(app), await click(app)
    assert (await client.views_open(trigger_id=used["trigger_id"], view=modal()))["view"]["hash"]
    again = client.views_open(trigger_id=used["trigger_id"], view=modal())
    assert await refusal(again) == "exchanged_trigger_id"
    clock.now += 3.1
    assert await refusal(client.views_open(trigger_id=late["trigger_id"], view=modal())) == (
        "expired_trigger_id"
    )
    assert (
        await refusal(client.views_open(trigger_id="1.2.x", view=modal())) == "invalid_trigger_id"
    )


async def test_a_modal_outside_the_rules_is_refused_and_says_where(app: App) -> None:
    trigger = (await click(app))["trigger_id"]
    with pytest.raises(SlackApiError) as caught:
        await app.client.views_open(trigger_id=trigger, view=modal(title=plain("x" * 25)))
    answer = caught.value.response
    assert answer["error"] == "invalid_arguments"
    why = "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    assert answer["response_metadata"]["messages"] == [why]
    assert app.slack.modal() is None


async def test_modals_stack_three_high_and_know_their_hash(app: App) -> None:
    client = app.client
    trigger = (await click(app))["trigger_id"]
    first = (await client.views_open(trigger_id=trigger, view=modal()))["view"]
    for _ in range(2):
        top = app.slack.modal()
        assert top is not None
        await app.slack.click(top, "Yes")
        await client.views_push(trigger_id=app.of("block_actions")[-1]["trigger_id"], view=modal())
    top = app.slack.modal()
    assert top is not None
    assert top.body["root_view_id"] == first["id"]
    await app.slack.click(top, "Yes")
    trigger = app.of("block_actions")[-1]["trigger_id"]
    assert (
        await refusal(client.views_push(trigger_id=trigger, view=modal())) == "push_limit_reached"
    )
    new = await client.views_update(view_id=first["id"], view=modal(), hash=first["hash"])
    assert new["view"]["hash"] != first["hash"]
    stale = client.views_update(view_id=first["id"], view=modal(), hash=first["hash"])
    assert await refusal(stale) == "hash_conflict"
    assert await refusal(client.views_update(view_id="V0", view=modal())) == "not_found"


async def test_a_published_home_can_be_clicked(app: App) -> None:
    await app.client.views_publish(user_id="U0BEN", view={"type": "home", "blocks": BUTTON})
    home = app.slack.home("ben")
    assert home is not None
    await app.slack.click(home, "Yes", user="ben")
    payload = app.of("block_actions")[-1]
    assert payload["container"] == {"type": "view", "view_id": home.id}
    assert payload["view"]["type"] == "home"
    assert {"channel", "message", "response_url"}.isdisjoint(payload)


async def test_the_51st_update_in_a_minute_has_to_wait(app: App, clock: Clock) -> None:
    post = await app.client.chat_postMessage(channel=ROOM, text="card")
    app.slack.limits = True
    for n in range(50):
        await app.client.chat_update(channel=ROOM, ts=post["ts"], text=str(n))
    with pytest.raises(SlackApiError) as caught:
        await app.client.chat_update(channel=ROOM, ts=post["ts"], text="51")
    answer = caught.value.response
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    assert app.slack.message(ROOM, post["ts"]).text == "49"
    clock.now += int(answer.headers["Retry-After"])
    assert (await app.client.chat_update(channel=ROOM, ts=post["ts"], text="51"))["ok"]


async def test_each_channel_takes_about_one_post_a_second(app: App, clock: Clock) -> None:
    for _ in range(6):
        await app.client.chat_postMessage(channel=ROOM, text="no limits yet")
    app.slack.limits = True
    for _ in range(4):
        await app.client.chat_postMessage(channel=ROOM, text="x")
    assert await refusal(app.client.chat_postMessage(channel=ROOM, text="x")) == "ratelimited"
    assert (await app.client.chat_postMessage(channel="C0GENERAL", text="x"))["ok"]
    clock.now += 1
    assert (await app.client.chat_postMessage(channel=ROOM, text="x"))["ok"]


async def test_a_fault_meets_only_the_calls_it_was_made_for(app: App) -> None:
    faults, client = app.slack.faults, app.client
    faults.ratelimit("chat.postMessage", seconds=7)
    faults.error("chat.postMessage", error="fatal_error")
    await client.auth_test()
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ROOM, text="x")
    assert caught.value.response.headers["Retry-After"] == "7"
    assert await refusal(client.chat_postMessage(channel=ROOM, text="x")) == "fatal_error"
    assert app.slack.messages(ROOM) == []
    faults.status(status=503, times=2)
    faults.clear()
    await client.chat_postMessage(channel=ROOM, text="x")


@pytest.mark.parametrize(("acted", "posts"), [(False, 0), (True, 1)])
async def test_a_dropped_connection_does_not_say_why(app: App, acted: bool, posts: int) -> None:
    app.slack.faults.drop("chat.postMessage", acted=acted)
    with pytest.raises(aiohttp.ClientConnectionError):
        await app.client.chat_postMessage(channel=ROOM, text="x")
    assert len(app.slack.messages(ROOM)) == posts
    assert app.slack.calls[-1].answer == {"ok": False, "error": "connection_dropped"}
