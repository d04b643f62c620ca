"""Facts beside the answers, such as times and scopes, and services that are slow or hang up."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import sendkit_faults, slack_faults
from bot.playground.inbox import Inbox
from bot.playground.sample_data import CAST
from bot.playground.sendkit import SendKit
from bot.playground.slack import Slack

AT = 1_764_000_000.0


async def test_slack_tells_the_time_of_its_own_clock() -> None:
    async with Slack(clock=lambda: AT) as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        answer = await client.auth_test()
        assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == AT
        slack.faults.status(status=503)
        with pytest.raises(SlackApiError) as caught:
            await client.auth_test()
        assert parsedate_to_datetime(caught.value.response.headers["Date"]).timestamp() == AT


async def test_sendkit_tells_the_time_of_its_own_clock() -> None:
    inbox = Inbox(clock=lambda: datetime.fromtimestamp(AT, UTC))
    async with SendKit(inbox=inbox) as sendkit, aiohttp.ClientSession() as session:
        for sendkit.down in (False, True):
            async with session.get(f"{sendkit.url}/v1/tags") as answer:
                assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == AT


async def test_each_token_has_its_own_scopes() -> None:
    async with Slack() as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        answer = await client.apps_connections_open(app_token=slack.app_token)
        assert answer.headers["X-OAuth-Scopes"] == "connections:write"
        assert answer.headers["X-Accepted-OAuth-Scopes"] == "connections:write"
        answer = await client.auth_test()
        assert "connections" not in answer.headers["X-OAuth-Scopes"]
        assert "X-Accepted-OAuth-Scopes" not in answer.headers
        with pytest.raises(SlackApiError) as caught:
            await client.conversations_info(channel="C0NOWHERE")
        accepted = caught.value.response.headers["X-Accepted-OAuth-Scopes"]
        assert accepted == "channels:read,groups:read,im:read,mpim:read"


async def test_an_app_token_without_its_scope_opens_no_connection() -> None:
    async with Slack(app_scopes=frozenset()) as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session)
        with pytest.raises(SlackApiError) as caught:
            await client.apps_connections_open(app_token=slack.app_token)
    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "connections:write"


async def test_a_webhook_that_is_switched_off_is_not_called() -> None:
    hook = {"name": "x", "url": "http://127.0.0.1:9/x", "events": ["email.replied"]}
    async with SendKit() as sendkit, aiohttp.ClientSession() as session:
        headers = {"X-Api-Key": sendkit.api_key, "Authorization": f"Bearer {sendkit.api_key}"}
        url = f"{sendkit.url}/v1/webhooks"
        for number in range(2):
            async with session.post(url, json=hook, headers=headers) as answer:
                made = (await answer.json())["data"]
            assert made["isActive"] is True
            sendkit.hooks[made["id"]] |= {"isActive": bool(number), "retryAttempts": 0}
        sendkit.reply(CAST[0].lead, CAST[0].text)
        assert len(sendkit.tasks) == 1


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
