"""Making SendKit tell the bot of replies: through the client, against a small SendKit."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.connect import EVENTS, NAME, address, connect
from bot.errors import KeyRefused, Refused, SendKitDown, SettingsWrong
from bot.intake.webhook import CHANGED, PATH, POSITIVE, REPLIES, SENT, Webhook
from bot.journal.sqlite import SqliteJournal
from bot.playground.sendkit import Fault
from bot.playground.sendkit import SendKit as Server
from bot.sendkit.client import SendKit
from bot.store.channels import Channels
from bot.store.sqlite import SqliteDatabase
from tests.canned_server import serving
from tests.clients import sendkit_of

HOST = "https://triage.example.com"
URL = f"{HOST}/sendkit/webhook"
SECRET = "hush-5f0c9e1d"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as server:
        # Nobody is at the address, and nobody is to be waited for.
        server.faults.add(Fault(text='{"success": true}'), "POST", "*/test", times=None)
        yield server


@pytest.fixture
async def client(server: Server) -> AsyncIterator[SendKit]:
    async with sendkit_of(server) as client:
        yield client


def asked(server: Server) -> list[tuple[str, str]]:
    return [(each.method, each.path) for each in server.requests]


async def test_a_webhook_is_registered_and_tested(server: Server, client: SendKit) -> None:
    told = await connect(client, HOST, SECRET)
    assert told == (
        f"The webhook {URL} is registered, and SendKit sent its test. The bot’s log shows it."
    )
    (hook,) = server.hooks.values()
    assert (hook["name"], hook["url"], hook["secret"]) == (NAME, URL, SECRET)
    assert hook["events"] == [
        "email.replied",
        "email.positive_reply",
        "lead.tag_changed",
        "email.sent",
    ]
    assert asked(server) == [
        ("GET", "/v1/webhooks"),
        ("POST", "/v1/webhooks"),
        ("POST", f"/v1/webhooks/{hook['id']}/test"),
    ]


async def test_connecting_again_finds_its_own_webhook(server: Server, client: SendKit) -> None:
    await client.save_webhook(
        None, {"name": "Other", "url": "https://other.example.com/x", "events": ["email.sent"]}
    )
    await connect(client, HOST, "old secret")
    (theirs, ours) = server.hooks
    server.hooks[ours] |= {"name": "Renamed", "events": ["email.sent"]}
    others = dict(server.hooks[theirs])
    told = await connect(client, f"{HOST}/", SECRET)
    assert told.startswith(f"The webhook {URL} is found and brought up to date, and SendKit sent")
    assert [*server.hooks] == [theirs, ours]
    assert server.hooks[theirs] == others
    found = server.hooks[ours]
    assert (found["name"], found["url"], found["secret"]) == (NAME, URL, SECRET)
    assert found["events"] == list(EVENTS)
    assert asked(server)[-2:] == [
        ("PATCH", f"/v1/webhooks/{ours}"),
        ("POST", f"/v1/webhooks/{ours}/test"),
    ]


async def test_a_webhook_is_found_by_an_underscored_id(server: Server, client: SendKit) -> None:
    listed = f'{{"data": [{{"_id": "w9", "url": "{URL}"}}]}}'
    server.faults.add(Fault(text=listed), "GET", "*/webhooks")
    server.faults.add(Fault(text='{"data": {"_id": "w9"}}'), "PATCH", "*/webhooks/w9")
    assert "is found and brought up to date" in await connect(client, HOST, SECRET)
    assert asked(server)[1:] == [("PATCH", "/v1/webhooks/w9"), ("POST", "/v1/webhooks/w9/test")]


async def test_a_webhook_without_an_id_is_registered_anew(server: Server, client: SendKit) -> None:
    server.faults.add(Fault(text=f'{{"data": [{{"url": "{URL}"}}]}}'), "GET", "*/webhooks")
    assert " is registered, and " in await connect(client, HOST, SECRET)
    assert len(server.hooks) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(status=422, message="No answer"), "“No answer”. Change it and try again"),
        (Fault(status=502), "SendKit is not responding"),
    ],
    ids=["refused", "down"],
)
async def test_a_test_that_fails_is_told_and_the_webhook_stays(
    client: SendKit, server: Server, fault: Fault, reason: str
) -> None:
    server.faults.clear()
    server.faults.add(fault, "POST", "*/test")
    with pytest.raises(Refused) as caught:
        await connect(client, HOST, SECRET)
    told = str(caught.value)
    assert told.startswith(f"The webhook {URL} is registered, but its test failed: ")
    assert f"{reason}. See that the bot runs there" in told
    assert [hook["url"] for hook in server.hooks.values()] == [URL]


@pytest.mark.parametrize("where", ["GET", "POST"])
async def test_trouble_before_the_test_is_told(server: Server, client: SendKit, where: str) -> None:
    server.faults.add(Fault(status=503), where, "*/webhooks")
    with pytest.raises(SendKitDown):
        await connect(client, HOST, SECRET)
    server.faults.add(Fault(status=401), where, "*/webhooks")
    with pytest.raises(KeyRefused):
        await connect(client, HOST, SECRET)
    assert server.hooks == {}


async def test_without_a_secret_nothing_is_registered(server: Server, client: SendKit) -> None:
    with pytest.raises(SettingsWrong, match="SENDKIT_WEBHOOK_SECRET is missing: choose a long"):
        await connect(client, HOST, None)
    assert server.requests == []


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("https://triage.example.com", URL),
        ("https://triage.example.com/", URL),
        ("https://triage.example.com/bots//", "https://triage.example.com/bots/sendkit/webhook"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000/sendkit/webhook"),
        ("HTTPS://triage.example.com", URL),
        ("https://triage.example.com/?a=b#c", URL),
    ],
)
def test_an_address_is_the_host_s_and_the_path(host: str, url: str) -> None:
    assert address(host) == url


@pytest.mark.parametrize(
    "host",
    [
        "", "triage.example.com", "ftp://triage.example.com", "https://", "https://:443", "//x",
        "http://[half", "https:triage.example.com",
    ],
)  # fmt: skip
async def test_a_host_that_is_none_is_told(host: str, server: Server, client: SendKit) -> None:
    with pytest.raises(SettingsWrong, match="The host is wrong: it is the bot’s public address"):
        await connect(client, host, SECRET)
    assert server.requests == []


def test_the_registered_address_is_the_one_that_listens() -> None:
    assert address(HOST).endswith(PATH)
    assert set(EVENTS) <= {*REPLIES, CHANGED, SENT}
    assert {POSITIVE, CHANGED, SENT} <= set(EVENTS)


async def test_the_test_of_a_connection_arrives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with SqliteDatabase(tmp_path / "triage.db") as database, Server() as server:
        webhook = Webhook(SqliteJournal(database), Channels(database), SECRET)
        async with serving(webhook.deliver) as address, sendkit_of(server) as client:
            await connect(client, address, SECRET)
        assert [each.status for each in server.deliveries] == [200]
    assert "SendKit’s test of the webhook arrived" in caplog.messages


async def test_a_test_that_did_not_arrive_is_no_success(server: Server, client: SendKit) -> None:
    server.faults.clear()
    undelivered = '{"success": true, "data": {"delivered": false}}'
    server.faults.add(Fault(text=undelivered), "POST", "*/test", times=None)
    with pytest.raises(Refused, match="the test was not delivered"):
        await connect(client, HOST, SECRET)
