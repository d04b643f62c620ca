"""What can go wrong, as news for the person who meets it: str(error) is the finished sentence.

TriageError
├── SettingsWrong         the bot cannot start
├── NotUnderstood         a command, a button or a form that says nothing we can carry out
├── Refused               final: trying again changes nothing
│   ├── ConversationGone  SendKit's own 404. Never final by itself: a reply waits while SendKit's
│   │                     list has it, a decision until SendKit has said so again and again
│   ├── ListMissing       … where no conversation was named
│   ├── ChangeRefused     SendKit's own 400 or 422 for the change that was asked for
│   ├── NotAllowed        somebody who may not decide
│   │   └── WrongChannel      … or not from here
│   └── SlackRefused      Slack said no, for a reason that is known to last
│       ├── ChannelClosed     … because of where it was asked to post
│       ├── MessageGone       … because the message or its thread was deleted
│       └── ThreadLocked      … because the thread takes no replies
├── Later                 not now: due again at `at`
│   ├── KeyRefused        SendKit's own 401 or 403: a key can be corrected
│   ├── NotFoundForNow    SendKit's own 404, until it has lasted
│   ├── RefusedForNow     any other 4xx of SendKit's own: it is not proven to be final
│   ├── SendKitDown       no answer, or 5xx
│   │   └── AnswerUnclear … or something, whatever its status, that SendKit would not say
│   │       ├── AnswerTooLong  … or more than is read of one answer
│   │       └── ListEndless    … or a list that goes round, or on and on
│   ├── SendKitBusy       429
│   └── SlackDown         no answer, or 5xx
│       ├── SlackBusy     … or a 429 that lasts
│       ├── SlackUnclear  … or an answer that does not say what was asked, is longer than what is
│       │   │             read of one
│       │   └── SlackListEndless … or is a list without an end
│       ├── PermissionUnknown … so the bot cannot check whether somebody may do something
│       ├── TokenRefused  … or it no longer knows the bot's token
│       └── UnknownRefusal    … or it said no, for a reason that may pass
│           └── ContentRefused    … such as what the message holds
└── DatabaseTrouble       what should be remembered could not be written

SendKit's own refusal is a JSON object with `error`, and with `code` equal to the status. A page, or
the JSON of a proxy, says nothing about a reply or a decision: it waits, as in an outage.
"""

import re
from typing import Final

# A service that hangs up on the bot carries out what it was asked for within this time, if it does;
# one that let it wait in vain takes longer.
HUNG_UP_SECONDS: Final = 3.0
STALLED_SECONDS: Final = 10.0


class TriageError(Exception):
    """A finished sentence with the next step in it."""

    @property
    def in_log(self) -> str:
        """The sentence without its quotations: SendKit's and people's words may name a lead."""
        return re.sub("“.*”", "“…”", str(self), flags=re.DOTALL)


class SettingsWrong(TriageError):
    """Names every setting that is missing or wrong; never a secret's value."""


class NotUnderstood(TriageError):
    """Says what was not understood, and what would be."""


class Refused(TriageError):
    """Trying again changes nothing."""


class RepliedAgain(Refused):
    """The lead wrote again before the bot marked the conversation as read."""

    def __init__(self) -> None:
        super().__init__(
            "A newer reply has come in since, so I left the conversation unread. "
            "Read the new reply on its own card."
        )


class ConversationGone(Refused):
    def __init__(self) -> None:
        super().__init__(
            "SendKit no longer has this conversation. It may have been deleted: look in SendKit."
        )


class ListMissing(Refused):
    """`path` is what SendKit, or what answers in its place, does not have."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"SendKit has nothing at {path} (404). Ask the person who runs this bot to check "
            "SENDKIT_API_URL."
        )
        self.path = path


class ChangeRefused(Refused):
    def __init__(self, reason: str) -> None:
        super().__init__(f"SendKit refused this: “{reason}”. Change it and try again.")
        self.reason = reason


class NotAllowed(Refused):
    """For the person's eyes only; says whom to ask."""


class WrongChannel(NotAllowed):
    """Commands do not work here; `instead` is a channel in which they do."""

    def __init__(self, sentence: str, instead: str) -> None:
        super().__init__(sentence)
        self.instead = instead


class SlackRefused(Refused):
    """`error` is Slack's own name for it, such as `missing_scope`."""

    def __init__(self, error: str, sentence: str | None = None) -> None:
        super().__init__(
            sentence
            or f"Slack refused the bot ({error}). Ask the person who runs it to look at its log."
        )
        self.error = error


class ChannelClosed(SlackRefused):
    """The bot may not post in the channel, or not now. What stands there stays there."""

    def __init__(self, error: str) -> None:
        super().__init__(
            error, f"I cannot post in that channel ({error}). {_way_in(error)}, and try again."
        )


def _way_in(error: str) -> str:
    if error in ("is_archived", "is_inactive"):
        return "Ask somebody to unarchive it"
    if error.startswith(("restricted_action", "posting_to_general")):
        return "Ask an admin of the workspace to let me post there"
    return "Add me there with /invite"


class MessageGone(SlackRefused):
    def __init__(self, error: str) -> None:
        super().__init__(
            error,
            f"The card is no longer there ({error}). Type /sendkit show with the lead’s address "
            "for a new one.",
        )


class ThreadLocked(SlackRefused):
    def __init__(self, error: str) -> None:
        super().__init__(
            error, f"The card’s thread takes no replies ({error}). Ask an admin to unlock it."
        )


class Later(TriageError):
    """Not now: its text has no full stop, since whoever tells of it says what becomes of it.

    `at` is when it is due again, in seconds since the epoch; None: whoever tries decides. For
    `settling` seconds, what was asked for may still come through. `aside`: what comes after it in
    its lane need not wait for it.
    """

    def __init__(self, sentence: str, at: float | None = None, settling: float = 0.0) -> None:
        super().__init__(sentence)
        self.at = at
        self.settling = settling
        self.aside = False


class SendKitDown(Later):
    def __init__(self, settling: float = 0.0) -> None:
        super().__init__("SendKit is not responding", settling=settling)


class AnswerUnclear(SendKitDown):
    """What answered may not be SendKit; SendKit itself may be at work all the same."""

    def __init__(self, what: str) -> None:
        Later.__init__(
            self, f"SendKit’s answer was not understood ({what})", settling=STALLED_SECONDS
        )


class AnswerTooLong(AnswerUnclear):
    def __init__(self) -> None:
        super().__init__("it is too long")


class ListEndless(AnswerUnclear):
    def __init__(self) -> None:
        super().__init__("a list without an end")


class KeyRefused(Later):
    """`status` is 401, or 403: the key is known, but not allowed to do this."""

    def __init__(self, status: int = 401) -> None:
        super().__init__(
            "SendKit refuses the API key (ask the person who runs this bot to check "
            "SENDKIT_API_KEY)"
        )
        self.status = status


class NotFoundForNow(Later):
    def __init__(self) -> None:
        super().__init__("SendKit does not find this conversation right now")


class RefusedForNow(Later):
    def __init__(self, reason: str) -> None:
        super().__init__(f"SendKit refuses this for now (“{reason}”)")
        self.reason = reason


class SendKitBusy(Later):
    def __init__(self, at: float | None) -> None:
        super().__init__("SendKit is busy (rate limit)", at)


class SlackDown(Later):
    """`error` is Slack's own name for it, empty where there is none."""

    error = ""

    def __init__(self, at: float | None = None, settling: float = 0.0, error: str = "") -> None:
        super().__init__("Slack is not responding", at, settling)
        self.error = error


class SlackBusy(SlackDown):
    """Nothing was done."""

    error = "ratelimited"

    def __init__(self, at: float) -> None:
        Later.__init__(self, "Slack is busy (rate limit)", at)


class SlackUnclear(SlackDown):
    def __init__(self, settling: float = 0.0) -> None:
        Later.__init__(self, "Slack’s answer was not understood", settling=settling)


class SlackListEndless(SlackUnclear):
    """It does not help to read it again."""


class PermissionUnknown(SlackDown):
    """`cause` is why Slack does not say now whether somebody may do something. A question changes
    nothing, so there is no `settling`."""

    def __init__(self, cause: SlackDown) -> None:
        Later.__init__(self, str(cause), cause.at)
        self.cause = cause


class TokenRefused(SlackDown):
    """Nothing was done, and all of it can be once the token is a good one again."""

    def __init__(self, error: str = "") -> None:
        Later.__init__(self, "Slack refused SLACK_BOT_TOKEN")
        self.error = error


class UnknownRefusal(SlackDown):
    """Nothing was done, and it may be possible later."""

    def __init__(self, error: str, settling: float = 0.0) -> None:
        Later.__init__(self, f"Slack refused the bot ({_named(error)})", settling=settling)
        self.error = error


def _named(error: str) -> str:
    """Slack's name of an error, with the way out where the app's settings have one."""
    if error == "messages_tab_disabled":
        return f"{error}: switch on the Messages Tab in the app’s settings, page App Home"
    return error


class ContentRefused(UnknownRefusal):
    """Slack does not take the message as it is: a smaller or plainer one may do."""


class DatabaseTrouble(TriageError):
    """`reason` is the database's own word; it never holds a value that was to be written."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The bot could not write this down ({reason}), so nothing was done. "
            "Tell the person who runs it, and try again."
        )
        self.reason = reason
