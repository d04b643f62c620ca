"""The page where it must be like Slack: composer, marks, private answers, the app's own place."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.playground.page import Page as PageServer
from bot.playground.workspace import Json
from tests.playground.surroundings import OFFERED, Room, in_browser, plain, visited

pytestmark = in_browser
ONE_LINE = "each => each.offsetHeight < 30"
FITS = "each => each.scrollWidth <= each.clientWidth && each.scrollHeight <= each.clientHeight"
LEFT, RIGHT = (f"each => each.getBoundingClientRect().{side}" for side in ("left", "right"))
SIZE = {"width": 1440, "height": 900}
COMMAND: Json = {
    "command": "/sendkit",
    "description": "Triage replies",
    "usage_hint": "inbox | help",
    "examples": [["inbox", "unread conversations"], ["help", "this list"]],
}


@pytest_asyncio.fixture(loop_scope="session")
async def room(browser: Browser, tmp_path: Path) -> AsyncIterator[Room]:
    offered = OFFERED | {"commands": [COMMAND]}
    async with visited(browser, tmp_path, offered, viewport=SIZE) as room:
        yield room


async def test_the_first_suggestion_is_taken_by_enter_and_by_tab(room: Room) -> None:
    write = room.page.locator("#composer-channel")
    for typed, key in (("/send", "Enter"), ("/s", "Tab"), ("/sendkit", "Enter")):
        await write.fill("")
        await write.press_sequentially(typed)
        await expect(room.page.get_by_role("option", selected=True)).to_contain_text("/sendkit")
        await room.page.keyboard.press(key)
        await expect(write).to_have_value("/sendkit ")
    await expect(room.page.get_by_role("option", selected=True)).to_have_count(0)
    await write.press_sequentially("in")
    await room.page.keyboard.press("Enter")
    body = await room.slack.until(lambda: [e for e in room.app.seen if e.get("command")])
    assert body[-1]["text"] == "in"


async def test_a_person_is_mentioned_by_the_start_of_their_name(room: Room) -> None:
    write = room.page.locator("#composer-channel")
    await write.press_sequentially("Ask @Be")
    await expect(room.page.get_by_role("option")).to_contain_text("@Ben")
    await room.page.keyboard.press("Enter")
    await expect(write).to_have_value("Ask @ben ")
    await write.press_sequentially("or @CHLOE.")
    await room.page.keyboard.press("Enter")
    await expect(room.last.locator(".mention")).to_have_text(["@Ben", "@Chloé"])


async def test_only_a_change_of_the_text_is_marked_behind_it(room: Room) -> None:
    blocks = [{"type": "section", "text": plain("First")}]
    message = await room.app.post(*blocks)
    changed = [{"type": "section", "text": plain("Second")}]
    where, ts = message.channel, message.ts
    await room.app.client.chat_update(channel=where, ts=ts, text="Second", blocks=changed)
    await expect(room.last).to_contain_text("Second")
    await expect(room.last.locator(".edited")).to_have_count(0)
    await room.app.client.chat_update(channel=where, ts=ts, text="Third")
    await expect(room.last.locator(".b-text")).to_have_text("Third (edited)")


async def test_a_reload_takes_private_answers_away_and_keeps_what_was_read(room: Room) -> None:
    room.slack.say("#general", "Anybody?", user="ben")
    private = room.page.locator(".message.is-private")
    badge = room.page.locator(".room-row .count")
    await expect(badge).to_contain_text("1")
    await room.app.client.chat_postEphemeral(channel="C0TRIAGE", user="U0ADA", text="Psst")
    await expect(private).to_contain_text("Psst")
    await room.page.locator(".room-row", has_text="general").click()
    await expect(badge).to_have_count(0)
    await room.page.reload()
    await expect(room.page.locator(".room-row[aria-current]")).to_contain_text("triage")
    await expect(private).to_have_count(0)
    await expect(badge).to_have_count(0)
    await room.app.client.chat_postEphemeral(channel="C0TRIAGE", user="U0ADA", text="Again")
    await expect(private).to_have_count(1)
    await expect(private).to_contain_text("Again")


async def test_private_answers_outlive_a_lost_connection(room: Room) -> None:
    private = room.page.locator(".message.is-private")
    await expect(room.page.locator("[data-room=C0TRIAGE]")).to_be_visible()
    await room.app.client.chat_postEphemeral(channel="C0TRIAGE", user="U0ADA", text="Psst")
    await expect(private).to_contain_text("Psst")
    await room.server.__aexit__()
    port = urlsplit(room.page.url).port or 0
    async with PageServer(room.slack, room.scene, host="127.0.0.1", port=port):
        await room.app.client.chat_postMessage(channel="C0TRIAGE", text="Back again")
        await expect(room.last).to_contain_text("Back again")
        await expect(private).to_contain_text("Psst")


async def test_a_thread_counts_its_replies_below_the_first_message(room: Room) -> None:
    parent = room.slack.say("#triage", "Who calls?", user="ben")
    for text in ("Me.", "Or me."):
        room.slack.say("#triage", text, user="chloe", thread_ts=parent.ts)
    await room.last.locator(".replies").click()
    thread = room.page.locator("#thread")
    await expect(thread.get_by_role("separator")).to_have_text("2 replies")


async def test_a_screen_reader_hears_text_and_no_markup(room: Room) -> None:
    await expect(room.page.locator("#composer-channel")).to_be_visible()
    text = "*Jane* <https://a.example/x|has a card> &amp; <@U0BEN> knows"
    label = "Interested: Jane Doe"
    button = {"type": "button", "text": plain("Interested"), "accessibility_label": label}
    blocks = [{"type": "actions", "elements": [button]}]
    await room.app.client.chat_postMessage(channel="C0TRIAGE", text=text, blocks=blocks)
    said = "Jane has a card & @Ben knows"
    await expect(room.page.get_by_role("status")).to_have_text(f"SendKit Triage in #triage: {said}")
    await expect(room.page.get_by_role("article")).to_have_attribute(
        "aria-label", f"SendKit Triage, {await room.last.locator('.time').inner_text()}: {said}"
    )
    await expect(room.button(label, room.last)).to_have_text("Interested")


async def test_an_app_may_lack_home_and_messages(browser: Browser, tmp_path: Path) -> None:
    offered = OFFERED | {"app_home": {"messages_tab_read_only_enabled": True}}
    async with visited(browser, tmp_path, offered, viewport=SIZE) as room:
        await room.button("SendKit Triage").click()
        await expect(room.page.get_by_role("tab")).to_have_count(0)
        await expect(room.page.locator("#composer-channel")).to_be_hidden()
        told = "Sending messages to this app has been turned off."
        await expect(room.page.get_by_text(told)).to_be_visible()


async def test_nothing_is_cut_or_broken_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    phone = {"width": 390, "height": 844}
    async with visited(browser, tmp_path, viewport=phone, locale="en-US") as room:
        slack, message = room.slack, room.page.locator("[data-list=channel] .message")
        slack.say("#triage", "First", user="ben")
        said = slack.say("#triage", "Second", user="ben")
        for user in ("ada", "ben", "chloe", "dev"):
            slack.say("#triage", "Me too", user=user, thread_ts=said.ts)
        joined = message.last
        await expect(joined.locator(".replies strong")).to_have_text("4 replies")
        assert await joined.locator(".replies strong").evaluate(ONE_LINE)
        assert await room.page.locator("#composer-channel").evaluate(FITS)
        await joined.hover()
        time, words = joined.locator(".gutter .time"), joined.locator(".b-text")
        assert await time.evaluate(FITS)
        assert await time.evaluate(RIGHT) <= await words.evaluate(LEFT)


async def test_the_page_scrolls_to_ones_own_message(room: Room) -> None:
    for number in range(40):
        room.slack.say("#triage", f"Line {number}", user="ben")
    first = room.page.locator("[data-list=channel] .message").first
    await first.scroll_into_view_if_needed()
    await expect(room.last).not_to_be_in_viewport()
    await room.page.locator("#composer-channel").fill("And mine")
    await room.page.keyboard.press("Enter")
    await expect(room.last).to_contain_text("And mine")
    await expect(room.last).to_be_in_viewport()
