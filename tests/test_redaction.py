"""Secrets that no line of the log may hold, however they got into one."""

import json
import logging
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.journal import Entry
from bot.redaction import Redactor, one_line
from bot.settings import Settings
from bot.slack.payloads import Gesture
from bot.store import Statement
from bot.triage import (
    ChannelId,
    ConversationId,
    Decision,
    DecisionId,
    MarkRead,
    Origin,
    Person,
    UserId,
)
from tests.log_asserts import written
from tests.strategies import calm

URL = "https://hooks.slack.com/actions/T0TEAM/1234567890/hAvEaCaPaBiLiTy"
SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-1-of-the-bot",
    "SLACK_APP_TOKEN": "xapp-1-of-the-app",
    "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99",
    "SENDKIT_API_KEY": "sk_live_of_sendkit",
    "SENDKIT_WEBHOOK_SECRET": 'long, "random" & ünique',
}
SETTINGS = Settings.from_env({**SECRETS, "TRIAGE_CHANNEL": "C0TRIAGE"})
redact = Redactor()
letters = st.text("abcdefghijklmnopqrstuvwxyzABCDEF0123456789", min_size=8, max_size=40)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("to jane.doe@example.com, now", "to j…@example.com, now"),
        ("<mailto:jane@example.com|jane@example.com>", "<mailto:j…@example.com|j…@example.com>"),
        ("jane@a.de bob@b.fr", "j…@a.de b…@b.fr"),
        ("müller@bücher.de", "m…@bücher.de"),
        ("j@example.com", "…@example.com"),
        ("search=jane%40example.com&limit=1", "search=j…%40example.com&limit=1"),
        ('"jane doe"@example.com', "…@example.com"),
        ('say "jane@[127.0.0.1]"', 'say "j…@[127.0.0.1]"'),
        ('an end"@example.com', 'an end"@example.com'),
        ("<@U0ADA> said @here", "<@U0ADA> said @here"),
        ("3 @ 4, me@ home", "3 @ 4, me@ home"),
        ("xoxb-12-ab is no xapp-1-A2-b3, sk_live_1 or whsec_12ab", "… is no …, … or …"),
        ("a risk_level, a task_name, sk_", "a risk_level, a task_name, sk_"),
        (f"POST {URL} failed", "POST https://hooks.slack.com/… failed"),
        (f"URL('{URL}')", "URL('https://hooks.slack.com/…')"),
        ("hooks.slack.com/services/T1/B2/cc", "hooks.slack.com/…"),
        ("wss://x.slack.com/link/?ticket=1&b=2", "wss://x.slack.com/…"),
        ("https://x.slack.com?ticket=1", "https://x.slack.com/…"),
        ("at http://localhost:3000/", "at http://localhost:3000/"),
        ("at https://me:word@example.com:99", "at https://…@example.com:99"),
        ("postgresql://bot:pass@db/triage", "postgresql://…@db/triage"),
        ("nothing of the sort", "nothing of the sort"),
        ("", ""),
    ],
)
def test_this_is_what_is_left(text: str, left: str) -> None:
    assert redact(text) == left
    assert redact(left) == left


@calm
@given(before=st.text(), after=st.text())
def test_no_address_comes_through_whatever_stands_around_it(before: str, after: str) -> None:
    assert "jane.doe@example.com" not in redact(f"{before}jane.doe@example.com{after}")


@calm
@given(before=st.text(), secret=letters, after=st.text())
def test_no_configured_secret_comes_through(before: str, secret: str, after: str) -> None:
    assert secret not in Redactor([secret])(f"{before}{secret}{after}")


@pytest.mark.parametrize("secret", SETTINGS.secrets)
def test_a_secret_is_found_in_each_of_its_spellings(secret: str) -> None:
    clean = Redactor(SETTINGS.secrets)
    for spelt in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], f"{secret!r}"[1:-1]):
        assert clean(f"a {spelt} b") == "a … b"


def test_the_longer_of_two_secrets_goes_first() -> None:
    assert Redactor(["abcdefgh", "abcdefgh-and-more", ""])("abcdefgh-and-more") == "…"


@pytest.mark.parametrize(
    ("url", "passwords"),
    [
        ("sqlite:///triage.db", set()),
        ("postgresql://db/triage", set()),
        ("postgresql://bot@db/triage", set()),
        ("postgresql://bot:pa%2Fss:word@db:5432,other/triage", {"pa/ss:word"}),
        ("postgresql://db/triage?user=bot&password=pa%2Fss", {"pa/ss"}),
        ("postgresql://[db", set()),
    ],
)
def test_credentials_and_passwords_are_secrets(url: str, passwords: set[str]) -> None:
    environ = {**SECRETS, "TRIAGE_CHANNEL": "C0TRIAGE", "DATABASE_URL": url}
    assert set(Settings.from_env(environ).secrets) == set(SECRETS.values()) | passwords


@pytest.mark.slow
@pytest.mark.parametrize(
    "part",
    ["a", "@", '"', "a@", '"@', "%40", "://", "https://", "sk_", "xoxb-", "hooks.slack.com/", "\n"],
)
def test_a_great_deal_of_anything_takes_no_longer_than_its_length(part: str) -> None:
    """Were it the square of it, this would not come to its end."""
    text = part * (250_000 // len(part))
    assert "jane@example.com" not in one_line(redact(f"{text} jane@example.com {text}"))


@calm
@given(text=st.text())
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) == (1 if text else 0)


def test_no_repr_has_a_secret_or_a_capability_in_it() -> None:
    origin = Origin(ChannelId("C1"), Person(UserId("U1"), "ada"), response_url=URL)
    decision = Decision(DecisionId("d"), ConversationId("c"), MarkRead(), origin, 0.0)
    values = {"origin": {"response_url": URL}}
    for each in (
        SETTINGS,
        origin,
        decision,
        Gesture("click", "value", origin, 0.0),
        Entry("id", "kind", "lane", values),
        Statement("SELECT 1", values),
    ):
        assert "hAvEaCaPaBiLiTy" not in repr(each)
        for secret in SECRETS.values():
            assert secret not in repr(each)


def test_a_line_of_the_log_is_blotted_in_its_message_and_its_errors() -> None:
    with written(secrets=SETTINGS.secrets) as out:
        log = logging.getLogger("bot.somewhere")
        for text in (*SECRETS.values(), URL, "jane.doe@example.com"):
            cause = ConnectionError(f"cause {text}")
            error = RuntimeError(f"error {text}")
            error.__cause__ = cause
            log.error("message %s", text, exc_info=error)
            log.error("message %r", {"a": [text]})
    assert len(out.lines) == 14
    for text in (*SECRETS.values(), "hAvEaCaPaBiLiTy", "jane.doe"):
        assert text not in out.getvalue()
