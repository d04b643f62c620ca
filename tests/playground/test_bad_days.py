"""Services on a bad day: slow at every call, and at work for whoever has gone."""

import asyncio
from random import Random

import aiohttp
import pytest

from bot.playground import sendkit_faults, slack_faults
from bot.playground.sample_data import CAST
from bot.playground.sendkit import SendKit
from bot.playground.slack import Slack


@pytest.mark.parametrize("service", [slack_faults.Faults, sendkit_faults.Faults])
def test_every_call_takes_its_time_the_same_for_the_same_seed(
    service: type[slack_faults.Faults] | type[sendkit_faults.Faults],
) -> None:
    def times() -> list[float]:
        bad = service()
        bad.randomly(Random(7), share=0.5, slowest=0.1)
        taken = [
            bad.take("GET") if isinstance(bad, slack_faults.Faults) else bad.take("GET", "/")
            for _ in range(50)
        ]
        return [each.seconds for each in taken if each is not None]

    first = times()
    assert times() == first
    assert len(set(first)) == 50
    assert 0 <= min(first) < max(first) <= 0.1


async def test_slack_acts_for_whoever_is_gone_by_then() -> None:
    async with Slack() as slack, aiohttp.ClientSession() as session:
        slack.faults.slow("chat.postMessage", seconds=2)
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        body = {"channel": slack.workspace.channel("#triage").id, "text": "Hello"}
        limit = aiohttp.ClientTimeout(total=1)
        with pytest.raises(TimeoutError):
            await session.post(
                f"{slack.api_url}chat.postMessage", json=body, headers=headers, timeout=limit
            )
        (message,) = await slack.until(lambda: slack.messages("#triage"))
        assert message.text == "Hello"


async def test_slack_hangs_up_and_acts_afterwards() -> None:
    async with Slack() as slack, aiohttp.ClientSession() as session:
        slack.faults.add("chat.postMessage", slack_faults.Fault(drop="first", seconds=0.05))
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        body = {"channel": slack.workspace.channel("#triage").id, "text": "Hello"}
        with pytest.raises(aiohttp.ClientError):
            await session.post(f"{slack.api_url}chat.postMessage", json=body, headers=headers)
        assert not slack.messages("#triage")
        (message,) = await slack.until(lambda: slack.messages("#triage"))
        assert message.text == "Hello"


async def test_slack_may_linger_between_the_act_and_the_answer() -> None:
    async with Slack() as slack, aiohttp.ClientSession() as session:
        slack.faults.add("chat.postMessage", slack_faults.Fault(lingers=30))
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        body = {"channel": slack.workspace.channel("#triage").id, "text": "Hello"}
        asking = asyncio.ensure_future(
            session.post(f"{slack.api_url}chat.postMessage", json=body, headers=headers)
        )
        await slack.until(lambda: slack.messages("#triage"))
        assert not asking.done()
        asking.cancel()


async def test_sendkit_hangs_up_and_acts_afterwards() -> None:
    async with SendKit() as sendkit, aiohttp.ClientSession() as session:
        conversation = sendkit.inbox.lead_replies(CAST[0].lead, "Hi").id
        sendkit.faults.add(sendkit_faults.Fault(hangs_up=True, seconds=0.05), "PATCH")
        key = {"X-Api-Key": sendkit.api_key, "Authorization": f"Bearer {sendkit.api_key}"}
        url = f"{sendkit.url}/v1/inbox/{conversation}"
        with pytest.raises(aiohttp.ClientError):
            await session.patch(url, json={"markRead": True}, headers=key)
        assert not sendkit.patches
        await sendkit.until(lambda: sendkit.patches)
        assert [request.status for request in sendkit.requests] == [0]
