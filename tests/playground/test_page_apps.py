"""The page with an app that uses all of Block Kit: menus, pickers, modals, Home, reactions."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.playground.workspace import Json
from tests.playground.block_kit import container, inline
from tests.playground.surroundings import Room, in_browser, option, options, plain, visited

pytestmark = in_browser
RICH = inline({"type": "text", "text": "bold there"}, {"type": "user", "user_id": "U1"})
SIZE = {"width": 1440, "height": 900}


def menu(kind: str, **more: Any) -> Json:
    return {"type": kind, "action_id": kind, "placeholder": plain(f"Pick {kind}"), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "acts", "elements": list(elements)}


def asked(label: str, element: Json, **more: Any) -> Json:
    name = element["action_id"]
    return {"type": "input", "block_id": name, "label": plain(label), "element": element, **more}


def modal(*blocks: Json, title: str = "Note", **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "saved",
        "title": plain(title),
        "submit": plain("Save"),
        "blocks": list(blocks),
        **more,
    }


@pytest_asyncio.fixture(loop_scope="session")
async def room(browser: Browser, tmp_path: Path) -> AsyncIterator[Room]:
    async with visited(browser, tmp_path, viewport=SIZE) as room:
        yield room


async def opening(room: Room, view: Json) -> None:
    """The app opens a view whenever somebody uses its global shortcut."""

    async def answer(body: Json) -> Json:
        await room.app.client.views_open(trigger_id=body["trigger_id"], view=view)
        return {}

    room.app.answers["note"] = answer
    await room.page.locator("#composer-channel").fill("/note")
    await room.page.get_by_role("option", name="Write a note").click()
    await expect(room.dialog).to_be_visible()


async def test_people_react_join_in_and_take_it_back(room: Room) -> None:
    message = await room.app.post({"type": "divider"})
    await room.last.hover()
    await room.button("Add reaction", room.last).click()
    await room.page.keyboard.type("eyes")
    await room.page.keyboard.press("Enter")
    eyes = room.last.locator(".reaction")
    await expect(eyes).to_have_text("👀1")
    event = (await room.app.until("reaction_added"))["event"]
    assert (event["user"], event["reaction"], event["item"]["ts"]) == ("U0ADA", "eyes", message.ts)
    await room.app.client.reactions_add(channel="C0TRIAGE", timestamp=message.ts, name="eyes")
    await expect(eyes).to_have_text("👀2")
    await expect(eyes).to_have_attribute("aria-pressed", "true")
    await room.page.get_by_role("radio", name="Ben").click()
    await expect(eyes).to_have_attribute("aria-pressed", "false")
    await eyes.click()
    await expect(eyes).to_have_text("👀3")
    await eyes.click()
    await expect(eyes).to_have_text("👀2")
    assert (await room.app.until("reaction_removed"))["event"]["user"] == "U0BEN"


async def test_every_menu_in_a_message_can_be_chosen_from(room: Room) -> None:
    await room.app.post(
        actions(
            menu("users_select"),
            menu("channels_select"),
            menu("conversations_select", confirm=None),
            menu("multi_users_select"),
            menu("multi_static_select", options=options("Red", "Green", "Blue")),
        )
    )
    for kind, typed, field, value in (
        ("users_select", ["Ben"], "selected_user", "U0BEN"),
        ("channels_select", ["general"], "selected_channel", "C0GENERAL"),
        ("conversations_select", ["deals"], "selected_conversation", "C0DEALS"),
        ("multi_users_select", ["Ben", "Dev"], "selected_users", ["U0BEN", "U0DEV"]),
    ):
        before = len(room.app.seen)
        await room.pick(f"Pick {kind}", *typed)
        await room.slack.until(lambda seen=before: len(room.app.seen) > seen)  # type: ignore[misc]
        (action,) = room.app.seen[-1]["actions"]
        assert (action["type"], action[field]) == (kind, value)
    await room.pick("Pick multi_static_select", "Red", "Blue")
    kinds = room.slack.until(lambda: room.app.seen[-1]["actions"][0].get("selected_options"))
    assert [each["value"] for each in await kinds] == ["red", "blue"]
    values = room.app.seen[-1]["state"]["values"]["acts"]
    assert values["users_select"]["selected_user"] == "U0BEN"
    await expect(room.button("Pick multi_users_select: Ben, Dev Raman")).to_be_visible()


async def test_a_container_unfolds_and_its_button_is_pressed(room: Room) -> None:
    go = actions({"type": "button", "action_id": "go", "text": plain("Go")})
    await room.app.post(container(go, is_collapsible=True, default_collapsed=True))
    await expect(room.button("Go", room.last)).to_be_hidden()
    await room.last.locator("summary").click()
    await room.button("Go", room.last).click()
    (action,) = (await room.app.until("block_actions"))["actions"]
    assert (action["block_id"], action["action_id"]) == ("acts", "go")


async def test_dates_and_times_are_picked_in_a_message(room: Room) -> None:
    await room.app.post(actions(menu("datepicker"), menu("timepicker"), {"type": "datetimepicker"}))
    for label, typed, kind, value in (
        ("Pick datepicker", "2026-11-23", "datepicker", "2026-11-23"),
        ("Pick timepicker", "09:30", "timepicker", "09:30"),
    ):
        await room.page.get_by_label(label).fill(typed)
        await room.slack.until(
            lambda kind=kind: [  # type: ignore[misc]
                each for each in room.app.seen if each["actions"][0]["type"] == kind
            ]
        )
        (action,) = room.app.seen[-1]["actions"]
        assert action[f"selected_{kind.removesuffix('picker')}"] == value
    await room.page.get_by_label("datetimepicker").fill("2026-11-23T09:30")
    await room.slack.until(lambda: "selected_date_time" in room.app.seen[-1]["actions"][0])
    assert room.app.seen[-1]["actions"][0]["selected_date_time"] > 1_700_000_000


async def test_an_external_menu_asks_the_app_while_somebody_types(room: Room) -> None:
    async def offers(body: Json) -> Json:
        if body["type"] != "block_suggestion":
            return {}
        found = [each for each in ("Anna", "Annika", "Bert") if body["value"] in each.lower()]
        return {"options": options(*found)}

    room.app.answers["external_select"] = offers
    await room.app.post(actions(menu("external_select", min_query_length=2)))
    await room.button("Pick external_select").click()
    await expect(room.page.locator(".menu-none")).to_have_text("Type at least 2 characters.")
    await room.page.keyboard.type("ann")
    await expect(room.page.get_by_role("option")).to_have_text(["Anna", "Annika"])
    await room.page.keyboard.press("ArrowDown")
    await room.page.keyboard.press("Enter")
    body = await room.app.until("block_actions")
    assert body["actions"][0]["selected_option"] == option("Annika")
    assert room.app.of("block_suggestion")[-1]["value"] == "ann"
    await expect(room.button("Pick external_select: Annika")).to_be_focused()


async def test_a_form_shows_its_errors_and_keeps_what_was_typed(room: Room) -> None:
    text = {"type": "plain_text_input", "action_id": "text"}
    mail = {"type": "email_text_input", "action_id": "mail"}
    await opening(room, modal(asked("Your note", text), asked("Mail", mail, optional=True)))

    async def refuse(body: Json) -> Json:
        said = body["view"]["state"]["values"]["text"]["text"]["value"]
        errors = {"text": "Say a little more."}
        return {"response_action": "errors", "errors": errors} if len(said) < 5 else {}

    room.app.answers["saved"] = refuse
    await room.button("Save", room.dialog).click()
    await expect(room.dialog).to_contain_text("Please complete this required field.")
    await room.dialog.get_by_label("Your note").fill("Hi")
    await room.dialog.get_by_label("Mail").fill("no mail")
    await room.button("Save", room.dialog).click()
    await expect(room.page.locator(".toast")).to_be_in_viewport()
    await expect(room.page.locator(".toast")).to_have_text("'no mail' is no mail address.")
    await room.dialog.get_by_label("Mail").fill("ada@example.com")
    await room.button("Save", room.dialog).click()
    await expect(room.dialog.locator(".b-error").first).to_have_text("Say a little more.")
    await expect(room.dialog.get_by_label("Your note")).to_be_focused()
    await expect(room.dialog.get_by_label("Your note")).to_have_value("Hi")
    await room.page.keyboard.type(" there")
    await room.page.keyboard.press("Enter")
    await expect(room.dialog).to_have_count(0)
    values = room.app.of("view_submission")[-1]["view"]["state"]["values"]
    assert values["mail"]["mail"]["value"] == "ada@example.com"
    await expect(room.page.locator("#composer-channel")).to_be_focused()


async def test_every_field_of_a_form_arrives(room: Room) -> None:
    kinds = ("static_select", "radio_buttons", "checkboxes", "multi_static_select")
    fields = [menu(kind, options=options("Red", "Green")) for kind in kinds]
    for each in fields[1:3]:
        del each["placeholder"]
    await opening(
        room,
        modal(
            *[asked(each["action_id"], each) for each in fields],
            asked("Who", menu("users_select")),
            asked("Where", menu("conversations_select", response_url_enabled=True)),
            asked("When", menu("datepicker")),
            asked("Why", {"type": "rich_text_input", "action_id": "why", "initial_value": RICH}),
            asked("Files", {"type": "file_input", "action_id": "files"}, optional=True),
        ),
    )
    dialog = room.dialog
    await room.pick("Pick static_select", "Green")
    await dialog.get_by_label("radio_buttons").get_by_label("Red").check()
    await dialog.get_by_label("checkboxes").get_by_label("Green").check()
    await room.pick("Pick multi_static_select", "Red", "Green")
    await room.pick("Pick users_select", "Chloé")
    await room.pick("Pick conversations_select", "#general")
    await dialog.get_by_label("When").fill("2026-11-23")
    await expect(dialog.get_by_label("Files")).to_be_disabled()
    await expect(dialog.get_by_label("Why")).to_have_value("bold there@U1")
    await dialog.get_by_label("Why").fill("Because")
    await room.button("Save", dialog).click()
    await expect(dialog).to_have_count(0)
    body = room.app.of("view_submission")[-1]
    values = {name: state[name] for name, state in body["view"]["state"]["values"].items()}
    assert values["static_select"]["selected_option"]["value"] == "green"
    assert values["radio_buttons"]["selected_option"]["value"] == "red"
    assert [each["value"] for each in values["checkboxes"]["selected_options"]] == ["green"]
    assert len(values["multi_static_select"]["selected_options"]) == 2
    assert values["users_select"]["selected_user"] == "U0CHLOE"
    assert values["datepicker"]["selected_date"] == "2026-11-23"
    (line,) = values["why"]["rich_text_value"]["elements"]
    assert line["elements"] == [{"type": "text", "text": "Because"}]
    (url,) = body["response_urls"]
    assert (url["channel_id"], url["block_id"]) == ("C0GENERAL", "conversations_select")


async def test_a_button_in_a_form_takes_what_is_typed_along_and_the_form_grows(room: Room) -> None:
    text = asked("Your note", {"type": "plain_text_input", "action_id": "text"})
    more = {"type": "button", "action_id": "more", "text": plain("More")}
    view = modal(text, actions(more))
    await opening(room, view)

    async def grow(body: Json) -> Json:
        extra = asked("Why", {"type": "plain_text_input", "action_id": "why"}, optional=True)
        grown = view | {"blocks": [*view["blocks"], extra]}
        await room.app.client.views_update(view_id=body["view"]["id"], view=grown)
        return {}

    room.app.answers["more"] = grow
    await room.dialog.get_by_label("Your note").fill("Call her")
    await room.button("More", room.dialog).click()
    await expect(room.dialog.get_by_label("Why")).to_be_visible()
    await expect(room.dialog.get_by_label("Your note")).to_have_value("Call her")
    body = room.app.of("block_actions")[-1]
    assert body["view"]["state"]["values"]["text"]["text"]["value"] == "Call her"
    assert "state" not in body


async def test_a_form_can_stand_on_another_and_the_app_hears_of_its_end(room: Room) -> None:
    text = asked("Your note", {"type": "plain_text_input", "action_id": "text"}, optional=True)
    await opening(room, modal(text, notify_on_close=True))

    async def push(body: Json) -> Json:
        above = modal(text, title="Sure?", notify_on_close=True)
        return {"response_action": "push", "view": above}

    room.app.answers["saved"] = push
    await room.button("Save", room.dialog).click()
    await expect(room.dialog).to_contain_text("Sure?")
    await room.button("Cancel", room.dialog).click()
    closed = await room.app.until("view_closed")
    assert (closed["view"]["title"]["text"], closed["is_cleared"]) == ("Sure?", False)
    await expect(room.dialog).to_contain_text("Note")
    await room.page.keyboard.press("Escape")
    await expect(room.dialog).to_have_count(0)
    await room.slack.until(lambda: len(room.app.of("view_closed")) == 2)


async def test_an_answer_that_slack_cannot_use_leaves_the_form_open(room: Room) -> None:
    text = asked("Your note", {"type": "plain_text_input", "action_id": "text"}, optional=True)
    await opening(room, modal(text))

    async def broken(body: Json) -> Json:
        return {"response_action": "update", "view": {"type": "modal", "blocks": []}}

    room.app.answers["saved"] = broken
    await room.button("Save", room.dialog).click()
    told = "Slack could not use the answer of SendKit Triage: invalid_arguments."
    await expect(room.dialog).to_contain_text(told)


async def test_a_shortcut_in_the_menu_of_a_message_carries_it_along(room: Room) -> None:
    message = room.slack.say("#triage", "Hello, I am *interested*.", user="ben")
    await room.last.hover()
    await room.button("More actions", room.last).click()
    await room.page.get_by_role("option", name="Forward to sales").click()
    body = await room.app.until("message_action")
    assert (body["callback_id"], body["message"]["ts"]) == ("forward", message.ts)
    assert body["channel"] == {"id": "C0TRIAGE", "name": "triage"}


async def test_the_home_tab_is_published_when_somebody_opens_it(room: Room) -> None:
    async def publish(body: Json) -> Json:
        count = len(room.app.of("block_actions"))
        button = {"type": "button", "action_id": "count", "text": plain("Count")}
        heading = {"type": "header", "text": plain(f"Counted {count} times")}
        view = {"type": "home", "blocks": [heading, actions(button)]}
        user = body["event"]["user"] if "event" in body else body["user"]["id"]
        await room.app.client.views_publish(user_id=user, view=view)
        return {}

    room.app.answers |= {"home": publish, "count": publish}
    await room.button("SendKit Triage").click()
    assert (await room.app.until("app_home_opened"))["event"]["tab"] == "messages"
    await room.page.get_by_role("tab", name="Home").click()
    home = room.page.locator(".home")
    await expect(home).to_contain_text("Counted 0 times")
    await room.button("Count", home).focus()
    await room.page.keyboard.press("Enter")
    await expect(home).to_contain_text("Counted 1 times")
    await expect(room.button("Count", home)).to_be_focused()
    body = room.app.of("block_actions")[-1]
    assert body["container"] == {"type": "view", "view_id": body["view"]["id"]}
    assert [each["event"]["tab"] for each in room.app.of("app_home_opened")] == ["messages", "home"]


@pytest.mark.parametrize("name", ["triage", "SendKit Triage", "sendkit triage"])
async def test_typed_messages_reach_an_app_that_subscribes(room: Room, name: str) -> None:
    await room.page.locator("#composer-channel").fill(f"Hey @{name}, see #general")
    await room.page.keyboard.press("Enter")
    event = (await room.app.until("app_mention"))["event"]
    assert event["text"] == "Hey <@U0TRIAGE>, see <#C0GENERAL|general>"
    kinds = [each["type"] for each in event["blocks"][0]["elements"][0]["elements"]]
    assert kinds == ["text", "user", "text", "channel"]
    assert (await room.app.until("message"))["event"]["channel_type"] == "channel"


async def test_a_click_nobody_answers_in_three_seconds_is_marked(room: Room) -> None:
    room.slack.ack_seconds = 0.2
    late = room.slack.workspace.changes.next

    async def never(body: Json) -> Json:
        while not room.slack.message("C0TRIAGE", body["container"]["message_ts"]).warning:
            await late()
        return {}

    room.app.answers["slow"] = never
    button = {"type": "button", "action_id": "slow", "text": plain("Wait")}
    await room.app.post(actions(button))
    await room.button("Wait", room.last).click()
    told = "SendKit Triage did not answer in time. Try again."
    await expect(room.last.locator(".warning")).to_have_text(told)


async def test_attachments_and_rare_blocks_are_drawn(room: Room) -> None:
    await room.app.post(
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": "feedback",
                    "positive_button": {"text": plain("Good"), "value": "up"},
                    "negative_button": {"text": plain("Bad"), "value": "down"},
                }
            ],
        },
        {"type": "card", "title": {"type": "mrkdwn", "text": "*A card*"}},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "A"}]]},
        attachments=[{"color": "good", "title": "Attached", "text": "More to _read_"}],
    )
    await room.button("Bad", room.last).click()
    action = (await room.app.until("block_actions"))["actions"][0]
    assert (action["type"], action["value"]) == ("feedback_buttons", "down")
    await expect(room.last.locator(".b-card strong").first).to_have_text("A card")
    await expect(room.last.locator("td")).to_have_text("A")
    attached = room.last.locator(".b-attachment")
    await expect(attached.locator("em")).to_have_text("read")
    await expect(attached).to_have_css("border-inline-start-color", "rgb(46, 184, 134)")


async def test_without_a_mouse_one_reads_reacts_and_answers(room: Room) -> None:
    await room.app.post({"type": "section", "text": plain("One")})
    await room.app.post({"type": "section", "text": plain("Two")})
    keys = room.page.keyboard
    await expect(room.last).to_contain_text("Two")
    await room.page.locator("#room [role=log]").focus()
    await keys.press("ArrowUp")
    await keys.press("ArrowUp")
    await expect(room.page.locator(".message:focus")).to_contain_text("One")
    await keys.press("Tab")
    await expect(room.page.locator(":focus")).to_have_attribute("aria-label", "Add reaction")
    await keys.press("Enter")
    await keys.type("tada")
    await keys.press("Enter")
    await expect(room.page.locator(".message .reaction")).to_have_text("🎉1")
    await expect(room.page.locator(":focus")).to_have_attribute("aria-label", "Add reaction")
    await keys.press("Tab")
    await keys.press("Enter")
    await expect(room.page.locator("#composer-thread")).to_be_focused()
    await keys.type("Done.")
    await keys.press("Enter")
    await expect(room.page.locator("#thread .message").last).to_contain_text("Done.")
    await keys.press("Escape")
    await expect(room.page.locator("#thread")).to_be_hidden()
