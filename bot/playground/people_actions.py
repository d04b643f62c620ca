"""Everything that a person can do in the small Slack."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.playground import reactions
from bot.playground.delivery import Kind
from bot.playground.events import Events, Tab
from bot.playground.gestures import Gestures
from bot.playground.menus import find, named
from bot.playground.people import PEOPLE
from bot.playground.wire import Ack
from bot.playground.workspace import Channel, Json, Message, Refused, User, View, Workspace

NOTHING: Mapping[str, Any] = MappingProxyType({})


class PeopleActions:
    """The actions of people; without a `user`, of the first one."""

    workspace: Workspace
    _gestures: Gestures
    _announcer: Events

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
        """A person writes a message. An app that subscribes to messages is told."""
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
        """Presses the button with this text; LookupError if the screen has none."""
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
        """Chooses the option with this text in a select, overflow, radio or checkbox menu."""
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
        """Chooses in any menu, found by its action_id or placeholder.

        `value`: an option's label, a person, a channel, a date `2026-11-23`, a time `09:30`, a
        second, or a list. LookupError without such a menu, ValueError for a value that it does not
        offer.
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
        """Types into an external menu. Returns the app's answer and its options."""
        found = named(self._gestures.now(place).blocks, name, block)
        return await self._gestures.suggest(place, found, typed, self._person(user))

    def react(self, message: Message, name: str, *, user: str | User | None = None) -> Message:
        """Adds a reaction to a message; ValueError with Slack's error name if it is refused."""
        return self._reacted("reaction_added", message, name, self._person(user))

    def unreact(self, message: Message, name: str, *, user: str | User | None = None) -> Message:
        """Removes the person's own reaction; ValueError if there is none."""
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
        """Opens the app's tab. An app that subscribes to `app_home_opened` is told."""
        self._announcer.opened(self._person(user).id, tab)

    async def command(
        self,
        command: str,
        text: str = "",
        *,
        channel: str | Channel,
        user: str | User | None = None,
    ) -> Ack:
        """Types a slash command. The person sees its answer."""
        room = self.workspace.channel(channel)
        return await self._gestures.command(command, text, room, self._person(user))

    async def event(self, event: Json, *, retries: int = 1, forced: int = 0) -> Ack:
        """Sends an event, with at most `retries` after failures; `forced` repeats come in any
        case."""
        return await self._gestures.event(event, retries=retries, forced=forced)

    async def shortcut(self, callback_id: str, *, user: str | User | None = None) -> Ack:
        """Uses a global shortcut."""
        return await self._gestures.shortcut(callback_id, self._person(user))

    async def message_action(
        self, message: Message, callback_id: str, *, user: str | User | None = None
    ) -> Ack:
        """Uses a shortcut in a message's menu."""
        return await self._gestures.message_action(message, callback_id, self._person(user))

    async def submit(
        self,
        view: View,
        values: Mapping[str, Any] = NOTHING,
        *,
        user: str | User | None = None,
    ) -> Ack:
        """Fills in a modal, by label or action_id, and sends it."""
        return await self._gestures.submit(view, values, self._person(user or view.user))

    def fill(
        self, view: View, values: Mapping[str, Any], *, user: str | User | None = None
    ) -> None:
        """Types into a form without sending it. A later click in it carries the input."""
        self._gestures.fill(view, values, self._person(user or view.user))

    async def close(self, view: View, *, user: str | User | None = None) -> Ack:
        """Closes a modal without sending it."""
        return await self._gestures.close(view, self._person(user or view.user))

    async def deliver(
        self, kind: Kind, payload: Any, *, headers: Mapping[str, str] = NOTHING
    ) -> Ack:
        """Sends any payload, signed. Bytes are sent over HTTP as they are; `headers` override."""
        return await self._gestures.deliver(kind, payload, headers)
