"""What Slack's answers say about messages, and nothing where they say something else. Pure.

https://docs.slack.dev/reference/objects/message-object
"""

from collections.abc import Mapping
from typing import Any

from bot import acts
from bot.slack.api import mapping, text
from bot.triage import MessageTs


def ts(answer: object) -> str:
    """Of the message that was posted; empty where it is not said."""
    return text(mapping(answer).get("ts"))


def is_astray(answer: object) -> bool:
    """Whether a reply went into the channel: Slack puts it there where the message that it answers
    was deleted."""
    posted = mapping(answer).get("message")
    return isinstance(posted, Mapping) and not text(posted.get("thread_ts"))


def is_tombstone(answer: object) -> bool:
    """Whether a thread's first message was deleted, and only its place is left."""
    first, *_ = [*_list(mapping(answer).get("messages")), None]
    return mapping(first).get("subtype") == "tombstone"


def lists_messages(answer: object) -> bool:
    """Whether it says which messages there are: it has a list of them, each with its time."""
    messages = mapping(answer).get("messages")
    return isinstance(messages, list) and all(map(ts, messages))


def marked(answer: object, mark: str) -> MessageTs | None:
    """The message of a list that carries this mark."""
    for each in _list(mapping(answer).get("messages")):
        said = mapping(mapping(mapping(each).get("metadata")).get("event_payload"))
        if mark in [said.get(acts.MARK), *_list(said.get(acts.MARKS))] and (found := ts(each)):
            return MessageTs(found)
    return None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
