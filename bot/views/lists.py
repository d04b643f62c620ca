"""Lists of conversations, shown to one person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot import acts
from bot.barred import Barred
from bot.opt_outs import objection
from bot.triage import Conversation, ConversationId, MarkRead
from bot.views.card import (
    EMAIL_LIMIT,
    LEFT_ALONE,
    Palette,
    barring,
    facts,
    one_line,
    title,
    titled,
    words,
)
from bot.views.card_buttons import actions, show_card
from bot.views.message import (
    NAME_LIMIT,
    TEXT_LIMIT,
    WEIGHT_LIMIT,
    Block,
    Message,
    button,
    context,
    cut,
    divided,
    isolated,
    message,
    phrase,
    short,
    weight,
)
from bot.views.owner import TAKE

# Slack takes 50 blocks: two for each conversation, and a divider between two.
MOST: Final = 12
# Two lines in a narrow window.
GLANCE: Final = 120
ABOUT_LIMIT: Final = 200
NOBODY_BARRED: Final[Mapping[ConversationId, Barred]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Listing:
    """A list for one person. `following` conversations come after its rows, the last of which
    SendKit's list dates `last_at`. `key` is in the ids of its buttons, so that the list can be
    drawn again. `is_whole`: *Show card* would show the same list, so it has none."""

    opening: str
    rows: tuple[Conversation, ...] = ()
    following: int = 0
    key: str = ""
    last_at: str = ""
    is_whole: bool = False


def inbox(
    unread: Sequence[Conversation],
    total: int,
    first: int = 1,
    listed_at: Sequence[str] = (),
    *,
    others: int = 0,
) -> Listing:
    """Unread conversations, newest first. `first`: the position of the first row among all, from 1.
    `listed_at`: the times by which SendKit's list orders them, where they differ. `others`: the
    number of unread ones that the channel does not show."""
    rows = _fitting(unread)
    if not rows:
        if not total and others:
            its = f"Its filters: {acts.COMMAND} subscriptions."
            return Listing(f"Nothing is unread among what this channel shows. {its}")
        if not total:
            return Listing("Inbox zero: nothing is unread.")
        return Listing(f"That’s all: nothing else is unread. For the newest: {acts.COMMAND} inbox.")
    last = first + len(rows) - 1
    if total <= len(rows):
        opening = f"{total} unread."
    elif first == 1:
        opening = f"{total} unread, newest {last} shown."
    else:
        opening = f"{total} unread, {first} to {last} shown."
    times = dict(zip([each.id for each in unread], listed_at, strict=False))
    last_at = times.get(rows[-1].id, rows[-1].replied_at)
    return Listing(opening, rows, max(total - last, 0), last_at=last_at)


def choose(conversations: Sequence[Conversation], *, pressed: bool = True) -> Listing:
    """The most recent conversations, for a command that named none. The decision can be `pressed`
    in the list, or the command must be typed again."""
    if not conversations:
        return Listing(
            "Which conversation? Name it by the lead’s email address or a link to its card."
        )
    again = "" if pressed else " Type it again with one of these addresses."
    return Listing(f"Which conversation?{again} Most recent:", _fitting(conversations))


def candidates(named: str, conversations: Sequence[Conversation]) -> Listing:
    """Several conversations that one address or one link names."""
    who = phrase(named, EMAIL_LIMIT)
    return Listing(f"Several conversations match {who}. Which one?", _fitting(conversations))


def found(words: str, conversations: Sequence[Conversation], total: int, why: str = "") -> Listing:
    """The newest of `total` conversations that a search found. `why`: the reason why there may be
    more."""
    named, rows = f"“{phrase(words, EMAIL_LIMIT)}”", _fitting(conversations)
    only = f" {why}, so these are only those that I have seen." if why else ""
    if not rows:
        where = "leads’ names, companies and addresses"
        only = f" {why}, so I looked only at those that I have seen." if why else ""
        return Listing(f"No conversation matches {named}. I look at {where}.{only}")
    if total > len(rows):
        opening = f"{total} conversations match {named}, newest {len(rows)} shown. Add a word."
    else:
        opening = (
            f"{total} {'conversation matches' if total == 1 else 'conversations match'} {named}."
        )
    return Listing(f"{opening}{only}", rows)


def mine(first: Sequence[Conversation], waiting: int, total: int) -> Listing:
    """A person's conversations that wait for us, of `total`."""
    if not total:
        return Listing(
            f"You own no conversation. Choose {TAKE} in a card’s ⋯ menu, or type "
            f"{acts.COMMAND} take and the lead’s name."
        )
    owned = f"You own {total} conversation{'s' * (total > 1)}."
    rows = _fitting(first)
    if not rows:
        none = "It does not wait" if total == 1 else "None of them waits"
        return Listing(f"{owned} {none} for us.")
    shown = f", {len(rows)} shown (for all, press Mine in Home)" if waiting > len(rows) else ""
    which = "It waits" if waiting == total == 1 else f"{waiting} of them wait{'s' * (waiting == 1)}"
    return Listing(f"{owned} {which} for us{shown}, longest first:", rows)


def one(conversation: Conversation) -> Listing:
    """A single conversation, for a direct message: it is no place for a card."""
    return Listing("What do you want to do?", (conversation,), is_whole=True)


def drawn(
    listing: Listing,
    choices: Palette,
    barred: Mapping[ConversationId, Barred] = NOBODY_BARRED,
) -> Message:
    """Each conversation has its buttons, or only *Show card* if no more fits. `barred`: those whose
    lead is on the do-not-contact list."""
    opening, rows = listing.opening, listing.rows
    if not rows:
        return message(opening)
    views = (_blocks(listing, choices, barred, glance) for glance in (GLANCE, 80, 0))
    lines = (_line(each, "", show_card(each)) for each in rows)
    brief = [context(opening), *lines, *_next(listing)]
    blocks = next((each for each in views if weight(each) <= WEIGHT_LIMIT), brief)
    room = (TEXT_LIMIT - len(short(opening, TEXT_LIMIT))) // len(rows) - len("; ")
    return message(
        f"{opening} {'; '.join(_spoken(each, barred.get(each.id), room) for each in rows)}", blocks
    )


def _blocks(
    listing: Listing, choices: Palette, barred: Mapping[ConversationId, Barred], glance: int
) -> Sequence[Block]:
    rows = (_row(each, choices, barred.get(each.id), glance, listing) for each in listing.rows)
    return [*divided(listing.opening, rows), *_next(listing)]


def _next(listing: Listing) -> Iterator[Block]:
    """The button that continues after the last row, however many were handled meanwhile."""
    last = listing.rows[-1]
    if listing.following and acts.is_stamp(listing.last_at):
        count = min(listing.following, MOST)
        value = acts.pack(acts.ListInbox(after=(last.id, listing.last_at)))
        more = button(f"Next {count}", acts.NEXT, value, about=f"after {last.lead.label}")
        yield {"type": "actions", "elements": [more]}


def _row(
    conversation: Conversation,
    choices: Palette,
    barred: Barred | None,
    glance: int,
    listing: Listing,
) -> Iterator[Block]:
    said = briefly(conversation, glance) if glance else ""
    if conversation.auto_reply and len(listing.rows) > 1:
        read = button(
            "Mark read",
            acts.action_id(0),
            acts.pack_change(conversation.id, MarkRead()),
            about=conversation.lead.label,
        )
        yield {
            **_line(conversation, said, read if conversation.unread else show_card(conversation)),
            "block_id": acts.block_id(conversation.id, "line", listing.key),
        }
        return
    about = cut(" · ".join(_about(conversation, barred, choices)), ABOUT_LIMIT)
    yield titled(conversation, said, about)
    block = actions(conversation, choices, barred=barred)
    yield {
        **block,
        "block_id": acts.with_list(block["block_id"], listing.key),
        "elements": [*block["elements"], *([] if listing.is_whole else [show_card(conversation)])],
    }


def _about(conversation: Conversation, barred: Barred | None, choices: Palette) -> Iterator[str]:
    """Facts that neither the name nor a button shows."""
    if objection(conversation):
        yield LEFT_ALONE
    if barred is not None:
        yield barring(barred)
    if conversation.lead.email != conversation.lead.label:
        yield phrase(conversation.lead.email, EMAIL_LIMIT)
    if conversation.writer:
        yield short(f"written by {isolated(conversation.writer)}", EMAIL_LIMIT)
    if conversation.campaign:
        yield phrase(conversation.campaign, NAME_LIMIT)
    ai_tag, *tags = facts(conversation)
    if conversation.ai_tag not in (None, *choices.quick):
        yield ai_tag
    yield from tags
    if not conversation.unread:
        yield "read"


def briefly(conversation: Conversation, limit: int = GLANCE) -> str:
    """The lead's words in one paragraph."""
    return cut(" ".join(words(conversation).split()), limit)


def _line(conversation: Conversation, said: str, accessory: Block) -> Block:
    state = [title(conversation), "automatic reply" if conversation.auto_reply else ""]
    line = " · ".join(filter(None, [*state, "" if conversation.unread else "read"]))
    return one_line(line, said, accessory)


def _fitting(conversations: Sequence[Conversation]) -> tuple[Conversation, ...]:
    """The first MOST conversations, each once: SendKit's pages may repeat one."""
    each: dict[ConversationId, Conversation] = {}
    for conversation in conversations:
        each.setdefault(conversation.id, conversation)
    return tuple(each.values())[:MOST]


def _spoken(conversation: Conversation, barred: Barred | None, room: int) -> str:
    """The row's content, as much of it as there is room for."""
    lead, writer = conversation.lead, conversation.writer
    who = [
        title(conversation),
        phrase(conversation.campaign, NAME_LIMIT),
        "automatic reply" if conversation.auto_reply else "",
    ]
    what = [
        LEFT_ALONE if objection(conversation) else "",
        barring(barred) if barred else "",
        *facts(conversation),
        "" if conversation.unread else "read",
        phrase(lead.email, EMAIL_LIMIT) if lead.email != lead.label else "",
        short(f"written by {isolated(writer)}", EMAIL_LIMIT) if writer else "",
    ]
    said = f"{', '.join(filter(None, who))}: {', '.join(filter(None, what))}"
    return short(f"{said}. “{isolated(briefly(conversation))}”", room)
