"""The programs beside which the bot is measured, each a process: python -m tests.bench.peers NAME …

`bare` is what no bot that keeps its word can do without: aiohttp, the signature, decoding, the
durable write. `bolt` is Bolt as its documentation starts it, acknowledging and no more. `stock` is
what a team would write instead of this bot: Bolt, slack_sdk and httpx, and nothing is kept.
`requests` makes the requests of a decision and nothing else.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import aiohttp
import httpx
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.http import PATH
from bot.store import Statement
from bot.store.sqlite import SqliteDatabase
from tests.bench.clicks import SECRET, conversation_id

_WRITE: Final = """
    INSERT INTO entries
        (id, kind, lane, payload, twin, written_at, due_at, attempts, begun, state, steps)
    VALUES (:id, 'carry_out', :lane, :payload, :twin, :now, :now, 0, 1, 'open', '{}')
    ON CONFLICT (id) DO NOTHING
"""


async def write(database: SqliteDatabase, payload: dict[str, Any]) -> None:
    """As many bytes as the bot's entry has."""
    action = payload["actions"][0]
    kept = {
        "conversation": action["value"],
        "change": action["action_id"],
        "origin": {name: payload[name] for name in ("container", "user", "response_url")},
        "at": action["action_ts"],
    }
    values = {
        "id": payload["trigger_id"],
        "lane": action["block_id"],
        "payload": json.dumps(kept),
        "twin": action["value"],
        "now": time.time(),
    }
    await database.write(Statement(_WRITE, values))


async def bare(port: int, path: Path) -> None:
    """Over HTTP."""
    async with SqliteDatabase(path) as database:

        async def click(request: web.Request) -> web.Response:
            raw = await request.read()
            stamp = request.headers["X-Slack-Request-Timestamp"]
            digest = hmac.new(SECRET.encode(), b"v0:%b:%b" % (stamp.encode(), raw), hashlib.sha256)
            sent = request.headers["X-Slack-Signature"]
            if abs(time.time() - int(stamp)) > 300 or not hmac.compare_digest(
                f"v0={digest.hexdigest()}", sent
            ):
                return web.Response(status=401)
            await write(database, json.loads(dict(parse_qsl(raw.decode()))["payload"]))
            return web.Response()

        routes = web.Application()
        routes.router.add_post(PATH, click)
        runner = web.AppRunner(routes, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


async def bare_socket(api: str, path: Path) -> None:
    """Over Socket Mode."""
    async with SqliteDatabase(path) as database, aiohttp.ClientSession() as session:
        headers = {"Authorization": "Bearer xapp-bare"}
        async with session.post(f"{api}apps.connections.open", headers=headers) as answer:
            address = (await answer.json())["url"]
        async with session.ws_connect(address) as socket:
            async for frame in socket:
                envelope = json.loads(frame.data)
                if "envelope_id" in envelope:
                    await write(database, envelope["payload"])
                    await socket.send_str(json.dumps({"envelope_id": envelope["envelope_id"]}))


def bolt(api: str) -> AsyncApp:
    client = AsyncWebClient(token="xoxb-bench", base_url=api)
    app = AsyncApp(client=client, signing_secret=SECRET)

    @app.action(re.compile(""))
    async def click(ack: Any) -> None:
        await ack()

    return app


def stock(api: str, services: str) -> AsyncApp:
    """Acknowledges, then makes the requests of a decision."""
    client = AsyncWebClient(token="xoxb-bench", base_url=api)
    app = AsyncApp(client=client, signing_secret=SECRET)
    sendkit = httpx.AsyncClient(
        base_url=services, headers={"Authorization": "Bearer sk_live_bench"}
    )

    @app.action(re.compile(""))
    async def click(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        message = body["message"]
        address = f"/v1/inbox/{body['actions'][0]['value'].split(':')[1]}"
        before = (await sendkit.get(address)).raise_for_status().json()["data"]
        (await sendkit.patch(address, json={"aiTag": "interested"})).raise_for_status()
        text = f"{body['user']['name']}: {before['aiTag']} → interested"
        await respond(replace_original=True, text=message["text"], blocks=message["blocks"])
        await client.chat_postMessage(
            channel=body["channel"]["id"], thread_ts=message["ts"], text=text
        )

    return app


async def bolt_socket(api: str) -> None:
    await AsyncSocketModeHandler(bolt(api), "xapp-bolt").start_async()  # type: ignore[no-untyped-call]


async def requests(
    services: str, count: int, in_flight: int, kinds: Sequence[str]
) -> tuple[float, float]:
    """The time that these decisions' requests take, and the processor time, in seconds."""
    places = asyncio.Semaphore(in_flight)
    message = {"channel": "C0TRIAGE", "thread_ts": "1764000000.000100", "text": "Ada: interested"}
    headers = {"Authorization": "Bearer xoxb-bench"}
    async with aiohttp.ClientSession() as session:

        async def one(number: int) -> None:
            address = f"{services}/v1/inbox/{conversation_id(number)}"
            calls = {
                "read": ("GET", address, None),
                "patch": ("PATCH", address, {"aiTag": "interested"}),
                "line": ("POST", f"{services}/api/chat.postMessage", message),
                "card": ("POST", f"{services}/respond", {"replace_original": True, **message}),
            }
            for kind in kinds:
                method, url, body = calls[kind]
                async with (
                    places,
                    session.request(method, url, json=body, headers=headers) as answer,
                ):
                    json.loads(await answer.read())

        await one(0)
        began, used = time.monotonic(), time.process_time()
        await asyncio.gather(*(one(number) for number in range(count)))
        return time.monotonic() - began, time.process_time() - used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = ["bare", "bolt", "bare-socket", "bolt-socket", "stock", "requests"]
    parser.add_argument("name", choices=names)
    parser.add_argument("--port", type=int)
    parser.add_argument("--services", default="")
    parser.add_argument("--database", type=Path)
    parser.add_argument("--count", type=int)
    parser.add_argument("--in-flight", type=int)
    parser.add_argument("--kinds", nargs="*")
    wanted = parser.parse_args(sys.argv[1:])
    api = f"{wanted.services}/api/"
    match wanted.name:
        case "bare":
            asyncio.run(bare(wanted.port, wanted.database))
        case "bare-socket":
            asyncio.run(bare_socket(api, wanted.database))
        case "bolt":
            bolt(api).start(port=wanted.port, host="127.0.0.1")
        case "bolt-socket":
            asyncio.run(bolt_socket(api))
        case "stock":
            stock(api, wanted.services).start(port=wanted.port, host="127.0.0.1")
        case _:
            taken = asyncio.run(
                requests(wanted.services, wanted.count, wanted.in_flight, wanted.kinds)
            )
            sys.stdout.write(json.dumps(taken))


if __name__ == "__main__":
    main()
