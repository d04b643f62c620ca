"""The Web API: which methods there are, what each needs, and how an answer comes about.

https://docs.slack.dev/apis/web-api
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground import chat, lookups, reactions, views
from bot.playground.faults import Limits, Rate
from bot.playground.wire import Args, invalid_arguments
from bot.playground.workspace import Json, Refused, Workspace

Act = Callable[[Workspace, Args], Json]

TIER_2, TIER_3, TIER_4, SPECIAL = Rate(20, 20), Rate(50, 50), Rate(100, 100), Rate(600, 600)
A_SECOND = Rate(60, 4, by_channel=True)


@dataclass(frozen=True)
class Method:
    """One method; a `form_only` one does not look at a JSON body, as Slack's reading methods."""

    act: Act
    rate: Rate
    required: tuple[str, ...] = ()
    scope: str = ""
    form_only: bool = False
    app_token: bool = False
    open_to_all: bool = False


METHODS: Mapping[str, Method] = {
    "api.test": Method(lookups.api_test, SPECIAL, open_to_all=True),
    "auth.test": Method(lookups.auth_test, SPECIAL),
    "bots.info": Method(lookups.bots_info, TIER_3, scope="users:read", form_only=True),
    "chat.delete": Method(chat.delete, TIER_3, ("channel", "ts"), "chat:write"),
    "chat.getPermalink": Method(chat.permalink, SPECIAL, ("channel", "message_ts"), form_only=True),
    "chat.postEphemeral": Method(chat.post_ephemeral, TIER_4, ("channel", "user"), "chat:write"),
    "chat.postMessage": Method(chat.post_message, A_SECOND, ("channel",), "chat:write"),
    "chat.update": Method(chat.update, TIER_3, ("channel", "ts"), "chat:write"),
    "conversations.history": Method(lookups.history, TIER_3, ("channel",), form_only=True),
    "conversations.info": Method(lookups.conversations_info, TIER_3, ("channel",), form_only=True),
    "conversations.list": Method(lookups.conversations_list, TIER_2, form_only=True),
    "conversations.members": Method(
        lookups.conversations_members, TIER_4, ("channel",), form_only=True
    ),
    "conversations.open": Method(lookups.conversations_open, TIER_3, scope="im:write"),
    "conversations.replies": Method(lookups.replies, TIER_3, ("channel", "ts"), form_only=True),
    "reactions.add": Method(reactions.add, TIER_3, ("name",), "reactions:write"),
    "reactions.get": Method(reactions.get, TIER_3, scope="reactions:read", form_only=True),
    "reactions.remove": Method(reactions.remove, TIER_2, ("name",), "reactions:write"),
    "team.info": Method(lookups.team_info, TIER_3, scope="team:read", form_only=True),
    "usergroups.users.list": Method(
        lookups.usergroup_users, TIER_2, ("usergroup",), "usergroups:read", form_only=True
    ),
    "users.info": Method(lookups.users_info, TIER_4, ("user",), "users:read", form_only=True),
    "users.list": Method(lookups.users_list, TIER_2, scope="users:read", form_only=True),
    "views.open": Method(views.open_view, TIER_4, ("view", "trigger_id")),
    "views.publish": Method(views.publish_view, TIER_4, ("user_id", "view")),
    "views.push": Method(views.push_view, TIER_4, ("view", "trigger_id")),
    "views.update": Method(views.update_view, TIER_4, ("view",)),
}


@dataclass(frozen=True)
class Tokens:
    """The tokens that this workspace has given out."""

    bot: str
    app: str


@dataclass(frozen=True)
class Sent:
    """A call as it came in: the query or form, the JSON body, and the token."""

    form: Mapping[str, Any]
    body: Mapping[str, Any]
    token: str


def admit(name: str, method: Method | None, sent: Sent, tokens: Tokens) -> Method:
    """The method, if it exists and the token is of the kind that it takes."""
    if method is None:
        raise Refused("unknown_method", req_method=name)
    if method.open_to_all:
        return method
    if not sent.token:
        raise Refused("not_authed")
    if sent.token not in (tokens.bot, tokens.app):
        raise Refused("invalid_auth")
    if (sent.token == tokens.app) != method.app_token:
        raise Refused("not_allowed_token_type")
    return method


def arguments(method: Method, sent: Sent, scopes: frozenset[str]) -> Args:
    """The arguments, if the scope is there and none of the required ones is missing."""
    values = sent.form if method.form_only else {**sent.form, **sent.body}
    args = Args({key: value for key, value in values.items() if key != "token"}, scopes)
    if method.scope:
        args.need(method.scope)
    missing = [name for name in method.required if not args.values.get(name)]
    if missing:
        raise invalid_arguments(*[f"missing required field: {name}" for name in missing])
    return args


def within_rates(limits: Limits, name: str, method: Method, args: Args) -> int:
    """Seconds to wait, 0 when the call may pass."""
    return limits.wait(method.rate, name, args.text("channel"))
