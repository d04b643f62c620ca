"""Slack: every way in, on one screen."""

import re
from typing import Final

from slack_bolt.app.async_app import AsyncApp

from bot.slack.listeners import Listeners, on_error

ANY: Final = re.compile("")


def register(app: AsyncApp, listeners: Listeners) -> None:
    """The table of contents. What matches nothing here comes to `on_error`."""
    app.action(ANY)(listeners.click)
    app.options(ANY)(listeners.suggest)
    app.command(ANY)(listeners.command)
    app.shortcut(ANY)(listeners.unknown)
    app.view(ANY)(listeners.unknown)
    app.event(ANY)(listeners.event)
    app.error(on_error)
