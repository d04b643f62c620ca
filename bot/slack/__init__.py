"""Slack: every way in, in one list."""

import re
from typing import Final

from slack_bolt.app.async_app import AsyncApp

from bot import acts
from bot.home import ACTIONS
from bot.slack.form_listeners import FormListeners, opens_form
from bot.slack.home import Home
from bot.slack.listeners import Listeners, on_error
from bot.slack.reply_listeners import ReplyListeners

ANY: Final = re.compile("")


def register(
    app: AsyncApp,
    listeners: Listeners,
    forms: FormListeners,
    replies: ReplyListeners,
    home: Home,
) -> None:
    """Registers every listener. Bolt takes the first line that matches, so wildcards come last;
    `on_error` handles the rest.

    A listener writes its entry before it acks. One that opens a form calls views.open first, within
    the three seconds of its trigger: a form may be lost, a decision may not.
    """
    app.action(acts.OPEN)(forms.open)
    app.action(acts.LATER)(forms.open)
    app.action(acts.REPLY)(forms.open)
    app.action(acts.MORE, matchers=[opens_form])(forms.open)
    app.action(acts.BUTTONS, matchers=[forms.wants_reason])(forms.open)
    app.action(acts.BUTTONS)(listeners.press)
    app.action(acts.OF_REPLIES)(replies.typed)
    app.action(acts.CHANGE)(replies.change)
    app.action(acts.IN_FORMS)(forms.press)
    app.action(ACTIONS)(home.pressed)
    app.command(ANY)(listeners.command)  # a workspace may rename it
    app.options(acts.SEARCH)(listeners.suggest)
    app.options(acts.AI_TAG)(forms.suggest)
    app.view(acts.SAVE)(forms.save)
    app.view(acts.FORWARD)(forms.forward)
    app.view(acts.TAKE_BACK)(forms.take_back)
    app.view(acts.BECAUSE)(forms.because)
    app.view(acts.PUT_OFF)(forms.put_off)
    app.view_submission(acts.WRITE)(replies.preview)
    app.view_submission(acts.PREVIEW)(replies.send)
    app.view_closed(ANY)(replies.closed)
    app.message_shortcut(acts.ON_MESSAGE)(forms.shortcut_on_message)
    app.global_shortcut(acts.ON_INBOX)(forms.shortcut)
    # Slack also sends edits and deletions, with other subtypes.
    said = (None, "file_share", "thread_broadcast")
    app.event({"type": "message", "subtype": said})(listeners.said)
    app.event("app_home_opened")(home.opened)
    app.event("app_mention")(listeners.said)
    app.event(re.compile("reaction_(added|removed)"))(listeners.reacted)
    app.action(ANY)(listeners.press)  # buttons of other versions
    app.shortcut(ANY)(listeners.unknown)
    app.view(ANY)(listeners.unknown)
    app.event(ANY)(listeners.ignore)
    app.error(on_error)
