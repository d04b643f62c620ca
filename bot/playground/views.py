"""The views.* methods: modals and the Home tab.

https://docs.slack.dev/surfaces/modals
"""

import json
from typing import Any

from bot.playground.blocks import problems, ungranted
from bot.playground.elements import Surface, plain
from bot.playground.rules import Check, Shape, anything, boolean, shaped, string
from bot.playground.slack_objects import completed, unfolded
from bot.playground.wire import Args, invalid_arguments
from bot.playground.workspace import Json, Refused, View, Workspace

STACK = 3
MOST_BYTES = 250_000
COMMON: dict[str, Check] = {
    "type": anything,
    "blocks": anything,
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
MODAL = Shape(
    {
        **COMMON,
        "title": plain(24),
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
    ("title", "blocks"),
)
HOME = Shape(COMMON, ("blocks",))


def checked_view(space: Workspace, given: Any, surface: Surface) -> Json:
    """The view that was sent, or Slack's refusal with every violation."""
    if not isinstance(given, dict):
        raise invalid_arguments("must provide an object [json-pointer:/view]")
    if given.get("type") != surface:
        raise invalid_arguments(f"unsupported type: {given.get('type')} [json-pointer:/view/type]")
    written = json.dumps(given, separators=(",", ":"), ensure_ascii=False)
    if len(written.encode(errors="surrogatepass")) > MOST_BYTES:
        raise Refused("view_too_large")
    found: list[str] = []
    shaped(HOME if surface == "home" else MODAL)(given, "/view", found)
    blocks = given.get("blocks", [])
    inside = problems(blocks, surface) or ungranted(blocks, space.scopes, space.unfurl_domains)
    found += [message.replace("json-pointer:/", "json-pointer:/view/") for message in inside]
    if not found and not given.get("submit") and surface == "modal" and _asks(given):
        found.append("[ERROR] missing required field: submit [json-pointer:/view]")
    if found:
        raise invalid_arguments(*[message.removeprefix("[ERROR] ") for message in found])
    return given


def _asks(given: Json) -> bool:
    return any(block["type"] == "input" for block in unfolded(given["blocks"]))


def kept(space: Workspace, given: Json, user: str, *, old: View | None = None) -> View:
    """The view as Slack stores and returns it. `old`: the view whose id and place it takes."""
    external = given.get("external_id") or ""
    for view in space.views.values():
        if external and view.body["external_id"] == external and view != old:
            raise Refused("duplicate_external_id")
    view_id = old.id if old else space.next_id("V")
    body: Json = {
        "id": view_id,
        "team_id": space.team["id"],
        "type": given["type"],
        "blocks": completed(given["blocks"]),
        "private_metadata": given.get("private_metadata") or "",
        "callback_id": given.get("callback_id") or "",
        "state": {"values": {}},
        "hash": f"{space.next_ts()}.{space.next_id('')[-8:]}",
        "title": given.get("title"),
        "clear_on_close": bool(given.get("clear_on_close")),
        "notify_on_close": bool(given.get("notify_on_close")),
        "close": given.get("close"),
        "submit": given.get("submit"),
        "previous_view_id": old.body["previous_view_id"] if old else None,
        "root_view_id": old.body["root_view_id"] if old else view_id,
        "app_id": space.app_id,
        "external_id": external,
        "app_installed_team_id": space.team["id"],
        "bot_id": space.bot_id,
    }
    return View(view_id, user, body)


def _stored(space: Workspace, view: View) -> Json:
    (space.homes if view.body["type"] == "home" else space.views)[
        view.user if view.body["type"] == "home" else view.id
    ] = view
    space.changes.tell()
    return {"view": view.body}


def open_view(space: Workspace, args: Args) -> Json:
    """Opens a modal with a trigger_id.

    https://docs.slack.dev/reference/methods/views.open
    """
    given = checked_view(space, args.parsed("view", "invalid_arguments"), "modal")
    trigger = space.exchange(args.text("trigger_id"))
    return _stored(space, kept(space, given, trigger.user))


def push_view(space: Workspace, args: Args) -> Json:
    """Stacks a modal on the one that the trigger_id came from.

    https://docs.slack.dev/reference/methods/views.push
    """
    given = checked_view(space, args.parsed("view", "invalid_arguments"), "modal")
    trigger = space.exchange(args.text("trigger_id"))
    below = space.views.get(trigger.view)
    if below is None:
        raise Refused("not_found")
    return _stored(space, on_top(space, below, given))


def on_top(space: Workspace, below: View, given: Json) -> View:
    """A view on top of another, at most three."""
    depth, view = 1, below
    while view.body["previous_view_id"]:
        depth, view = depth + 1, space.views[view.body["previous_view_id"]]
    if depth >= STACK:
        raise Refused("push_limit_reached")
    above = kept(space, given, below.user)
    above.body["previous_view_id"], above.body["root_view_id"] = below.id, view.id
    return above


def update_view(space: Workspace, args: Args) -> Json:
    """Replaces an open modal, found by `view_id` or `external_id`.

    https://docs.slack.dev/reference/methods/views.update
    """
    view_id, external = args.text("view_id"), args.text("external_id")
    if not view_id and not external:
        raise invalid_arguments("must define either `view_id` or `external_id`")
    old = space.views.get(view_id)
    if external:
        same = (v for v in space.views.values() if v.body["external_id"] == external)
        old = next(same, None)
    if old is None:
        raise Refused("not_found")
    given = checked_view(space, args.parsed("view", "invalid_arguments"), "modal")
    if args.text("hash") and args.text("hash") != old.body["hash"]:
        raise Refused("hash_conflict")
    return _stored(space, kept(space, given, old.user, old=old))


def publish_view(space: Workspace, args: Args) -> Json:
    """Sets a person's Home tab.

    https://docs.slack.dev/reference/methods/views.publish
    """
    user = args.text("user_id")
    if user not in space.users:
        raise invalid_arguments("invalid `user_id`")
    if not space.home_tab:
        raise Refused("not_enabled")
    given = checked_view(space, args.parsed("view", "invalid_arguments"), "home")
    old = space.homes.get(user)
    if args.text("hash") and (old is None or args.text("hash") != old.body["hash"]):
        raise Refused("hash_conflict")
    return _stored(space, kept(space, given, user, old=old))


def settled(space: Workspace, view: View, answer: Json) -> None:
    """Shows what an answer to view_submission asks for with `response_action`.

    No action closes the view; `clear` closes the whole stack; `errors` leaves it open.
    https://docs.slack.dev/surfaces/modals#updating_response
    """
    action = answer.get("response_action")
    if action == "errors":
        _check_errors(view, answer.get("errors"))
        return
    if action == "update":
        new = checked_view(space, answer.get("view"), "modal")
        _stored(space, kept(space, new, view.user, old=view))
    elif action == "push":
        _stored(space, on_top(space, view, checked_view(space, answer.get("view"), "modal")))
    elif action == "clear":
        root = view.body["root_view_id"]
        for other in [v for v in space.views.values() if v.body["root_view_id"] == root]:
            del space.views[other.id]
    else:
        space.views.pop(view.id, None)
    space.changes.tell()


def _check_errors(view: View, errors: Any) -> None:
    """Errors belong to input blocks of the view; Slack shows no others."""
    inputs = {block["block_id"] for block in unfolded(view.blocks) if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
        raise invalid_arguments("errors must name the block_id of an input")


def closed(space: Workspace, view: View) -> list[View]:
    """The views that close when a person closes a modal: itself, or its whole stack, from the
    bottom."""
    now = space.views.get(view.id)
    if now is None:
        return []
    root = now.body["root_view_id"]
    stack = [each for each in space.views.values() if each.body["root_view_id"] == root]
    gone = stack if now.body["clear_on_close"] else [now]
    for each in gone:
        del space.views[each.id]
    space.changes.tell()
    return gone
