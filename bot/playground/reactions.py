"""Reactions: reactions.add, reactions.remove and reactions.get.

https://docs.slack.dev/reference/methods?family=reactions
"""

import re
from typing import Any

from bot.playground.slack_objects import link_to, message_json
from bot.playground.wire import TS, Args
from bot.playground.workspace import Channel, Json, Message, Reaction, Refused, Workspace

# Workspaces add their own emoji, so only the form of a name is checked.
NAME = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")
MOST_EMOJI = 50
MOST_OF_ONE = 23


def put(space: Workspace, message: Message, name: str, user: str) -> Message:
    """The message with one more reaction; refused if it is there already or one too many.

    https://docs.slack.dev/reference/methods/reactions.add
    """
    if not NAME.fullmatch(name):
        raise Refused("invalid_name")
    if message.to or message.subtype == "tombstone":
        raise Refused("message_not_found")
    had = {each.name: each.users for each in message.reactions}
    if user in had.get(name, ()):
        raise Refused("already_reacted")
    if sum(user in users for users in had.values()) >= MOST_OF_ONE:
        raise Refused("too_many_reactions")
    if name not in had and len(had) >= MOST_EMOJI:
        raise Refused("too_many_emoji")
    return _with(space, message, had | {name: (*had.get(name, ()), user)})


def take(space: Workspace, message: Message, name: str, user: str) -> Message:
    """The message without this person's reaction; refused if there is none.

    https://docs.slack.dev/reference/methods/reactions.remove
    """
    had = {each.name: each.users for each in message.reactions}
    if user not in had.get(name, ()):
        raise Refused("no_reaction")
    left = {name: tuple(each for each in had[name] if each != user)}
    return _with(space, message, {key: users for key, users in (had | left).items() if users})


def _with(space: Workspace, message: Message, users: dict[str, tuple[str, ...]]) -> Message:
    reactions = tuple(Reaction(name, each) for name, each in users.items())
    return space.change(message, reactions=reactions)


def add(space: Workspace, args: Args) -> Json:
    """Adds a reaction as the bot.

    https://docs.slack.dev/reference/methods/reactions.add
    """
    room, message = _item(space, args)
    if room.archived:
        raise Refused("is_archived")
    put(space, message, _name(args), space.bot.id)
    return {}


def remove(space: Workspace, args: Args) -> Json:
    """Removes a reaction of the bot.

    https://docs.slack.dev/reference/methods/reactions.remove
    """
    _, message = _item(space, args)
    take(space, message, _name(args), space.bot.id)
    return {}


def get(space: Workspace, args: Args) -> Json:
    """A message with its reactions.

    https://docs.slack.dev/reference/methods/reactions.get
    """
    room, message = _item(space, args)
    shown: dict[str, Any] = message_json(space, message)
    shown["permalink"] = link_to(space, message)
    return {"type": "message", "channel": room.id, "message": shown}


def _name(args: Args) -> str:
    return args.text("name").strip(":")


def _item(space: Workspace, args: Args) -> tuple[Channel, Message]:
    channel, ts = args.text("channel"), args.text("timestamp")
    if not channel or not ts:
        raise Refused("no_item_specified")
    room = space.channels.get(channel)
    if room is None or (room.private and space.bot.id not in room.members):
        raise Refused("channel_not_found")
    if not TS.fullmatch(ts):
        raise Refused("bad_timestamp")
    message = space.message(room.id, ts)
    if message is None or message.to:
        raise Refused("message_not_found")
    return room, message
