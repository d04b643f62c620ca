"""Everything Slack may send, also what this bot has no use for."""

import logging

import pytest

from tests.conftest import House
from tests.stories.conftest import every_combination

TRIAGE = "#triage"


async def test_an_unknown_shortcut_or_form_is_acknowledged_with_a_sentence(house: House) -> None:
    async with house.bot_with_card() as card:
        assert (await house.slack.message_action(card, "of_another_age")).ok
        await house.slack.until(lambda: house.told())
        assert house.told()[0].startswith("I don’t know this one. Use a newer card")


async def test_an_option_of_another_version_is_answered_with_a_sentence(house: House) -> None:
    async with house.bot():
        text = {"type": "plain_text", "text": "Old"}
        option = {"type": "button", "action_id": "decide.more", "value": "9:?", "text": text}
        await house.slack.click(house.post(option), "Old")
        await house.slack.until(lambda: house.told())
        assert house.told()[0].startswith("I don’t know this button.")


async def test_a_global_shortcut_is_answered_in_the_persons_own_channel(house: House) -> None:
    async with house.bot():
        assert (await house.slack.shortcut("of_another_age")).ok
        direct = house.slack.workspace.direct("U0ADA")
        await house.slack.until(lambda: house.slack.messages(direct))
        (told,) = house.slack.messages(direct)
        assert told.text.startswith("I don’t know this one.")


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions", "actions": [{"action_id": "decide.0", "value": "1:a1:read"}]},
        {"type": "shortcut", "callback_id": "x"},
        {"type": "something_new", "user": {"id": "U0ADA"}},
    ],
    ids=["a click of nobody", "a shortcut of nobody", "a kind of payload that is new"],
)
async def test_a_payload_without_a_person_is_acknowledged_and_logged(
    house: House, payload: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    async with house.bot():
        caplog.clear()
        caplog.set_level(logging.WARNING)
        assert (await house.slack.deliver("interactive", payload)).ok
        (record,) = caplog.records
        assert "\n" not in record.getMessage()


@every_combination
async def test_a_press_that_cannot_be_saved_is_not_acknowledged(
    house: House, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a character is none that a database can hold."""
    house.slack.ack_seconds = 0.5
    async with house.bot():
        payload = {
            "type": "block_actions",
            "user": {"id": "U0ADA"},
            "actions": [{"value": "1:a1:read", "type": "button", "action_ts": "\ud800"}],
            "trigger_id": "\ud800",
        }
        ack = await house.slack.deliver("interactive", payload)
        assert not ack.ok
    assert ("refused" if transport == "http" else "ignored an envelope") in caplog.text


async def test_a_click_in_a_thread_is_answered_in_that_thread(house: House) -> None:
    conversation = house.reply()
    async with house.bot(sendkit_poll_seconds=0):
        parent = house.slack.say(TRIAGE, "Look at this")
        in_thread = house.post(
            {
                "type": "button",
                "value": f"1:{conversation.id}:read",
                "text": {"type": "plain_text", "text": "Read"},
            },
            thread=parent.ts,
        )
        await house.slack.click(in_thread, "Read")
        lines = await house.lines(parent, 2)
        assert lines[1] == "Ada marked this as read"


async def test_a_sentence_about_a_click_in_a_thread_comes_into_that_thread(house: House) -> None:
    async with house.bot():
        parent = house.slack.say(TRIAGE, "Look at this")
        for status in (200, 404):
            old = house.post(
                {"type": "button", "value": "9:?", "text": _plain("Old")}, thread=parent.ts
            )
            if status == 404:
                house.slack.faults.status("response_url", status=404)
            await house.slack.click(old, "Old")
            await house.slack.until(lambda: house.told())
        await house.slack.until(lambda: len(house.told()) == 2)
        told = house.slack.ephemerals(TRIAGE, "U0ADA")
        assert [each.thread_ts for each in told] == [parent.ts, parent.ts]


async def test_a_response_url_that_breaks_off_is_not_the_last_word(house: House) -> None:
    async with house.bot_with_card() as card:
        house.slack.faults.drop("response_url", acted=False)
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: "✓ Interested" in house.labels(card))
        assert [call.method for call in house.slack.calls].count("chat.update") == 1


async def test_a_person_who_cannot_be_told_is_noted_in_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.bot():
        old = house.post({"type": "button", "value": "9:?", "text": _plain("Old")})
        house.slack.faults.status("response_url", status=404)
        house.slack.faults.error("chat.postEphemeral", error="user_not_in_channel")
        house.slack.faults.error("chat.postMessage", error="user_not_found")
        await house.slack.click(old, "Old")
        await house.slack.until(
            lambda: [c for c in house.slack.calls if c.method == "chat.postMessage"]
        )
    assert "could not send a private answer: user_not_found" in caplog.text


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}
