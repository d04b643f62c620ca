"""No mail of a lead costs more than a mail may, whatever it says.

Work is counted, not timed: executed lines of Python. `make bench` shows how the time of each
regular expression grows with its input.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sendkit import parsing
from bot.sendkit.fields import LINE_LIMIT
from bot.sendkit.mail import text as mail_text
from bot.sendkit.mail.text import KEPT, newest_words
from tests.strategies import calm

# What parsers of mails look for, to be repeated: each alone, and together.
PIECES = (
    *("\n", "\r", " ", "  ", "\t", "a", "word ", "é", "Sam\n", "a:\n", "a: b\n"),
    *("> q\n", "x\n> q\n", "> " + "h" * 60 + "\nx\n", "&gt; ", "| a\n", "-- a --\n", "___\n"),
    *("2020/1/1 ", " <", "@", ">", "x@", "@x.", "a.b@c.d\n", "1.1.2020 ", "12:30 ", "wrote:\n"),
    *("From: a@b.c\nSent: 1 May 2020 9:00\nTo: a@b.c\n", "a@b.c wrote:\n", "--- Original ---\n"),
    *("a: x@y.z 2020\n", "* ", "</", "<o:p>"),
    *("<", "<a ", "<a b='", '<a href="', "<!--", "<!", "<?", "<b></i>", "<br>", "<hr>", "<p>"),
    *("<? <style>", "<pre>\n<a b='<?", "&lt;" * 20),
    *("<blockquote><br>", "<div class=gmail_quote>", "<td>", "<li>a", "<pre>\n", "<style>"),
    *("<p style='display:none'>", "<font style=font-size:0>", "<span " + "a " * 500 + ">", "</p>"),
    *('<a href="https://x.y/?%s">a</a>' % ("q&" * 90), "<div style=border-top:1px>", "<img alt=é>"),
    *("&", "&#9", "&#x9", "&amp;", "&amp", "&nbsp;", "&#" + "9" * 5_000 + ";", "=", "?u=http://"),
    *("https://a.b/?url=https://", "https://" + "q" * 70 + " ", "mailto:", "- ", "--", "A", "0"),
    *("BEGIN:VCALENDAR\nSUMMARY:a\n", "\u200c", "\u200d ", "\u00ad", "\u0301", "🇩", "👨\u200d"),
    *("<t@x.y>\n", "a@" * 100 + "\n", "<t@x.y>\n <" + "a@" * 100, "x" * 280 + "<t@x.y>\n"),
    *("Yes! ", "On 3 May 2026 9:00 ", "(https://a", " W dniu 3", "reply--- On ", "ᐧ\n", "wrote:\n"),
    *("[cid:", "SS> ", ">>> a@b.c 3/3/2026 9:12 >>>\n", "Begin forwarded message:\n\n> a: b\n"),
    *("<blockquote type=cite>Begin forwarded message:", "<div>&nbsp;</div>"),
    *("a\n--\n", "--\nAnn\n", "Sent from my iPhone\n", "Tel 0 0 0 0 0 0", "outlook "),
    *("\U0001f3f4\U000e0067", "\ud800", "\x00", "would ten minutes suit you next week\n", "(", '"'),
)  # fmt: skip
SENT = [("would ten minutes suit you next week " * 30 + "\nSam\n") * 20] * 5
repeated = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)

# The costliest mail that is known takes two thirds of this, and so some milliseconds.
LINES = 400_000


def lines_executed(work: Callable[[], Any]) -> int:
    """The number of lines of Python that a call executes, our own and the library's."""
    executed = 0

    def count(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal executed
        executed += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return executed


def filled(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


@settings(parent=calm, max_examples=15)
@given(repeated, st.sampled_from([50_000, 400_000]))
@pytest.mark.slow
def test_any_mail_costs_a_bounded_number_of_steps(piece: str, size: int) -> None:
    mail = filled(piece, size)
    for plain, markup in ((mail, ""), ("", mail)):
        assert lines_executed(lambda: newest_words(plain, markup, SENT)) <= LINES  # noqa: B023
        assert len(newest_words(plain, markup, SENT)) <= KEPT


@settings(parent=calm, max_examples=20)
@given(repeated)
def test_any_field_of_a_conversation_costs_a_bounded_number_of_steps(piece: str) -> None:
    long = filled(piece, 300_000)
    reply = {"type": "reply", "from": long, "subject": long, "content": "", "fromName": long}
    lead = dict.fromkeys(("email", "firstName", "lastName", "companyName", "name"), long)
    sent = {"type": "sent", "content": long}
    messages = [sent, reply] * 150
    body = {"id": "c1", "lead": lead, "campaign": {"name": long}, "messages": messages}

    def read() -> None:
        conversation = parsing.conversation(body)
        assert len(conversation.words) <= KEPT
        assert len(conversation.asked) <= mail_text.QUESTION_LIMIT
        assert len(conversation.lead.name) <= 2 * LINE_LIMIT + 1

    assert lines_executed(read) <= LINES
