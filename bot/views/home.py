"""App Home: what waits for us, as rows with the buttons of a card, and how the bot is.

A view has no `text`: screen readers read its blocks, so each button names its lead.
https://docs.slack.dev/surfaces/app-home
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot import acts, home
from bot.barred import Barred
from bot.home import Chosen, What
from bot.opt_outs import objection
from bot.triage import ChannelId, Conversation, Outcome, Owner
from bot.views.card import EMAIL_LIMIT, LEFT_ALONE, barring, facts, title, titled
from bot.views.card_buttons import actions
from bot.views.form import View
from bot.views.later import BACK_NOW, DONE, back_now, later_button
from bot.views.line import sentence as made
from bot.views.line import undoable
from bot.views.lists import briefly
from bot.views.message import (
    CONTEXT_LIMIT,
    NAME_LIMIT,
    OPTION_LIMIT,
    Block,
    button,
    channel_name,
    context,
    cut,
    header,
    markup,
    moment,
    phrase,
    plain,
    section,
    short,
)
from bot.views.owner import RELEASE, TAKE
from bot.views.palette import Palette

# Slack takes 100 blocks in a view: four for each conversation, two for each channel at most, and
# about twenty others.
MOST: Final = 15
MOST_CHANNELS: Final = 8
MOST_PROBLEMS: Final = 3
# Two lines in a narrow window.
GLANCE: Final = 120
RULE_LIMIT: Final = 300

_NOTHING: Final[dict[What, str]] = {
    "all": "Nothing waits for an answer.",
    "mine": "Nothing of yours waits for an answer.",
    "unclaimed": "Everything that waits for an answer has an owner.",
    "later": "Nothing is put off until later.",
    "channel": "Nothing in this channel waits for an answer.",
    "campaign": "Nothing of this campaign waits for an answer.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation. `since`: when it began to wait for us, in seconds since the epoch; None if it
    does not. `later_at`: until when it was put off. `is_saved`: a decision about it waits for
    SendKit. `is_back`: it came back, and nothing has happened since."""

    conversation: Conversation
    since: float | None
    later_at: float | None = None
    owner: Owner | None = None
    barred: Barred | None = None
    is_saved: bool = False
    is_back: bool = False


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A channel: what it gets, and how much of that waits, `since` when. `closed`: Slack's error if
    the bot may not post there."""

    channel: ChannelId
    gets: str
    count: int = 0
    since: float | None = None
    closed: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that Home shows. `campaign`: the name of the chosen one. `following`: what comes
    after the last row; None at the end. `campaigns`: how much of each waits. `health`: problems in
    short; None while they are looked for. `last`: what the person decided last. `at`: when this was
    read."""

    chosen: Chosen
    rows: Sequence[Row]
    at: float
    every: int = 0
    mine: int = 0
    unclaimed: int = 0
    later: int = 0
    campaign: str = ""
    following: Chosen | None = None
    campaigns: Sequence[tuple[str, int]] = ()
    channels: Sequence[Subscribed] = ()
    health: Sequence[str] | None = None
    last: tuple[Outcome, Conversation] | None = None


def view(board: Board, choices: Palette) -> View:
    """The whole Home."""
    blocks = [
        *_head(board, choices),
        *(block for row in board.rows for block in _row(row, board, choices)),
        *_paging(board),
        *_channels(board),
        *_health(board),
    ]
    replies = [
        (row.conversation.id, row.conversation.replied_at)
        for row in board.rows
        if acts.is_stamp(row.conversation.replied_at)
    ]
    return {"type": "home", "blocks": blocks, "private_metadata": home.metadata(replies)}


def sentence(said: str) -> View:
    """A Home that cannot be shown."""
    return {"type": "home", "blocks": [section(said)]}


def _head(board: Board, choices: Palette) -> Iterator[Block]:
    yield header(_title(board))
    yield {"type": "actions", "block_id": "home.which", "elements": list(_which(board))}
    if (menu := _campaigns(board)) is not None:
        yield {"type": "actions", "block_id": "home.of", "elements": [menu]}
    if not board.rows:
        yield section(_NOTHING[board.chosen.what])
    if board.last is not None:
        said = f"Your last decision, {title(board.last[1])}: {made(board.last[0])}"
        said = cut(said, RULE_LIMIT)
        undo = undoable(board.last[0], said, choices.confirmed)
        block_id = acts.block_id(board.last[0].conversation, "undo")
        yield {**undo, "block_id": block_id} if undo else section(said)


def _title(board: Board) -> str:
    match board.chosen.what:
        case "mine":
            return "Yours, longest wait first"
        case "unclaimed":
            return "Without an owner, longest wait first"
        case "later":
            return "Put off until later"
        case "channel":
            return "One channel, longest wait first"
        case "campaign":
            return f"{phrase(board.campaign, NAME_LIMIT)}, longest wait first"
        case _:
            return "Waiting for us, longest wait first"


def _which(board: Board) -> Iterator[Block]:
    """The buttons that choose the list, with how long each is."""
    offered: list[tuple[str, What, int]] = [
        ("All", "all", board.every),
        ("Mine", "mine", board.mine),
        ("Unclaimed", "unclaimed", board.unclaimed),
        ("Later", "later", board.later),
    ]
    for number, (label, what, count) in enumerate(offered):
        chosen = what == board.chosen.what
        label = f"{'✓ ' * chosen}{label} {count}"
        value = home.packed(Chosen(what))
        yield button(label, home.action(number), value, about="what waits", chosen=chosen)
    again = home.packed(Chosen(board.chosen.what, board.chosen.of))
    yield button("Refresh", home.action(8), again, about="Home")


def _campaigns(board: Board) -> Block | None:
    """The menu of campaigns, if there is a choice.

    https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#static_select
    """
    options = [_option(name, count) for name, count in board.campaigns]
    if len(options) < 2:
        return None
    menu = {
        "type": "static_select",
        "action_id": home.CAMPAIGNS,
        "placeholder": plain("Campaign", OPTION_LIMIT),
        "options": options,
    }
    chosen = [each for each in options if each["value"] == _of_campaign(board.campaign)]
    if board.chosen.what == "campaign" and chosen:
        return {**menu, "initial_option": chosen[0]}
    return menu


def _option(name: str, count: int) -> Block:
    size = f" ({count})"
    said = phrase(name, OPTION_LIMIT - len(size))
    return {"text": plain(f"{said}{size}", OPTION_LIMIT), "value": _of_campaign(name)}


def _of_campaign(name: str) -> str:
    return home.packed(Chosen("campaign", home.key(name)))


def _row(row: Row, board: Board, choices: Palette) -> Iterator[Block]:
    conversation = row.conversation
    yield {"type": "divider"}
    yield titled(conversation, briefly(conversation, GLANCE))
    yield context(*_times(row), *_about(row, board, choices))
    block = actions(conversation, choices, barred=row.barred)
    yield {
        **block,
        "block_id": acts.block_id(conversation.id, "home"),
        "elements": [*block["elements"], _owning(row), *_putting_off(row)],
    }


def _putting_off(row: Row) -> Iterator[Block]:
    """The buttons that put the conversation off, and that end that."""
    if row.later_at is None or row.is_back:
        yield later_button(row.conversation)
    if row.later_at is not None:
        yield back_now(row.conversation, DONE if row.is_back else BACK_NOW)


def _owning(row: Row) -> Block:
    """The button that gives the conversation an owner, or takes it from them."""
    conversation = acts.ById(row.conversation.id)
    act: acts.Pressed = acts.Take(conversation) if row.owner is None else acts.Release(conversation)
    label = TAKE if row.owner is None else RELEASE
    who = row.conversation.lead.label
    return button(label, acts.action_id(8), acts.pack(act), about=who)


def _times(row: Row) -> Iterator[str | Block]:
    if row.later_at is not None:
        yield "Back since" if row.is_back else "Put off until"
        yield markup(moment(row.later_at))
    if row.since is not None:
        yield "Waiting for us since"
        yield markup(moment(row.since))


def _about(row: Row, board: Board, choices: Palette) -> Iterator[str]:
    """Facts that neither the name nor a button shows."""
    conversation, whose = row.conversation, ""
    if row.owner is not None and board.chosen.what != "mine":
        whose = f"Owner: {phrase(row.owner.name, NAME_LIMIT)}"
    ai_tag, *tags = facts(conversation)
    said = [
        LEFT_ALONE if objection(conversation) else "",
        barring(row.barred) if row.barred else "",
        whose,
        phrase(conversation.lead.email, EMAIL_LIMIT),
        phrase(conversation.campaign, NAME_LIMIT),
        ai_tag if conversation.ai_tag not in (None, *choices.quick) else "",
        *tags,
        "" if conversation.unread else "read",
        "a decision is saved and waits for SendKit" if row.is_saved else "",
    ]
    yield cut(" · ".join(filter(None, said)), CONTEXT_LIMIT)


def _paging(board: Board) -> Iterator[Block]:
    elements = []
    if board.chosen.after:
        first = home.packed(Chosen(board.chosen.what, board.chosen.of))
        elements.append(button("First page", home.action(6), first, about="what waits"))
    if board.following:
        more = home.packed(board.following)
        elements.append(button("Next page", home.action(7), more, about="what waits"))
    if elements:
        yield {"type": "divider"}
        yield {"type": "actions", "block_id": "home.page", "elements": elements}


def _channels(board: Board) -> Iterator[Block]:
    """The channels with their filters, and how much of that waits."""
    yield {"type": "divider"}
    yield header("Channels")
    for each in board.channels[:MOST_CHANNELS]:
        waits = f"{each.count} waiting" if each.count else "nothing waits"
        since = f", longest since {moment(each.since)}" if each.since is not None else ""
        text = markup(f"{channel_name(each.channel)}: {waits}{since}")
        block: Block = {"type": "section", "text": text}
        if each.count:
            value = home.packed(Chosen("channel", each.channel))
            show = button("Show", home.action(5), value, about="what waits in this channel")
            block = {**block, "accessory": show}
        yield block
        shut = f". I cannot post there ({short(each.closed, NAME_LIMIT)})" if each.closed else ""
        yield context(f"Gets {each.gets}{shut}." if each.gets else "It has no subscription.")
    if (left := len(board.channels) - MOST_CHANNELS) > 0:
        yield context(f"… and {left} more: {acts.COMMAND} subscriptions")


def _health(board: Board) -> Iterator[Block]:
    yield {"type": "divider"}
    yield header("How I am")
    if board.health is None:
        yield context("I am checking. Press Refresh to see what I found.")
    elif not board.health:
        yield context("Slack, SendKit, my database and my work in hand are all good.")
    else:
        for each in board.health[:MOST_PROBLEMS]:
            yield section(cut(each, RULE_LIMIT))
    check = button("Check everything", home.action(9), home.DOCTOR, about="Slack and SendKit")
    yield {"type": "actions", "block_id": "home.health", "elements": [check]}
    yield context("This page is of", markup(moment(board.at)), "It changes when you open it.")
