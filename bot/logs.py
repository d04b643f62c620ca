"""The log: one line for each event, with the reference that people see, and without leads' words,
addresses and secrets, which are redacted here."""

import json
import logging
import sys
import threading
import time
import traceback
from asyncio import AbstractEventLoop
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO

from bot.errors import TriageError
from bot.redaction import Redactor, one_line
from bot.timing import Bucket

log = logging.getLogger(__name__)

LONGEST: Final = 4_000
MOST_READ: Final = 4 * LONGEST
MOST_FRAMES: Final = 6
MOST_CAUSES: Final = 6
# Of lines of one kind, a burst and then one every few seconds.
AT_ONCE: Final = 50
SECONDS_A_LINE: Final = 5.0

# Their texts speak of code and machines. Other exceptions, such as ValueError, quote their input,
# which may be a mail: only their name and place are logged.
_QUOTES_NOTHING: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    TypeError,
)
_OURS: Final = "bot"
_ROOT: Final = Path(__file__).parents[1]
_REFERENCE: Final = ContextVar[str]("reference", default="")


@contextmanager
def about(reference: str) -> Iterator[None]:
    """Adds the reference of this entry to every line that is logged inside, by libraries too."""
    token = _REFERENCE.set(reference)
    try:
        yield
    finally:
        _REFERENCE.reset(token)


def configure(
    level: str, form: str = "text", secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Sends the log to the stream, or to standard error, from this level on. `form` is text or
    json. `secrets` are redacted everywhere."""
    out = logging.StreamHandler(stream)
    out.setFormatter(Lines(_to_json if form == "json" else _to_text, Redactor(secrets)))
    out.addFilter(Throttle())
    # Below WARNING, libraries log payloads, tokens and whole addresses of requests.
    logging.basicConfig(level=logging.WARNING, handlers=[out], force=True)
    logging.getLogger("bot").setLevel(level)
    logging.captureWarnings(True)
    # Otherwise logging reports a line that it cannot write in many lines, with its arguments.
    logging.raiseExceptions = False
    sys.excepthook = _crashed
    threading.excepthook = _crashed_thread


def unforeseen(loop: AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Logs what the event loop reports. The loop's own handler logs reprs, which may hold
    anything."""
    log.error("the event loop reports: %s", context["message"], exc_info=context.get("exception"))


class Throttle(logging.Filter):
    """Passes AT_ONCE lines of one kind, then one in SECONDS_A_LINE, which says how many were left
    out. `clock` is in seconds.

    A kind is a place in the code and a type of exception, or a whole library. Without it, a process
    without free file descriptors logs a line for every connection that it cannot accept. Warnings
    about an entry always pass, as people see its reference.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._buckets: dict[tuple[object, ...], Bucket] = {}
        self._left_out: Counter[tuple[object, ...]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        if _REFERENCE.get() and record.levelno >= logging.WARNING:
            return True
        ours = record.name.partition(".")[0] == _OURS
        error = type(record.exc_info[1]) if record.exc_info else None
        kind = (record.name, record.levelno, error, record.msg if ours else None)
        if kind not in self._buckets:
            self._buckets[kind] = Bucket(AT_ONCE, SECONDS_A_LINE, self._clock)
        if not self._buckets[kind].take():
            self._left_out[kind] += 1
            return False
        record.left_out = self._left_out.pop(kind, 0)
        return True


class Lines(logging.Formatter):
    """Formats one line for each record: `form` makes it of the record's redacted fields."""

    def __init__(self, form: Callable[[Mapping[str, str]], str], redact: Redactor) -> None:
        super().__init__()
        self._form = form
        self._blot = redact

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "reference": _REFERENCE.get(),
            "message": self._cut(_message(record)) + _left_out(record),
            "exception": self._cut(chain(error)) if error else "",
        }
        return self._form({name: text for name, text in fields.items() if text})

    def _cut(self, text: str) -> str:
        if len(text) > MOST_READ:
            # Drop the last word: a cut secret would escape redaction.
            text = f"{text[:MOST_READ].rpartition(' ')[0]}…"
        clean = self._blot(text)
        return clean if len(clean) <= LONGEST else f"{clean[:LONGEST]}…"


def chain(error: BaseException) -> str:
    """An exception with its place and its causes, the innermost first."""
    told: list[str] = []
    current: BaseException | None = error
    while current is not None and len(told) < MOST_CAUSES:
        told.append(_told(current))
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return ", because of ".join(told)


def _told(error: BaseException) -> str:
    said = _words(error)
    text = f": {said}" if said else ""
    return f"{type(error).__name__}{text}{_places(error.__traceback__)}"


def _words(error: BaseException) -> str:
    """The text of an error without leads' words; empty if it may contain some."""
    if isinstance(error, TriageError):
        return error.in_log
    return str(error) if isinstance(error, _QUOTES_NOTHING) else ""


def _places(trace: TracebackType | None) -> str:
    frames = deque(traceback.walk_tb(trace), maxlen=MOST_FRAMES)
    places = [
        f"{_short(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        for frame, line in reversed(frames)
    ]
    return f" ({' < '.join(places)})" if places else ""


def _short(filename: str) -> str:
    path = Path(filename)
    ours = path.is_relative_to(_ROOT) and "site-packages" not in path.parts
    return str(path.relative_to(_ROOT)) if ours else "/".join(path.parts[-2:])


def _message(record: logging.LogRecord) -> str:
    arguments = record.args
    if isinstance(arguments, tuple):
        arguments = tuple(_argument(each) for each in arguments)
    try:
        return str(record.msg) % arguments if arguments else str(record.msg)
    except (TypeError, ValueError, LookupError):
        return f"{record.msg} (its arguments do not fit)"


def _left_out(record: logging.LogRecord) -> str:
    number = getattr(record, "left_out", 0)
    return f" ({number} more like this were left out)" if number else ""


def _argument(value: object) -> object:
    if isinstance(value, BaseException):
        return _words(value) or type(value).__name__
    return value


def _to_json(fields: Mapping[str, str]) -> str:
    return json.dumps(fields)


def _to_text(fields: Mapping[str, str]) -> str:
    words = [fields["time"], fields["level"], fields["logger"]]
    if "reference" in fields:
        words.append(f"[{fields['reference']}]")
    words.append(fields.get("message", ""))
    if "exception" in fields:
        words.append(f"| {fields['exception']}")
    return one_line(" ".join(words))


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("the bot has crashed", exc_info=(kind, error, trace))


def _crashed_thread(crash: threading.ExceptHookArgs) -> None:
    log.critical("a thread has crashed", exc_info=crash.exc_value)
