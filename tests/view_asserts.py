"""The content of a message that a view made."""

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

from bot import acts
from bot.playground.blocks import problems
from bot.triage import AiTag, Change, Conversation, ConversationId, DecisionId, Lead, Outcome
from bot.views import Message
from bot.views.card import EARLIER, NEWER, Palette
from bot.views.message import BUTTON_LIMIT, TEXT_LIMIT

Json = dict[str, Any]

AT = 1_764_000_000.0
APP = "https://app.sendkit.ai/inbox/"
TIME = "2025-11-24 16:00 UTC"
JANE = Conversation(
    id=ConversationId("664a1b2c3d4e5f6a7b8c9d0e"),
    lead=Lead("jane@example.com", "Jane Doe", "Acme Inc"),
    campaign="Q1 Outreach",
    ai_tag=AiTag("interested"),
    tags=("vip", "hot"),
    unread=True,
    words="Yes, please.",
)
CHOICES = Palette(
    tuple(map(AiTag, ["interested", "not_interested", "Meeting Request"])),
    (AiTag("interested"), AiTag("Meeting Request")),
)


def outcome(change: Change, new: str | None = "hot", old: str | None = None) -> Outcome:
    return Outcome(
        decision=DecisionId("click:1"),
        conversation=JANE.id,
        person="Ada",
        change=change,
        at=AT,
        old_ai_tag=AiTag(old) if old else None,
        new_ai_tag=AiTag(new) if new else None,
        tags=("vip",),
    )


def changed(**fields: Any) -> Conversation:
    known: Json = {each.name: getattr(JANE, each.name) for each in dataclasses.fields(JANE)}
    return Conversation(**known | fields)


def blocks(view: Message) -> list[Json]:
    """The blocks as they go over the wire."""
    sent: list[Json] = json.loads(json.dumps(view.blocks))
    return sent


def objects(value: object) -> Iterator[Json]:
    if isinstance(value, list):
        for each in value:
            yield from objects(each)
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from objects(each)


def shown_text(view: Message) -> str:
    """The text that people read in the blocks."""
    return "\n".join(
        each["text"] for each in objects(blocks(view)) if isinstance(each.get("text"), str)
    )


def elements(view: Message, kind: str) -> list[Json]:
    return [each for each in objects(blocks(view)) if each.get("type") == kind]


def labels(view: Message) -> list[str]:
    return [each["text"]["text"] for each in elements(view, "button")]


def overflow(view: Message) -> Json:
    (found,) = elements(view, "overflow")
    return found


DATE = re.compile(
    r"<!date\^\d+\^\{date_short_pretty\} \{time(?:_secs)?\}"
    r"\|\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? UTC>",
    re.ASCII,
)


LINK = re.compile(rf"<https://[^\s<>|]+\|(?:{NEWER}|{EARLIER})>")
CHANNEL = re.compile(r"<#[A-Z0-9]*>", re.ASCII)
# As they are in Unicode: controls without those of lines, of direction, of no width, and halves.
UNSEEN = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e]"
    r"|[\u2060-\u206f\ufeff\ud800-\udfff]"
)
# What the bot adds: a direction of its own for a name, and a minus at which no line breaks.
OURS = re.compile("\u2068([^\u2066-\u2069]*)\u2069|(?<= -)\u2060(?=\\w)")


def check(view: Message, *, names_channels: bool = False) -> None:
    """Slack takes it, nothing in it is markup that is not ours, and it can be read aloud."""
    assert 0 < len(view.text) <= TEXT_LIMIT
    said = LINK.sub("", CHANNEL.sub("", view.text) if names_channels else view.text)
    assert not re.search(r"[<>]|&(?!(?:amp|lt|gt);)", said)
    assert problems(blocks(view), "message") == []
    assert view.blocks, "Slack would show the text, with links and bold in it"
    assert all("image_url" not in each for each in objects(blocks(view)))
    linked = [each["url"] for each in objects(blocks(view)) if "url" in each]
    assert all(each.startswith(APP) for each in linked)
    shown = [each["text"] for each in objects(blocks(view)) if isinstance(each.get("text"), str)]
    assert not any(UNSEEN.search(OURS.sub(r"\1", each)) for each in [view.text, *shown])
    for found in elements(view, "mrkdwn"):
        if names_channels:
            assert not re.search(r"[<>*_~`]", CHANNEL.sub("", found["text"]))
        else:
            for part in found["text"].split(" · "):
                assert DATE.fullmatch(part) or LINK.fullmatch(part)
        assert found["verbatim"] is True
    assert all(found["emoji"] is False for found in elements(view, "plain_text"))
    assert all(len(found) <= BUTTON_LIMIT for found in labels(view))
    assert all(":" in found["accessibility_label"] for found in elements(view, "button"))
    for found in objects(blocks(view)):
        if isinstance(found.get("value"), str):  # a chart's are numbers
            acts.parse(found["value"])
