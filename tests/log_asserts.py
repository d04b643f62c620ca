"""The log as it is written, line by line."""

import io
import logging
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from bot import logs


@contextmanager
def restored() -> Iterator[None]:
    """Afterwards, logging is as it was."""
    root, ours = logging.getLogger(), logging.getLogger("bot")
    kept = root.handlers[:], root.level, ours.level, logging.raiseExceptions
    hooks = sys.excepthook, threading.excepthook
    yield
    logging.captureWarnings(False)
    root.handlers[:], level, our_level, logging.raiseExceptions = kept
    sys.excepthook, threading.excepthook = hooks
    root.setLevel(level)
    ours.setLevel(our_level)


class Written(io.StringIO):
    @property
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


@contextmanager
def written(
    level: str = "DEBUG", form: str = "text", secrets: Iterable[str] = ()
) -> Iterator[Written]:
    """The bot's log lines meanwhile, with nothing of pytest's in between."""
    with restored():
        stream = Written()
        logs.configure(level, form, secrets, stream)
        yield stream
