"""Everything that can go wrong. str(error) is a sentence for the person who meets it.

TriageError
├── SettingsWrong         the bot cannot start
├── NotUnderstood         a command, button or form that the bot cannot carry out
├── Refused               final: a repeat changes nothing
│   ├── RepliedAgain      the lead wrote again before the conversation was marked as read
│   ├── Overtaken         the aiTag changed while somebody had a form open
│   ├── NotUndone         a decision that cannot be taken back
│   ├── NoAddress         SendKit names no address of the lead
│   ├── ReasonMissing     the lead asks to be left alone, and nobody said why to write
│   ├── Withdrawn         the decision was undone before it reached SendKit
│   ├── ConversationGone  SendKit's own 404. The caller makes sure: a reply waits while SendKit
│   │                     lists the conversation, a decision until the 404 has lasted
│   ├── ListMissing       the same where no conversation was named
│   ├── ChangeRefused     SendKit's own 400 or 422 for the change
│   ├── NotAllowed        the person may not decide
│   │   └── WrongChannel      not in this channel
│   └── SlackRefused      Slack said no, for a reason that is known to last
│       ├── ChannelClosed     the bot may not post in the channel
│       ├── MessageGone       the message or its thread was deleted
│       └── ThreadLocked      the thread takes no replies
├── Later                 not now: due again at `at`
│   ├── KeyRefused        SendKit's own 401 or 403: an admin can correct the key
│   ├── NotFoundForNow    SendKit's own 404, until it has lasted
│   ├── RefusedForNow     any other 4xx of SendKit's own, which may pass
│   ├── SendKitDown       no answer, or 5xx
│   │   └── AnswerUnclear an answer, of any status, that SendKit would not give
│   │       ├── AnswerTooLong  longer than the bot reads
│   │       └── ListEndless    a list that repeats itself or does not end
│   ├── SendKitBusy       429
│   └── SlackDown         no answer, or 5xx
│       ├── SlackBusy     a 429 that lasts
│       ├── SlackUnclear  an answer without the facts that were asked for, or longer than the bot
│       │   │             reads
│       │   └── SlackListEndless a list that repeats itself or does not end
│       ├── PermissionUnknown the bot cannot check now whether the person may do this
│       ├── TokenRefused  Slack does not accept the bot's token
│       └── UnknownRefusal    Slack said no, for a reason that may pass
│           └── ContentRefused    because of the message's content
└── DatabaseTrouble       the database could not be read or written

An error of SendKit's own is a JSON object with `error`, and with `code` equal to the status.
Anything else comes from a proxy and says nothing about the conversation: treat it as an outage.
"""

import re
from typing import Final

# How long a request may still take effect after a dropped connection, and after a timeout.
HUNG_UP_SECONDS: Final = 3.0
STALLED_SECONDS: Final = 10.0


class TriageError(Exception):
    """A finished sentence that names the next step."""

    @property
    def in_log(self) -> str:
        """The sentence without quotations, which may name a lead."""
        return re.sub("“.*”", "“…”", str(self), flags=re.DOTALL)


class SettingsWrong(TriageError):
    """Names every setting that is missing or wrong, and never the value of a secret."""


class NotUnderstood(TriageError):
    """Says what the bot did not understand, and what it would."""


class Refused(TriageError):
    """A repeat changes nothing."""


class RepliedAgain(Refused):
    """The lead wrote again before the bot marked the conversation as read."""

    def __init__(self) -> None:
        super().__init__(
            "A newer reply has come in since, so I left the conversation unread. "
            "Read the new reply on its own card."
        )


class Overtaken(Refused):
    """`what`: a sentence that says what happened."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} I did not save your choice: open the conversation again.")


class NotUndone(Refused):
    """A decision that cannot be taken back; nothing was changed."""


class NoAddress(Refused):
    """SendKit names no address that its do-not-contact list could have."""

    def __init__(self) -> None:
        super().__init__(
            "SendKit names no email address of this lead, so I put nothing on the do-not-contact "
            "list. Look at the conversation in SendKit."
        )


class ReasonMissing(Refused):
    """The change may send mail to a lead who asks to be left alone, and has no reason."""


class Withdrawn(Refused):
    """`who` undid the decision while it waited."""

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} undid this decision before it reached SendKit.")


class ConversationGone(Refused):
    def __init__(self) -> None:
        super().__init__(
            "SendKit no longer has this conversation. It may have been deleted: look in SendKit."
        )


class ListMissing(Refused):
    """`path`: the address that answered with 404."""

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
    """Shown to the person alone; says whom to ask."""


class WrongChannel(NotAllowed):
    """Commands do not work in this channel. `instead`: a channel in which they do."""

    def __init__(self, sentence: str, instead: str) -> None:
        super().__init__(sentence)
        self.instead = instead


class SlackRefused(Refused):
    """`error`: Slack's error code, such as `missing_scope`."""

    def __init__(self, error: str, sentence: str | None = None) -> None:
        super().__init__(
            sentence
            or f"Slack refused this ({error}). Ask the person who runs this bot to look at its log."
        )
        self.error = error


class ChannelClosed(SlackRefused):
    """The bot may not post in the channel now. Messages that are there stay there."""

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
    """Not now. Its text has no full stop: the caller adds what happens next.

    `at`: when to try again, in seconds since the epoch; None: the journal decides. `settling`: for
    how many seconds the request may still take effect. `aside`: later entries of the same lane
    need not wait for this one.
    """

    def __init__(self, sentence: str, at: float | None = None, settling: float = 0.0) -> None:
        super().__init__(sentence)
        self.at = at
        self.settling = settling
        self.aside = False


class SendKitDown(Later):
    """`never_sent`: the request did not leave this machine."""

    never_sent = False

    def __init__(self, settling: float = 0.0, *, never_sent: bool = False) -> None:
        super().__init__("SendKit is not responding", settling=settling)
        self.never_sent = never_sent


class AnswerUnclear(SendKitDown):
    """The answer may be a proxy's, and SendKit may still carry out the request."""

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
    """`status`: 401, or 403 for a key that lacks the permission."""

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
    """`error`: Slack's error code, empty without one."""

    error = ""

    def __init__(self, at: float | None = None, settling: float = 0.0, error: str = "") -> None:
        super().__init__("Slack is not responding", at, settling)
        self.error = error


class SlackBusy(SlackDown):
    """Slack did nothing."""

    error = "ratelimited"

    def __init__(self, at: float) -> None:
        Later.__init__(self, "Slack is busy (rate limit)", at)


class SlackUnclear(SlackDown):
    def __init__(self, settling: float = 0.0) -> None:
        Later.__init__(self, "Slack’s answer was not understood", settling=settling)


class SlackListEndless(SlackUnclear):
    """Reading the list again does not help."""


class PermissionUnknown(SlackDown):
    """`cause`: why Slack did not answer. There is no `settling`, as a question changes nothing."""

    def __init__(self, cause: SlackDown) -> None:
        Later.__init__(self, str(cause), cause.at)
        self.cause = cause


class TokenRefused(SlackDown):
    """Slack did nothing. The request can be repeated once the token is corrected."""

    def __init__(self, error: str = "") -> None:
        Later.__init__(self, "Slack refused SLACK_BOT_TOKEN")
        self.error = error


class UnknownRefusal(SlackDown):
    """Slack did nothing, and may accept the request later."""

    def __init__(self, error: str, settling: float = 0.0) -> None:
        Later.__init__(self, f"Slack refused this ({_named(error)})", settling=settling)
        self.error = error


def _named(error: str) -> str:
    """Slack's error code, and how to mend it where the app's settings can."""
    if error == "messages_tab_disabled":
        return f"{error}: switch on the Messages Tab in the app’s settings, page App Home"
    return error


class ContentRefused(UnknownRefusal):
    """Slack does not accept the message. A shorter or plainer one may pass."""


class DatabaseTrouble(TriageError):
    """`reason`: the database's own words, without any value that was to be written."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The bot could not save this ({reason}), so nothing was done. "
            "Tell the person who runs it, and try again."
        )
        self.reason = reason
