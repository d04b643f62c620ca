"""Completes what a person typed with the workspace's aiTags and the leads' names, or says what they
may have meant. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from bot.acts import COMMAND, ByName, Choose, Decide, PutOff, Reference, TagNamed
from bot.errors import NotUnderstood
from bot.slack.grammar import LATER, PARSERS, typed_as
from bot.text import folded
from bot.triage import AiTag, Lead, SetAiTag, same_name
from bot.views.later import UNTIL_WHEN
from bot.views.message import NAME_LIMIT, isolated, phrase, short

# How many of the workspace's aiTags an answer about an unknown one lists.
NAMED_LIMIT: Final = 20
# Verbs that need a conversation and nothing else.
_ON_LEADS: Final = ("show", "read", "unread", "untag", "undo", "log")
# Some of them resemble commands.
_COURTESIES: Final = ("hello", "hi", "hey", "thank", "thanks", "thx")


def or_ai_tag(act: PutOff, known: Sequence[AiTag]) -> PutOff | Decide | Choose:
    """The act, unless an aiTag of the workspace is called like the verb and the time."""
    for tag in known:
        if same_name(tag) == same_name(f"{LATER} {act.until}"):
            wish = SetAiTag(tag)
            return Choose(wish) if act.reference is None else Decide(act.reference, wish)
    return act


def understood(
    act: Decide | Choose, known: Sequence[AiTag], leads: Sequence[Lead] = ()
) -> Decide | Choose:
    """The act with the workspace's spelling of the aiTag. Other words beside it are the lead's
    name. NotUnderstood suggests a command. `leads`: whose names it can tell from aiTags."""
    wanted = act.wish
    if not isinstance(wanted, TagNamed):
        return act
    spelled = {same_name(tag): tag for tag in known}
    if (found := spelled.get(same_name(wanted.words))) is not None:
        return replace(act, wish=SetAiTag(found))
    reference = act.reference if isinstance(act, Decide) else None
    words = wanted.words.split()
    if reference is None:
        for count in range(len(words) - 1, 0, -1):
            for tag, name in ((words[:count], words[count:]), (words[-count:], words[:-count])):
                if (found := spelled.get(same_name(" ".join(tag)))) is not None:
                    return Decide(ByName(" ".join(name)), SetAiTag(found), act.reason)
        called, words = _lead_in(words, leads)
        reference = ByName(" ".join(called)) if called else None
    if is_later(wanted):
        raise NotUnderstood(UNTIL_WHEN)
    raise NotUnderstood(_meant(wanted, words, reference, spelled))


def is_later(wanted: TagNamed) -> bool:
    """Whether these words are the verb without a time, unless an aiTag is called so."""
    return not wanted.after_verb and folded(wanted.words).split()[:1] == [LATER]


def _meant(
    wanted: TagNamed,
    words: Sequence[str],
    reference: Reference | None,
    spelled: Mapping[str, AiTag],
) -> str:
    """The answer to words, beside the lead, that name no aiTag: a similar command, or the
    aiTags."""
    after_verb = wanted.after_verb
    whom = phrase(" ".join(words[1:] or words), NAME_LIMIT)
    if reference is not None:
        whom = typed_as(reference)
    if not words:
        aim = "Which aiTag for" if after_verb else "What do you want to do with"
        return f"{aim} {whom}? {_ai_tags(spelled.values()) if after_verb else _example(whom)}"
    of_it = words if after_verb or reference is not None else words[:1]
    said = phrase(" ".join(of_it), NAME_LIMIT)
    what = f"There is no aiTag “{said}”." if after_verb else f"I don’t know “{said}”."
    verb = None if after_verb else next((each for each in words if folded(each) in _ON_LEADS), None)
    if verb is not None:
        others = [word for word in words[1:] if word != verb] or words[:1]
        whom = phrase(" ".join(others), NAME_LIMIT) if reference is None else whom
        return f"{what} Did you mean {COMMAND} {folded(verb)} {whom}?"
    is_alone = reference is None and not after_verb
    if is_alone and folded(words[0]) in _COURTESIES:
        return _no_command(words)
    verbs = () if after_verb else tuple(PARSERS)
    for count in range(1, len(words) + 1):
        cutoff = 0.6 if count == len(words) else 0.8
        tried = same_name(" ".join(words[:count]))
        near = get_close_matches(tried, [*spelled, *verbs], n=1, cutoff=cutoff)
        if not near:
            continue
        named = near[0] if near[0] in verbs else spelled[near[0]]
        example = [isolated(named), *map(isolated, words[count:])]
        if after_verb:
            example.insert(0, "tag")
        if reference is not None:
            example.insert(1, typed_as(reference))
        said = phrase(" ".join(words[:count] if reference is None else words), NAME_LIMIT)
        what = f"There is no aiTag “{said}”." if after_verb else f"I don’t know “{said}”."
        return f"{what} Did you mean {COMMAND} {short(' '.join(example), 2 * NAME_LIMIT)}?"
    if is_alone:
        return _no_command(words)
    return f"{what} {_ai_tags(spelled.values()) if after_verb else _example(whom)}"


def _no_command(words: Sequence[str]) -> str:
    return (
        f"I read commands only, and “{phrase(' '.join(words), NAME_LIMIT)}” is none. To see who "
        f"wrote, type {COMMAND} inbox; for one lead, {COMMAND} show and their name; for everything "
        f"else, {COMMAND} help."
    )


def _example(whom: str) -> str:
    return f"For example: {COMMAND} show {whom}."


def _ai_tags(known: Collection[AiTag]) -> str:
    if not known:
        return "This workspace has no aiTags yet: create them in SendKit."
    names = ", ".join(phrase(tag, NAME_LIMIT) for tag in [*known][:NAMED_LIMIT])
    more = f" and {len(known) - NAMED_LIMIT} more" if len(known) > NAMED_LIMIT else ""
    return f"The aiTags of this workspace are: {names}{more}."


def _lead_in(words: list[str], leads: Sequence[Lead]) -> tuple[list[str], list[str]]:
    """The first or last words, as many as name one of the leads, and the other words."""
    known = [words_of(lead) for lead in leads]
    for count in range(len(words), 0, -1):
        for name, rest in ((words[:count], words[count:]), (words[-count:], words[:-count])):
            if any({*map(folded, name)} <= each for each in known):
                return name, rest
    return [], words


def words_of(lead: Lead) -> set[str]:
    """The words by which people can call a lead."""
    local, _, _ = lead.email.partition("@")
    return {*map(folded, f"{lead.name} {lead.company} {local}".split())}
