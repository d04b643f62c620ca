"""The state of one Slack workspace: people, channels, messages, and what expires.

Plain state without a network. All times come from one clock, which a test may turn.
"""

import itertools
import secrets
import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.playground.notifier import Notifier
from bot.playground.trigger_ids import (
    RESPONSE_URL_SECONDS,
    RESPONSE_URL_USES,
    TRIGGER_SECONDS,
    ResponseUrl,
    Trigger,
)

Json = dict[str, Any]
Clock = Callable[[], float]


class Refused(Exception):
    """A call that Slack refuses, with Slack's error code. `extra` joins the answer."""

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.extra: Json = extra


@dataclass(frozen=True)
class User:
    """A person, or the bot's own user.

    `guest`: of one channel, or of several. `team`: set if it is not this workspace's; the person is
    then external and comes through a shared channel.
    """

    id: str
    handle: str
    real_name: str
    display_name: str
    is_bot: bool = False
    tz: str = "Europe/Berlin"
    tz_offset: int = 3600
    guest: Literal["", "one channel", "channels"] = ""
    team: str = ""
    deleted: bool = False


SLACKBOT = User("USLACKBOT", "slackbot", "Slackbot", "Slackbot", is_bot=True)


@dataclass(frozen=True)
class Channel:
    """A channel or a direct message. Only the latter has `with_user`."""

    id: str
    name: str
    private: bool = False
    archived: bool = False
    members: tuple[str, ...] = ()
    with_user: str = ""


@dataclass(frozen=True)
class Group:
    """A user group, which can be mentioned."""

    id: str
    handle: str
    users: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reaction:
    """A reaction by its name without colons, and the people who added it, in order."""

    name: str
    users: tuple[str, ...]


@dataclass(frozen=True)
class Message:
    """The current state of a message. Every change makes a new one under the same `ts`.

    `to`: on ephemeral messages, the only person who sees it. `warning`: Slack's mark beside a
    message whose last click was not acknowledged.
    """

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    broadcast: bool = False
    metadata: Json | None = None
    edited_ts: str = ""
    to: str = ""
    subtype: str = ""
    warning: str = ""
    reply_users: tuple[str, ...] = ()
    latest_reply: str = ""
    reply_count: int = 0
    reactions: tuple[Reaction, ...] = ()
    attachments: list[Json] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        """Whether it is a reply in a thread, not the thread's parent."""
        return self.thread_ts not in ("", self.ts)


@dataclass(frozen=True)
class View:
    """A modal or a Home tab. `body` is the view as Slack returns it."""

    id: str
    user: str
    body: Json

    @property
    def blocks(self) -> list[Json]:
        """The current blocks, with the ids that Slack filled in."""
        blocks: list[Json] = self.body["blocks"]
        return blocks


@dataclass(frozen=True)
class Span:
    """A range of time stamps. An empty end is open."""

    oldest: str = ""
    latest: str = ""
    inclusive: bool = False

    def within(self, stamps: list[str]) -> tuple[int, int]:
        """The start and end of the sorted time stamps inside the range."""
        left, right = (bisect_left, bisect_right) if self.inclusive else (bisect_right, bisect_left)
        start = left(stamps, self.oldest) if self.oldest else 0
        end = right(stamps, self.latest) if self.latest else len(stamps)
        return start, end


class Workspace:
    """One team with its people, channels and messages. Every look-up by id takes constant time."""

    def __init__(
        self, people: Iterable[User], bot: User, *, app_name: str, clock: Clock = time.time
    ) -> None:
        self.clock = clock
        self.team = {"id": "T0PLAYGRND", "domain": "playground", "name": "Playground"}
        self.app_id, self.bot_id, self.app_name = "A0PLAYGRND", "B0PLAYGRND", app_name
        self.bot = bot
        # As in the app's manifest.
        self.messages_tab, self.home_tab = True, True
        self.scopes, self.unfurl_domains = frozenset[str](), frozenset[str]()
        self.users: dict[str, User] = {user.id: user for user in (*people, bot, SLACKBOT)}
        self.groups: dict[str, Group] = {}
        self.channels: dict[str, Channel] = {}
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.changes = Notifier()
        self.created = int(clock())
        self._messages: dict[tuple[str, str], Message] = {}
        self._top: dict[str, list[str]] = {}
        self._replies: dict[tuple[str, str], list[str]] = {}
        self._ephemeral: dict[tuple[str, str], dict[str, Message]] = {}
        self._told_to: dict[tuple[str, str], str] = {}
        self._last_ts = 0
        self._numbers = itertools.count(1)

    def next_ts(self) -> str:
        """A time stamp from the clock, later than all before."""
        self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
        seconds, micros = divmod(self._last_ts, 1_000_000)
        return f"{seconds}.{micros:06d}"

    def next_id(self, prefix: str) -> str:
        """A new id in Slack's form, such as V00000000A."""
        return f"{prefix}{next(self._numbers):09X}"

    def add_user(self, user: User, *channels: str) -> User:
        """Adds a person to these channels, or replaces the one with the same id."""
        self.users[user.id] = user
        for channel in channels:
            self.join(self.channel(channel).id, user.id)
        self.changes.tell()
        return user

    def add_group(self, group: Group) -> Group:
        """Adds a user group, or replaces the one with the same id."""
        self.groups[group.id] = group
        return group

    def team_of(self, user: str) -> str:
        """The person's team, which is usually this one."""
        known = self.users.get(user)
        return (known.team if known else "") or self.team["id"]

    def teams(self, channel: Channel) -> list[str]:
        """The channel's teams: this one, and those of external members."""
        return list(dict.fromkeys([self.team["id"], *map(self.team_of, channel.members)]))

    def add_channel(self, channel: Channel) -> Channel:
        """Adds a channel, or replaces the one with the same id."""
        self.channels[channel.id] = channel
        self._top.setdefault(channel.id, [])
        self.changes.tell()
        return channel

    def channel(self, reference: "str | Channel") -> Channel:
        """The channel by id, name or #name; KeyError if there is none."""
        if isinstance(reference, Channel):
            return self.channels[reference.id]
        known = self.channels.get(reference) or self.named(reference)
        if known is not None:
            return known
        raise KeyError(f"no channel {reference!r} among {[c.name for c in self.channels.values()]}")

    def named(self, name: str) -> Channel | None:
        """The channel by its name, with or without the #."""
        plain = name.removeprefix("#")
        for channel in self.channels.values():
            if channel.name == plain and not channel.with_user:
                return channel
        return None

    def user(self, reference: "str | User") -> User:
        """The person by id or handle; KeyError if there is none."""
        if isinstance(reference, User):
            return self.users[reference.id]
        if reference in self.users:
            return self.users[reference]
        for user in self.users.values():
            if user.handle == reference.removeprefix("@"):
                return user
        raise KeyError(f"no person {reference!r} among {[u.handle for u in self.users.values()]}")

    def direct(self, user: str) -> Channel:
        """The direct message between the bot and a person, opened if necessary."""
        known = f"D{user[1:]}"
        if known not in self.channels:
            members = (self.bot.id, user)
            self.add_channel(Channel(known, "directmessage", True, False, members, user))
        return self.channels[known]

    def join(self, channel: str, user: str) -> None:
        """Makes a person, or the bot, a member."""
        room = self.channels[channel]
        if user not in room.members:
            self.add_channel(replace(room, members=(*room.members, user)))

    def message(self, channel: str, ts: str) -> Message | None:
        """The current state of a message, ephemeral ones included."""
        found = self._messages.get((channel, ts))
        if found is None and (to := self._told_to.get((channel, ts))) is not None:
            return self._ephemeral[channel, to].get(ts)
        return found

    def post(self, message: Message) -> Message:
        """Adds a message to its channel or thread, or for one person."""
        key = (message.channel, message.ts)
        if message.to:
            self._told_to[key] = message.to
            self._ephemeral.setdefault((message.channel, message.to), {})[message.ts] = message
        else:
            self._messages[key] = message
            if message.is_reply:
                self._file(message)
            if not message.is_reply or message.broadcast:
                self._top[message.channel].append(message.ts)
        self.changes.tell()
        return message

    def _file(self, reply: Message) -> None:
        parent = self._messages[reply.channel, reply.thread_ts]
        self._replies.setdefault((reply.channel, parent.ts), []).append(reply.ts)
        users = parent.reply_users
        self._messages[reply.channel, parent.ts] = replace(
            parent,
            thread_ts=parent.ts,
            reply_count=parent.reply_count + 1,
            reply_users=users if reply.user in users else (*users, reply.user),
            latest_reply=reply.ts,
        )

    def change(self, message: Message, **fields: Any) -> Message:
        """Replaces a message: same `ts`, same position."""
        new = replace(message, **fields)
        if new.to:
            self._ephemeral[new.channel, new.to][new.ts] = new
        else:
            self._messages[new.channel, new.ts] = new
            if new.broadcast and not message.broadcast:
                insort(self._top[new.channel], new.ts)
        self.changes.tell()
        return new

    def remove(self, message: Message) -> None:
        """Removes a message. A parent with replies leaves Slack's tombstone."""
        if message.to:
            del self._ephemeral[message.channel, message.to][message.ts]
            del self._told_to[message.channel, message.ts]
        elif message.reply_count:
            left: Json = {"user": SLACKBOT.id, "text": "This message was deleted."}
            none: Json = {"blocks": [], "metadata": None, "reactions": (), "attachments": []}
            self.change(message, subtype="tombstone", **left, **none)
        else:
            self._unfile(message)
        self.changes.tell()

    def _unfile(self, message: Message) -> None:
        del self._messages[message.channel, message.ts]
        if not message.is_reply or message.broadcast:
            top = self._top[message.channel]
            del top[bisect_left(top, message.ts)]
        if not message.is_reply:
            return
        replies = self._replies[message.channel, message.thread_ts]
        del replies[bisect_left(replies, message.ts)]
        parent = self._messages[message.channel, message.thread_ts]
        if parent.subtype == "tombstone" and not replies:
            self._unfile(replace(parent, reply_count=0))
            return
        left = [self._messages[message.channel, ts].user for ts in replies]
        self._messages[parent.channel, parent.ts] = replace(
            parent,
            thread_ts=parent.ts if replies else "",
            reply_count=len(replies),
            reply_users=tuple(dict.fromkeys(left)),
            latest_reply=replies[-1] if replies else "",
        )

    def top(self, channel: str, span: Span | None = None, most: int = 0) -> list[Message]:
        """Top-level messages, oldest first; only the `most` newest, if given."""
        stamps = self._top[channel]
        start, end = (span or Span()).within(stamps)
        start = max(start, end - most) if most else start
        return [self._messages[channel, ts] for ts in stamps[start:end]]

    def replies(
        self, channel: str, ts: str, span: Span | None = None, most: int = 0
    ) -> list[Message]:
        """The replies in a thread, oldest first; only the `most` oldest, if given."""
        stamps = self._replies.get((channel, ts), [])
        start, end = (span or Span()).within(stamps)
        end = min(end, start + most) if most else end
        return [self._messages[channel, ts] for ts in stamps[start:end]]

    def ephemerals(self, channel: str, user: str) -> list[Message]:
        """The ephemeral messages for this person in the channel, oldest first."""
        return list(self._ephemeral.get((channel, user), {}).values())

    def new_trigger(self, user: str, view: str = "") -> str:
        """A trigger_id for one modal, valid for three seconds."""
        now = self.clock()
        trigger = f"{int(now * 1000)}.{next(self._numbers)}.{secrets.token_hex(16)}"
        self.triggers[trigger] = Trigger(user, now + TRIGGER_SECONDS, view)
        return trigger

    def exchange(self, trigger_id: str) -> Trigger:
        """Spends a trigger_id, or refuses it as Slack does."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.exchanged:
            raise Refused("exchanged_trigger_id")
        if self.clock() > trigger.until:
            raise Refused("expired_trigger_id")
        trigger.exchanged = True
        return trigger

    def new_response_url(self, channel: str, user: str, message_ts: str = "") -> str:
        """The token of a response_url: thirty minutes, five uses."""
        token = secrets.token_urlsafe(24)
        until = self.clock() + RESPONSE_URL_SECONDS
        self.response_urls[token] = ResponseUrl(channel, user, until, message_ts)
        return token

    def use_response_url(self, token: str) -> ResponseUrl:
        """The response_url of a token; refused if it is unknown, too old or used up."""
        known = self.response_urls.get(token)
        if known is None:
            raise Refused("invalid_url")
        if self.clock() > known.until:
            raise Refused("expired_url")
        if known.uses >= RESPONSE_URL_USES:
            raise Refused("used_url")
        return known
