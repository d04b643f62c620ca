"""Databases of earlier versions of the bot, with work of every kind left in them, and today's bot.

`tests/data/schema5.*` were written by the last version with five migrations, which was stopped
while SendKit hung and Slack failed: one database of each kind, and Slack's messages and SendKit's
conversations at that time. `@name@` stands for what each playground calls differently, and time
stamps begin at SINCE.
"""

import asyncio
import json
import logging
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from bot.playground.sample_data import Campaign, Lead
from bot.playground.sendkit_responses import iso
from bot.playground.workspace import Message
from bot.store.opening import SQLITE, read_only
from tests.conftest import House
from tests.kill_scenario import cards

DATA: Final = Path(__file__).parent.parent / "data"
SINCE: Final = 1764000000

# FROZEN: what the first version's files are made of.
SCHEMA = """
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, lane TEXT NOT NULL,
    payload TEXT NOT NULL, twin TEXT, written_at DOUBLE PRECISION NOT NULL,
    due_at DOUBLE PRECISION NOT NULL, attempts INTEGER NOT NULL, begun INTEGER NOT NULL,
    state TEXT NOT NULL, steps TEXT NOT NULL
);
CREATE INDEX entries_lane ON entries (lane, seq);
CREATE INDEX entries_open ON entries (seq) WHERE state = 'open';
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, email TEXT NOT NULL, replied_at TEXT NOT NULL,
    seen_at DOUBLE PRECISION NOT NULL, snapshot TEXT NOT NULL
);
CREATE INDEX conversations_email ON conversations (email);
CREATE TABLE cards (
    channel TEXT NOT NULL, conversation TEXT NOT NULL, ts TEXT NOT NULL,
    posted_at DOUBLE PRECISION NOT NULL, PRIMARY KEY (channel, conversation)
);
CREATE INDEX cards_conversation ON cards (conversation);
CREATE INDEX cards_message ON cards (channel, ts);
CREATE TABLE decisions (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, conversation TEXT NOT NULL,
    person TEXT NOT NULL, name TEXT NOT NULL, change TEXT NOT NULL, at DOUBLE PRECISION NOT NULL,
    old_ai_tag TEXT, new_ai_tag TEXT, tags TEXT NOT NULL
);
CREATE INDEX decisions_conversation ON decisions (conversation, seq);
PRAGMA user_version = 1;
"""
ENTRY = "INSERT INTO entries VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, 0, 'open', ?)"


class FirstVersion:
    """The file as the first version left it when it was stopped."""

    def __init__(self, house: House) -> None:
        self._file = sqlite3.connect(house.settings.database_url.removeprefix("sqlite:///"))
        self._file.executescript(SCHEMA)
        self._channel = house.slack.workspace.channel("#triage").id
        self._at = house.slack.workspace.clock() - 3600

    def close(self) -> None:
        self._file.commit()
        self._file.close()

    def origin(self, card: Message | None = None) -> dict[str, Any]:
        return {
            "channel": self._channel,
            "person": {"id": "U0ADA", "handle": "ada"},
            "message": card.ts if card else None,
            "thread": None,
            "private": False,
            "response_url": None,
        }

    def left(
        self, identity: str, kind: str, lane: str, payload: Any, *, attempts: int = 0, **steps: Any
    ) -> None:
        """Work that was written down and not carried out, but for these steps."""
        row = (identity, kind, lane, json.dumps(payload), None, self._at, self._at, attempts)
        self._file.execute(ENTRY, (*row, json.dumps(steps)))

    def decided(
        self, identity: str, conversation: str, change: Any, card: Message, **more: Any
    ) -> None:
        payload = {"conversation": conversation, "change": change, "at": self._at}
        payload["origin"] = self.origin(card)
        self.left(identity, "carry_out", f"conversation:{conversation}", payload, **more)

    def card(self, conversation: str, card: Message) -> None:
        row = (card.channel, conversation, card.ts, self._at)
        self._file.execute("INSERT INTO cards VALUES (?, ?, ?, ?)", row)


@pytest.mark.parametrize(
    "combination", [("socket", "sqlite"), ("http", "sqlite")], indirect=True, ids="-".join
)
async def test_open_entries_of_the_first_version_are_carried_out(house: House) -> None:
    jane, luis, new, shown, read = (house.reply(number).id for number in range(5))
    first, second = (
        house.post({"type": "button", "text": {"type": "plain_text", "text": "x"}, "value": "x"})
        for _ in range(2)
    )
    with closing(FirstVersion(house)) as older:
        older.card(jane, first)
        older.card(luis, second)
        older.decided("click:1", jane, {"aiTag": "interested"}, first)
        older.decided("click:2", jane, {"addTags": ["vip"], "removeTags": []}, first)
        older.decided("click:3", jane, {"aiTag": None}, first, attempts=1)
        done = {
            "decision": "click:4",
            "conversation": luis,
            "person": "Ada Lovelace",
            "change": {"markRead": True},
            "at": 1764000000.25,
            "old_ai_tag": None,
            "new_ai_tag": None,
            "tags": [],
        }
        older.decided("click:4", luis, {"markRead": True}, second, attempts=2, patch=done)
        older.left(f"reply:{new}:x", "announce", f"conversation:{new}", {"conversation": new})
        show = {"conversation": shown, "origin": older.origin()}
        older.left("click:5", "show", f"conversation:{shown}", show)
        command = {"text": f"read {read}", "origin": older.origin()}
        older.left("command:6", "command", "person:U0ADA", command)
        tell = {"sentence": "I do not know this button.", "origin": older.origin()}
        older.left("click:7", "tell", "tell:U0ADA", tell)

    async with house.bot(sendkit_poll_seconds=0):
        assert await house.lines(first, 3) == [
            "Ada set Interested",
            "Ada added the tag vip · Interested · tag vip",
            "Ada cleared the aiTag (was Interested) · tag vip",
        ]
        assert await house.lines(second) == ["Ada Lovelace marked this as read"]
        await house.slack.until(lambda: {new, shown, read} <= set(cards(house)))
        await house.sendkit.until(lambda: len(house.sendkit.patches) == 4)
        await house.slack.until(lambda: house.told())
    bodies = [(patch.conversation_id, patch.body) for patch in house.sendkit.patches]
    assert [body for conversation, body in bodies if conversation == jane] == [
        {"aiTag": "interested"},
        {"tags": ["vip"]},
        {"aiTag": None},
    ]
    assert [body for conversation, body in bodies if conversation == read] == [{"markRead": True}]
    (told,) = house.told()
    assert told.startswith("I do not know this button.")


class FifthSchema:
    """The database that the version with five migrations left, in this house; `known` is what the
    names in it stand for, `posted` are Slack's messages."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._workspace = house.slack.workspace
        self._since = int(self._workspace.clock()) - 3600
        written = (DATA / "schema5.slack.json").read_text()
        left = json.loads(written)
        self.known = {"list": f"{self._since + 3540:012d}-0123456789ab"}
        self._reply(left["leads"])
        for each in left["messages"]:
            ts = self._workspace.next_ts()
            self.known |= {f"ts {each['name']}": ts, f"p {each['name']}": ts.replace(".", "")}
        self.posted = {
            each.pop("name"): self._workspace.post(
                Message(ts=ts, user=self._workspace.bot.id, **each)
            )
            for each in json.loads(self._filled(written))["messages"]
            for ts in [self.known[f"ts {each['name']}"]]
        }
        self._restore(house.settings.database_url)

    def _reply(self, leads: Any) -> None:
        inbox = self._house.sendkit.inbox
        now, seconds = inbox.clock, count()
        then = now() - timedelta(hours=1)
        inbox.clock = lambda: then + timedelta(seconds=next(seconds))
        self.names = [each["name"] for each in leads]
        for each in leads:
            name, campaign = each["name"], Campaign(each["campaign"])
            lead = Lead(f"{name}@example.com", name.title(), "Lead")
            for text in each["texts"]:
                there = self._house.sendkit.reply(lead, text, campaign=campaign)
                if f"at {name}" in self.known:
                    self.known[f"before {name}"] = self.known[f"at {name}"]
                self.known |= {name: there.id, f"at {name}": iso(there.messages[-1].at)}
            inbox.set_tag(self.known[name], each["ai_tag"])
            inbox.set_custom_tags(self.known[name], each["tags"])
            inbox.mark(self.known[name], read=each["read"])
        inbox.clock = now

    def _restore(self, url: str) -> None:
        kind = "sqlite" if url.startswith(SQLITE) else "postgres"
        dump = self._filled((DATA / f"schema5.{kind}.sql").read_text())
        if kind == "sqlite":
            with closing(sqlite3.connect(url.removeprefix(SQLITE))) as file:
                file.executescript(dump)
        else:
            with psycopg.connect(url) as server:
                server.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
                server.execute(dump.encode())

    def _filled(self, text: str) -> str:
        pressed = (
            r'"message": (?:"@(ts \w+)@"|null), "thread": null, "private": \w+, "response_url": '
        )
        text = re.sub(f'({pressed})"@url \\d@"', self._with_response_url, text)
        text = re.sub(
            r"@((?:ts |p |at |before )?\w[\w ]*)@", lambda found: self.known[found[1]], text
        )
        shift = self._since - SINCE
        return re.sub(r"\b1764\d{6}\b", lambda found: str(int(found[0]) + shift), text)

    def _with_response_url(self, found: re.Match[str]) -> str:
        pressed = self.known[found[2]] if found[2] else ""
        token = self._workspace.new_response_url("C0TRIAGE", "U0ADA", pressed)
        return f'{found[1]}"{self._house.slack.base_url}/response/{token}"'

    def patches(self) -> dict[str, list[Any]]:
        """The changes that SendKit was asked for, by the conversation's name."""
        names = {identity: name for name, identity in self.known.items()}
        found: dict[str, list[Any]] = {}
        for patch in self._house.sendkit.patches:
            found.setdefault(names[patch.conversation_id], []).append(patch.body)
        return found

    def lines(self) -> list[str]:
        """The beginning of each line in the triage channel's threads, without the lead's name:
        cards may come in one message."""
        return sorted(
            re.split(r"\. |\n", line.partition(" Lead · ")[2] or line)[0]
            for message in self._house.slack.messages("#triage")
            for line in self._house.thread(message)
        )

    def cards(self) -> dict[str, list[str]]:
        """The channels of each lead's cards."""
        return {
            name: [
                channel
                for channel in ("#triage", "#deals", "#general")
                for message in self._house.slack.messages(channel)
                if re.search(rf"\b{name}@", message.text)
            ]
            for name in self.names
        }


async def until_done(house: House) -> None:
    """Until nothing is open; nothing has failed."""
    async with read_only(house.settings.database_url) as database:
        while rows := await database.read("SELECT id, state FROM entries WHERE state <> 'done'"):
            assert [row["id"] for row in rows if row["state"] != "open"] == []
            await asyncio.sleep(0.1)


async def test_what_the_version_with_five_migrations_left_is_carried_out_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    left = FifthSchema(house)
    async with house.bot(sendkit_poll_seconds=0):
        await until_done(house)
        assert left.patches() == {
            "pressed": [{"aiTag": "interested"}, {"markRead": True}],
            "menu": [{"aiTag": "interested"}, {"aiTag": "not_now"}],
            "typed": [{"tags": ["vip"]}],
            "first8": [{"markRead": True}],
            "first9": [{"markRead": True}],
            "unbegun": [{"tags": ["vip"]}, {"isRead": False}],
            "byid": [{"aiTag": "interested"}],
            "byemail": [{"aiTag": "not_now"}],
            "cleared": [{"aiTag": None}],
            "unread": [{"isRead": False}],
            "retagged": [{"tags": ["vip"]}],
        }
        assert left.lines() == [
            "Ada added the tag vip · tag vip",
            "Ada added the tag vip · tag vip",
            "Ada added the tag vip · tag vip",
            "Ada cleared the aiTag",
            "Ada cleared the aiTag (was Interested)",
            "Ada marked this as read",
            "Ada marked this as read",
            "Ada marked this as read",
            "Ada marked this as read · Interested",
            "Ada marked this as unread",
            "Ada marked this as unread · tag vip",
            "Ada set Interested",
            "Ada set Interested",
            "Ada set Interested",
            "Ada set Interested",
            "Ada set Interested · tag vip",
            "Ada set Not now",
            "Ada set Not now (was Interested)",
            "Ada’s decision (Interested) was not carried out",
            "The whole email from First10 Lead:",
        ]
        elsewhere = {"first1": [], "split": ["#deals"], "shown": ["#general"]}
        assert left.cards() == {name: elsewhere.get(name, ["#triage"]) for name in left.names}
        assert sorted(
            re.sub(r"^\d+ (unread|problem.*)|[.:(].*", "", told, flags=re.DOTALL)
            for told in house.told()
        ) == [
            "",  # what the doctor found
            ", 13 to 24 shown",
            ", newest 12 shown",
            ", newest 12 shown",
            "<#C0DEALS>",
            "A hint",
            "A sentence",
            "A sentence about another entry",
            "First5 Lead is already marked as read",
            "No channel is subscribed to this reply, so it came to the triage channel",
            "Retagged Lead did not have the tag cold",
            "That’s all",
            "The whole email from First10 Lead is in the card’s thread",
            "Unbegun Lead did not have the tag cold",
            "Unchanged Lead is already Interested",
            "Which conversation? Most recent",
            "You may not decide here",
        ]
        (closed,) = house.slack.messages("D0ADA")
        assert closed.text.startswith("<#C0RANDOM>: I can no longer post in this channel")

        split, newer = left.posted["split"], left.posted["folded newer"]
        await house.slack.click(split, "Interested")
        await house.slack.click(newer, "Whole email")  # an option only once there is an Undo
        await house.slack.choose(newer, "Not now")
        assert await house.lines(split) == ["Ada set Interested"]
        assert sorted(await house.lines(newer, 2)) == [
            "Ada set Not now (was Interested)",
            "The whole email from Folded Lead:\n\nA second hello from folded.",
        ]
        errors = [each.message for each in caplog.records if each.levelno >= logging.ERROR]
        assert errors == []
