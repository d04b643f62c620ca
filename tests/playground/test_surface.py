"""What answers say beside what was asked: the time and the scopes."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

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
