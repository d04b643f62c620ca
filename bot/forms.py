"""The memory of a form while it is open, and the change that a person makes in it. Pure."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from bot import acts
from bot.codec import decode, encode
from bot.errors import NotUnderstood
from bot.reasons import tidied
from bot.text import STRAIGHT_QUOTES, cut, folded
from bot.triage import (
    AiTag,
    Change,
    ClearAiTag,
    Conversation,
    ConversationId,
    DecisionId,
    EditTags,
    MarkRead,
    MarkUnread,
    Origin,
    Person,
    Seen,
    SetAiTag,
    Several,
    SingleChange,
    UserId,
)
from bot.written import Written

log = logging.getLogger(__name__)

# https://docs.slack.dev/surfaces/modals: private_metadata takes 3,000 characters.
METADATA_LIMIT: Final = 3000
ADDRESS_LIMIT: Final = 300
FILTERS_LIMIT: Final = 500
# With longer tags, a form has no field for them.
TAGS_ROOM: Final = 600
TAG_LIMIT: Final = 100
MOST_TAGS: Final = 20

# `open`: a whole conversation. `next`: one after another. `choose`: of several that share a
# message. `mail`: a whole email. `undo`: asks before a decision is taken back. `later`:
# asks until when a conversation is put off.
# `why`: asks before mail may go to a lead who asks to be left alone.
# `reply`: an answer to a lead is written. `preview`: it is shown before it is sent.
Kind = Literal["open", "next", "choose", "mail", "undo", "later", "why", "reply", "preview"]

_KINDS: Final = ("open", "next", "choose", "mail", "undo", "later", "why", "reply", "preview")
_VERSION: Final = 1
_READ: Final[Mapping[str, bool]] = {acts.AS_READ: True, acts.AS_UNREAD: False}
_NAME: Final = re.compile(r'\s*"[^"]*"\s*|[^,]+')


@dataclass(frozen=True, slots=True)
class Form:
    """The memory of a form. Slack keeps it in the form's `private_metadata`, so this is a
    published format: new fields have a default.

    `origin`: where the person opened it, and where they get answers. `seen`: what the fields show
    first; None without fields. `page`: of the other mails, or of a long one. `drawn`: how often the
    fields were replaced. `warned`: the aiTag about which the person was asked. `queue`,
    `position` (counted from 0) and `total`: the place in a queue. `filters`: for one that is not
    written yet. `mail`: which one is shown, counted from the oldest. `decision`: to be taken back.
    `zone`: the time zone of the times that it shows. `stacked`: how many forms it stands on.
    `answered`: bot.answers.newest_seen of the mails that it shows. `digest`: of the text that a
    preview shows, which is in the database, since it may be too long for the metadata. `send_at`
    and `reason`: as in bot.written.
    `barred`: the person pressed *Do not contact* in it.
    """

    kind: Kind
    origin: Origin
    conversation: ConversationId | None = None
    seen: Seen | None = None
    page: int = 0
    drawn: int = 0
    warned: AiTag | None = None
    queue: str = ""
    position: int = 0
    total: int = 0
    filters: str = ""
    mail: int = 0
    decision: DecisionId | None = None
    zone: str = ""
    stacked: int = 0
    answered: str = ""
    digest: str = ""
    send_at: int | None = None
    reason: str = ""
    barred: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The input that a person left in the fields; None where they chose nothing, or there is no
    field. `if_decided`: a change of the aiTag or the tags marks the conversation as read, too."""

    ai_tag: SetAiTag | ClearAiTag | None = None
    read: bool | None = None
    tags: str | None = None
    if_decided: bool = False
    reason: str | None = None


def packed(form: Form) -> str:
    """The form as `private_metadata`. The person is left out: Slack names them again."""
    url = form.origin.response_url
    where = replace(
        form.origin,
        person=Person(UserId(""), ""),
        response_url=url if url and len(url) <= ADDRESS_LIMIT else None,
    )
    said = {name: value for name, value in encode(replace(form, origin=where)).items() if value}
    return json.dumps({"v": _VERSION, **said}, ensure_ascii=False, separators=(",", ":"))


def unpacked(metadata: str, person: Person) -> Form:
    """NotUnderstood if a form of this version does not remember that."""
    try:
        said = json.loads(metadata)
        if said["v"] == _VERSION and said["kind"] in _KINDS:
            form = decode(said, Form)
            return replace(form, origin=replace(form.origin, person=person))
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        log.warning("a form’s metadata was not understood")
    raise NotUnderstood(f"I don’t know this form. Close it. {acts.INSTEAD}")


def seen(conversation: Conversation) -> Seen | None:
    """The state of the conversation that a form shows; None if its aiTag is too long for a form."""
    if len(conversation.ai_tag or "") + len(acts.AN_AI_TAG) > acts.OPTION_VALUE_LIMIT:
        return None
    tags = conversation.tags if len(spelled(conversation.tags)) <= TAGS_ROOM else ()
    at = conversation.replied_at if acts.is_stamp(conversation.replied_at) else ""
    return Seen(conversation.ai_tag, tags, conversation.unread, at)


def spelled(tags: tuple[str, ...]) -> str:
    """Custom tags as the text of their field."""
    return ", ".join(f'"{tag}"' if "," in tag else tag for tag in tags)


def entered(values: Any) -> Choice:
    """Reads the `state.values` of a form.

    https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
    """
    found = _by_name(values)
    option = found.get(acts.AI_TAG, {}).get("selected_option")
    reading = found.get(acts.READ, {})
    ticked, chosen = reading.get("selected_options"), reading.get("selected_option")
    which = chosen.get("value") if isinstance(chosen, Mapping) else None
    tags, why = found.get(acts.TAGS), found.get(acts.REASON)
    return Choice(
        ai_tag=_chosen(option.get("value")) if isinstance(option, Mapping) else None,
        read=bool(ticked) if isinstance(ticked, list) else _READ.get(str(which)),
        tags=None if tags is None else str(tags.get("value") or ""),
        if_decided=which == acts.IF_DECIDED,
        reason=None if why is None else tidied(str(why.get("value") or "")),
    )


def chosen_until(values: Any) -> str:
    """Until when a person puts a conversation off, in words of bot.later: a day of their own counts
    instead of a choice. Reads the `state.values` of a form."""
    found = _by_name(values)
    if day := found.get(acts.DAY, {}).get("selected_date"):
        return f"{day} {found.get(acts.TIME, {}).get('selected_time') or ''}".strip()
    option = found.get(acts.WHEN, {}).get("selected_option")
    return str(option.get("value") or "") if isinstance(option, Mapping) else ""


def written(values: Any) -> Written:
    """The answer to a lead that a person wrote. Reads the `state.values` of a form."""
    found = _by_name(values)
    text, cc, reason = (
        str(found.get(name, {}).get("value") or "").strip()
        for name in (acts.TEXT, acts.CC, acts.REASON)
    )
    at = found.get(acts.SEND_AT, {}).get("selected_date_time")
    return Written(text, cc, at if isinstance(at, int) else None, reason)


def _by_name(values: Any) -> Mapping[str, Mapping[str, Any]]:
    """The fields of a form by their action ids."""
    blocks = values.values() if isinstance(values, Mapping) else ()
    return {
        name: value
        for fields in blocks
        if isinstance(fields, Mapping)
        for name, value in fields.items()
        if isinstance(value, Mapping)
    }


def _chosen(value: object) -> SetAiTag | ClearAiTag | None:
    if value == acts.NO_AI_TAG:
        return ClearAiTag()
    if isinstance(value, str) and value.startswith(acts.AN_AI_TAG):
        return SetAiTag(AiTag(value.removeprefix(acts.AN_AI_TAG)))
    return None


def wanted(choice: Choice, shown: Seen) -> Change | None:
    """The change from what the fields first showed to what the person left in them; None without
    one. NotUnderstood says what is wrong with the tags."""
    changes: list[SingleChange] = []
    match choice.ai_tag:
        case SetAiTag(ai_tag) if folded(ai_tag) != folded(shown.ai_tag or ""):
            changes.append(choice.ai_tag)
        case ClearAiTag() if shown.ai_tag:
            changes.append(choice.ai_tag)
    # Tags with odd quotes are read apart, so those that nobody touched are left alone.
    is_touched = choice.tags is not None and choice.tags != spelled(shown.tags)
    if is_touched and (edit := _edit(choice.tags or "", shown.tags)) != EditTags():
        changes.append(edit)
    read = True if choice.if_decided and changes else choice.read
    if read is not None and read == shown.unread:
        changes.append(MarkRead() if read else MarkUnread())
    return Several(tuple(changes)) if len(changes) > 1 else changes[0] if changes else None


def _edit(text: str, before: tuple[str, ...]) -> EditTags:
    names = _names(text)
    # A tag with commas and quotes may be read as several names.
    had = {key: tag for tag in before for key in _names(spelled((tag,)))}
    add = tuple(name for key, name in names.items() if key not in had)
    remove = tuple(dict.fromkeys(tag for key, tag in had.items() if key not in names))
    for name in add:
        if name[0] in "+-":
            raise NotUnderstood("Write tags without + or -: this field holds all of them.")
        if len(name) > TAG_LIMIT:
            raise NotUnderstood(
                f"“{cut(name, 20)}” is too long: a tag has at most {TAG_LIMIT} characters."
            )
    if len(add) + len(remove) > MOST_TAGS:
        raise NotUnderstood(f"Change at most {MOST_TAGS} tags at a time.")
    return EditTags(add, remove)


def _names(text: str) -> dict[str, str]:
    """The tags in a text, each once, by their `folded` names."""
    parts = _NAME.findall(text.translate(STRAIGHT_QUOTES))
    names = (" ".join(part.replace('"', "").split()) for part in parts)
    found: dict[str, str] = {}
    for name in names:
        if name:
            found.setdefault(folded(name), name)
    return found
