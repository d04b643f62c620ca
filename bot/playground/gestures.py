"""A person's actions in Slack, and what Slack shows them of the bot's answers.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.playground import chat, menus, payloads, views
from bot.playground.blocks import offered_problems
from bot.playground.delivery import Delivery, Kind
from bot.playground.menus import Found
from bot.playground.slack_objects import unfolded
from bot.playground.trigger_ids import ResponseUrl
from bot.playground.wire import Ack, Args
from bot.playground.workspace import (
    SLACKBOT,
    Channel,
    Json,
    Message,
    Refused,
    User,
    View,
    Workspace,
)

Send = Callable[[Delivery], Awaitable[Ack]]
# A person's choices and input, by block_id and action_id.
Entered = dict[tuple[str, str], Any]


class Gestures:
    """All actions of a person, sent to the bot. `send` delivers a payload; `base` is Slack's
    address."""

    def __init__(self, space: Workspace, send: Send, base: Callable[[], str]) -> None:
        self.space = space
        self.send = send
        self.base = base
        self._entered: dict[tuple[str, str], Entered] = {}
        self._offered: dict[tuple[tuple[str, str], str, str], list[Json]] = {}

    async def act(
        self, place: Message | View, found: Found, user: User, *, deliveries: int = 1
    ) -> Ack:
        """A click, or the choice of an option. In a list, the choice toggles the option."""
        if not found.option:
            return await self._act(place, found, None, user, deliveries)
        value: Any = found.option
        if found.element["type"] in menus.LISTS:
            before = self._shown(place, found, user) or []
            value = [each for each in before if each != found.option]
            value = [*before, found.option] if len(value) == len(before) else value
        return await self._act(place, found, value, user, deliveries)

    async def pick(self, place: Message | View, found: Found, given: Any, user: User) -> Ack:
        """A choice in any menu: an id, a date, a list; ValueError for a choice that Slack does not
        offer."""
        if found.block["type"] == "input" and not found.block.get("dispatch_action"):
            raise LookupError("this field sends nothing by itself; submit its form")
        offered = self._offered.get((_key(place, user), *_path(found)), [])
        value = menus.value_of(self.space, found.element, given, offered)
        return await self._act(place, found, value, user, 1)

    async def _act(
        self, place: Message | View, found: Found, value: Any, user: User, deliveries: int
    ) -> Ack:
        now = self.now(place)
        if found.element["type"] in payloads.STATE:
            self.entered(now, user)[_path(found)] = value
        delivery = Delivery("interactive", self._block_actions(now, found, value, user))
        acks = await asyncio.gather(*(self.send(delivery) for _ in range(deliveries)))
        if isinstance(place, Message):
            self._mark(place, "" if any(ack.ok for ack in acks) else _failure(acks[0]))
        return replace(acks[0], repeats=tuple(acks[1:]))

    def entered(self, place: Message | View, user: User) -> Entered:
        """The person's choices and input so far. Their client keeps them while the ids stay."""
        return self._entered.setdefault(_key(place, user), {})

    def _shown(self, place: Message | View, found: Found, user: User) -> Any:
        initial = found.element.get(payloads.STATE[found.element["type"]][1])
        return self.entered(place, user).get(_path(found), initial)

    async def suggest(
        self, place: Message | View, found: Found, typed: str, user: User
    ) -> tuple[Ack, list[Json]]:
        """Types into an external menu. Returns the app's answer and the options that it offers.

        https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
        """
        now = self.now(place)
        payload = payloads.suggestion(self.space, now, found.block, found.element, typed, user)
        ack = await self.send(Delivery("interactive", payload))
        body = ack.body if ack.ok and isinstance(ack.body, dict) else {}
        offered = [] if offered_problems(body) else menus.options(body)
        self._offered[(_key(place, user), *_path(found))] = offered
        return ack, offered

    def now(self, place: Message | View) -> Message | View:
        """The current state of a message or view, since people act on what the screen shows now."""
        if isinstance(place, View):
            return self.space.views.get(place.id) or self.space.homes.get(place.user) or place
        message = self.space.message(place.channel, place.ts)
        if message is None:
            raise LookupError(f"the message {place.ts} is no longer there")
        return message

    def _block_actions(self, place: Message | View, found: Found, value: Any, user: User) -> Json:
        space, ts = self.space, self.space.next_ts()
        payload = payloads.interaction(space, "block_actions", user)
        state = payloads.state_of(place.blocks, self.entered(place, user))
        if isinstance(place, View):
            payload |= payloads.on_view(place, state)
            payload["trigger_id"] = space.new_trigger(user.id, place.id)
        else:
            url = self._response_url(place.channel, user, place.ts)
            payload |= payloads.on_message(space, place, url) | {"state": state}
            payload["trigger_id"] = space.new_trigger(user.id)
        if menus.buttons(found.element):
            action = payloads.button_action(found.block, found.element, ts)
        else:
            action = payloads.menu_action(found.block, found.element, value, ts)
        return payload | {"actions": [action]}

    def _response_url(self, channel: str, user: User, ts: str = "") -> str:
        return f"{self.base()}/response/{self.space.new_response_url(channel, user.id, ts)}"

    def _mark(self, place: Message, warning: str) -> None:
        message = self.space.message(place.channel, place.ts)
        if message is not None and message.warning != warning:
            self.space.change(message, warning=warning)

    async def command(self, command: str, text: str, channel: Channel, user: User) -> Ack:
        """A slash command. The person who typed it sees its answer or its failure.

        Slack offers a workspace's commands to its own people, in shared channels too.
        """
        if user.team:
            raise LookupError(f"{user.handle}’s workspace does not have the command {command}")
        token = self.space.new_response_url(channel.id, user.id)
        payload = payloads.slash_command(self.space, command, text, channel, user)
        payload["response_url"] = f"{self.base()}/response/{token}"
        payload["trigger_id"] = self.space.new_trigger(user.id)
        ack = await self.send(Delivery("slash_commands", payload))
        error = self._show(self.space.response_urls[token], ack)
        if error:
            told = f'{command} failed with the error "{error}"'
            ts = self.space.next_ts()
            self.space.post(Message(channel.id, ts, SLACKBOT.id, told, to=user.id))
        return ack

    def _show(self, known: ResponseUrl, ack: Ack) -> str:
        """Shows the answer to a command; the error's name if that fails."""
        if not ack.ok:
            return _failure(ack)
        body = {"text": ack.body} if isinstance(ack.body, str) else ack.body
        if any(body.values()):
            try:
                chat.answer(self.space, known, Args(body, frozenset()))
            except Refused as refused:
                return refused.error
        return ""

    async def event(
        self, event: Json, *, retries: int = 1, forced: int = 0, waits: Sequence[float] = ()
    ) -> Ack:
        """Sends an event. A failed delivery is repeated; `forced` repeats come in any case.

        `waits`: seconds before each retry; none without them. `X-Slack-No-Retry: 1` in an answer
        ends the retries. https://docs.slack.dev/apis/events-api/#retries
        """
        payload = payloads.event_envelope(self.space, event)
        acks = [await self.send(Delivery("events_api", payload))]
        while len(acks) <= max(forced, 0 if acks[-1].ok or acks[-1].final else retries):
            await asyncio.sleep(waits[len(acks) - 1] if len(acks) <= len(waits) else 0)
            again = Delivery("events_api", payload, len(acks), _reason(acks[-1]))
            acks.append(await self.send(again))
        return replace(acks[-1], repeats=tuple(acks[:-1]))

    async def shortcut(self, callback_id: str, user: User) -> Ack:
        """A global shortcut: no channel, no response_url."""
        payload = payloads.shortcut(self.space, "shortcut", user)
        del payload["user"]["name"]
        payload |= {"callback_id": callback_id, "action_ts": self.space.next_ts()}
        payload["trigger_id"] = self.space.new_trigger(user.id)
        return await self.send(Delivery("interactive", payload))

    async def message_action(self, place: Message, callback_id: str, user: User) -> Ack:
        """A shortcut in the menu of a message."""
        if place.to:
            raise LookupError("an ephemeral message has no shortcuts")
        url = self._response_url(place.channel, user, place.ts)
        where = payloads.on_message(self.space, place, url)
        payload = payloads.shortcut(self.space, "message_action", user)
        payload |= {name: where[name] for name in ("channel", "response_url", "message")}
        payload |= {"callback_id": callback_id, "message_ts": place.ts}
        payload["action_ts"] = self.space.next_ts()
        payload["trigger_id"] = self.space.new_trigger(user.id)
        return await self.send(Delivery("interactive", payload))

    def fill(self, view: View, values: Mapping[str, Any], user: User) -> None:
        """Types into a form without sending it; ValueError for input that the client would
        refuse."""
        entered, left = self.entered(view, user), dict(values)
        for block in unfolded(view.blocks):
            if block["type"] != "input":
                continue
            element = block["element"]
            names = (block["block_id"], *menus.names_of(block, element))
            name = next((each for each in names if each in left), "")
            if name:
                key = (block["block_id"], element["action_id"])
                offered = self._offered.get((_key(view, user), *key), [])
                entered[key] = menus.value_of(self.space, element, left.pop(name), offered)
        if left:
            raise ValueError(f"no input {sorted(left)} in this form")

    async def submit(self, view: View, values: Mapping[str, Any], user: User) -> Ack:
        """Fills in a modal and sends it. It then closes, stays open with errors, or is replaced.

        `values`: for the label, action_id or block_id of each input, the typed text, an option's
        label, a list of labels, or an id. ValueError if the client would not send the form. If
        Slack cannot use the answer, the modal stays open and the `body` is the error.
        """
        self.fill(view, values, user)
        entered = self.entered(view, user)
        for block in unfolded(view.blocks):
            if block["type"] == "input" and not block.get("optional") and not _has(block, entered):
                raise ValueError(f"{block['label']['text']!r} must be filled in")
        body = view.body | {"state": payloads.state_of(view.blocks, entered)}
        payload = payloads.interaction(self.space, "view_submission", user)
        payload |= {"view": body, "response_urls": self._asked_urls(view, entered, user)}
        payload["trigger_id"] = self.space.new_trigger(user.id, view.id)
        ack = await self.send(Delivery("interactive", payload))
        if not ack.ok:
            return ack
        try:
            views.settled(self.space, view, ack.body if isinstance(ack.body, dict) else {})
        except Refused as refused:
            return replace(ack, status=0, body=refused.error)
        return ack

    def _asked_urls(self, view: View, entered: Entered, user: User) -> list[Json]:
        """A response_url for each chosen conversation for which the app asked for one."""
        urls: list[Json] = []
        for block in unfolded(view.blocks):
            element = block.get("element") or {}
            key = (block["block_id"], element.get("action_id", ""))
            if element.get("response_url_enabled") and entered.get(key):
                where = {"block_id": key[0], "action_id": key[1], "channel_id": entered[key]}
                urls.append(where | {"response_url": self._response_url(entered[key], user)})
        return urls

    async def close(self, view: View, user: User) -> Ack:
        """Closes a modal without sending it, with the whole stack if it is set so.

        The app is told if it asked for that.
        https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
        """
        gone = views.closed(self.space, view)
        ack = Ack(200, "", 0.0)
        for each in gone:
            if each.body["notify_on_close"]:
                state = payloads.state_of(each.blocks, self.entered(each, user))
                payload = payloads.interaction(self.space, "view_closed", user)
                payload |= {"view": each.body | {"state": state}}
                payload["is_cleared"] = bool(view.body["clear_on_close"])
                ack = await self.send(Delivery("interactive", payload))
        return ack

    async def deliver(self, kind: Kind, payload: Any, headers: Mapping[str, str]) -> Ack:
        """Delivers any payload; bytes are sent as they are."""
        return await self.send(Delivery(kind, payload, headers=headers))


def _failure(ack: Ack) -> str:
    return "operation_timeout" if ack.body == "operation_timeout" else "dispatch_failed"


def _key(place: Message | View, user: User) -> tuple[str, str]:
    return (place.id if isinstance(place, View) else f"{place.channel}/{place.ts}"), user.id


def _path(found: Found) -> tuple[str, str]:
    return found.block["block_id"], found.element["action_id"]


def _has(block: Json, entered: Entered) -> bool:
    element = block["element"]
    initial = element.get(payloads.STATE[element["type"]][1])
    value = entered.get((block["block_id"], element["action_id"]), initial)
    return value not in (None, "", [])


def _reason(ack: Ack) -> str:
    if ack.status:
        return "http_error"
    return "http_timeout" if ack.body == "operation_timeout" else "connection_failed"
