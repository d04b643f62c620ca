"""Secondary attachments of a message: which ones Slack refuses, and how it stores the others.

https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments
"""

from typing import Any, Final

from bot.playground.blocks import problems, ungranted
from bot.playground.slack_objects import completed
from bot.playground.wire import Args
from bot.playground.workspace import Json, Refused, Workspace

MOST = 100
FALLBACK: Final = "[no preview available]"
NAMED_COLOURS: Final = {"good": "2eb886", "warning": "daa038", "danger": "a30200"}
# Slack drops an attachment that has none of these.
SHOWN: Final = ("text", "title", "pretext", "author_name", "fields", "image_url", "footer")


def checked_attachments(space: Workspace, args: Args) -> list[Json] | None:
    """The attachments as Slack stores them, or its refusal; None if there are none."""
    given = args.parsed("attachments", "invalid_attachments")
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise Refused("invalid_attachments")
    if len(given) > MOST:
        raise Refused("too_many_attachments")
    return [_kept(space, each, index) for index, each in enumerate(given, 1) if _shows(each)]


def _shows(attachment: Json) -> bool:
    return any(attachment.get(name) for name in (*SHOWN, "blocks", "thumb_url"))


def _kept(space: Workspace, attachment: Json, number: int) -> Json:
    kept: Json = {"id": number, **attachment}
    colour: Any = attachment.get("color")
    if colour is not None:
        kept["color"] = NAMED_COLOURS.get(str(colour), str(colour).removeprefix("#"))
    if "blocks" in attachment:
        found = problems(attachment["blocks"], "message")
        found = found or ungranted(attachment["blocks"], space.scopes, space.unfurl_domains)
        if found:
            where = f"json-pointer:/attachments/{number - 1}/"
            told = [message.replace("json-pointer:/", where) for message in found]
            raise Refused("invalid_attachments", response_metadata={"messages": told})
        kept["blocks"] = completed(attachment["blocks"])
    kept["fallback"] = attachment.get("fallback") or attachment.get("text") or FALLBACK
    return kept
