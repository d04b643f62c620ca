"""The hands of the people in a small Slack: everything that somebody can do there."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.playground import reactions
from bot.playground.delivery import Kind
from bot.playground.events import Announcer, Tab
from bot.playground.gestures import Gestures
from bot.playground.menus import find, named
from bot.playground.people import PEOPLE
from bot.playground.wire import Ack
from bot.playground.workspace import Channel, Json, Message, Refused, User, View, Workspace

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Hands:
    """What people do; without a `user` it is the first of them who does it."""

    workspace: Workspace
    _gestures: Gestures
    _announcer: Announcer

    def _person(self, user: str | User | None) -> User:
        return PEOPLE[0] if user is None else self.workspace.user(user)

    def say(
        self,
        channel: str | Channel,
        text: str,
        *,
        user: str | User | None = None,
        thread_ts: str = "",
    ) -> Message:
        """A person writes a message; an app that subscribes to messages is told."""
        room, person = self.workspace.channel(channel), self._person(user)
        ts = self.workspace.next_ts()
        said = self.workspace.post(Message(room.id, ts, person.id, text, thread_ts=thread_ts))
        self._announcer.said(said)
        return said

    async def click(
        self,
        place: Message | View,
        label: str,
        *,
        user: str | User | None = None,
        deliveries: int = 1,
        block: int | str | None = None,
        nth: int = 0,
    ) -> Ack:
        """Press the button with this text; LookupError when there is none on the screen."""
        found = find(self._gestures.now(place).blocks, label, button=True, block=block, nth=nth)
        return await self._gestures.act(place, found, self._person(user), deliveries=deliveries)

    async def choose(
        self,
        place: Message | View,
        label: str,
        *,
        user: str | User | None = None,
        deliveries: int = 1,
        block: int | str | None = None,
        nth: int = 0,
    ) -> Ack:
        """Choose the option with this text in a select, overflow, radio or checkbox menu."""
        found = find(self._gestures.now(place).blocks, label, button=False, block=block, nth=nth)
        return await self._gestures.act(place, found, self._person(user), deliveries=deliveries)

    async def pick(
        self,
        place: Message | View,
        name: str,
        value: Any,
        *,
        user: str | User | None = None,
        block: str | None = None,
    ) -> Ack:
        """Choose in any menu, found by its action_id or placeholder.

        `value` is an option's label, a person, a channel, a date `2026-11-23`, a time `09:30`, a
        second, or a list. LookupError without such a menu, ValueError for what it does not offer.
        """
        found = named(self._gestures.now(place).blocks, name, block)
        return await self._gestures.pick(place, found, value, self._person(user))

    async def suggest(
        self,
        place: Message | View,
        name: str,
        typed: str,
        *,
        user: str | User | None = None,
        block: str | None = None,
    ) -> tuple[Ack, list[Json]]:
        """Type into an external menu; gives the app's answer and the options in it."""
        found = named(self._gestures.now(place).blocks, name, block)
        return await self._gestures.suggest(place, found, typed, self._person(user))

    def react(self, message: Message, name: str, *, user: str | User | None = None) -> Message:
        """Put an emoji below a message; ValueError, with Slack's error name, where not."""
        return self._reacted("reaction_added", message, name, self._person(user))

    def unreact(self, message: Message, name: str, *, user: str | User | None = None) -> Message:
        """Take one's own emoji away again; ValueError where there is none."""
        return self._reacted("reaction_removed", message, name, self._person(user))

    def _reacted(self, kind: str, message: Message, name: str, person: User) -> Message:
        now = self.workspace.message(message.channel, message.ts)
        if now is None:
            raise LookupError(f"the message {message.ts} is no longer there")
        act = reactions.put if kind == "reaction_added" else reactions.take
        try:
            changed = act(self.workspace, now, name, person.id)
        except Refused as refused:
            raise ValueError(refused.error) from refused
        self._announcer.reacted(kind, changed, name, person.id)
        return changed

    def open_home(self, tab: Tab = "home", *, user: str | User | None = None) -> None:
        """Come to the app's own place; an app that subscribes to `app_home_opened` is told."""
        self._announcer.opened(self._person(user).id, tab)

    async def command(
        self,
        command: str,
        text: str = "",
        *,
        channel: str | Channel,
        user: str | User | None = None,
    ) -> Ack:
        """Type a slash command; what it answers appears to the person."""
        room = self.workspace.channel(channel)
        return await self._gestures.command(command, text, room, self._person(user))

    async def event(self, event: Json, *, retries: int = 1, forced: int = 0) -> Ack:
        """Send an event; `retries` at most after failures, `forced` repeats in any case."""
        return await self._gestures.event(event, retries=retries, forced=forced)

    async def shortcut(self, callback_id: str, *, user: str | User | None = None) -> Ack:
        """Use a global shortcut."""
        return await self._gestures.shortcut(callback_id, self._person(user))

    async def message_action(
        self, message: Message, callback_id: str, *, user: str | User | None = None
    ) -> Ack:
        """Use a shortcut in a message's menu."""
        return await self._gestures.message_action(message, callback_id, self._person(user))

    async def submit(
        self,
        view: View,
        values: Mapping[str, Any] = NOTHING,
        *,
        user: str | User | None = None,
    ) -> Ack:
        """Fill in a modal, by label or action_id, and send it."""
        return await self._gestures.submit(view, values, self._person(user or view.user))

    def fill(
        self, view: View, values: Mapping[str, Any], *, user: str | User | None = None
    ) -> None:
        """Type into a form without sending it; what a click in it carries along."""
        self._gestures.fill(view, values, self._person(user or view.user))

    async def close(self, view: View, *, user: str | User | None = None) -> Ack:
        """Close a modal without sending it."""
        return await self._gestures.close(view, self._person(user or view.user))

    async def deliver(
        self, kind: Kind, payload: Any, *, headers: Mapping[str, str] = NOTHING
    ) -> Ack:
        """Send any payload, signed; bytes go out over HTTP as they are, `headers` win."""
        return await self._gestures.deliver(kind, payload, headers)
