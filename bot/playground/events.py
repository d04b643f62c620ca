"""Sends the events that an app subscribes to: messages, reactions, and visits to the Home tab.

Events about the bot's own posts are left out, although Slack sends them.
https://docs.slack.dev/apis/events-api
"""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, Literal

from bot.playground.slack_objects import some_id
from bot.playground.workspace import Channel, Json, Message, Reaction, Workspace

Tab = Literal["home", "messages"]
Deliver = Callable[[Json], Awaitable[object]]

# The scope without which Slack does not send an event. https://docs.slack.dev/reference/events
NEEDED: Final = {
    "app_home_opened": "",
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
}
SUBSCRIPTIONS: Final = frozenset(NEEDED)
TOKEN: Final = re.compile(r"<(@|#|!)?([^>|]+)(?:\|([^>]*))?>")


class Events:
    """Sends subscribed events, each in a task of its own.

    `subscribed` holds names from the app's settings, such as `message.channels`; ValueError for an
    unknown one.
    """

    def __init__(self, space: Workspace, subscribed: frozenset[str], deliver: Deliver) -> None:
        if unknown := subscribed - SUBSCRIPTIONS:
            raise ValueError(f"unknown events: {', '.join(sorted(unknown))}")
        self._space = space
        self._subscribed = subscribed
        self._deliver = deliver
        self._tasks: set[asyncio.Task[object]] = set()

    def said(self, message: Message) -> None:
        """A person wrote: sends a `message`, and an `app_mention` if the app is mentioned."""
        room = self._space.channels[message.channel]
        if self._space.bot.id not in room.members:
            return
        self._tell(f"message.{_plural(room)}", message_event(self._space, message))
        if f"<@{self._space.bot.id}" in message.text and not room.with_user:
            self._tell("app_mention", mention_event(self._space, message))

    def reacted(self, kind: str, message: Message, name: str, user: str) -> None:
        """A person added or removed a reaction."""
        if self._space.bot.id in self._space.channels[message.channel].members:
            self._tell(kind, reaction_event(self._space, kind, message, Reaction(name, (user,))))

    def opened(self, user: str, tab: Tab) -> None:
        """A person opened the app's Home or Messages tab."""
        self._tell("app_home_opened", home_event(self._space, user, tab))

    def _tell(self, name: str, event: Json) -> None:
        if name in self._subscribed and NEEDED[name] in {"", *self._space.scopes}:
            task = asyncio.ensure_future(self._deliver(event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Cancels the deliveries that are left."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _plural(room: Channel) -> str:
    return "im" if room.with_user else "groups" if room.private else "channels"


def _kind(room: Channel) -> str:
    return "im" if room.with_user else "group" if room.private else "channel"


def message_event(space: Workspace, message: Message) -> Json:
    """A `message` event for what a person wrote.

    https://docs.slack.dev/reference/events/message
    """
    room = space.channels[message.channel]
    return _written(space, message, "message") | {"channel_type": _kind(room)}


def mention_event(space: Workspace, message: Message) -> Json:
    """An `app_mention` event, which has no `channel_type`.

    https://docs.slack.dev/reference/events/app_mention
    """
    return _written(space, message, "app_mention")


def _written(space: Workspace, message: Message, kind: str) -> Json:
    event: Json = {
        "type": kind,
        "user": message.user,
        "ts": message.ts,
        "client_msg_id": str(uuid.uuid5(uuid.NAMESPACE_OID, message.ts)),
        "text": message.text,
        "team": space.team_of(message.user),
        "blocks": [rich_text(message.text)],
        "channel": message.channel,
        "event_ts": message.ts,
    }
    if message.is_reply:
        event["thread_ts"] = message.thread_ts
        parent = space.message(message.channel, message.thread_ts)
        if parent is not None:
            event["parent_user_id"] = parent.user
    return event


def reaction_event(space: Workspace, kind: str, message: Message, reaction: Reaction) -> Json:
    """A `reaction_added` or `reaction_removed` event.

    https://docs.slack.dev/reference/events/reaction_added
    """
    return {
        "type": kind,
        "user": reaction.users[0],
        "reaction": reaction.name,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "item_user": message.user,
        "event_ts": space.next_ts(),
    }


def home_event(space: Workspace, user: str, tab: Tab) -> Json:
    """An `app_home_opened` event. `view` is the published Home tab, if there is one.

    https://docs.slack.dev/reference/events/app_home_opened
    """
    channel = space.direct(user)
    ts = space.next_ts()
    event: Json = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": tab}
    home = space.homes.get(user)
    view = {"view": home.body} if tab == "home" and home is not None else {}
    return event | {"event_ts": ts} | view


def rich_text(text: str) -> Json:
    """A person's text as the block that Slack's client makes of it."""
    section = {"type": "rich_text_section", "elements": list(_words(text))}
    return {"type": "rich_text", "block_id": some_id(), "elements": [section]}


def _words(text: str) -> Iterator[Json]:
    end = 0
    for found in TOKEN.finditer(text):
        if found.start() > end:
            yield _plain(text[end : found.start()])
        yield _token(found)
        end = found.end()
    if end < len(text):
        yield _plain(text[end:])


def _plain(text: str) -> Json:
    shown = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return {"type": "text", "text": shown}


def _token(found: re.Match[str]) -> Json:
    sign, target, label = found.groups()
    if sign == "@":
        return {"type": "user", "user_id": target}
    if sign == "#":
        return {"type": "channel", "channel_id": target}
    if sign == "!":
        return {"type": "broadcast", "range": target}
    return {"type": "link", "url": target} | ({"text": label} if label else {})
