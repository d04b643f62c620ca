"""The methods that only read: people, channels, messages; and conversations.open.

https://docs.slack.dev/reference/methods
"""

import base64
import binascii
from typing import TypeVar

from bot.playground.slack_objects import bot_profile, channel_json, message_json, user_json
from bot.playground.wire import Args
from bot.playground.workspace import Channel, Json, Message, Refused, Span, Workspace

MOST = 1000
MOST_IN_GROUP = 8
T = TypeVar("T")
CURSOR = "next:"


def auth_test(space: Workspace, args: Args) -> Json:
    """The token's owner; for an app-level token, the app.

    https://docs.slack.dev/reference/methods/auth.test
    """
    if args.app:  # Slack's SDKs know these two fields; no answer as a whole was found.
        return {"app_id": space.app_id, "app_name": space.app_name}
    return {
        "url": f"https://{space.team['domain']}.slack.com/",
        "team": space.team["name"],
        "user": space.bot.handle,
        "team_id": space.team["id"],
        "user_id": space.bot.id,
        "bot_id": space.bot_id,
        "is_enterprise_install": False,
    }


def api_test(space: Workspace, args: Args) -> Json:
    """Returns its arguments; `error` asks for a refusal.

    https://docs.slack.dev/reference/methods/api.test
    """
    if args.text("error"):
        raise Refused(args.text("error"), args=dict(args.values))
    return {"args": dict(args.values)} if args.values else {}


def team_info(space: Workspace, args: Args) -> Json:
    """The team.

    https://docs.slack.dev/reference/methods/team.info
    """
    if args.text("domain") and not args.text("team"):
        raise Refused("team_not_on_enterprise")
    if args.text("team") not in ("", space.team["id"]):
        raise Refused("team_not_found")
    return {"team": {**space.team, "email_domain": "", "icon": {"image_default": True}}}


def bots_info(space: Workspace, args: Args) -> Json:
    """The bot as others see it; empty without `bot`.

    https://docs.slack.dev/reference/methods/bots.info
    """
    if args.text("bot") not in ("", space.bot_id):
        raise Refused("bot_not_found")
    return {"bot": bot_profile(space)} if args.text("bot") else {}


def users_info(space: Workspace, args: Args) -> Json:
    """A person.

    https://docs.slack.dev/reference/methods/users.info
    """
    user = space.users.get(args.text("user"))
    if user is None:
        raise Refused("user_not_found")
    shown = user_json(space, user)
    return {"user": shown | {"locale": "en-US"} if args.flag("include_locale") else shown}


def users_list(space: Workspace, args: Args) -> Json:
    """Everybody in the workspace, bots included, in pages.

    https://docs.slack.dev/reference/methods/users.list
    """
    page, after = _page(list(space.users.values()), args)
    locale = {"locale": "en-US"} if args.flag("include_locale") else {}
    members = [user_json(space, user) | locale for user in page]
    told = {"cache_ts": int(space.clock()), "response_metadata": {"next_cursor": after}}
    return {"members": members, **told}


def usergroup_users(space: Workspace, args: Args) -> Json:
    """The members of a user group.

    https://docs.slack.dev/reference/methods/usergroups.users.list
    """
    group = space.groups.get(args.text("usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    return {"users": list(group.users)}


def conversation(space: Workspace, args: Args, ability: str) -> Channel:
    """The conversation, if the bot can see it and has the scope for its kind."""
    room = space.channels.get(args.text("channel"))
    if room is None or (room.private and space.bot.id not in room.members):
        raise Refused("channel_not_found")
    kind = "im" if room.with_user else "groups" if room.private else "channels"
    args.need(f"{kind}:{ability}")
    return room


def conversations_info(space: Workspace, args: Args) -> Json:
    """One conversation.

    https://docs.slack.dev/reference/methods/conversations.info
    """
    room = conversation(space, args, "read")
    return {"channel": channel_json(space, room, counted=args.flag("include_num_members"))}


def conversations_members(space: Workspace, args: Args) -> Json:
    """The members of a conversation, in pages.

    https://docs.slack.dev/reference/methods/conversations.members
    """
    room = conversation(space, args, "read")
    page, after = _page(list(room.members), args)
    return {"members": page, "response_metadata": {"next_cursor": after}}


def conversations_list(space: Workspace, args: Args) -> Json:
    """The conversations that the bot can see, in pages.

    https://docs.slack.dev/reference/methods/conversations.list
    """
    kinds = (args.text("types") or "public_channel").replace(" ", "").split(",")
    scopes = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read"}
    for kind in kinds:
        if kind not in (*scopes, "mpim"):
            raise Refused("invalid_types")
        args.need(scopes.get(kind, "mpim:read"))
    rooms = [room for room in space.channels.values() if _listed(space, room, kinds)]
    if args.flag("exclude_archived"):
        rooms = [room for room in rooms if not room.archived]
    page, after = _page(rooms, args)
    shown = [channel_json(space, room, counted=True) for room in page]
    return {"channels": shown, "response_metadata": {"next_cursor": after}}


def _listed(space: Workspace, room: Channel, kinds: list[str]) -> bool:
    if room.with_user:
        return "im" in kinds
    if room.private:
        return "private_channel" in kinds and space.bot.id in room.members
    return "public_channel" in kinds


def conversations_open(space: Workspace, args: Args) -> Json:
    """Open a direct message with one person; group messages are not part of this workspace.

    https://docs.slack.dev/reference/methods/conversations.open
    """
    given = args.values.get("users") or ""
    named = given if isinstance(given, list) else str(given).split(",")
    people = list(dict.fromkeys(str(user).strip() for user in named if user))
    if not people and not args.text("channel"):
        raise Refused("users_list_not_supplied")
    if args.text("channel"):
        room = space.channels.get(args.text("channel"))
        if room is None:
            raise Refused("channel_not_found")
        if not room.with_user:
            raise Refused("method_not_supported_for_channel_type")
        people = [room.with_user]
    if len(people) > MOST_IN_GROUP:
        raise Refused("too_many_users")
    args.need("mpim:write" if len(people) > 1 else "im:write")
    if any(user not in space.users for user in people):
        raise Refused("user_not_found")
    if any(space.users[user].deleted for user in people):
        raise Refused("user_disabled")
    if len(people) > 1:
        raise Refused("method_not_supported_for_channel_type")
    before = len(space.channels)
    if args.flag("prevent_creation") and f"D{people[0][1:]}" not in space.channels:
        raise Refused("channel_not_found")  # which error Slack has for it is not documented
    room = space.direct(people[0])
    shown = channel_json(space, room) if args.flag("return_im") else {"id": room.id}
    again = {"no_op": True, "already_open": True} if len(space.channels) == before else {}
    return {**again, "channel": shown}


def history(space: Workspace, args: Args) -> Json:
    """Top-level messages, newest first.

    https://docs.slack.dev/reference/methods/conversations.history
    """
    room = _readable(space, args)
    limit = args.number("limit", 100, MOST)
    span = _span(args)
    if args.text("cursor"):
        span = Span(span.oldest, _opened(args), inclusive=True)
    found = space.top(room.id, span, limit + 1)[::-1]
    return _messages(space, args, found, limit, [])


def replies(space: Workspace, args: Args) -> Json:
    """A thread, oldest first, with its parent first on every page. For a reply, the reply alone.

    https://docs.slack.dev/reference/methods/conversations.replies
    """
    room = _readable(space, args)
    parent = space.message(room.id, args.text("ts"))
    if parent is None or parent.to:
        raise Refused("thread_not_found")
    limit = args.number("limit", MOST, MOST)
    span = _span(args)
    if args.text("cursor"):
        span = Span(_opened(args), span.latest, inclusive=True)
    found = space.replies(room.id, parent.ts, span, limit + 1)
    return _messages(space, args, found, limit, [parent])


def _readable(space: Workspace, args: Args) -> Channel:
    room = conversation(space, args, "history")
    if space.bot.id not in room.members:
        raise Refused("not_in_channel")
    return room


def _span(args: Args) -> Span:
    return Span(
        args.stamp("oldest", "invalid_ts_oldest"),
        args.stamp("latest", "invalid_ts_latest"),
        args.flag("inclusive"),
    )


def _messages(
    space: Workspace, args: Args, found: list[Message], limit: int, head: list[Message]
) -> Json:
    page = [*head, *found[:limit]]
    metadata = args.flag("include_all_metadata")
    answer: Json = {
        "messages": [message_json(space, message, metadata=metadata) for message in page],
        "has_more": len(found) > limit,
    }
    if not head:
        answer |= {"pin_count": 0, "channel_actions_ts": None, "channel_actions_count": 0}
    if len(found) > limit:
        answer["response_metadata"] = {"next_cursor": _cursor(found[limit].ts)}
    return answer


def _page(items: list[T], args: Args) -> tuple[list[T], str]:
    limit = args.number("limit", 100, MOST)
    start = _start(args)
    end = start + limit
    return items[start:end], _cursor(str(end)) if end < len(items) else ""


def _start(args: Args) -> int:
    if not args.text("cursor"):
        return 0
    plain = _opened(args)
    if not plain.isdecimal():
        raise Refused("invalid_cursor")
    return int(plain)


def _cursor(value: str) -> str:
    return base64.b64encode(f"{CURSOR}{value}".encode()).decode()


def _opened(args: Args) -> str:
    try:
        plain = base64.b64decode(args.text("cursor"), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Refused("invalid_cursor") from None
    if not plain.startswith(CURSOR):
        raise Refused("invalid_cursor")
    return plain.removeprefix(CURSOR)
