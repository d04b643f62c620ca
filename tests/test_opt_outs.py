"""Whether a lead asks to be left alone, measured on the phrases in tests/data/opt_outs."""

import re
from pathlib import Path
from typing import Final

import pytest

from bot.opt_outs import ALL, asks, beginnings, objection
from bot.triage import Conversation, ConversationId, Lead

ROOT: Final = Path(__file__).parent.parent
PHRASES: Final = ROOT / "tests" / "data" / "opt_outs"
PAGE: Final = (ROOT / "docs" / "running.md").read_text()


def _conversation(words: str, subject: str = "") -> Conversation:
    return Conversation(
        ConversationId("c1"), Lead("jane@example.com"), words=words, subject=subject
    )


def _measured(name: str) -> tuple[str, str, str]:
    """The number of phrases, precision and recall, as the page writes them."""
    lines = (PHRASES / name).read_text().splitlines()
    rows = [line.split(" ", 2) for line in lines]
    found = [(wanted == "yes", asks(text.replace("\\n", "\n"))) for wanted, _, text in rows]
    right = found.count((True, True))
    precision = right / (right + found.count((False, True)))
    recall = right / (right + found.count((True, False)))
    return f"{len(found)}", f"{precision:.3f}", f"{recall:.3f}"


@pytest.mark.parametrize("name", ["tuned.txt", "held_out.txt"])
def test_the_page_has_the_figures_that_are_measured(name: str) -> None:
    row = re.search(rf"{re.escape(name)}`[^|]*\| (\d+) \| ([\d.]+) \| ([\d.]+) \|", PAGE)
    assert row is not None
    assert _measured(name) == row.groups()


def test_no_phrase_is_in_both_sets() -> None:
    tuned, held_out = (
        {line.split(" ", 2)[2].casefold() for line in (PHRASES / name).read_text().splitlines()}
        for name in ("tuned.txt", "held_out.txt")
    )
    assert len(tuned & held_out) <= 20, "a phrase that many people use may be in both"


@pytest.mark.parametrize(
    ("words", "subject", "objects"),
    [
        ("", "", False),
        ("STOP", "Re: Quick question", True),
        ("", "Unsubscribe", True),
        ("", "Re: Remove me from your list?", False),
        ("Yes, on Tuesday.", "AW: Stop emailing me", False),
        ("Sure.\n\nBest,\nJane\n\nunsubscribe", "", False),
        ("Sure.\nJane\nAcme\nunsubscribe", "", False),
        ("Please remove me. Do not remove Bob.", "", True),
        ("Do not remove me. Please remove me from your list.", "", True),
        ("别再给我发邮件了", "", True),
        ("随时联系我，不要再联系他。请不要再联系我。", "", True),
    ],
)
def test_words_and_the_leads_own_subject_count(words: str, subject: str, objects: bool) -> None:
    assert objection(_conversation(words, subject)) is objects


@pytest.mark.parametrize(
    ("pattern", "begin"),
    [
        (r"\bstop me", {"st"}),
        (r"<first>(?:no|(?<!x )yes|a) b", {"no", "ye", "a "}),
        (r"\b(?:se )?dar\b|\bun ?sub", {"se", "da", "un"}),
        (r"\bd?(?:arr|cess)\w*", {"da", "dc", "ar", "ce"}),
    ],
)
def test_a_pattern_says_how_its_matches_begin(pattern: str, begin: set[str]) -> None:
    assert beginnings(pattern) == begin


def test_every_pattern_has_a_beginning_or_stems() -> None:
    for language in ALL:
        anywhere = [ask for ask in language.asks if not ask.startswith(("\\b", "<first>", "(?<!"))]
        assert language.stems or not anywhere


@pytest.mark.parametrize("text", ["stop " * 9000, "a@" * 9000, "remove me " * 9000, "?" * 9000])
def test_only_the_beginning_of_a_long_text_is_read(text: str) -> None:
    assert asks(text) == asks(text[:2000])
