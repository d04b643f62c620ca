"""Typed text, as Slack passes it on and as it was meant."""

import pytest

from bot.playground.message_escaping import typed as passed_on
from bot.playground.slack import Slack
from bot.slack.markup import addressed, typed
from bot.text import folded

WRITTEN = [
    "tags jane@example.com +beta.io", "+🔥 -🚧", "tag jane@example.com 🔥 Hot",
    "👋🏼 ❤️ 🇫🇷 👩\u200d💻",
    "-acme.com", 'subscribe campaign:"Launch of beta.io" -tag:a&b', "a < b && c > d &lt;",
    "Prêt à acheter",
    "https://acme.slack.com/archives/C0TRIAGE/p1700000000000100?thread_ts=1.2&cid=C0TRIAGE",
    "show jane@mail.example.co.uk, please.", "10:30: :custom: a:b:c",
    "@ada #triage @nobody #nowhere",
]  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_slacks_encoding_of_a_command_is_undone(text: str) -> None:
    assert typed(passed_on(Slack().workspace, text, named=True)) == text


@pytest.mark.parametrize(
    ("arrived", "meant"),
    [
        ("+<http://beta.io|beta.io>", "+beta.io"),
        ("<https://beta.io/|beta.io>", "beta.io"),
        ("<https://beta.io>", "https://beta.io"),
        (
            "<https://acme.slack.com/archives/C1/p1|this one>",
            "https://acme.slack.com/archives/C1/p1",
        ),
        ("<mailto:jane@example.com|jane@example.com>", "jane@example.com"),
        ("<mailto:jane@example.com|Jane Doe>", "jane@example.com"),
        ("<mailto:jane@example.com>", "jane@example.com"),
        ("<@U0ADA|ada>", "@ada"),
        ("<@U0ADA>", "@U0ADA"),
        ("<#C0TRIAGE|triage>", "#triage"),
        ("<!subteam^S0SALES|@sales>", "@sales"),
        ("<!here>", "@here"),
        ("<!date^1700000000^{date}|14 November>", "14 November"),
        ("&lt;b&gt; &amp;lt;", "<b> &lt;"),
        ("<jane@example.com>", "<jane@example.com>"),
        (":fire: :wave::skin-tone-3: :+1: :large_green_circle: :flag-us:", "🔥 👋🏼 👍 🟢 🇺🇸"),
        (":pipe: :our-logo: :fire::skin-tone-3:", ":pipe: :our-logo: :fire::skin-tone-3:"),
        ("http://example.com:fire:", "http://example.com:fire:"),
        ("re\u200bad\ufeff \u202ejane", "read jane"),
        ("Pre\u0302t a\u0300 acheter", "Prêt à acheter"),
    ],
)
def test_markup_is_read_as_what_somebody_typed(arrived: str, meant: str) -> None:
    assert typed(arrived) == meant


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("<@U0TRIAGE> interested", "interested"),
        ("interested <@U0TRIAGE|triage>!", "interested"),
        ("<@U0TRIAGE>: `interested`.", "interested"),
        ("<@U0TRIAGE>\u00a0*read*\n", "read"),
        ("<@U0TRIAGE> /sendkit read jane", "read jane"),
        ("<@U0TRIAGE> /sendkit", ""),
        ("<@U0BEN> <@U0TRIAGE> not_now", "not_now"),
        ("<@U0TRIAGE>", ""),
        ("/leads inbox", "inbox"),
        ("<@U0BOT> owner tags:vip <@U0ANA> <@U0BEN|ben>.", "owner tags:vip <@U0ANA> <@U0BEN|ben>"),
        ("<@U0BOT> `owner` <@U0ANA>", "owner"),
        ("tag jane and/or", "tag jane and/or"),
        ("tags <mailto:jane@acme.com|jane@acme.com> +<#C1|deals> -c++",) * 2,
        ("“meeting booked”", "“meeting booked”"),
        ("&lt;@U0TRIAGE&gt; read", "&lt;@U0TRIAGE&gt; read"),
    ],
)
def test_a_message_to_the_bot_has_a_command_in_it(said: str, command: str) -> None:
    assert addressed(said) == command


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Prêt", "pre\u0302T"),
        ("🔥 Hot", ":fire: hot"),
        ("❤️", "\u2764"),
        (" two  words", "Two Words\u200b"),
        ("Straße", "STRASSE"),
        ("\u1e9e\u0307", "ss\u0307"),
    ],
)
def test_two_spellings_are_one_name(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_two_names_are_two() -> None:
    assert len({folded(each) for each in ("hot", "hôt", "🔥", ":our-fire:", "h ot")}) == 5
