"""An error is a finished sentence for the person who meets it."""

import inspect
import re

import pytest

from bot import errors
from bot.errors import (
    AnswerUnclear,
    ChangeRefused,
    ChannelClosed,
    ConversationGone,
    DatabaseTrouble,
    KeyRefused,
    Later,
    ListMissing,
    MessageGone,
    Overtaken,
    RefusedForNow,
    SendKitBusy,
    SendKitDown,
    SlackDown,
    SlackRefused,
    ThreadLocked,
    TriageError,
    UnknownRefusal,
)

SENTENCES: list[tuple[TriageError, str]] = [
    (ConversationGone(),
     "SendKit no longer has this conversation. It may have been deleted: look in SendKit."),
    (
        Overtaken("Ada set Hot since you opened the form."),
        "Ada set Hot since you opened the form. I did not save your choice: open the conversation "
        "again.",
    ),
    (
        ListMissing("/v1/tags"),
        "SendKit has nothing at /v1/tags (404). Ask the person who runs this bot to check "
        "SENDKIT_API_URL.",
    ),
    (ChangeRefused("aiTag is too long"),
     "SendKit refused this: “aiTag is too long”. Change it and try again."),
    (SlackRefused("user_not_found"),
     "Slack refused this (user_not_found). Ask the person who runs this bot to look at its log."),
    (ChannelClosed("not_in_channel"),
     "I cannot post in that channel (not_in_channel). Add me there with /invite, and try again."),
    (ChannelClosed("is_archived"),
     "I cannot post in that channel (is_archived). Ask somebody to unarchive it, and try again."),
    (
        ChannelClosed("restricted_action"),
        "I cannot post in that channel (restricted_action). Ask an admin of the workspace to let "
        "me post there, and try again.",
    ),
    (
        MessageGone("thread_not_found"),
        "The card is no longer there (thread_not_found). Type /sendkit show with the lead’s "
        "address for a new one.",
    ),
    (
        ThreadLocked("restricted_action_thread_locked"),
        "The card’s thread takes no replies (restricted_action_thread_locked). Ask an admin to "
        "unlock it.",
    ),
    (
        DatabaseTrouble("disk is full"),
        "The bot could not save this (disk is full), so nothing was done. "
        "Tell the person who runs it, and try again.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("error", "sentence"), SENTENCES, ids=lambda part: type(part).__name__)
def test_an_error_says_what_happened_and_what_to_do_next(error: TriageError, sentence: str) -> None:
    assert str(error) == sentence


@pytest.mark.parametrize("kind", [SlackRefused, ChannelClosed, MessageGone])
def test_slacks_error_code_is_kept_for_the_log(kind: type[SlackRefused]) -> None:
    assert kind("is_archived").error == "is_archived"


@pytest.mark.parametrize(
    ("error", "sentence", "at"),
    [
        (SendKitDown(), "SendKit is not responding", None),
        (AnswerUnclear("no JSON"), "SendKit’s answer was not understood (no JSON)", None),
        (
            KeyRefused(),
            "SendKit refuses the API key (ask the person who runs this bot to check "
            "SENDKIT_API_KEY)",
            None,
        ),
        (RefusedForNow("Pay"), "SendKit refuses this for now (“Pay”)", None),
        (SendKitBusy(12.5), "SendKit is busy (rate limit)", 12.5),
        (SendKitBusy(None), "SendKit is busy (rate limit)", None),
        (SlackDown(), "Slack is not responding", None),
        (SlackDown(7.0), "Slack is not responding", 7.0),
        (UnknownRefusal("missing_scope"), "Slack refused this (missing_scope)", None),
        (
            UnknownRefusal("messages_tab_disabled"),
            "Slack refused this (messages_tab_disabled: switch on the Messages Tab in the app’s "
            "settings, page App Home)",
            None,
        ),
        (Later("Not now"), "Not now", None),
    ],
)
def test_a_delayed_error_knows_its_time(error: Later, sentence: str, at: float | None) -> None:
    assert (str(error), error.at) == (sentence, at)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    _, tree, _ = (errors.__doc__ or "").split("\n\n", 2)
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in tree.splitlines():
        if not re.search("[├└]", line) and drawn:
            continue  # what an error is for goes on
        found = re.match(r"((?:[│ ]   )*(?:[├└]── )?)(\w+)", line)
        assert found, line
        depth = len(found.group(1)) // 4
        drawn[found.group(2)] = above[depth - 1] if depth else "Exception"
        above[depth:] = [found.group(2)]
    real = {
        name: error.__base__.__name__
        for name, error in inspect.getmembers(errors, inspect.isclass)
        if error.__base__ is not None
    }
    assert drawn == real
