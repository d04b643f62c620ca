"""Reads messages in Slack's answers, and ignores everything unexpected. Pure.

https://docs.slack.dev/reference/objects/message-object
"""

from collections.abc import Mapping
from typing import Any

from bot import acts
from bot.slack.api import mapping, text
from bot.triage import MessageTs


def ts(answer: object) -> str:
    """The time stamp of the posted message; empty if it is missing."""
    return text(mapping(answer).get("ts"))


def is_astray(answer: object) -> bool:
    """Whether a reply went into the channel, where Slack puts it if its parent was deleted."""
    posted = mapping(answer).get("message")
    return isinstance(posted, Mapping) and not text(posted.get("thread_ts"))


def is_tombstone(answer: object) -> bool:
    """Whether a thread's first message was deleted, so that only its place is left."""
    first, *_ = [*_list(mapping(answer).get("messages")), None]
    return mapping(first).get("subtype") == "tombstone"


def lists_messages(answer: object) -> bool:
    """Whether the answer has a list of messages, each with its time stamp."""
    messages = mapping(answer).get("messages")
    return isinstance(messages, list) and all(map(ts, messages))


def marked(answer: object, mark: str) -> MessageTs | None:
    """The message in a list that has this mark."""
    for each in _list(mapping(answer).get("messages")):
        said = mapping(mapping(mapping(each).get("metadata")).get("event_payload"))
        if mark in [said.get(acts.MARK), *_list(said.get(acts.MARKS))] and (found := ts(each)):
            return MessageTs(found)
    return None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
