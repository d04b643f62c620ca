"""Everything that people see in Slack, as pure functions. Each returns a Message whose `text` says
everything."""

from bot.views.message import Message

__all__ = ["Message"]
