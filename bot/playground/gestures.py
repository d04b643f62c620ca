"""What a person does in Slack, and what Slack shows them of the bot's answer.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.playground import chat, payloads, views
from bot.playground.delivery import Delivery, Kind
from bot.playground.shapes import parts
from bot.playground.wire import Ack, Args
from bot.playground.workspace import (
    SLACKBOT,
    Channel,
    Json,
    Message,
    Refused,
    ResponseUrl,
    User,
    View,
    Workspace,
)

Send = Callable[[Delivery], Awaitable[Ack]]


@dataclass(frozen=True)
class Found:
    """A button or menu in a block, and the option of it that is meant."""

    block: Json
    element: Json
    option: Json


def labels(blocks: list[Json]) -> list[str]:
    """The texts of all buttons and options, in the order on the screen."""
    return [label for _, label, _ in _offers(blocks)]


def _offers(blocks: list[Json]) -> Iterator[tuple[int, str, Found]]:
    for index, block in enumerate(blocks):
        for element in parts(block):
            if element["type"] == "button":
                yield index, element["text"]["text"], Found(block, element, {})
            for option in options(element):
                yield index, option["text"]["text"], Found(block, element, option)


def options(element: Json) -> list[Json]:
    """Everything that can be chosen in a menu, groups included."""
    groups = element.get("option_groups") or [element]
    return [option for group in groups for option in group.get("options") or ()]


def find(
    blocks: list[Json], label: str, *, button: bool, block: int | str | None = None, nth: int = 0
) -> Found:
    """The nth button (or option) of this label, in one block where it is given by index or id."""
    found = [
        offer
        for index, text, offer in _offers(blocks)
        if text == label
        and (offer.element["type"] == "button") is button
        and block in (None, index, offer.block["block_id"])
    ]
    if nth >= len(found):
        what = "button" if button else "option"
        raise LookupError(f"no {what} {label!r} (number {nth}) among {labels(blocks)}")
    return found[nth]


class Gestures:
    """Everything a person can do, sent to the bot; `send` delivers, `base` is Slack's address."""

    def __init__(self, space: Workspace, send: Send, base: Callable[[], str]) -> None:
        self.space = space
        self.send = send
        self.base = base

    async def act(
        self, place: Message | View, found: Found, user: User, *, deliveries: int = 1
    ) -> Ack:
        """A click or a choice: one payload, delivered as often as asked, all at once."""
        payload = self._block_actions(self.now(place), found, user)
        delivery = Delivery("interactive", payload)
        acks = await asyncio.gather(*(self.send(delivery) for _ in range(deliveries)))
        if isinstance(place, Message):
            self._mark(place, "" if any(ack.ok for ack in acks) else _failure(acks[0]))
        return replace(acks[0], repeats=tuple(acks[1:]))

    def now(self, place: Message | View) -> Message | View:
        """People act on what is on the screen now, whatever the caller remembers."""
        if isinstance(place, View):
            return self.space.views.get(place.id) or self.space.homes.get(place.user) or place
        message = self.space.message(place.channel, place.ts)
        if message is None:
            raise LookupError(f"the message {place.ts} is no longer there")
        return message

    def _block_actions(self, place: Message | View, found: Found, user: User) -> Json:
        space, ts = self.space, self.space.next_ts()
        payload = payloads.interaction(space, "block_actions", user)
        if isinstance(place, View):
            payload |= payloads.on_view(place)
            payload["trigger_id"] = space.new_trigger(user.id, place.id)
        else:
            url = self._response_url(place.channel, user, place.ts)
            payload |= payloads.on_message(space, place, url)
            payload["trigger_id"] = space.new_trigger(user.id)
        if found.option:
            action = payloads.menu_action(found.block, found.element, found.option, ts)
        else:
            action = payloads.button_action(found.block, found.element, ts)
        key = (found.block["block_id"], found.element["action_id"])
        name = payloads.STATE.get(found.element["type"], ("", ""))[0]
        entered = {key: action[name]} if name else {}
        state = payloads.state_of(place.blocks, entered)
        return payload | {"state": state, "actions": [action]}

    def _response_url(self, channel: str, user: User, ts: str = "") -> str:
        return f"{self.base()}/response/{self.space.new_response_url(channel, user.id, ts)}"

    def _mark(self, place: Message, warning: str) -> None:
        message = self.space.message(place.channel, place.ts)
        if message is not None and message.warning != warning:
            self.space.change(message, warning=warning)

    async def command(self, command: str, text: str, channel: Channel, user: User) -> Ack:
        """A slash command; its answer or its failure appears to the person who typed it."""
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
        """Put the answer to a command on the screen; the error's name when that fails."""
        if not ack.ok:
            return _failure(ack)
        body = {"text": ack.body} if isinstance(ack.body, str) else ack.body
        if any(body.values()):
            try:
                chat.answer(self.space, known, Args(body, frozenset()))
            except Refused as refused:
                return refused.error
        return ""

    async def event(self, event: Json, *, retries: int = 1, forced: int = 0) -> Ack:
        """An event; a failed delivery is tried again at once, `forced` ones come in any case.

        Slack's second and third retry come after one and five minutes; here none is waited for.
        """
        payload = payloads.event_envelope(self.space, event)
        acks = [await self.send(Delivery("events_api", payload))]
        while len(acks) <= max(forced, 0 if acks[-1].ok else retries):
            reason = "http_timeout" if acks[-1].body == "operation_timeout" else "http_error"
            again = Delivery("events_api", payload, len(acks), reason)
            acks.append(await self.send(again))
        return replace(acks[-1], repeats=tuple(acks[:-1]))

    async def shortcut(self, callback_id: str, user: User) -> Ack:
        """A global shortcut: no channel, no response_url."""
        payload = payloads.interaction(self.space, "shortcut", user)
        payload |= {"callback_id": callback_id, "action_ts": self.space.next_ts()}
        payload["trigger_id"] = self.space.new_trigger(user.id)
        return await self.send(Delivery("interactive", payload))

    async def message_action(self, place: Message, callback_id: str, user: User) -> Ack:
        """A shortcut in the menu of a message."""
        if place.to:
            raise LookupError("an ephemeral message has no shortcuts")
        url = self._response_url(place.channel, user, place.ts)
        where = payloads.on_message(self.space, place, url)
        payload = payloads.interaction(self.space, "message_action", user)
        payload |= {name: where[name] for name in ("channel", "response_url", "message")}
        payload |= {"callback_id": callback_id, "message_ts": place.ts}
        payload["action_ts"] = self.space.next_ts()
        payload["trigger_id"] = self.space.new_trigger(user.id)
        return await self.send(Delivery("interactive", payload))

    async def submit(self, view: View, values: Mapping[str, Any], user: User) -> Ack:
        """Fill in a modal and send it; then it closes, stays with errors, or is replaced.

        `values` is by the label or the action_id of each input: what a person types, the label of
        an option, a list of labels, or an id. ValueError when the client would not let it be sent.
        """
        entered = _entered(view.blocks, values)
        body = view.body | {"state": payloads.state_of(view.blocks, entered)}
        payload = payloads.interaction(self.space, "view_submission", user)
        payload |= {"view": body, "response_urls": []}
        payload["trigger_id"] = self.space.new_trigger(user.id, view.id)
        ack = await self.send(Delivery("interactive", payload))
        if ack.ok:
            views.settled(self.space, view, ack.body if isinstance(ack.body, dict) else {})
        return ack

    async def deliver(self, kind: Kind, payload: Any, headers: Mapping[str, str]) -> Ack:
        """Any payload at all; bytes go out as they are."""
        return await self.send(Delivery(kind, payload, headers=headers))


def _failure(ack: Ack) -> str:
    return "operation_timeout" if ack.body == "operation_timeout" else "dispatch_failed"


def _entered(blocks: list[Json], values: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    left = dict(values)
    entered: dict[tuple[str, str], Any] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element, label = block["element"], block["label"]["text"]
        name = next((n for n in (label, element["action_id"]) if n in left), "")
        if name:
            value = _chosen(element, left.pop(name))
            entered[block["block_id"], element["action_id"]] = value
        elif not block.get("optional") and not element.get(payloads.STATE[element["type"]][1]):
            raise ValueError(f"{label!r} must be filled in")
    if left:
        raise ValueError(f"no input {sorted(left)} in this form")
    return entered


def _chosen(element: Json, value: Any) -> Any:
    if element["type"] in payloads.LISTS:
        return [_option(element, label) for label in value]
    if element["type"] in ("static_select", "radio_buttons"):
        return _option(element, value)
    return value


def _option(element: Json, label: str) -> Json:
    known = {option["text"]["text"]: option for option in options(element)}
    if label not in known:
        raise ValueError(f"no option {label!r} among {list(known)}")
    chosen: Json = known[label]
    return chosen
