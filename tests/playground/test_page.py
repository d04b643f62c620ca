"""The page in a real browser: what people see, press and type, and what cannot happen there."""

import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from bot.playground.launcher import Stage, staged
from bot.playground.sample_data import CAST
from bot.playground.slack_objects import completed
from bot.playground.views import open_view
from bot.playground.wire import Args
from bot.playground.workspace import Json, Message
from tests.playground.surroundings import in_browser, option, plain, watched

pytestmark = in_browser
HOSTILE = next(part for part in CAST if part.lead.email.startswith("mallory"))
expect.set_options(timeout=90_000)


@dataclass
class Window:
    """A page on the playground, and the playground behind it."""

    stage: Stage
    page: Page

    @property
    def cards(self) -> Locator:
        return self.page.locator("[data-list=channel] .message")

    @property
    def thread(self) -> Locator:
        return self.page.locator("#thread")

    def button(self, name: str, within: Locator | None = None) -> Locator:
        return (within or self.page.locator("body")).get_by_role("button", name=name, exact=True)

    async def type(self, text: str) -> None:
        await self.page.locator("#composer-channel").fill(text)
        await self.page.keyboard.press("Enter")

    async def first_card(self) -> Locator:
        card = self.cards.first
        await expect(card.locator(".b-header")).to_be_visible()
        return card

    def post(self, blocks: list[Json], user: str = "U0TRIAGE") -> Message:
        """The app posts blocks, without the bot having a say."""
        space = self.stage.slack.workspace
        made = Message("C0TRIAGE", space.next_ts(), user, "blocks", blocks=completed(blocks))
        return space.post(made)

    async def silence(self) -> None:
        """The bot is gone, and no more replies are decided on."""
        self.stage.child.kill()
        await self.stage.child.ended()


@pytest_asyncio.fixture(loop_scope="session")
async def window(browser: Browser) -> AsyncIterator[Window]:
    async with (
        staged(host="127.0.0.1", port=0, environ=os.environ) as stage,
        watched(browser, viewport={"width": 1440, "height": 900}) as page,
    ):
        await page.goto(stage.address)
        yield Window(stage, page)


async def test_a_newcomer_sees_a_card_decides_and_reads_it_in_the_thread(window: Window) -> None:
    await expect(window.page).to_have_title("#triage · SendKit Triage playground")
    card = await window.first_card()
    await expect(card.locator(".b-header")).to_have_text("Jane Doe · Acme Inc")
    await card.get_by_text("Not interested", exact=True).click()
    await card.get_by_text("1 reply").click()
    await expect(window.thread.locator(".message")).to_have_count(2)
    await expect(window.thread.locator(".message").last).to_contain_text("Ada")
    await expect(window.page.locator(".wire-row.is-patch .wire-body").first).to_have_text(
        '{"aiTag":"not_interested"}'
    )
    await window.page.keyboard.press("Escape")
    await expect(window.thread).to_be_hidden()


@pytest.mark.parametrize(("name", "kind"), [("Gil", "guest"), ("Pia", "external")])
async def test_a_stranger_to_the_workspace_sees_cards_and_may_not_decide(
    window: Window, name: str, kind: str
) -> None:
    card = await window.first_card()
    await window.page.get_by_role("radio", name=f"{name} {kind}").click()
    await expect(window.page.locator(".who-about")).to_contain_text("may not decide")
    await card.get_by_text("Not interested", exact=True).click()
    await expect(window.page.locator(".message.is-private")).to_be_visible()
    assert not window.stage.sendkit.patches


async def test_an_ai_tag_that_may_send_email_is_asked_about(window: Window) -> None:
    card = await window.first_card()
    await card.get_by_text("Meeting booked", exact=True).click()
    dialog = window.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("SendKit may enrol the lead in a subsequence")
    await dialog.get_by_role("button", name="Cancel").click()
    assert not window.stage.sendkit.patches


async def test_somebody_answers_in_sendkit_and_a_link_leads_there(window: Window) -> None:
    card = await window.first_card()
    await expect(card).to_contain_text("Waiting for us since")
    await window.button("Answer a lead").click()
    note = window.page.locator(".toast")
    await expect(note).to_contain_text("SendKit has sent an answer to Jane Doe.")
    await expect(card).to_contain_text("Waiting for Jane Doe since", timeout=30_000)
    await card.locator(".el-overflow").click()
    await window.page.get_by_role("option", name="Open in SendKit").click()
    await expect(note.last).to_contain_text("this opens the conversation there")
    assert len(window.page.context.pages) == 1


async def test_the_page_explains_itself(window: Window) -> None:
    await window.first_card()  # until then, the page still moves
    await window.button("What is this?").click()
    told = window.page.get_by_role("dialog", name="The SendKit Triage playground")
    for word in ("aiTag", "Slack and SendKit are simulated", "Guests", "The wire"):
        await expect(told).to_contain_text(word)
    await window.page.keyboard.press("Escape")
    await expect(told).to_have_count(0)
    await expect(window.button("What is this?")).to_be_focused()


async def test_a_menu_is_searched_and_chosen_from_with_the_keyboard(window: Window) -> None:
    card = await window.first_card()
    await card.locator(".el-button", has_text="Open").click()
    menu = window.page.get_by_role("dialog").locator(".el-select").first
    await menu.focus()
    await window.page.keyboard.press("Enter")
    await expect(window.page.get_by_role("combobox")).to_be_focused()
    await window.page.keyboard.type("pric")
    await expect(window.page.get_by_role("option")).to_contain_text(["Pricing question"])
    await window.page.keyboard.press("Enter")
    await expect(menu).to_have_text("Pricing question")
    await expect(menu).to_be_focused()
    await window.page.keyboard.press("Enter")
    await window.page.keyboard.press("Escape")
    await expect(window.page.locator(".menu")).to_have_count(0)
    await expect(menu).to_be_focused()


async def test_a_command_is_hinted_at_answered_privately_and_recalled(window: Window) -> None:
    await window.first_card()
    write = window.page.locator("#composer-channel")
    await write.press_sequentially("/")
    hints = window.page.locator(".hint")
    await expect(hints).to_contain_text(["Triage replies to your cold emails", "Triage inbox"])
    await window.page.keyboard.press("ArrowDown")
    await window.page.keyboard.press("ArrowUp")
    await window.page.keyboard.press("Enter")
    await expect(write).to_have_value("/sendkit ")
    await write.press_sequentially("inbox")
    await window.page.keyboard.press("Enter")
    told = window.page.locator(".message.is-private")
    await expect(told).to_contain_text("Only visible to you")
    await expect(told).to_contain_text("1 unread.")
    await window.page.keyboard.press("ArrowUp")
    await expect(write).to_have_value("/sendkit inbox")
    await window.page.get_by_role("radio", name="Ben").click()
    await expect(told).to_have_count(0)
    await window.page.get_by_role("radio", name="Ada").click()
    await window.button("Dismiss", told).click()
    await expect(told).to_have_count(0)


async def test_an_unknown_command_stays_in_the_composer(window: Window) -> None:
    await window.type("/lunch now")
    await expect(window.page.locator(".toast")).to_contain_text("/lunch is not a command")
    await expect(window.page.locator("#composer-channel")).to_have_value("/lunch now")


async def test_people_talk_in_channels_and_threads(window: Window) -> None:
    await window.page.get_by_role("radio", name="Chloé").click()
    await window.button("general").click()
    await window.type("*Salut* <b>&amp; co</b>")
    said = window.cards.last
    await expect(said.locator(".author")).to_have_text("Chloé")
    await expect(said.locator(".b-text")).to_have_text("Salut <b>&amp; co</b>")
    await expect(said.locator("strong", has_text="Salut")).to_be_visible()
    # By keyboard: a card that arrives in between moves the message from under the mouse.
    await window.button("Reply in thread", said).press("Enter")
    await window.page.keyboard.type("And here.")
    await window.page.keyboard.press("Enter")
    await expect(window.thread.locator(".message").last).to_contain_text("And here.")
    await expect(said.locator(".replies")).to_contain_text("1 reply")
    await window.page.get_by_role("radio", name="Ada").click()
    await window.page.locator("[data-room=C0TRIAGE]").click()
    await window.first_card()
    window.stage.slack.say("#general", "Anybody?", user="ben")
    await expect(window.page.locator(".room-row.is-unread")).to_contain_text("general")


async def test_the_list_follows_its_end_unless_somebody_reads_above(window: Window) -> None:
    await window.first_card()
    await window.button("300 replies").click()
    # Their cards come meanwhile.
    await window.stage.sendkit.until(
        lambda: len(window.stage.sendkit.inbox.conversations) > 300, timeout=120
    )
    for number in range(30):
        window.stage.slack.say("#triage", f"Line {number}", user="ben")
    await expect(window.cards.filter(has_text="Line 29")).to_be_attached()
    await expect(window.cards.last).to_be_in_viewport()
    await window.cards.first.scroll_into_view_if_needed()
    window.stage.slack.say("#triage", "Who takes these?", user="ben")
    await expect(window.cards.first).to_be_in_viewport()
    await window.button("New messages").click()
    # Which of them is the last one: a lead may have answered meanwhile.
    await expect(window.cards.filter(has_text="Who takes these?")).to_be_attached()
    await expect(window.cards.last).to_be_in_viewport()


async def test_nothing_a_lead_writes_runs_or_becomes_markup(window: Window) -> None:
    await window.first_card()
    lead = replace(HOSTILE.lead, first_name="<img src=x onerror=alert(1)>")
    window.stage.sendkit.reply(lead, HOSTILE.text)
    card = window.cards.filter(has_text="evil.example.net")
    await expect(card.locator(".b-header")).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(card.locator("img, script, a, .mention")).to_have_count(0)


async def test_block_kit_looks_as_it_is_written(window: Window) -> None:
    await window.silence()
    text = "*b* _i_ ~s~ `c` <https://a.example|link> <@U0BEN> &lt;x&gt; 2*3*4\n> quoted\nafter"
    date = "<!date^1764000000^{date_num}|then>"
    window.post(
        [
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "section", "fields": [plain("*plain*"), {"type": "mrkdwn", "text": date}]},
            {"type": "image", "image_url": "https://a.example/i.png", "alt_text": "A chart"},
        ]
    )
    message = window.cards.last
    first = message.locator(".b-text").first
    for tag, said in (("strong", "b"), ("em", "i"), ("s", "s"), ("code", "c"), ("a", "link")):
        await expect(first.locator(tag)).to_have_text(said)
    await expect(first.locator(".mention")).to_have_text("@Ben")
    await expect(first.locator(".quote")).to_have_text("quoted")
    await expect(first).to_contain_text("<x> 2*3*4")
    await expect(message.locator(".b-field").first).to_have_text("*plain*")
    await expect(message.locator("time").last).to_have_text(re.compile(r"\d\d/2\d/2025"))
    await expect(message.get_by_role("img", name="A chart")).to_be_visible()


async def test_a_click_that_is_not_answered_shows_a_warning(window: Window) -> None:
    await window.first_card()
    await window.silence()
    danger = plain("Delete it?"), plain("For good."), plain("Delete"), plain("Keep")
    confirm = dict(zip(("title", "text", "confirm", "deny"), danger, strict=True))
    button = {"type": "button", "text": plain("Remove"), "action_id": "r", "confirm": confirm}
    window.post([{"type": "actions", "elements": [button]}])
    message = window.cards.last
    await window.button("Remove", message).click()
    await window.button("Keep").click()
    await expect(message.locator(".warning")).to_have_count(0)
    await window.button("Remove", message).click()
    await window.button("Delete").click()
    await expect(message.locator(".warning")).to_have_text(
        "That did not reach SendKit Triage. Try again."
    )
    await window.type("/sendkit inbox")
    told = window.page.locator(".message.is-private")
    await expect(told).to_contain_text('/sendkit failed with the error "dispatch_failed"')


async def test_the_switches_say_what_happens_and_the_bot_restarts(window: Window) -> None:
    card = await window.first_card()
    bar = window.page.locator("#stage-bar")
    hint = window.page.locator("#stage-hint")
    await window.button("Kill", bar).click()
    await expect(bar.locator(".lamp")).to_have_text("killed")
    await expect(window.button("Kill", bar)).to_have_count(0)
    await expect(window.button("Start", bar)).to_be_focused()
    await card.get_by_text("Mark read", exact=True).click()
    await expect(card.locator(".warning")).to_be_visible()
    await window.button("Start", bar).hover()
    await expect(hint).to_contain_text("catches up with")
    await window.button("Start", bar).click()
    await expect(bar.locator(".lamp")).to_have_text("running")
    await expect(card.locator(".warning")).to_have_count(0)
    down = window.button("Down", window.page.get_by_role("group", name="SendKit"))
    await down.click()
    await expect(down).to_have_attribute("aria-pressed", "true")
    await window.page.mouse.move(600, 600)
    await window.page.locator("#composer-channel").focus()
    await expect(hint).to_contain_text("SendKit answers every request with 503.")
    await expect(window.page.locator(".wire-row .status.is-bad").first).to_have_text("503")


async def test_the_wire_shows_bodies_and_is_filtered(window: Window) -> None:
    await window.first_card()
    wire = window.page.locator("#wire")
    posted = wire.locator(".wire-row", has_text="chat.postMessage")
    await posted.get_by_role("button").click()
    await expect(posted.locator(".json").first).to_contain_text('"channel": "C0TRIAGE"')
    await window.button("SendKit", wire).click()
    await expect(posted).to_have_count(0)
    await expect(wire.locator(".wire-row").first).to_contain_text("SendKit")
    await window.button("Bot’s log", wire).click()
    await expect(wire.locator(".wire-log")).to_contain_text("listening on")


async def test_a_modal_is_filled_in_sent_and_closed(window: Window) -> None:
    await window.silence()
    slack = window.stage.slack
    note = {"type": "plain_text_input", "action_id": "note"}
    kind = {"type": "static_select", "action_id": "kind", "options": [option("A"), option("B")]}
    view: Json = {
        "type": "modal",
        "title": plain("Note"),
        "submit": plain("Save"),
        "blocks": [
            {"type": "input", "label": plain("Your note"), "element": note},
            {"type": "input", "label": plain("Kind"), "element": kind, "optional": True},
        ],
    }
    trigger = slack.workspace.new_trigger("U0ADA")
    open_view(slack.workspace, Args({"trigger_id": trigger, "view": view}, frozenset()))
    dialog = window.page.get_by_role("dialog")
    await window.button("Save", dialog).click()
    await expect(dialog).to_contain_text("Please complete this required field.")
    await dialog.get_by_label("Your note").fill("Call back")
    await window.button("static select", dialog).press("Enter")
    await window.page.keyboard.type("B")
    await window.page.keyboard.press("Enter")
    await expect(window.button("static select: B", dialog)).to_be_focused()
    await window.button("Save", dialog).click()
    await expect(dialog).to_contain_text("SendKit Triage did not answer. Try again.")
    await window.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    assert not slack.workspace.views


async def test_a_narrow_window_keeps_everything_within_reach(window: Window) -> None:
    page = window.page
    await page.set_viewport_size({"width": 400, "height": 780})
    card = await window.first_card()
    await card.get_by_text("Mark read", exact=True).click()
    await card.locator(".replies").click()
    await expect(window.thread).to_be_visible()
    await window.button("Close the thread").click()
    await window.button("Channels and people").click()
    await window.button("general").click()
    await expect(page.locator("#room .room-title")).to_contain_text("general")
    await window.button("The wire").click()
    await expect(page.locator("#wire .is-patch")).to_be_visible()
    await window.button("Close the wire").click()
    await window.button("Switches").click()
    await expect(window.button("Kill")).to_be_visible()
    sizes = "[document.documentElement.scrollWidth, window.innerWidth]"
    width, most = await page.evaluate(sizes)
    assert width <= most


async def test_a_theme_once_chosen_stays(window: Window) -> None:
    root = window.page.locator("html")
    await expect(root).to_have_attribute("data-theme", "light")
    await window.button("Light or dark").click()
    await window.page.reload()
    await expect(root).to_have_attribute("data-theme", "dark")


async def test_a_link_to_a_message_leads_to_it(window: Window) -> None:
    card = await window.first_card()
    name: Any = await card.get_attribute("data-message")
    channel, ts = name.split("/")
    link = f"https://playground.slack.com/archives/{channel}/p{ts.replace('.', '')}"
    await window.button("general").click()
    await window.type(f"Look: {link}")
    await window.page.get_by_role("link", name=link).click()
    await expect(window.page.locator("#room .room-title")).to_contain_text("triage")
    await expect(card).to_be_focused()
