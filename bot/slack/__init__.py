"""Slack: every way in, on one screen."""

import re
from typing import Final

from slack_bolt.app.async_app import AsyncApp

from bot import acts
from bot.slack.listeners import Listeners, on_error

ANY: Final = re.compile("")


def register(app: AsyncApp, listeners: Listeners) -> None:
    """The table of contents: Bolt takes the first line that matches, so the wildcards come last.
    What matches nothing comes to `on_error`.

    A listener writes its entry before it acks. One that opens a form calls views.open first, inside
    the three seconds of its trigger: a form may be lost, a decision may not.
    """
    app.command(ANY)(listeners.command)  # a workspace may rename it
    app.action(acts.BUTTONS)(listeners.press)
    app.options(acts.SEARCH)(listeners.suggest)
    app.event({"type": "message", "subtype": (None, "file_share")})(listeners.message)
    app.action(ANY)(listeners.press)  # buttons of other versions
    app.shortcut(ANY)(listeners.unknown)
    app.view(ANY)(listeners.unknown)
    app.event(ANY)(listeners.ignore)
    app.error(on_error)
