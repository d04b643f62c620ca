"""The choices of cards and forms: the workspace's aiTags, and what goes with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.triage import AiTag, ConversationId, Outcome, same_name
from bot.views.message import NAME_LIMIT, Block, label, phrase, plain

CONFIRM_LIMIT: Final = 300
CONFIRM_BUTTON_LIMIT: Final = 30
ADDRESS_LIMIT: Final = 150
_SENDS: Final = "SendKit may enrol the lead in a subsequence, which sends email."


@dataclass(frozen=True, slots=True)
class Palette:
    """The workspace's aiTags, and the `quick` ones that have buttons. `confirmed`: names of those
    that Slack asks about before it sends the press; see `named`. `app_url`: the address of a
    conversation's page in SendKit, with {id}; empty if unknown. `replies`: people can answer leads
    from Slack. `at`: when something is drawn, in seconds since the epoch."""

    ai_tags: tuple[AiTag, ...]
    quick: tuple[AiTag, ...]
    confirmed: frozenset[str] = frozenset()
    app_url: str = ""
    replies: bool = False
    at: float = 0.0

    def link(self, conversation: ConversationId) -> str:
        """The address of the conversation's page in SendKit; empty if unknown."""
        return self.app_url.replace("{id}", conversation)


def palette(
    ai_tags: Sequence[AiTag],
    wanted: Sequence[str],
    confirmed: Sequence[str] = (),
    app_url: str | None = None,
    *,
    replies: bool = False,
    at: float = 0.0,
) -> Palette:
    """The `wanted` quick aiTags in the workspace's own spelling, or else its first three."""
    spelled = {same_name(ai_tag): ai_tag for ai_tag in ai_tags}
    quick = tuple(spelled.get(same_name(name), AiTag(name)) for name in wanted)
    chosen = quick or tuple(ai_tags[:3])
    return Palette(tuple(ai_tags), chosen, named(confirmed), app_url or "", replies, at)


def named(names: Sequence[str]) -> frozenset[str]:
    return frozenset(map(same_name, names))


def asking(ai_tag: AiTag, confirmed: frozenset[str]) -> Block | None:
    """The dialog that asks before this aiTag is set; None if it is not among the `confirmed`.

    https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
    """
    if same_name(ai_tag) not in confirmed:
        return None
    return _dialog(f"Set {phrase(label(ai_tag), NAME_LIMIT)}?", _SENDS, "Set it")


def asking_to_bar(address: str) -> Block:
    """The dialog that asks before this address is put on the do-not-contact list."""
    said = (
        f"{phrase(address, ADDRESS_LIMIT)} goes on SendKit’s do-not-contact list. I can’t take it "
        "off again; in SendKit you can."
    )
    return _dialog("Do not contact?", said, "Do not contact")


def asking_back(outcome: Outcome, confirmed: frozenset[str]) -> Block | None:
    """The dialog that asks before this decision is taken back; None if that sets no such aiTag."""
    old = outcome.old_ai_tag
    return asking(old, confirmed) if old and old != outcome.new_ai_tag else None


def warning(ai_tag: AiTag, confirmed: frozenset[str]) -> str:
    """The same for a form, which has no such dialog; empty if it is not among them."""
    is_asked = same_name(ai_tag) in confirmed
    return f"{phrase(label(ai_tag), NAME_LIMIT)}: {_SENDS}" if is_asked else ""


def _dialog(title: str, text: str, yes: str) -> Block:
    return {
        "title": plain(title, 100),
        "text": plain(text, CONFIRM_LIMIT),
        "confirm": plain(yes, CONFIRM_BUTTON_LIMIT),
        "deny": plain("Cancel", CONFIRM_BUTTON_LIMIT),
    }
