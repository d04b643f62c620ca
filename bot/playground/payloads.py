"""The payloads that Slack sends to a bot when a person acts.

https://docs.slack.dev/reference/interaction-payloads
"""

from collections.abc import Mapping
from typing import Any

from bot.playground.slack_objects import message_json, parts, unfolded
from bot.playground.workspace import Channel, Json, Message, User, View, Workspace

VERIFICATION_TOKEN = "deprecated-token-not-real"

# For each element: its field in `state`, and the field with its initial value.
STATE: Mapping[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "url_text_input": ("value", "initial_value"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", ""),
}


def channel_name(channel: Channel) -> str:
    """The name in payloads. Slack hides the names of private channels."""
    if channel.with_user:
        return "directmessage"
    return "privategroup" if channel.private else channel.name


def interaction(space: Workspace, kind: str, user: User) -> Json:
    """The fields that all interactions share."""
    return {
        "type": kind,
        "user": {
            "id": user.id,
            "username": user.handle,
            "name": user.handle,
            "team_id": space.team_of(user.id),
        },
        "api_app_id": space.app_id,
        "token": VERIFICATION_TOKEN,
        "team": {"id": space.team["id"], "domain": space.team["domain"]},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def shortcut(space: Workspace, kind: str, user: User) -> Json:
    """The fields that both kinds of shortcuts share. They lack the app, which other interactions
    name.

    https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
    """
    payload = interaction(space, kind, user)
    del payload["api_app_id"]
    return payload


def state_of(blocks: list[Json], entered: Mapping[tuple[str, str], Any]) -> Json:
    """`state.values`: the value of every menu and field. `entered` is by (block_id, action_id)."""
    values: dict[str, Json] = {}
    for block in unfolded(blocks):
        for element in parts(block):
            if element["type"] not in STATE:
                continue
            name, initial = STATE[element["type"]]
            nothing: Any = [] if name.endswith("s") else None
            key = (block["block_id"], element["action_id"])
            shown = entered.get(key, element.get(initial, nothing))
            state = {"type": element["type"], name: shown}
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return {"values": values}


def on_message(space: Workspace, message: Message, response_url: str) -> Json:
    """The place of an action on a message. An ephemeral message itself is left out."""
    channel = space.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": bool(message.to),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    where: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "response_url": response_url,
    }
    if not message.to:
        where["message"] = message_json(space, message)
    return where


def on_view(view: View, state: Json) -> Json:
    """The place of an action in a modal or the Home tab, with the input there."""
    return {
        "container": {"type": "view", "view_id": view.id},
        "view": view.body | {"state": state},
    }


def button_action(block: Json, button: Json, ts: str) -> Json:
    """The action of a click on a button."""
    sent = {"action_id": button["action_id"], "block_id": block["block_id"], "text": button["text"]}
    sent |= {name: button[name] for name in ("value", "style") if name in button}
    return sent | {"type": button["type"], "action_ts": ts}


def menu_action(block: Json, menu: Json, chosen: Any, ts: str) -> Json:
    """The action of a choice in a menu, or of a field that sends its text."""
    name, initial = STATE.get(menu["type"], ("selected_option", ""))
    sent: Json = {
        "type": menu["type"],
        "action_id": menu["action_id"],
        "block_id": block["block_id"],
        name: chosen,
    }
    sent |= {each: menu[each] for each in (initial, "placeholder", "timezone") if each in menu}
    return sent | {"action_ts": ts}


def suggestion(
    space: Workspace, place: Message | View, block: Json, menu: Json, typed: str, user: User
) -> Json:
    """A `block_suggestion`: what a person has typed into an external menu.

    https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
    """
    payload = interaction(space, "block_suggestion", user)
    if isinstance(place, View):
        payload |= on_view(place, state_of(place.blocks, {}))
    else:
        where = on_message(space, place, "")
        payload |= {name: value for name, value in where.items() if name != "response_url"}
    ids = {"action_id": menu["action_id"], "block_id": block["block_id"]}
    return payload | ids | {"value": typed}


def slash_command(
    space: Workspace, command: str, text: str, channel: Channel, user: User
) -> dict[str, str]:
    """The flat form of a slash command, without `response_url` and `trigger_id`.

    https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": space.team["id"],
        "team_domain": space.team["domain"],
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.handle,
        "command": command,
        "text": text,
        "api_app_id": space.app_id,
        "is_enterprise_install": "false",
    }


def event_envelope(space: Workspace, event: Json) -> Json:
    """The wrapper around an event.

    https://docs.slack.dev/apis/events-api/#callback-field
    """
    event_id = space.next_id("Ev")
    room = space.channels.get(str(event.get("channel")))
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": space.team["id"],
        "context_team_id": space.team["id"],
        "context_enterprise_id": None,
        "api_app_id": space.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(space.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": space.team["id"],
                "user_id": space.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": room is not None and len(space.teams(room)) > 1,
        "event_context": f"4-{event_id}",
    }
