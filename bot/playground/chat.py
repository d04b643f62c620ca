"""The chat.* methods, and posting to a response_url.

https://docs.slack.dev/reference/methods?family=chat
"""

import json
from dataclasses import dataclass
from typing import Any

from bot.playground.attachments import checked_attachments
from bot.playground.blocks import TABLES, placed, problems, ungranted
from bot.playground.slack_objects import completed, link_to, message_json
from bot.playground.trigger_ids import ResponseUrl
from bot.playground.uncommon_blocks import text_length
from bot.playground.wire import TS, Args, invalid_arguments
from bot.playground.workspace import Channel, Json, Message, Refused, Workspace

POST_CUT = 40_000
UPDATE_MOST = 4_000
METADATA_MOST = 16_000
MARKDOWN_MOST = 12_000
# Slack documents no limit for all blocks together. It was seen to refuse about this length.
# https://github.com/slackapi/bolt-js/issues/2509
BLOCKS_MOST = 13_200
ENTITY = ("entity_type", "entity_payload", "external_ref", "url")


@dataclass(frozen=True)
class Content:
    """The checked content of a message, with Slack's additions."""

    text: str
    blocks: list[Json]
    metadata: Json | None
    attachments: list[Json] | None = None


def content(space: Workspace, args: Args, *, most: int = 0) -> Content:
    """The content in the arguments, or Slack's refusal. A text longer than `most` is refused.

    The limit of 12,000 characters for markdown_text is documented; chat.postMessage's error for a
    longer one is not.
    """
    text, blocks = args.text("text"), checked_blocks(space, args)
    attachments = checked_attachments(space, args)
    _check_whole([*blocks, *(block for each in attachments or () for block in _blocks(each))])
    if args.text("markdown_text"):
        if text or blocks:
            raise Refused("markdown_text_conflict")
        text, most = args.text("markdown_text"), MARKDOWN_MOST
    if not text and not blocks and not attachments:
        raise Refused("no_text")
    if most and len(text) > most:
        raise Refused("msg_too_long")
    return Content(text[:POST_CUT], blocks, checked_metadata(args), attachments)


def _blocks(attachment: Json) -> list[Json]:
    blocks: list[Json] = attachment.get("blocks") or []
    return blocks


def _check_whole(blocks: list[Json]) -> None:
    """Checks that a message has at most one table and 12,000 characters of markdown.

    https://docs.slack.dev/reference/block-kit/blocks/table-block
    https://docs.slack.dev/reference/block-kit/blocks/markdown-block
    """
    if sum(block["type"] in TABLES for block, _ in placed(blocks)) > 1:
        told = {"messages": ["[ERROR] only_one_table_allowed"]}
        raise Refused("invalid_attachments", response_metadata=told)
    # The limit is documented. The error was seen at some hundred characters more.
    if sum(len(each["text"]) for each in blocks if each["type"] == "markdown") > MARKDOWN_MOST:
        raise Refused("msg_blocks_too_long")


def checked_blocks(space: Workspace, args: Args) -> list[Json]:
    """The blocks with their ids filled in. A refusal lists every violation."""
    given = args.parsed("blocks", "invalid_blocks_format")
    if given is None:
        return []
    if not isinstance(given, list):
        raise Refused("invalid_blocks_format")
    found = problems(given, "message")
    found = found or ungranted(given, space.scopes, space.unfurl_domains)
    if found:
        errors = [message.removeprefix("[ERROR] ") for message in found]
        raise Refused("invalid_blocks", errors=errors, response_metadata={"messages": found})
    # Tables have their own, higher limits.
    counted = [100 + text_length(block) for block in given if block["type"] not in TABLES]
    if sum(counted) > BLOCKS_MOST:
        raise Refused("msg_blocks_too_long")
    return completed(given)


def checked_metadata(args: Args) -> Json | None:
    """Message metadata: an event of at most 16 KB, entities of Work Objects, or both.

    None if left out; an empty object removes a message's metadata.

    https://docs.slack.dev/messaging/message-metadata
    https://docs.slack.dev/messaging/work-objects-implementation
    """
    given = args.parsed("metadata", "invalid_metadata_format")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise Refused("invalid_metadata_format")
    if not given:
        return {}
    entities = given.get("entities")
    if entities is not None and not _are_entities(entities):
        raise Refused("invalid_metadata_schema")
    kept = {} if entities is None else {"entities": entities}
    kind, payload = given.get("event_type"), given.get("event_payload")
    if kept and kind is None and payload is None:
        return kept
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        raise Refused("invalid_metadata_schema")
    if len(json.dumps(payload)) > METADATA_MOST:
        raise Refused("metadata_too_large")
    return {"event_type": kind, "event_payload": payload, **kept}


def _are_entities(given: object) -> bool:
    if not isinstance(given, list):
        return False
    return all(isinstance(each, dict) and all(map(each.get, ENTITY)) for each in given)


def room_for(space: Workspace, args: Args) -> Channel:
    """The conversation to post in, by id, by name, or by a person's id for a direct message."""
    given = args.text("channel")
    room = space.channels.get(given) or space.named(given)
    if given in space.users or (room and room.with_user):
        if not space.messages_tab:
            raise Refused("messages_tab_disabled")
        return room or space.direct(given)
    if room is None or (room.private and space.bot.id not in room.members):
        raise Refused("channel_not_found")
    if room.archived:
        raise Refused("is_archived")
    if space.bot.id not in room.members and "chat:write.public" not in args.scopes:
        raise Refused("not_in_channel")
    return room


def thread_for(space: Workspace, channel: str, thread_ts: str) -> str:
    """The thread that a message joins. For the `ts` of a reply, that reply's thread.

    A reply to a deleted message goes into the channel, and the response lacks `thread_ts`. If the
    deleted message had replies, a new one joins them.
    https://github.com/slackapi/python-slack-events-api/issues/87
    """
    if not thread_ts:
        return ""
    if not TS.fullmatch(thread_ts):
        raise Refused("invalid_thread_ts")
    parent = space.message(channel, thread_ts)
    if parent is None:
        return ""
    if parent.to:
        raise Refused("cannot_reply_to_message")
    return parent.thread_ts or parent.ts


def post_message(space: Workspace, args: Args) -> Json:
    """Posts into a channel, a thread or a direct message. The text is cut at 40,000 characters.

    https://docs.slack.dev/reference/methods/chat.postMessage
    """
    room = room_for(space, args)
    said = content(space, args)
    thread = thread_for(space, room.id, args.text("thread_ts"))
    broadcast = bool(thread) and args.flag("reply_broadcast")
    message = _post(space, room.id, thread, said, metadata=said.metadata, broadcast=broadcast)
    return {"channel": room.id, "ts": message.ts, "message": message_json(space, message)}


def post_ephemeral(space: Workspace, args: Args) -> Json:
    """Posts for one member alone.

    https://docs.slack.dev/reference/methods/chat.postEphemeral
    """
    room = room_for(space, args)
    if args.text("user") not in room.members:
        raise Refused("user_not_in_channel")
    said = content(space, args, most=POST_CUT)  # the error is documented, its limit is not
    thread = thread_for(space, room.id, args.text("thread_ts"))
    return {"message_ts": _post(space, room.id, thread, said, to=args.text("user")).ts}


def _post(space: Workspace, channel: str, thread: str, said: Content, **more: Any) -> Message:
    return space.post(
        Message(
            channel=channel,
            ts=space.next_ts(),
            user=space.bot.id,
            text=said.text,
            blocks=said.blocks,
            attachments=said.attachments or [],
            thread_ts=thread,
            **more,
        )
    )


def update(space: Workspace, args: Args) -> Json:
    """Edits a message. Text without blocks removes the blocks; metadata stays unless given.

    https://docs.slack.dev/reference/methods/chat.update
    """
    message = _own(space, args, "cant_update_message")
    if space.channels[message.channel].archived:
        raise Refused("is_inactive")
    broadcast = message.broadcast
    if args.flag("reply_broadcast") and not broadcast:
        broadcast = _broadcast(message, args)
        said = Content(message.text, message.blocks, None)
    else:
        said = content(space, args, most=UPDATE_MOST)
    new = space.change(
        message,
        text=said.text,
        blocks=said.blocks,
        attachments=message.attachments if said.attachments is None else said.attachments,
        metadata=message.metadata if said.metadata is None else said.metadata,
        broadcast=broadcast,
        edited_ts=space.next_ts(),
        warning="",
    )
    shown = message_json(space, new)
    return {"channel": new.channel, "ts": new.ts, "text": new.text, "message": shown}


def _broadcast(message: Message, args: Args) -> bool:
    if not message.is_reply:
        raise Refused("cant_broadcast_message")
    if "text" in args or "blocks" in args:
        raise Refused("no_dual_broadcast_content_update")
    return True


def delete(space: Workspace, args: Args) -> Json:
    """Deletes one of the bot's own messages.

    https://docs.slack.dev/reference/methods/chat.delete
    """
    message = _own(space, args, "cant_delete_message")
    space.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def _own(space: Workspace, args: Args, error: str) -> Message:
    """The bot's own message that the arguments name; raises `error` for any other message."""
    room = space.channels.get(args.text("channel"))
    if room is None or (room.private and space.bot.id not in room.members):
        raise Refused("channel_not_found")
    message = space.message(room.id, args.text("ts"))
    if message is None or message.subtype == "tombstone":
        raise Refused("message_not_found")
    if message.user != space.bot.id or message.to:
        raise Refused(error)
    return message


def permalink(space: Workspace, args: Args) -> Json:
    """The address of a message.

    https://docs.slack.dev/reference/methods/chat.getPermalink
    """
    room = space.channels.get(args.text("channel"))
    if room is None or (room.private and space.bot.id not in room.members):
        raise Refused("channel_not_found")
    message = space.message(room.id, args.text("message_ts"))
    if message is None or message.to:
        raise Refused("message_not_found")
    return {"channel": room.id, "permalink": link_to(space, message)}


def respond(space: Workspace, token: str, body: Any) -> None:
    """Handles a POST to a response_url. Only a successful one counts as a use.

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    """
    known = space.use_response_url(token)
    if not isinstance(body, dict):
        raise invalid_arguments("must provide an object")
    args = Args(body, frozenset())
    if args.flag("delete_original"):
        space.remove(_original(space, known))
    elif args.flag("replace_original") and known.message_ts:
        said = content(space, args)
        edited = {"edited_ts": space.next_ts(), "warning": ""}
        original = _original(space, known)
        kept = original.metadata if said.metadata is None else said.metadata
        shown = {"text": said.text, "blocks": said.blocks, "attachments": said.attachments or []}
        space.change(original, metadata=kept, **shown, **edited)
    else:
        answer(space, known, args)
    known.uses += 1


def _original(space: Workspace, known: ResponseUrl) -> Message:
    original = space.message(known.channel, known.message_ts)
    if original is None or original.subtype == "tombstone":
        raise Refused("message_not_found")
    return original


def answer(space: Workspace, known: ResponseUrl, args: Args) -> Message:
    """A new message in answer to a gesture, for the person alone unless `in_channel` is set."""
    said = content(space, args)
    public = args.text("response_type") == "in_channel"
    thread = thread_for(space, known.channel, args.text("thread_ts"))
    to = "" if public else known.user
    return _post(space, known.channel, thread, said, metadata=said.metadata, to=to)
