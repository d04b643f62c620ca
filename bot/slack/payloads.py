"""Reads what people do: clicks on buttons and menus, commands, words to the bot, and
reactions. Pure."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from bot import acts, dates, entries, home
from bot.errors import NotUnderstood
from bot.forms import Form, unpacked
from bot.shortcodes import emoji_name
from bot.slack.api import mapping, text
from bot.slack.markup import addressed
from bot.triage import ChannelId, ConversationId, MessageTs, Origin, Person, UserId, is_direct

JSON = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gesture:
    """`identity` is the same for every delivery. `value`: of the button or the chosen option, the
    words that were said, or the emoji's name; may be empty. `at` is in seconds since the epoch."""

    identity: str
    value: str
    origin: Origin
    at: float


@dataclass(frozen=True, slots=True)
class Sent:
    """A person's action in a form. `values`: its state. `action` and `value` belong to a pressed
    button; empty for a form that was sent. `digest`: equal for equal input in the same view."""

    view_id: str
    form: Form
    values: Any
    action: str
    value: str
    digest: str


def sent(body: JSON) -> Sent:
    """Reads `view_submission`, and `block_actions` in a form; NotUnderstood if it is none of this
    version's.

    https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
    """
    view, action = mapping(body.get("view")), _first(body.get("actions"))
    person = origin_of(body).person
    values = mapping(view.get("state")).get("values")
    view_id, metadata = text(view.get("id")), text(view.get("private_metadata"))
    parts = json.dumps([view_id, person.id, metadata, values])
    return Sent(
        view_id=view_id,
        form=unpacked(metadata, person),
        values=values,
        action=text(action.get("action_id")),
        value=text(action.get("value")),
        digest=hashlib.sha256(parts.encode()).hexdigest()[:16],
    )


def from_click(body: JSON, now: float) -> Gesture:
    """Reads `block_actions`; NotUnderstood without a person.

    https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
    """
    action = _first(body.get("actions"))
    origin = origin_of(body)
    option = mapping(action.get("selected_option"))
    value = option.get("value") if option else action.get("value")
    return Gesture(
        identity=f"click:{_digest(body, origin, action)}",
        value=value if isinstance(value, str) else "",
        origin=replace(origin, door="menu" if option else "button"),
        at=_seconds(action.get("action_ts"), now),
    )


def from_command(body: JSON, now: float) -> Gesture:
    """https://docs.slack.dev/interactivity/implementing-slash-commands"""
    person = Person(UserId(str(body.get("user_id"))), str(body.get("user_name") or "Somebody"))
    url = body.get("response_url")
    origin = Origin(
        channel=ChannelId(str(body.get("channel_id") or person.id)),
        person=person,
        response_url=str(url) if url else None,
        door="command",
    )
    identity = f"command:{body.get('trigger_id') or uuid4().hex}"
    return Gesture(identity, str(body.get("text") or ""), origin, now)


def from_message(body: JSON, now: float) -> Gesture | None:
    """Reads `app_mention`, and `message` in a direct message; None for all others and for those of
    programs.

    https://docs.slack.dev/reference/events/app_mention
    """
    event = mapping(body.get("event"))
    user, channel, ts = (text(event.get(name)) for name in ("user", "channel", "ts"))
    is_mention = event.get("type") == "app_mention"
    if not (user and channel and ts) or event.get("bot_id"):
        return None
    if not is_mention and event.get("channel_type") != "im":
        return None
    thread = text(event.get("thread_ts"))
    # Only the person reads a direct message, so answers there need not be ephemeral.
    is_private = is_direct(ChannelId(channel))
    origin = Origin(
        channel=ChannelId(user if is_private else channel),
        person=Person(UserId(user), "Somebody"),
        thread=MessageTs(thread) if thread and thread != ts else None,
        door="message" if is_private else "mention",
    )
    bot = text(_first(body.get("authorizations")).get("user_id"))
    # Slack sends one message as several events.
    identity = f"said:{channel}:{ts}"
    return Gesture(identity, addressed(text(event.get("text")), bot), origin, _seconds(ts, now))


def from_reaction(body: JSON, now: float) -> Gesture | None:
    """Reads `reaction_added` and `reaction_removed`; None for one of the bot's own, and one that is
    not on a message. The value is the emoji's name.

    https://docs.slack.dev/reference/events/reaction_added
    """
    event = mapping(body.get("event"))
    item, at = mapping(event.get("item")), text(event.get("event_ts"))
    user, channel, ts = text(event.get("user")), text(item.get("channel")), text(item.get("ts"))
    bot = _first(body.get("authorizations")).get("user_id")
    if item.get("type") != "message" or not (user and channel and ts) or user == bot:
        return None
    kind = entries.UNREACTED if event.get("type") == "reaction_removed" else entries.REACTED
    name = emoji_name(text(event.get("reaction")))
    origin = Origin(
        channel=ChannelId(channel),
        person=Person(UserId(user), "Somebody"),
        message=MessageTs(ts),
        door="emoji",
    )
    identity = entries.reaction(kind, channel, ts, user, name, at=at)
    return Gesture(identity, name, origin, _seconds(at, now))


def origin_of(body: JSON) -> Origin:
    """The person who acted, and the place. Actions outside of channels are answered in a direct
    message.

    A click on an ephemeral message has no `message`; `container` has the facts.
    """
    user = mapping(body.get("user"))
    identity = user.get("id")
    if not isinstance(identity, str) or not identity:
        raise NotUnderstood("This payload names no person.")
    person = Person(UserId(identity), str(user.get("username") or user.get("name") or "Somebody"))
    if "view" in body:
        return _in_view(mapping(body.get("view")), person, _first(body.get("actions")))
    container = mapping(body.get("container"))
    message = mapping(body.get("message"))
    channel = mapping(body.get("channel")).get("id") or container.get("channel_id")
    ts = container.get("message_ts") or message.get("ts")
    thread = container.get("thread_ts") or message.get("thread_ts")
    url = body.get("response_url")
    listed = acts.list_of(_first(body.get("actions")).get("block_id"))
    cards = conversations_in(message.get("blocks"))
    return Origin(
        channel=ChannelId(str(channel or identity)),
        person=person,
        message=MessageTs(str(ts)) if ts else None,
        # A thread's first message stands in the channel, even with replies.
        thread=MessageTs(str(thread)) if thread and thread != ts else None,
        # In a direct message, a list is an ordinary message.
        private=container.get("is_ephemeral") is True or bool(listed),
        response_url=url if isinstance(url, str) and url else None,
        listed=listed,
        beside=cards if len(cards) > 1 and not listed else (),
    )


def conversations_in(blocks: object) -> tuple[ConversationId, ...]:
    """The conversations whose buttons are in a message's blocks, in their order."""
    found: dict[ConversationId, None] = {}
    for block in map(mapping, blocks if isinstance(blocks, list) else ()):
        with suppress(NotUnderstood):
            found[acts.conversation_of(text(block.get("block_id")))] = None
    return tuple(found)


def _in_view(view: JSON, person: Person, action: JSON) -> Origin:
    """The place where the person opened the form. Home, and a form of another version,
    have only the person's own channel."""
    if home.is_home(view):
        kept = text(view.get("private_metadata"))
        row = home.listed(kept, acts.conversation_in(action.get("block_id")))
        return Origin(ChannelId(person.id), person, private=True, listed=row)
    try:
        form = unpacked(text(view.get("private_metadata")), person)
    except NotUnderstood:
        return Origin(ChannelId(person.id), person)
    if not form.queue or form.conversation:
        return form.origin
    # The end of a queue shows what comes of it.
    return replace(form.origin, listed=f"{acts.QUEUE}.{form.queue}.end")


def _digest(body: JSON, origin: Origin, action: JSON) -> str:
    """The fields that all deliveries of one click share, and no other click has."""
    names = ("block_id", "action_id", "action_ts", "value", "selected_option")
    said = [action.get(name) for name in names]
    parts = json.dumps([body.get("trigger_id"), origin.person.id, origin.message, *said])
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


def _seconds(said: object, now: float) -> float:
    """Slack's time stamp in seconds; `now` if it cannot be read."""
    at = dates.from_slack(said)
    return now if at is None else at


def _first(actions: object) -> JSON:
    return mapping(actions[0]) if isinstance(actions, list) and actions else {}
