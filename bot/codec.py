"""The JSON of journal entries, their steps, and database rows. Pure.

A later version of the bot may read an entry, so every form that was ever written is read forever.
Unknown fields are ignored. Fields that were added later are left out if they are empty, since
earlier versions may read the rest.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn, override

from bot.text import LazyText
from bot.triage import (
    AiTag,
    Change,
    ClearAiTag,
    Conversation,
    ConversationId,
    Decision,
    DecisionId,
    DoNotContact,
    EditTags,
    MarkRead,
    MarkUnread,
    Origin,
    Outcome,
    Revert,
    SetAiTag,
    Several,
    SingleChange,
)

if TYPE_CHECKING:
    from typing_extensions import TypeForm

T = TypeVar("T")

JSON = Mapping[str, Any]

# Fields that were added later.
_LATER: Final[Mapping[type, tuple[str, ...]]] = {
    Conversation: ("writer", "subject", "asked", "turn"),
    Origin: ("listed", "door", "beside"),
    Outcome: ("replied_at", "undone", "reason"),
    Decision: ("seen", "reason"),
}


# Kinds of entries that the database is asked for.
ANNOUNCE: Final = "announce"
FIRST_SYNC: Final = "first_look"


def encode(value: object) -> Any:
    """The value as JSON's types."""
    return _CONVERTER.unstructure(value)


def decode(body: Any, kind: "TypeForm[T]") -> T:
    """The value from its JSON. KeyError if a field is missing that was always there."""
    return _CONVERTER.structure(body, kind)  # type: ignore[arg-type]


def recorded(change: Change) -> JSON:
    """The change as the record has it. A process of an earlier version may draw cards from the same
    record, so it reads one that it does not know as a change of no tags."""
    unknown = isinstance(change, DoNotContact)
    return {**encode(change), **({"addTags": [], "removeTags": []} if unknown else {})}


def first_id(identity: str) -> str:
    """The part of the id that all entries about one reply share."""
    return identity.partition("#")[0]


def stamps(payload: JSON) -> Mapping[ConversationId, str]:
    """The replies of a first sync; empty if an older version of the bot wrote it."""
    unread = map(ConversationId, payload["unread"])
    return dict(zip(unread, payload.get("stamps", ()), strict=False))


def _change_to_json(change: Change) -> JSON:
    """In the names of the PATCH, where it has one."""
    match change:
        case MarkRead():
            return {"markRead": True}
        case MarkUnread():
            return {"isRead": False}
        case SetAiTag(ai_tag):
            return {"aiTag": ai_tag}
        case ClearAiTag():
            return {"aiTag": None}
        case DoNotContact():
            return {"doNotContact": True}
        case Several(changes):
            return {"changes": [_change_to_json(each) for each in changes]}
        case Revert(decision, changes, made):
            if made is None:
                return {"undo": decision}
            # Earlier versions read what was restored.
            restored = [_change_to_json(each) for each in changes]
            return {"undo": decision, "changes": restored, "made": _change_to_json(made)}
        case _:
            return {"addTags": list(change.add), "removeTags": list(change.remove)}


def _change_from_json(body: JSON, _: object = None) -> Change:
    changes = tuple(map(_single_from_json, body.get("changes", ())))
    if "undo" in body:
        made = _change_from_json(body["made"]) if "made" in body else None
        return Revert(DecisionId(body["undo"]), changes, made)
    if "changes" in body:
        return Several(changes)
    if "doNotContact" in body:
        return DoNotContact()
    return _single_from_json(body)


def _single_from_json(body: JSON) -> SingleChange:
    match body:
        case {"markRead": True}:
            return MarkRead()
        case {"isRead": False}:
            return MarkUnread()
        case {"aiTag": None}:
            return ClearAiTag()
        case {"aiTag": ai_tag}:
            return SetAiTag(AiTag(ai_tag))
        case _:
            return EditTags(tuple(body["addTags"]), tuple(body["removeTags"]))


def _converter() -> Converter:
    converter = Converter(detailed_validation=False)
    for change in (
        MarkRead,
        MarkUnread,
        SetAiTag,
        ClearAiTag,
        EditTags,
        Several,
        Revert,
        DoNotContact,
    ):
        converter.register_unstructure_hook(change, _change_to_json)
    converter.register_structure_hook(Change, _change_from_json)
    converter.register_unstructure_hook(LazyText, str)
    converter.register_structure_hook(LazyText, lambda text, _: text)
    for kind, names in _LATER.items():
        optional: dict[str, Any] = {name: override(omit_if_default=True) for name in names}
        hook: Any = make_dict_unstructure_fn(kind, converter, **optional)
        converter.register_unstructure_hook(kind, hook)
    return converter


_CONVERTER: Final = _converter()
