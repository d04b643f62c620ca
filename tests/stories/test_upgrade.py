"""A database of the bot's first version, with work of every kind left in it, and today's bot."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.playground.workspace import Message
from tests.conftest import House
from tests.kill_scenario import cards

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
