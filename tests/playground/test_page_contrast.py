"""Every text on the page can be read: 4.5 : 1 against what is behind it, in light and in dark.

https://www.w3.org/TR/WCAG22/#contrast-minimum
"""

from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.async_api import Browser, Locator, expect

from bot.playground.workspace import Json
from tests.playground.surroundings import OFFERED, Room, in_browser, options, plain, visited

pytestmark = in_browser
LEAST: Final = 4.5
SIZE: Final = {"width": 1440, "height": 1400}
COMMAND: Final[Json] = {
    "command": "/sendkit",
    "description": "Triage replies",
    "usage_hint": "help",
    "examples": [["help", "this list"]],
}
TOO_FAINT: Final = Path(__file__).with_name("contrast.js").read_text()


async def faint(room: Room, *hovered: Locator) -> list[Any]:
    """Texts that are too faint, at rest and while the mouse is over each of these."""
    found: list[Any] = await room.page.evaluate(TOO_FAINT, LEAST)
    for each in hovered:
        await each.hover()
        found += await room.page.evaluate(TOO_FAINT, LEAST)
    return found


async def furnish(room: Room) -> None:
    """One of everything that has a colour of its own, in #triage."""
    slack, client = room.slack, room.app.client
    await room.app.post({"type": "section", "text": plain("Bare")})
    text = {"type": "mrkdwn", "text": "*b* `code` <https://a.example|link> <@U0BEN>\n> quoted"}
    buttons: list[Json] = [
        {"type": "button", "text": plain(style), "action_id": style, "style": style}
        for style in ("primary", "danger")
    ]
    menu = {"type": "static_select", "action_id": "m", "placeholder": plain("Choose")}
    parent = await room.app.post(
        {"type": "section", "text": text},
        {"type": "context", "elements": [plain("jane@acme.example.com · unread")]},
        {"type": "actions", "elements": [*buttons, menu | {"options": options("Red", "Green")}]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "A"}]]},
    )
    slack.say("#triage", "A reply", user="ben", thread_ts=parent.ts)
    slack.react(parent, "eyes", user="ada")
    slack.react(parent, "tada", user="ben")
    edited = (await client.chat_postMessage(channel="C0TRIAGE", text="Before"))["ts"]
    await client.chat_update(channel="C0TRIAGE", ts=edited, text="After")
    await client.chat_postEphemeral(channel="C0TRIAGE", user="U0ADA", text="For you `alone`")
    slack.say("#general", "Anybody?", user="ben")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_stands_out_from_its_ground(
    browser: Browser, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    offered = OFFERED | {"commands": [COMMAND]}
    async with visited(
        browser, tmp_path, offered, viewport=SIZE, color_scheme=scheme, reduced_motion="reduce"
    ) as room:
        await expect(room.page.locator("html")).to_have_attribute("data-theme", scheme)
        await furnish(room)
        messages = room.page.locator("[data-list=channel] .message")
        await expect(messages.filter(has_text="For you")).to_be_visible()
        row = room.page.locator(".wire-row").first
        await row.get_by_role("button").click()
        await expect(row.locator(".json").first).to_be_visible()
        hovered = [messages.nth(at) for at in range(await messages.count())]
        assert await faint(room, *hovered, row, room.page.locator(".room-row").last) == []

        await messages.filter(has_text="quoted").locator(".replies").click()
        await room.page.locator("#composer-channel").fill("/")
        await expect(room.page.locator(".hint").last).to_be_visible()
        assert await faint(room, room.page.locator(".hint").last) == []

        await room.page.keyboard.press("Escape")
        await room.button("Choose", messages.filter(has_text="quoted")).click()
        assert await faint(room) == []
        await room.page.keyboard.press("Escape")
        await room.button("What is this?").click()
        assert await faint(room) == []
