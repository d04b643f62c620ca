"""The Web API, asked by the real slack_sdk."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient as Client

from bot.playground.people import SCOPES
from bot.playground.slack import Slack
from bot.playground.workspace import Json, User
from tests.journals import Clock
from tests.playground.surroundings import EVERY_SCOPE, refusal

CARD: list[Json] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Lena* is interested"}},
    {
        "type": "actions",
        "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Yes"}}],
    },
]
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
DEEP = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
TEXT: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}
TABLE: Json = {"type": "table", "rows": [[{"type": "raw_text", "text": "x" * 5000}]]}
BOX: Json = {
    "type": "container",
    "title": {"type": "plain_text", "text": "x"},
    "child_blocks": [TABLE],
}
ENTITY: Json = {
    "entity_type": "slack#/entities/item",
    "url": "https://example.com/1",
    "external_ref": {"id": "1"},
    "entity_payload": {"attributes": {"title": {"text": "x"}}},
}
META = {"event_type": "triage_line", "event_payload": {"entry": "e1"}}


def marked(length: int) -> Json:
    return {"type": "markdown", "text": "x" * length}


def typed(kind: str, data: bytes) -> Json:
    return {"data": data, "headers": {"Content-Type": kind}}


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[Slack]:
    async with Slack(clock=clock, scopes=EVERY_SCOPE) as slack:
        yield slack


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(slack: Slack, session: aiohttp.ClientSession) -> Client:
    return client_of(slack, session, slack.bot_token)


def client_of(slack: Slack, session: aiohttp.ClientSession, token: str | None) -> Client:
    return Client(token, base_url=slack.api_url, session=session, retry_handlers=[])


async def refused_with(call: Any) -> Json:
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: Json = caught.value.response.data
    assert answer["ok"] is False
    return answer


async def test_the_bot_learns_who_it_is(client: Client) -> None:
    who = await client.auth_test()
    assert (who["user_id"], who["bot_id"], who["team_id"]) == (
        "U0TRIAGE",
        "B0PLAYGRND",
        "T0PLAYGRND",
    )
    assert "chat:write" in who.headers["X-OAuth-Scopes"]


@pytest.mark.parametrize(
    ("token", "error"), [(None, "not_authed"), ("xoxb-someone-else", "invalid_auth")]
)
async def test_a_wrong_token_is_refused(
    slack: Slack, session: aiohttp.ClientSession, token: str | None, error: str
) -> None:
    assert await refusal(client_of(slack, session, token).auth_test()) == error


async def test_an_app_token_is_of_its_app(slack: Slack, session: aiohttp.ClientSession) -> None:
    client = client_of(slack, session, slack.app_token)
    who = await client.auth_test()
    assert (who["app_id"], who["app_name"]) == ("A0PLAYGRND", "SendKit Triage")
    assert "bot_id" not in who
    assert (
        await refusal(client.chat_postMessage(channel="C0TRIAGE", text="x"))
        == "not_allowed_token_type"
    )


async def test_an_unknown_method_is_named(client: Client) -> None:
    refused = await refused_with(client.api_call("chat.postMesage"))
    assert (refused["error"], refused["req_method"]) == ("unknown_method", "chat.postMesage")


async def test_a_missing_argument_is_named(client: Client) -> None:
    refused = await refused_with(
        client.api_call("chat.update", json={"text": "x", "channel": "C1"})
    )
    assert refused["error"] == "invalid_arguments"
    assert refused["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]


async def test_without_the_scope_slack_says_which_one(session: aiohttp.ClientSession) -> None:
    async with Slack(scopes=SCOPES - {"groups:history"}) as slack:
        client = client_of(slack, session, slack.bot_token)
        assert (await client.conversations_history(channel="C0TRIAGE"))["messages"] == []
        refused = await refused_with(client.conversations_history(channel="C0DEALS"))
    assert (refused["error"], refused["needed"]) == ("missing_scope", "groups:history")
    assert "chat:write" in refused["provided"].split(",")


async def test_a_post_comes_back_as_slack_shows_it(slack: Slack, client: Client) -> None:
    answer = await client.chat_postMessage(
        channel="#triage", text="Lena", blocks=CARD, metadata=META
    )
    shown = answer["message"]
    assert answer["channel"] == "C0TRIAGE"
    assert shown["ts"] == answer["ts"] == slack.messages("#triage")[0].ts
    assert (shown["bot_id"], shown["bot_profile"]["name"]) == ("B0PLAYGRND", "SendKit Triage")
    assert shown["metadata"] == META
    assert all(block["block_id"] for block in shown["blocks"])
    assert shown["blocks"][1]["elements"][0]["action_id"]
    assert shown["blocks"][0]["text"]["verbatim"] is False


async def test_blocks_and_metadata_may_come_as_json_in_a_form(slack: Slack, client: Client) -> None:
    form = {"channel": "C0TRIAGE", "blocks": json.dumps(CARD), "metadata": json.dumps(META)}
    answer = await client.api_call("chat.postMessage", data=form)
    assert answer["message"]["metadata"] == META
    assert slack.labels(slack.messages("#triage")[0]) == ["Yes"]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0RANDOM", "text": "x"}, "not_in_channel"),
        ({"channel": "C0OLD", "text": "x"}, "is_archived"),
        ({"channel": "C0TRIAGE"}, "no_text"),
        ({"channel": "C0TRIAGE", "text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
        ({"channel": "C0TRIAGE", "blocks": "[{"}, "invalid_blocks_format"),
        ({"channel": "C0TRIAGE", "blocks": "[" * 101 + "]" * 101}, "invalid_blocks_format"),
        ({"channel": "C0TRIAGE", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"channel": "C0TRIAGE", "text": "x", "thread_ts": "1.5"}, "invalid_thread_ts"),
        ({"channel": "C0TRIAGE", "text": "x", "metadata": "{"}, "invalid_metadata_format"),
        ({"channel": "C0TRIAGE", "text": "x", "metadata": {"a": 1}}, "invalid_metadata_schema"),
        (
            {
                "channel": "C0TRIAGE",
                "text": "x",
                "metadata": {"event_type": "big", "event_payload": {"x": "x" * 16_000}},
            },
            "metadata_too_large",
        ),
        ({"channel": "C0TRIAGE", "text": "x", "metadata": {"entities": [{"url": "x"}]}},
         "invalid_metadata_schema"),
        ({"channel": "C0TRIAGE", "markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"channel": "C0TRIAGE", "blocks": [marked(6_000), marked(6_001)]}, "msg_blocks_too_long"),
        ({"channel": "C0TRIAGE", "blocks": [TEXT] * 5}, "msg_blocks_too_long"),
        (
            {
                "channel": "C0TRIAGE",
                "blocks": [marked(6_000)],
                "attachments": [{"blocks": [marked(6_001)]}],
            },
            "msg_blocks_too_long",
        ),
        ({"channel": "C0TRIAGE", "blocks": [TABLE, TABLE]}, "invalid_attachments"),
        ({"channel": "C0TRIAGE", "blocks": [TABLE, BOX]}, "invalid_attachments"),
        ({"channel": "C0TRIAGE", "blocks": [TABLE], "attachments": [{"blocks": [TABLE]}]},
         "invalid_attachments"),
    ],
)  # fmt: skip
async def test_a_post_can_be_refused(slack: Slack, client: Client, args: Json, error: str) -> None:
    assert await refusal(client.api_call("chat.postMessage", json=args)) == error
    assert slack.messages("#triage") == []


@pytest.mark.parametrize(
    "said",
    [
        {"markdown_text": "x" * 12_000},
        {"blocks": [marked(6_000), marked(6_000)]},
        {"blocks": [TEXT] * 4},
        {"blocks": [TABLE, TEXT, TEXT, TEXT, TEXT]},
        {"attachments": [{"blocks": [TABLE]}, {"blocks": [TEXT]}]},
        {"text": "x", "metadata": {"entities": [ENTITY]}},
        {"text": "x", "metadata": META | {"entities": [ENTITY]}},
    ],
)
async def test_a_post_within_the_limits_is_taken(client: Client, said: Json) -> None:
    post = await client.api_call("chat.postMessage", json={"channel": "C0TRIAGE", **said})
    update = {"channel": "C0TRIAGE", "ts": post["ts"], **said}
    assert (await client.api_call("chat.update", json=update))["ok"]


async def test_a_home_tab_that_is_off_is_not_published(slack: Slack, client: Client) -> None:
    home = {"type": "home", "blocks": CARD}
    assert (await client.views_publish(user_id="U0ADA", view=home))["ok"]
    slack.workspace.home_tab = False
    assert await refusal(client.views_publish(user_id="U0ADA", view=home)) == "not_enabled"


@pytest.mark.parametrize(
    ("verb", "method", "sent", "error"),
    [
        ("GET", "apps.connections.open", {}, "insecure_request"),
        ("POST", "apps.connections.open", {}, "missing_args"),
        ("POST", "apps.connections.open", {"headers": {"Authorization": "Bearer {app}"}}, ""),
        ("POST", "apps.connections.open", {"headers": {"Authorization": "Bearer {bot}"}},
         "not_allowed_token_type"),
        ("POST", "conversations.history", {"json": {"channel": "C0TRIAGE"}}, ""),
        ("POST", "team.info", {"json": {"team": "T0ELSE"}}, "team_not_found"),
        ("GET", "team.info", {"params": {"domain": "else"}}, "team_not_on_enterprise"),
        ("POST", "chat.postEphemeral",
         {"json": {"channel": "C0TRIAGE", "user": "U0ADA", "text": "x" * 40_001}}, "msg_too_long"),
        ("POST", "users.info", {"json": {"user": "U0ADA"}}, "invalid_arguments"),
        ("GET", "users.info", {"params": {"user": "U0ADA"}}, ""),
        ("POST", "users.info", {"data": {"user": "U0ADA"}}, ""),
        ("POST", "api.test", typed(JSON, b"{"), "invalid_json"),
        ("POST", "api.test", typed(JSON, DEEP), "invalid_json"),
        ("POST", "api.test", typed(JSON, b'{"x":NaN}'), "invalid_json"),
        ("POST", "api.test", typed(JSON, b"[]"), "json_not_object"),
        ("POST", "api.test", typed(FORM, b"text=%ff\xff"), "invalid_form_data"),
        ("POST", "api.test", typed("text/plain", b"x"), ""),
        ("POST", "api.test", typed("text/html", b"x"), "invalid_post_type"),
        ("POST", "api.test", {"data": b"x", "skip_auto_headers": ["Content-Type"]},
         "missing_post_type"),
        ("POST", "api.test", typed(f"{JSON}; charset=utf-16", b"{}"), "invalid_charset"),
        ("GET", "api.test", {"params": {"a-b": "x"}}, "invalid_arg_name"),
        ("POST", "api.test", {"data": {"users[]": "x"}}, "invalid_array_arg"),
        ("POST", "conversations.open", {"json": {"users": ",".join(f"U{n}" for n in range(9))}},
         "too_many_users"),
        ("POST", "conversations.open", {"json": {"users": "U0GONE"}}, "user_disabled"),
        ("POST", "conversations.open", {"json": {"users": "U0ADA,U0GONE"}}, "user_disabled"),
        ("POST", "conversations.open", {"json": {"users": "U0ADA,U0NOBODY"}}, "user_not_found"),
        ("POST", "conversations.open", {"json": {}}, "users_list_not_supplied"),
        ("POST", "conversations.open", {"json": {"users": "U0ADA", "prevent_creation": True}},
         "channel_not_found"),
        ("POST", "conversations.open", {"json": {"users": ["U0ADA", "U0ADA"]}}, ""),
        ("POST", "conversations.open", {"json": {"channel": "C0TRIAGE"}},
         "method_not_supported_for_channel_type"),
    ],
)  # fmt: skip
async def test_a_call_is_taken_or_refused_by_name(
    slack: Slack, session: aiohttp.ClientSession, verb: str, method: str, sent: Json, error: str
) -> None:
    gone = User("U0GONE", "gone", "Gone Girl", "Gone", deleted=True)
    slack.workspace.add_user(gone)
    headers = sent.get("headers", {})
    if not method.startswith("apps."):
        headers = {"Authorization": f"Bearer {slack.bot_token}"} | headers
    headers = {
        name: each.format(app=slack.app_token, bot=slack.bot_token)
        for name, each in headers.items()
    }
    request = sent | {"headers": headers}
    async with session.request(verb, slack.api_url + method, **request) as answer:
        told = await answer.json()
    assert (told["ok"], told.get("error", "")) == (not error, error)


async def test_a_public_channel_is_open_with_its_scope(session: aiohttp.ClientSession) -> None:
    async with Slack(scopes=SCOPES | {"chat:write.public"}) as slack:
        client = client_of(slack, session, slack.bot_token)
        assert (await client.chat_postMessage(channel="C0RANDOM", text="x"))["ok"]


async def test_a_private_channel_without_the_bot_is_hidden(slack: Slack, client: Client) -> None:
    deals = slack.workspace.channel("#deals")
    slack.workspace.add_channel(replace(deals, members=("U0ADA",)))
    assert (
        await refusal(client.chat_postMessage(channel="C0DEALS", text="x")) == "channel_not_found"
    )


async def test_invalid_blocks_say_what_and_where(client: Client) -> None:
    empty = [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]
    refused = await refused_with(
        client.chat_postMessage(channel="C0TRIAGE", text="x", blocks=empty)
    )
    why = "must be more than 0 characters [json-pointer:/blocks/0/text/text]"
    assert refused["error"] == "invalid_blocks"
    assert refused["errors"] == [why]
    assert refused["response_metadata"]["messages"] == [f"[ERROR] {why}"]


async def test_a_post_keeps_40000_characters(slack: Slack, client: Client) -> None:
    await client.chat_postMessage(channel="C0TRIAGE", text="x" * 5_000)
    await client.chat_postMessage(channel="C0TRIAGE", text="x" * 50_000)
    assert [len(m.text) for m in slack.messages("#triage")] == [5_000, 40_000]


async def test_posting_to_a_person_opens_the_direct_message(slack: Slack, client: Client) -> None:
    opened = await client.conversations_open(users="U0BEN")
    posted = await client.chat_postMessage(channel="U0BEN", text="psst")
    assert posted["channel"] == opened["channel"]["id"]
    assert (await client.conversations_open(users=["U0BEN"]))["already_open"] is True
    assert await refusal(client.conversations_open(users="U0NOBODY")) == ("user_not_found")


async def test_no_direct_message_without_the_messages_tab(slack: Slack, client: Client) -> None:
    room = (await client.conversations_open(users="U0BEN"))["channel"]["id"]
    slack.workspace.messages_tab = False
    for channel in ("U0BEN", room):
        refused = await refused_with(client.chat_postMessage(channel=channel, text="psst"))
        assert refused["error"] == "messages_tab_disabled"


async def test_time_stamps_rise_even_while_the_clock_stands(client: Client) -> None:
    posts = [await client.chat_postMessage(channel="C0TRIAGE", text="x") for _ in range(3)]
    stamps = [post["ts"] for post in posts]
    assert stamps == ["1764000000.000000", "1764000000.000001", "1764000000.000002"]


async def test_a_thread_shows_on_its_parent(slack: Slack, client: Client) -> None:
    parent = slack.say("#triage", "hello", user="ben")
    first = await client.chat_postMessage(channel="C0TRIAGE", text="1", thread_ts=parent.ts)
    slack.say("#triage", "2", user="ben", thread_ts=parent.ts)
    # A reply's own ts leads to the same thread.
    last = await client.chat_postMessage(channel="C0TRIAGE", text="3", thread_ts=first["ts"])
    assert last["message"]["thread_ts"] == parent.ts
    shown = (await client.conversations_history(channel="C0TRIAGE"))["messages"]
    assert len(shown) == 1
    assert (shown[0]["reply_count"], shown[0]["latest_reply"]) == (3, last["ts"])
    assert shown[0]["reply_users"] == ["U0TRIAGE", "U0BEN"]
    assert [m.text for m in slack.thread("#triage", parent.ts)] == ["1", "2", "3"]


async def test_a_broadcast_reply_stands_in_the_channel_too(slack: Slack, client: Client) -> None:
    parent = await client.chat_postMessage(channel="C0TRIAGE", text="card")
    reply = await client.chat_postMessage(
        channel="C0TRIAGE", text="all", thread_ts=parent["ts"], reply_broadcast=True
    )
    assert reply["message"]["subtype"] == "thread_broadcast"
    assert [m.text for m in slack.messages("#triage")] == ["card", "all"]


async def test_replies_come_in_pages_with_the_parent_on_each(slack: Slack, client: Client) -> None:
    parent = slack.say("#triage", "parent")
    for n in range(3):
        await client.chat_postMessage(
            channel="C0TRIAGE", text=str(n), thread_ts=parent.ts, metadata=META
        )
    pages = []
    async for page in await client.conversations_replies(
        channel="C0TRIAGE", ts=parent.ts, limit=2, include_all_metadata=True
    ):
        pages.append([message["text"] for message in page["messages"]])
        assert page["messages"][-1]["metadata"] == META
    assert pages == [["parent", "0", "1"], ["parent", "2"]]


async def test_metadata_is_shown_only_on_request(slack: Slack, client: Client) -> None:
    await client.chat_postMessage(channel="C0TRIAGE", text="x", metadata=META)
    plain = await client.conversations_history(channel="C0TRIAGE")
    full = await client.conversations_history(channel="C0TRIAGE", include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == META


async def test_history_comes_newest_first_within_its_ends(slack: Slack, client: Client) -> None:
    stamps = [slack.say("#triage", str(n)).ts for n in range(5)]

    async def texts(**args: Any) -> list[str]:
        page = await client.conversations_history(channel="C0TRIAGE", **args)
        return [message["text"] for message in page["messages"]]

    assert await texts(limit=2) == ["4", "3"]
    assert await texts(oldest=stamps[1], latest=stamps[3]) == ["2"]
    assert await texts(oldest=stamps[1], latest=stamps[3], inclusive=True) == ["3", "2", "1"]
    pages = [
        [message["text"] for message in page["messages"]]
        async for page in await client.conversations_history(channel="C0TRIAGE", limit=2)
    ]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("conversations.replies", {"channel": "C0TRIAGE", "ts": "1.0"}, "thread_not_found"),
        ("conversations.history", {"channel": "C0RANDOM"}, "not_in_channel"),
        ("conversations.history", {"channel": "C0TRIAGE", "cursor": "!"}, "invalid_cursor"),
        ("conversations.history", {"channel": "C0TRIAGE", "oldest": "x"}, "invalid_ts_oldest"),
        ("conversations.info", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("conversations.members", {"channel": "#triage"}, "channel_not_found"),
        ("conversations.list", {"types": "voice"}, "invalid_types"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("bots.info", {"bot": "B0NOBODY"}, "bot_not_found"),
        ("chat.getPermalink", {"channel": "C0TRIAGE", "message_ts": "1.0"}, "message_not_found"),
    ],
)
async def test_a_look_up_is_refused(client: Client, method: str, args: Json, error: str) -> None:
    assert await refusal(client.api_call(method, params=args, http_verb="GET")) == error


async def test_the_workspace_can_be_looked_around_in(client: Client) -> None:
    listed = await client.conversations_list(types="public_channel,private_channel")
    names = {room["name"]: room["is_member"] for room in listed["channels"]}
    assert names == {
        "triage": True,
        "general": True,
        "random": False,
        "deals": True,
        "old-campaigns": True,
    }
    assert (await client.conversations_info(channel="C0DEALS"))["channel"]["is_private"] is True
    assert (await client.users_info(user="U0ADA"))["user"]["profile"]["display_name"] == "Ada"
    assert (await client.conversations_members(channel="C0DEALS"))["members"] == [
        "U0ADA",
        "U0BEN",
        "U0TRIAGE",
    ]
    assert (await client.bots_info(bot="B0PLAYGRND"))["bot"]["name"] == "SendKit Triage"
    assert (await client.team_info())["team"]["domain"] == "playground"


async def test_text_without_blocks_replaces_the_blocks(slack: Slack, client: Client) -> None:
    post = await client.chat_postMessage(channel="C0TRIAGE", text="x", blocks=CARD, metadata=META)
    answer = await client.chat_update(channel="C0TRIAGE", ts=post["ts"], text="done")
    message = slack.message("#triage", post["ts"])
    assert (message.text, message.blocks, message.metadata) == ("done", [], META)
    assert (answer["text"], answer["message"]["edited"]["user"]) == ("done", "U0TRIAGE")
    await client.chat_update(channel="C0TRIAGE", ts=post["ts"], text="done", metadata={})
    assert not slack.message("#triage", post["ts"]).metadata


async def test_an_update_is_refused_by_name(slack: Slack, client: Client) -> None:
    theirs = slack.say("#triage", "mine")
    ours = await client.chat_postMessage(channel="C0TRIAGE", text="x")
    told = await client.chat_postEphemeral(channel="C0TRIAGE", user="U0ADA", text="psst")

    async def error(ts: str, text: str = "new", channel: str = "C0TRIAGE") -> str:
        args = {"channel": channel, "ts": ts, "text": text}
        refused = await refused_with(client.api_call("chat.update", json=args))
        return str(refused["error"])

    assert await error(theirs.ts) == "cant_update_message"
    assert await error(told["message_ts"]) == "cant_update_message"
    assert await error("1764000000.999999") == "message_not_found"
    assert await error(ours["ts"], "x" * 4_001) == "msg_too_long"
    assert await error(ours["ts"], channel="#triage") == "channel_not_found"
    assert await error(ours["ts"], "") == "no_text"
    assert slack.message("#triage", ours["ts"]).text == "x"


async def test_the_parent_of_a_thread_leaves_a_tombstone(slack: Slack, client: Client) -> None:
    parent = await client.chat_postMessage(channel="C0TRIAGE", text="card")
    reply = await client.chat_postMessage(channel="C0TRIAGE", text="r", thread_ts=parent["ts"])
    await client.chat_delete(channel="C0TRIAGE", ts=parent["ts"])
    assert [m.subtype for m in slack.messages("#triage")] == ["tombstone"]
    await client.chat_delete(channel="C0TRIAGE", ts=reply["ts"])
    assert slack.messages("#triage") == []
    theirs = slack.say("#triage", "mine")
    assert (
        await refusal(client.chat_delete(channel="C0TRIAGE", ts=theirs.ts)) == "cant_delete_message"
    )


async def test_a_reply_to_no_message_goes_to_the_channel(slack: Slack, client: Client) -> None:
    parent = await client.chat_postMessage(channel="C0TRIAGE", text="card")
    await client.chat_delete(channel="C0TRIAGE", ts=parent["ts"])
    said = await client.chat_postMessage(channel="C0TRIAGE", text="r", thread_ts=parent["ts"])
    assert "thread_ts" not in said["message"]
    assert [each.ts for each in slack.messages("#triage")] == [said["ts"]]
    for ask in (
        client.chat_update(channel="C0TRIAGE", ts=parent["ts"], text="new"),
        client.chat_getPermalink(channel="C0TRIAGE", message_ts=parent["ts"]),
    ):
        assert await refusal(ask) == "message_not_found"
    assert (
        await refusal(client.conversations_replies(channel="C0TRIAGE", ts=parent["ts"]))
        == "thread_not_found"
    )


async def test_an_answer_below_a_tombstone_stays_there(slack: Slack, client: Client) -> None:
    parent = await client.chat_postMessage(channel="C0TRIAGE", text="card")
    await client.chat_postMessage(channel="C0TRIAGE", text="r", thread_ts=parent["ts"])
    await client.chat_delete(channel="C0TRIAGE", ts=parent["ts"])
    said = await client.chat_postMessage(channel="C0TRIAGE", text="s", thread_ts=parent["ts"])
    assert said["message"]["thread_ts"] == parent["ts"]
    thread = await client.conversations_replies(channel="C0TRIAGE", ts=parent["ts"])
    assert [each.get("subtype") for each in thread["messages"]] == ["tombstone", None, None]
    assert (
        await refusal(client.chat_update(channel="C0TRIAGE", ts=parent["ts"], text="new"))
        == "message_not_found"
    )


async def test_an_ephemeral_message_is_for_one_member(slack: Slack, client: Client) -> None:
    await client.chat_postEphemeral(channel="C0DEALS", user="U0BEN", text="psst")
    assert [m.text for m in slack.ephemerals("#deals", "ben")] == ["psst"]
    assert slack.ephemerals("#deals", "ada") == slack.messages("#deals") == []
    refused = client.chat_postEphemeral(channel="C0DEALS", user="U0CHLOE", text="psst")
    assert await refusal(refused) == "user_not_in_channel"
