"""App Home: what waits for an answer, in the app's own tab."""

import json

import pytest

from bot.permissions import GUEST, NOT_IN_TRIAGE
from bot.playground.people import GUEST as GIL
from bot.playground.sample_data import CAST, WEBINAR
from bot.playground.workspace import User, View
from bot.store import Statement
from bot.store.opening import beside
from bot.views.home import MOST
from tests.conftest import ADA_IS_NAMED, House
from tests.form_asserts import filled, said
from tests.stories.conftest import every_combination

EVE = User("U0EVE", "eve", "Eve Elsewhere", "Eve")
AI_TAG = "form.ai_tag"


async def home(house: House, part: str = "", user: str = "U0ADA") -> View:
    """The person's Home, once it says this."""

    def there() -> View | None:
        view = house.slack.home(user)
        return view if view and part in said(view) else None

    found = await house.slack.until(there)
    assert found is not None
    return found


async def opened(house: House, part: str = "", user: str = "U0ADA") -> View:
    """The person's Home, after they opened it."""
    before = published(house)
    house.slack.open_home(user=user)
    await house.slack.until(lambda: published(house) > before)
    return await home(house, part, user)


def published(house: House) -> int:
    return [call.method for call in house.slack.calls].count("views.publish")


def rows(view: View) -> list[str]:
    """The conversations in it, by their ids."""
    blocks = (each["block_id"].split(".") for each in view.blocks)
    return [parts[1] for parts in blocks if parts[0] == "decide" and parts[2] == "home"]


async def seen(house: House, number: int) -> None:
    """Until the bot knows so many conversations."""
    async with beside(house.settings.database_url) as database:
        query = "SELECT COUNT(*) AS count FROM conversations WHERE announced <> ''"
        while (await database.read(query))[0]["count"] < number:
            pass


@every_combination
async def test_somebody_opens_home_and_decides_there(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        view = await opened(house, "Waiting for us, longest wait first")
        assert "Jane Doe" in said(view)
        assert house.slack.labels(view)[:5] == [
            *("✓ All 1", "Mine 0", "Unclaimed 1", "Later 0", "Refresh")
        ]
        await house.slack.click(view, "Interested")
        assert await house.lines(card) == ["Ada set Interested"]
        view = await home(house, "Your last decision, ")
        assert "✓ Interested" in house.slack.labels(view)
        await house.slack.click(view, "Undo")
        assert (await house.lines(card, 2))[1].startswith("Ada undid “Interested”")
        await house.slack.until(lambda: "✓ Interested" not in house.slack.labels(current(house)))
        assert house.told() == []
        assert not house.slack.messages(house.slack.workspace.direct("U0ADA"))


def current(house: House) -> View:
    view = house.slack.home()
    assert view is not None
    return view


async def test_a_lead_who_is_owed_no_answer_leaves_the_list_and_can_come_back(
    house: House,
) -> None:
    async with house.bot_with_recorded_card(quick_tags=("not_interested",)):
        view = await opened(house, "Jane Doe")
        await house.slack.click(view, "Not interested")
        view = await home(house, "Nothing waits for an answer.")
        await house.slack.click(view, "Undo")
        assert rows(await home(house, "Waiting for us since"))


async def test_nothing_is_published_for_people_who_did_not_open_home(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        house.slack.open_home("messages")
        await house.slack.click(card, "Interested")
        await house.lines(card)
        await opened(house, user="U0BEN")
        assert published(house) == 1
        assert house.slack.home() is None


@pytest.mark.parametrize(("user", "refusal"), [(EVE, NOT_IN_TRIAGE), (GIL, GUEST)])
async def test_somebody_who_may_not_see_home_sees_why(
    house: House, user: User, refusal: str
) -> None:
    house.slack.workspace.add_user(user, "#general")
    async with house.bot_with_recorded_card():
        view = await opened(house, user=user.id)
        assert said(view) == refusal


async def test_somebody_who_left_the_triage_channel_can_no_longer_decide_in_home(
    house: House,
) -> None:
    house.slack.workspace.add_user(EVE, "#triage")
    async with house.bot_with_recorded_card() as card:
        view = await opened(house, "Jane Doe", user="U0EVE")
        await leave(house, "U0EVE")
        await house.slack.click(view, "Open", user="U0EVE")
        assert NOT_IN_TRIAGE in said(await filled(house, "In direct", user="U0EVE"))
        await house.slack.click(view, "Interested", user="U0EVE")
        await home(house, NOT_IN_TRIAGE, "U0EVE")
        direct = house.slack.workspace.direct("U0EVE")
        await house.slack.until(lambda: house.slack.messages(direct))
        assert NOT_IN_TRIAGE in house.slack.messages(direct)[0].text
        assert house.thread(card) == []
    assert not house.sendkit.patches


async def leave(house: House, user: str) -> None:
    space = house.slack.workspace
    room = space.channel("#triage")
    left = tuple(each for each in room.members if each != user)
    space.add_channel(type(room)(**{**room.__dict__, "members": left}))


async def test_a_form_that_was_opened_in_home_is_saved_and_home_shows_it(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        view = await opened(house, "Jane Doe")
        await house.slack.click(view, "Open")
        form = await filled(house, "Jane Doe")
        assert form.body["previous_view_id"] is None
        await house.slack.submit(form, {AI_TAG: "Interested"})
        assert await house.lines(card) == ["Ada set Interested"]
        await house.slack.until(lambda: "✓ Interested" in house.slack.labels(current(house)))


async def test_a_newer_reply_is_not_marked_as_read_by_somebody_who_has_not_seen_it(
    house: House,
) -> None:
    async with house.bot_with_recorded_card():
        view = await opened(house, "Jane Doe")
        (conversation,) = house.sendkit.inbox.conversations.values()
        house.sendkit.reply(conversation.lead, "Wait, I meant no.")
        await house.recorded(1)
        pressed = published(house)
        await house.slack.click(view, "Mark read")
        direct = house.slack.workspace.direct("U0ADA")
        await house.slack.until(lambda: house.slack.messages(direct))
        assert "A newer reply has come in since" in house.slack.messages(direct)[0].text
        await house.slack.until(lambda: published(house) > pressed)
        assert "Wait, I meant no." in said(current(house))
    assert not house.sendkit.patches


async def test_a_long_list_has_pages(house: House) -> None:
    house.leads(MOST + 2)
    async with house.bot():
        await house.recorded()
        await seen(house, MOST + 2)
        first = await opened(house, f"All {MOST + 2}")
        assert len(rows(first)) == MOST
        await house.slack.click(first, "Next page")
        await house.slack.until(lambda: len(rows(current(house))) == 2)
        last = current(house)
        assert {*rows(first)}.isdisjoint(rows(last))
        await house.slack.click(last, "Interested", nth=0, block=f"decide.{rows(last)[0]}.home")
        await home(house, "Your last decision")
        assert rows(current(house)) == rows(last), "the page stays"
        await house.slack.click(current(house), "First page")
        await house.slack.until(lambda: rows(current(house)) == rows(first))
        await house.slack.click(current(house), "Next page")
        await house.slack.until(lambda: len(rows(current(house))) == 2)
        await house.slack.until(lambda: "First page" in house.slack.labels(current(house)))
        assert rows(await opened(house)) == rows(first), "who opens Home begins at the top"


async def test_home_shows_what_is_mine_of_a_campaign_and_of_a_channel(house: House) -> None:
    house.reply()
    house.reply(next(at for at, part in enumerate(CAST) if part.campaign is WEBINAR))
    async with house.bot():
        await house.recorded()
        await seen(house, 2)
        async with beside(house.settings.database_url) as database:
            mine = "UPDATE conversations SET owner = 'U0ADA' WHERE id = :id"
            (first, second) = house.sendkit.inbox.conversations
            await database.write(Statement(mine, {"id": second}))
        view = await opened(house, "All 2")
        await house.slack.click(view, "Mine 1")
        assert rows(await home(house, "Yours, longest wait first")) == [second]
        await house.slack.click(current(house), "Unclaimed 1")
        assert rows(await home(house, "Without an owner")) == [first]
        await house.slack.click(current(house), "Later 0")
        await home(house, "Nothing is put off until later.")
        await house.slack.click(current(house), "Show")
        assert len(rows(await home(house, "One channel, longest wait first"))) == 2
        await house.slack.choose(current(house), "Webinar follow-up (1)")
        assert rows(await home(house, "Webinar follow-up, longest wait first")) == [second]
        # It is remembered, also by another process.
    async with house.bot():
        assert rows(await opened(house, "Webinar follow-up, longest wait first")) == [second]


async def test_after_the_last_row_of_the_last_page_home_begins_again(house: House) -> None:
    house.leads(MOST + 1)
    async with house.bot(quick_tags=("not_interested",)):
        await house.recorded()
        await seen(house, MOST + 1)
        first = await opened(house, f"All {MOST + 1}")
        await house.slack.click(first, "Next page")
        await house.slack.until(lambda: len(rows(current(house))) == 1)
        await house.slack.click(current(house), "Not interested")
        await house.slack.until(lambda: rows(current(house)) == rows(first))


async def test_somebody_takes_a_lead_in_home_and_releases_them(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        view = await opened(house, "Jane Doe")
        await house.slack.click(view, "I’ll take it")
        view = await home(house, "Owner: Ada")
        assert {"Mine 1", "Unclaimed 0", "Release"} <= {*house.slack.labels(view)}
        assert "Ada" in house.text(card)
        await house.slack.click(view, "Release")
        await house.slack.until(lambda: "Mine 0" in house.slack.labels(current(house)))
        assert not house.slack.messages(house.slack.workspace.direct("U0ADA"))


async def test_a_campaign_that_is_gone_from_the_list_shows_everything(house: House) -> None:
    async with house.bot_with_recorded_card():
        view = await opened(house, "Jane Doe")
        old = json.dumps(view.body["blocks"]).replace("home:1:mine", "home:1:campaign:0badcafe")
        body = {**view.body, "blocks": json.loads(old)}
        house.slack.workspace.homes["U0ADA"] = View(view.id, view.user, body)
        await house.slack.click(current(house), "Mine 0")
        await house.slack.until(lambda: "✓ All 1" in house.slack.labels(current(house)))


async def test_home_says_how_the_bot_is_and_checks_everything(house: House) -> None:
    async with house.bot_with_recorded_card():
        view = await opened(house, "are all good")
        assert "Gets all replies." in said(view)
        await house.slack.click(view, "Check everything")
        direct = house.slack.workspace.direct("U0ADA")
        await house.slack.until(lambda: house.slack.messages(direct))
        assert "✓ Database" in house.slack.messages(direct)[0].text


async def test_home_opens_at_once_while_sendkit_hangs(house: House) -> None:
    async with house.bot_with_recorded_card():
        house.sendkit.slow = 5
        view = await opened(house, "Jane Doe")
        assert "I am checking." in said(view)
        house.sendkit.slow = 0


async def test_a_button_of_another_version_does_nothing(house: House) -> None:
    async with house.bot_with_recorded_card():
        view = await opened(house, "Jane Doe")
        old = json.dumps(view.body["blocks"]).replace("home:1:mine", "home:9:mine")
        body = {**view.body, "blocks": json.loads(old)}
        house.slack.workspace.homes["U0ADA"] = View(view.id, view.user, body)
        assert (await house.slack.click(current(house), "Mine 0")).ok
        await opened(house)
        assert published(house) == 2


async def test_home_waits_until_slack_takes_it(house: House) -> None:
    async with house.bot_with_recorded_card():
        house.slack.faults.ratelimit("views.publish")
        await opened(house, "Jane Doe")


async def test_a_page_that_slack_refuses_is_a_sentence_with_a_reference(house: House) -> None:
    async with house.bot_with_recorded_card():
        house.slack.faults.error("views.publish", error="invalid_arguments")
        view = await opened(house, "Slack does not take this page of Home.")
        assert said(view).endswith(")")


async def test_without_the_home_tab_the_log_says_so(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.slack.workspace.home_tab = False
    async with house.bot_with_recorded_card(triage_members=ADA_IS_NAMED):
        house.slack.open_home()
        await house.slack.until(lambda: published(house))
    assert "App Home is not shown: not_enabled" in caplog.text
