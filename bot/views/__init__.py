"""What people see, as pure functions: each returns a Message, complete in its text."""

from bot.views.message import Message

__all__ = ["Message"]
