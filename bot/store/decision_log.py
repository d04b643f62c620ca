"""Exports the decisions and changes of owners: who decided what, when and where."""

import csv
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from bot.store import Row, Rows

PORTION: Final = 500
# Decisions, and changes of owners, which come first of the same time.
_PORTION: Final = """
    SELECT made.*, conversations.email FROM (
        SELECT * FROM (
            SELECT 1 AS kind, seq, at, person, name, door, channel, conversation, change,
                old_ai_tag, new_ai_tag, old_tags, tags, old_unread, new_unread, answer,
                reason, '' AS old_owner, '' AS new_owner
            FROM decisions WHERE (at, 1, seq) > (:at, :kind, :seq) ORDER BY at, seq LIMIT :most
        ) AS decided
        UNION ALL
        SELECT * FROM (
            SELECT 0 AS kind, seq, at, person,
                COALESCE((SELECT name FROM people WHERE people.id = owner_changes.person), ''),
                door, channel, conversation, '', NULL, NULL, NULL, NULL, CAST(NULL AS INTEGER),
                CAST(NULL AS INTEGER), NULL, NULL, old_owner, new_owner
            FROM owner_changes WHERE (at, 0, seq) > (:at, :kind, :seq) ORDER BY at, seq LIMIT :most
        ) AS owned
    ) AS made LEFT JOIN conversations ON conversations.id = made.conversation
    ORDER BY made.at, made.kind, made.seq LIMIT :most
"""


def _json(name: str) -> Callable[[Row], Any]:
    """Reads a column with JSON; None if it is empty."""
    return lambda row: json.loads(row[name]) if row[name] else None


def _flag(name: str) -> Callable[[Row], bool | None]:
    return lambda row: None if row[name] is None else bool(row[name])


# The columns of the log. They are empty for decisions that were recorded without them.
COLUMNS: Final[Mapping[str, Callable[[Row], Any]]] = {
    "at": lambda row: datetime.fromtimestamp(row["at"], UTC).isoformat(timespec="seconds"),
    "person": lambda row: row["person"],
    "name": lambda row: row["name"],
    "door": lambda row: row["door"],
    "channel": lambda row: row["channel"],
    "lead": lambda row: row["email"],
    "conversation": lambda row: row["conversation"],
    "decision": lambda row: _typed(json.loads(row["change"])) if row["change"] else _owned(row),
    "ai_tag_before": lambda row: row["old_ai_tag"],
    "ai_tag_after": lambda row: row["new_ai_tag"],
    "tags_before": _json("old_tags"),
    "tags_after": _json("tags"),
    "unread_before": _flag("old_unread"),
    "unread_after": _flag("new_unread"),
    "answer": lambda row: row["answer"],
    "reason": lambda row: row["reason"],
    "owner_before": lambda row: row["old_owner"] or None,
    "owner_after": lambda row: row["new_owner"] or None,
}


async def write(rows: Rows, since: float, form: str, out: TextIO) -> None:
    """Writes all decisions and changes of owners since then (seconds since the epoch), the oldest
    first, as `csv`, or as a `json` array with one on each line. A decision that waited has the time
    of its press."""
    if form == "csv":
        table = csv.writer(out)
        table.writerow(COLUMNS)
        async for decision in _decisions(rows, since):
            table.writerow(map(_cell, decision.values()))
    else:
        before = "["
        async for decision in _decisions(rows, since):
            out.write(f"{before}\n{json.dumps(decision, ensure_ascii=False)}")
            before = ","
        out.write("[]\n" if before == "[" else "\n]\n")


async def _decisions(rows: Rows, since: float) -> AsyncIterator[Mapping[str, Any]]:
    found: Sequence[Row] = [{"at": since, "kind": 0, "seq": 0}]
    while found:
        last = found[-1]
        place = {name: last[name] for name in ("at", "kind", "seq")}
        found = await rows.read(_PORTION, most=PORTION, **place)
        for row in found:
            yield {name: value(row) for name, value in COLUMNS.items()}


def _owned(row: Row) -> str:
    """The change of owner as somebody would type it. Rules and forgotten people have no id."""
    owner = row["new_owner"]
    if not owner:
        return "release" if row["old_owner"] else "owner"
    return "take" if owner == row["person"] else f"owner @{owner}"


def _typed(change: Mapping[str, Any]) -> str:
    """The change as somebody would type it."""
    match change:
        case {"markRead": True}:
            return "read"
        case {"isRead": False}:
            return "unread"
        case {"aiTag": None}:
            return "untag"
        case {"aiTag": ai_tag}:
            return f"tag {ai_tag}"
        case {"doNotContact": True}:
            return "dnc"
        case {"undo": _, **restored}:
            return f"undo: {_typed(restored)}"
        case {"changes": changes}:
            return ", ".join(map(_typed, changes))
        case _:
            signed = [f"+{tag}" for tag in change["addTags"]]
            return " ".join(["tags", *signed, *(f"-{tag}" for tag in change["removeTags"])])


def _cell(value: Any) -> str:
    """A value that no spreadsheet reads as a formula.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if isinstance(value, list):
        value = ", ".join(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip()[:1] in _FORMULA or text[:1] in _FORMULA else text


# With the full-width forms, which Excel reads the same way in East Asian settings.
_FORMULA: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
