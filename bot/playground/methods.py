"""The Web API: its methods, their requirements, and the checks before a call.

https://docs.slack.dev/apis/web-api
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.playground import chat, lookups, reactions, views
from bot.playground.slack_faults import Rate, RateLimiter
from bot.playground.wire import Args, invalid_arguments
from bot.playground.workspace import Json, Refused, Workspace

Act = Callable[[Workspace, Args], Json]

TIER_2, TIER_3, TIER_4, SPECIAL = Rate(20, 20), Rate(50, 50), Rate(100, 100), Rate(600, 600)
A_SECOND = Rate(60, 4, by_channel=True)


def _each_kind(ability: str) -> tuple[str, ...]:
    return tuple(f"{kind}:{ability}" for kind in ("channels", "groups", "im", "mpim"))


READ, HISTORY = _each_kind("read"), _each_kind("history")
OPEN = ("channels:manage", "groups:write", "im:write", "mpim:write")


@dataclass(frozen=True)
class Method:
    """A method for a token of the kind `token` with one of the `scopes`.

    A `form_only` method ignores a JSON body; a `post_only` one refuses GET.
    """

    act: Act
    rate: Rate
    required: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    form_only: bool = False
    post_only: bool = False
    token: Literal["bot", "app", "either", "none"] = "bot"


METHODS: Mapping[str, Method] = {
    "api.test": Method(lookups.api_test, SPECIAL, token="none"),
    "auth.test": Method(lookups.auth_test, SPECIAL, token="either"),
    "bots.info": Method(lookups.bots_info, TIER_3, scopes=("users:read",), form_only=True),
    "chat.delete": Method(chat.delete, TIER_3, ("channel", "ts"), ("chat:write",)),
    "chat.getPermalink": Method(chat.permalink, SPECIAL, ("channel", "message_ts"), form_only=True),
    "chat.postEphemeral": Method(chat.post_ephemeral, TIER_4, ("channel", "user"), ("chat:write",)),
    "chat.postMessage": Method(chat.post_message, A_SECOND, ("channel",), ("chat:write",)),
    "chat.update": Method(chat.update, TIER_3, ("channel", "ts"), ("chat:write",)),
    "conversations.history": Method(lookups.history, TIER_3, ("channel",), HISTORY),
    "conversations.info": Method(
        lookups.conversations_info, TIER_3, ("channel",), READ, form_only=True
    ),
    "conversations.list": Method(lookups.conversations_list, TIER_2, (), READ, form_only=True),
    "conversations.members": Method(
        lookups.conversations_members, TIER_4, ("channel",), READ, form_only=True
    ),
    "conversations.open": Method(lookups.conversations_open, TIER_3, scopes=OPEN),
    "conversations.replies": Method(
        lookups.replies, TIER_3, ("channel", "ts"), HISTORY, form_only=True
    ),
    "reactions.add": Method(reactions.add, TIER_3, ("name",), ("reactions:write",)),
    "reactions.get": Method(reactions.get, TIER_3, scopes=("reactions:read",), form_only=True),
    "reactions.remove": Method(reactions.remove, TIER_2, ("name",), ("reactions:write",)),
    "team.info": Method(lookups.team_info, TIER_3, scopes=("team:read",)),
    "usergroups.users.list": Method(
        lookups.usergroup_users, TIER_2, ("usergroup",), ("usergroups:read",), form_only=True
    ),
    "users.info": Method(lookups.users_info, TIER_4, ("user",), ("users:read",), form_only=True),
    "users.list": Method(lookups.users_list, TIER_2, scopes=("users:read",), form_only=True),
    "views.open": Method(views.open_view, TIER_4, ("view", "trigger_id")),
    "views.publish": Method(views.publish_view, TIER_4, ("user_id", "view")),
    "views.push": Method(views.push_view, TIER_4, ("view", "trigger_id")),
    "views.update": Method(views.update_view, TIER_4, ("view",)),
}


@dataclass(frozen=True)
class Tokens:
    """The tokens of this workspace."""

    bot: str
    app: str


@dataclass(frozen=True)
class Sent:
    """An incoming call: the query or form, the JSON body, the token, and the HTTP method."""

    form: Mapping[str, Any]
    body: Mapping[str, Any]
    token: str
    verb: str


def admit(name: str, method: Method | None, sent: Sent, tokens: Tokens) -> Method:
    """The method, if it exists and accepts this kind of token."""
    if method is None:
        raise Refused("unknown_method", req_method=name)
    if method.post_only and sent.verb != "POST":
        raise Refused("insecure_request")
    if method.token == "none":
        return method
    if not sent.token:
        raise Refused("missing_args" if method.token == "app" else "not_authed")
    kinds = {tokens.bot: "bot", tokens.app: "app"}
    if sent.token not in kinds:
        raise Refused("invalid_auth")
    if method.token not in (kinds[sent.token], "either"):
        raise Refused("not_allowed_token_type")
    return method


def arguments(method: Method, sent: Sent, scopes: frozenset[str], *, app: bool = False) -> Args:
    """The arguments, if the token has a scope and all required ones are there. `app`: the token is
    the app-level one."""
    values = sent.form if method.form_only else {**sent.form, **sent.body}
    args = Args({key: value for key, value in values.items() if key != "token"}, scopes, app=app)
    if method.scopes:
        args.need(*method.scopes)
    missing = [name for name in method.required if not args.values.get(name)]
    if missing:
        raise invalid_arguments(*[f"missing required field: {name}" for name in missing])
    return args


def within_rates(limits: RateLimiter, name: str, method: Method, args: Args) -> int:
    """Seconds to wait; 0 if the call may pass."""
    return limits.wait(method.rate, name, args.text("channel"))
