"""The state of the workspace that one open page shows, and what has changed since its last
update."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.playground.bot_process import BotProcess
from bot.playground.controls import Controls
from bot.playground.people import ABOUT
from bot.playground.traffic_log import Row, TrafficLog
from bot.playground.workspace import Channel, Json, Message, User, Workspace

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True)
class Scene:
    """Everything that the page shows. `app`: what the app's manifest offers to people."""

    space: Workspace
    child: BotProcess
    switches: Controls
    tape: TrafficLog
    app: Json


@dataclass
class PageState:
    """Remembers what one page was sent. Messages and rows are replaced and never changed, so an
    unchanged object is up to date."""

    scene: Scene
    _parts: Json = field(default_factory=dict)
    _messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    _rows: dict[int, Row] = field(default_factory=dict)
    _written: int = 0

    def news(self) -> Json:
        """The parts that changed; all of them at first, empty if nothing changed."""
        scene = self.scene
        told: Json = {}
        for name, value in _parts(scene).items():
            if name not in self._parts or self._parts[name] != value:
                self._parts[name] = told[name] = value
        messages = {(each.channel, each.ts): each for each in _messages(scene.space)}
        changed, gone = _differences(self._messages, messages)
        if changed:
            told["messages"] = [_message(each) for each in changed]
        if gone:
            told["gone"] = [list(key) for key in gone]
        rows, _ = _differences(self._rows, scene.tape.rows)
        if rows:
            told["wire"] = [row.shown() for row in rows]
        if lines := scene.child.written - self._written:
            told["log"] = list(scene.child.log)[-lines:]
            self._written = scene.child.written
        self._messages, self._rows = messages, dict(scene.tape.rows)
        return told


def _differences(before: Mapping[K, V], now: Mapping[K, V]) -> tuple[list[V], list[K]]:
    changed = [value for key, value in now.items() if before.get(key) is not value]
    return changed, [key for key in before if key not in now]


def _parts(scene: Scene) -> Json:
    space, child = scene.space, scene.child
    people = [each for each in space.users.values() if not each.is_bot]
    return {
        "workspace": {
            "name": space.team["name"],
            "domain": space.team["domain"],
            "created": space.created,
        },
        "app": {"name": space.app_name, "user": space.bot.id, **scene.app},
        "people": [_person(each) for each in people],
        "bots": [_person(each) for each in space.users.values() if each.is_bot],
        "channels": [_channel(each) for each in space.channels.values()],
        "views": [{"user": each.user, **each.body} for each in space.views.values()],
        "homes": {user: view.body for user, view in space.homes.items()},
        "bot": {"phase": child.phase, "status": child.status, "pid": child.pid},
        "switches": scene.switches.shown(),
        "mails": scene.switches.mails(),
    }


def _person(user: User) -> Json:
    name = user.display_name or user.real_name
    return {
        "id": user.id,
        "handle": user.handle,
        "name": name,
        "real_name": user.real_name,
        "kind": "guest" if user.guest else "external" if user.team else "",
        "about": ABOUT.get(user.id, ""),
    }


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "private": channel.private,
        "archived": channel.archived,
        "members": list(channel.members),
        "with_user": channel.with_user,
    }


def _messages(space: Workspace) -> Iterator[Message]:
    """All messages, with everybody's ephemeral ones."""
    for channel in space.channels:
        for message in space.top(channel):
            yield message
            if message.reply_count:
                yield from space.replies(channel, message.ts)
        for user in space.users:
            yield from space.ephemerals(channel, user)


def _message(message: Message) -> Json:
    shown: dict[str, Any] = {
        name: getattr(message, name)
        for name in (
            "channel",
            "ts",
            "user",
            "text",
            "blocks",
            "broadcast",
            "to",
            "subtype",
            "latest_reply",
            "reply_count",
            "attachments",
        )
    }
    shown["thread_ts"] = message.thread_ts if message.is_reply or message.to else ""
    # Slack does not mark a change of blocks: https://docs.slack.dev/reference/methods/chat.update
    shown["edited"] = bool(message.edited_ts) and not message.blocks
    reactions = [{"name": each.name, "users": list(each.users)} for each in message.reactions]
    return shown | {"reply_users": list(message.reply_users), "reactions": reactions}
