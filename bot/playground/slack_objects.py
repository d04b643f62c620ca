"""The JSON of Slack's objects: users, channels, messages, the bot."""

import secrets
from typing import Any

from bot.playground.workspace import Channel, Json, Message, User, Workspace


def some_id() -> str:
    """Five characters, like the ids that Slack generates for a missing block_id or action_id."""
    return secrets.token_hex(3)[:5]


def completed(blocks: list[Json]) -> list[Json]:
    """The blocks with the fields that Slack fills in: block_id, action_id, `emoji` and
    `verbatim`."""
    done: list[Json] = _with_text_defaults(blocks)
    for block in unfolded(done):
        block["block_id"] = block.get("block_id") or some_id()
        for element in parts(block):
            if element["type"] != "image":
                element["action_id"] = element.get("action_id") or some_id()
    return done


def unfolded(blocks: list[Json]) -> list[Json]:
    """The blocks; a container is followed by its blocks."""
    each = [[block, *unfolded(block.get("child_blocks") or [])] for block in blocks]
    return [block for group in each for block in group]


def parts(block: Json) -> list[Json]:
    """The interactive elements of one block, from any of its fields."""
    if block["type"] in ("actions", "context_actions"):
        elements: list[Json] = block["elements"]
        return elements
    if block["type"] == "card":
        buttons: list[Json] = block.get("actions") or []
        return buttons
    if block["type"] == "carousel":
        return [button for card in block["elements"] for button in parts(card)]
    single = {"section": "accessory", "input": "element"}.get(block["type"], "")
    return [block[single]] if block.get(single) else []


def _with_text_defaults(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_text_defaults(item) for item in value]
    if not isinstance(value, dict):
        return value
    copy = {key: _with_text_defaults(item) for key, item in value.items()}
    if copy.get("type") == "plain_text":
        copy.setdefault("emoji", True)
    if copy.get("type") == "mrkdwn":
        copy.setdefault("verbatim", False)
    return copy


def link_to(space: Workspace, message: Message) -> str:
    """The address of a message."""
    link = f"https://{space.team['domain']}.slack.com/archives/{message.channel}"
    link += f"/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={message.channel}"
    return link


def message_json(space: Workspace, message: Message, *, metadata: bool = True) -> Json:
    """A message in the form of chat.postMessage and conversations.history."""
    shown: Json = {
        "user": message.user,
        "type": "message",
        "ts": message.ts,
        "text": message.text,
        "team": space.team_of(message.user),
    }
    if message.user == space.bot.id:
        shown |= {
            "bot_id": space.bot_id,
            "app_id": space.app_id,
            "bot_profile": bot_profile(space),
        }
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.attachments:
        shown["attachments"] = message.attachments
    if message.reactions:
        shown["reactions"] = [
            {"name": each.name, "users": list(each.users), "count": len(each.users)}
            for each in message.reactions
        ]
    if message.subtype:
        shown["subtype"] = message.subtype
    if message.edited_ts:
        shown["edited"] = {"user": message.user, "ts": message.edited_ts}
    if metadata and message.metadata:
        shown["metadata"] = message.metadata
    return shown | _thread_json(space, message)


def _thread_json(space: Workspace, message: Message) -> Json:
    if not message.thread_ts:
        return {}
    if message.is_reply:
        parent = space.message(message.channel, message.thread_ts)
        shown: Json = {"thread_ts": message.thread_ts}
        if parent is not None:
            shown["parent_user_id"] = parent.user
        if message.broadcast:
            shown["subtype"] = "thread_broadcast"
        return shown
    return {
        "thread_ts": message.ts,
        "reply_count": message.reply_count,
        "reply_users_count": len(message.reply_users),
        "latest_reply": message.latest_reply,
        "reply_users": list(message.reply_users),
        "is_locked": False,
        "subscribed": message.user == space.bot.id,
    }


def bot_profile(space: Workspace) -> Json:
    """The profile of the sender in every message of a bot."""
    return {
        "id": space.bot_id,
        "app_id": space.app_id,
        "user_id": space.bot.id,
        "name": space.app_name,
        "icons": _icons("image", (36, 48, 72)),
        "deleted": False,
        "updated": space.created,
        "team_id": space.team["id"],
    }


def _icons(stem: str, sizes: tuple[int, ...]) -> Json:
    return {f"{stem}_{size}": f"https://avatars.example.com/{size}.png" for size in sizes}


def user_json(space: Workspace, user: User) -> Json:
    """A person in the form of users.info (without `users:read.email`, so without an email address).

    Slack says less about people of other teams. A stranger is a person who shares no channel with
    the bot.
    """
    shown: Json = {
        "id": user.id,
        "team_id": space.team_of(user.id),
        "name": user.handle,
        "deleted": user.deleted,
        "color": "9f69e7",
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": "Central European Time",
        "tz_offset": user.tz_offset,
        "profile": {
            "real_name": user.real_name,
            "real_name_normalized": user.real_name,
            "display_name": user.display_name,
            "display_name_normalized": user.display_name,
            "avatar_hash": "g000000000000",
            "status_text": "",
            "status_emoji": "",
            "team": space.team_of(user.id),
            **_icons("image", (24, 32, 48, 72, 192, 512)),
        },
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": bool(user.guest),
        "is_ultra_restricted": user.guest == "one channel",
        "is_bot": user.is_bot,
        "is_app_user": False,
        "has_2fa": False,
        "updated": space.created,
    }
    if not user.team:
        return shown
    for unsaid in ("is_admin", "is_owner", "is_primary_owner", "has_2fa"):
        del shown[unsaid]
    met = any({space.bot.id, user.id} <= {*room.members} for room in space.channels.values())
    return shown | {"is_stranger": not met}


def channel_json(space: Workspace, channel: Channel, *, counted: bool = False) -> Json:
    """A conversation in the form of conversations.info and conversations.list."""
    common: Json = {
        "id": channel.id,
        "created": space.created,
        "is_archived": channel.archived,
        "is_org_shared": False,
        "context_team_id": space.team["id"],
        "updated": space.created * 1000,
    }
    if channel.with_user:
        opened = {"is_im": True, "is_open": True, "is_user_deleted": False, "priority": 0}
        return common | opened | {"user": channel.with_user}
    teams = space.teams(channel)
    note = {"value": "", "creator": "", "last_set": 0}
    shown = common | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.private,
        "is_general": channel.name == "general",
        "is_member": space.bot.id in channel.members,
        "is_shared": len(teams) > 1,
        "is_ext_shared": len(teams) > 1,
        "is_frozen": False,
        "pending_connected_team_ids": [],
        "is_pending_ext_shared": False,
        "unlinked": 0,
        "creator": next(iter(channel.members), ""),
        "shared_team_ids": teams,
        "pending_shared": [],
        "parent_conversation": None,
        "previous_names": [],
        "topic": note,
        "purpose": note,
    }
    return shown | {"num_members": len(channel.members)} if counted else shown
