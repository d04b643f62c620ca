"""The grammar of `owner`, which names people and channels: text as Slack passes it on. Pure.

https://docs.slack.dev/interactivity/implementing-slash-commands#escaping-content
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from bot.acts import COMMAND, Act, Give, ListOwners, Reference, SetAway, SetNotify, SetOwners
from bot.errors import NotUnderstood
from bot.filters import from_text as filters_from_text
from bot.filters import objection
from bot.slack.markup import typed
from bot.text import folded
from bot.triage import NOBODY, ChannelId, UserId
from bot.views.message import NAME_LIMIT, phrase

VERB: Final = "owner"
EXAMPLES: Final = (
    f'{COMMAND} {VERB} campaign:"Q1 Outreach" @ana @ben for new replies, or '
    f"{COMMAND} {VERB} jane@example.com @ana for one conversation"
)
MOST_PEOPLE: Final = 20

_PERSON: Final = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>")
_CHANNEL: Final = re.compile(r"<#([A-Z0-9]+)(?:\|[^<>]*)?>")
_GROUP: Final = re.compile(r"<!subteam\^[^<>]*>|<!(?:here|channel|everyone)(?:\|[^<>]*)?>")
_UNKNOWN: Final = re.compile(r"(?:^|\s)@\S+")
_NO_ONE: Final = frozenset(["off", "none", "nobody"])
_FILTER: Final = re.compile(
    r"(?<!\S)(?:-?(?:campaign|aitag|tag|tags|auto-replies):|positive(?!\S))", re.IGNORECASE
)


def from_text(text: str, reference_in: Callable[[str], Reference | None]) -> Act:
    """The act that the text beside the verb asks for; NotUnderstood if there is no valid reading.
    `reference_in` reads which conversation is meant."""
    if _GROUP.search(text):
        raise NotUnderstood(f"Name people one by one: {EXAMPLES}.")
    people = [UserId(each) for each in _PERSON.findall(text)]
    channels = [ChannelId(each) for each in _CHANNEL.findall(text)]
    rest = typed(_CHANNEL.sub(" ", _PERSON.sub(" ", text)))
    if (unknown := _UNKNOWN.search(rest)) is not None:
        raise NotUnderstood(
            f"I don’t know who {phrase(unknown[0].strip(), NAME_LIMIT)} is. Type @ and choose the "
            "person from Slack’s list."
        )
    words = rest.split()
    ends = bool(words) and folded(words[-1]) in _NO_ONE
    if ends:
        words.pop()
    people, said = list(dict.fromkeys(people)), " ".join(words)
    if not (people or ends or said or channels):
        return ListOwners()
    if bool(people) == ends or len(channels) > 1 or (channels and said):
        raise NotUnderstood(f"Name who and what: {EXAMPLES}. With off in place of people, it ends.")
    if len(people) > MOST_PEOPLE:
        raise NotUnderstood(f"At most {MOST_PEOPLE} people can take turns.")
    if channels or not said:
        return SetOwners(tuple(people), channel=channels[0] if channels else None)
    if _FILTER.search(said):
        wanted = filters_from_text(said)
        if (why := objection(wanted)) is not None:
            raise NotUnderstood(why)
        return SetOwners(tuple(people), filters=wanted)
    if (reference := reference_in(said)) is None or len(people) > 1:
        raise NotUnderstood(f"One conversation has one owner: {EXAMPLES}.")
    return Give(reference, people[0] if people else NOBODY)


def away(words: Sequence[str], text: str) -> Act:
    said = [*words[1:]] if words and folded(words[0]) == "until" else [*words]
    if not said:
        raise NotUnderstood(f"Until when? For example: {COMMAND} away until Monday.")
    return SetAway("" if folded(said[0]) == "off" else " ".join(said))


def notify(words: Sequence[str], text: str) -> Act:
    match [*map(folded, words)]:
        case ["on"]:
            return SetNotify(on=True)
        case ["off"]:
            return SetNotify(on=False)
        case _:
            raise NotUnderstood(f"On or off? For example: {COMMAND} notify on.")
