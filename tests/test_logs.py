"""The log: one line an event, with its reference, and nothing in it that is nobody's business."""

import asyncio
import errno
import json
import logging
import sys
import threading
import warnings
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.errors import ChangeRefused, NotUnderstood, RefusedForNow, SlackDown, SlackRefused
from bot.redaction import Redactor
from tests.log_asserts import restored, written
from tests.strategies import calm

MAIL = "Hello, your offer\nis of interest. Jane"
log = logging.getLogger("bot.somewhere")


def told(error: BaseException) -> str:
    """The log line of an error that was raised and caught."""
    with written() as out:
        try:
            raise error
        except type(error):
            log.exception("it went wrong")
    (line,) = out.lines
    return line.partition(" | ")[2]


def test_a_line_says_when_how_bad_where_and_what() -> None:
    with written() as out:
        log.warning("%d cards wait", 3)
    (line,) = out.lines
    at, rest = line.split(" ", 1)
    assert datetime.fromisoformat(at).utcoffset() is not None
    assert at.endswith("Z")
    assert rest == "WARNING bot.somewhere 3 cards wait"


def test_json_has_an_object_a_line_with_a_field_for_each() -> None:
    with written(form="json") as out, logs.about("ABC234"):
        log.error("it went\nwrong", exc_info=RuntimeError("boom"))
    (line,) = out.lines
    said = json.loads(line)
    assert datetime.fromisoformat(said.pop("time")).utcoffset() is not None
    assert said == {
        "level": "ERROR",
        "logger": "bot.somewhere",
        "reference": "ABC234",
        "message": "it went\nwrong",
        "exception": "RuntimeError: boom",
    }


def test_json_leaves_out_what_there_is_not() -> None:
    with written(form="json") as out:
        log.error("plain")
    assert set(json.loads(out.getvalue())) == {"time", "level", "logger", "message"}


def test_a_reference_stands_in_every_line_about_its_entry_and_in_no_other() -> None:
    with written() as out:
        with logs.about("ABC234"):
            log.info("first")
            logging.getLogger("a.library").warning("second")
            with logs.about("XYZ567"):
                log.info("inner")
            log.info("third")
        log.info("last")
    found = [line.split(" ", 3)[3] for line in out.lines]
    assert found == [
        "[ABC234] first",
        "[ABC234] second",
        "[XYZ567] inner",
        "[ABC234] third",
        "last",
    ]


@pytest.mark.parametrize("form", ["text", "json"])
@calm
@given(message=st.text(), name=st.text(min_size=1))
def test_an_event_is_one_line_whatever_is_in_it(form: str, message: str, name: str) -> None:
    with written(form=form) as out:
        try:
            raise RuntimeError(message)
        except RuntimeError:
            log.exception("%s", message)
        logging.getLogger(name).error(message)
    assert len(out.lines) == 2
    assert out.getvalue().count("\n") == 2
    assert not set("\r\x00\x1b\u202e") & set(out.getvalue())


def test_an_error_is_told_with_its_place_and_with_what_led_to_it() -> None:
    def inner() -> None:
        raise ConnectionError("the line is cut")

    def outer() -> None:
        try:
            inner()
        except ConnectionError as error:
            raise SlackDown from error

    with written() as out:
        try:
            outer()
        except SlackDown:
            log.exception("no")
    told = out.lines[0].partition(" | ")[2]
    first, _, second = told.partition(", because of ")
    assert first.startswith("SlackDown: Slack is not responding (tests/test_logs.py:")
    assert [place.split()[1].rstrip(")") for place in first.split(" < ")[1:]] == [
        "test_an_error_is_told_with_its_place_and_with_what_led_to_it"
    ]
    assert second.startswith("ConnectionError: the line is cut (tests/test_logs.py:")


def test_an_error_that_was_there_already_is_told_unless_it_was_hidden() -> None:
    error = SlackRefused("not_allowed")
    error.__context__ = KeyError("ts")
    assert ", because of KeyError: 'ts'" in told(error)
    error = SlackRefused("not_allowed")
    error.__context__, error.__suppress_context__ = KeyError("ts"), True
    assert "because of" not in told(error)


def test_errors_in_a_ring_and_deep_ones_come_to_an_end() -> None:
    one, two = RuntimeError("one"), RuntimeError("two")
    one.__cause__, two.__cause__ = two, one
    assert logs.chain(one).count("RuntimeError") == logs.MOST_CAUSES
    chained: BaseException | None = None
    for _ in range(50):
        following = RuntimeError("again")
        following.__cause__, chained = chained, following
    assert chained is not None
    assert logs.chain(chained).count("again") == logs.MOST_CAUSES

    def deep() -> None:
        deep()

    with written() as out:
        try:
            deep()
        except RecursionError:
            log.exception("deep")
    assert out.lines[0].count(" < ") == logs.MOST_FRAMES - 1


def test_a_place_in_a_library_is_short() -> None:
    with written() as out:
        try:
            json.loads("{")
        except ValueError:
            log.exception("no JSON")
    assert "json/decoder.py:" in out.lines[0]
    assert sys.prefix not in out.lines[0]


@pytest.mark.parametrize(
    "error",
    [ValueError(MAIL), UnicodeEncodeError("utf-8", MAIL, 0, 1, MAIL), Exception({"text": MAIL})],
)
def test_an_error_that_quotes_what_it_was_given_is_told_by_its_name(error: Exception) -> None:
    line = told(error)
    assert line.startswith(f"{type(error).__name__} (tests/test_logs.py:")
    assert "offer" not in line


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ChangeRefused(MAIL), "SendKit refused this: “…”. Change it and try again."),
        (RefusedForNow(f"“{MAIL}” and “{MAIL}”"), "SendKit refuses this for now (“…”)"),
        (NotUnderstood(f"I do not know the filter “{MAIL}”."), "I do not know the filter “…”."),
        (ValueError(MAIL), "ValueError"),
        (OSError(24, "Too many open files"), "[Errno 24] Too many open files"),
    ],
)
def test_no_line_has_words_of_services_or_people(error: Exception, said: str) -> None:
    with written() as out, logs.about("ABC234"):
        log.info("it waits: %s", error)
        try:
            raise error
        except type(error):
            log.exception("it failed")
    waiting, failing = out.lines
    assert waiting.endswith(f"it waits: {said}")
    assert said in failing
    assert "offer" not in out.getvalue()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def passed(throttle: logs.Throttle, name: str, times: int = 1, said: str = "no") -> int:
    records = [
        logging.LogRecord(name, logging.WARNING, "", 0, said, (number,), None)
        for number in range(times)
    ]
    return sum(bool(throttle.filter(each)) for each in records)


def test_lines_of_one_kind_are_throttled_and_counted() -> None:
    clock = Clock()
    throttle = logs.Throttle(clock)
    assert passed(throttle, "bot.web.server", 10_000) == logs.AT_ONCE
    assert passed(throttle, "bot.web.server", said="another") == 1
    # Libraries may format their messages beforehand: each library is one kind.
    assert sum(passed(throttle, "asyncio", said=str(each)) for each in range(10_000)) == (
        logs.AT_ONCE
    )
    clock.now += logs.SECONDS_A_LINE
    record = logging.LogRecord("bot.web.server", logging.WARNING, "", 0, "no", (), None)
    assert throttle.filter(record)
    line = logs.Lines(lambda fields: fields["message"], Redactor(())).format(record)
    assert line == "no (9950 more like this were left out)"
    assert passed(throttle, "bot.web.server") == 0


def test_warnings_about_an_entry_are_never_left_out() -> None:
    throttle = logs.Throttle(Clock())
    with logs.about("ABC234"):
        assert passed(throttle, "bot.desk", 1_000) == 1_000


async def test_a_process_without_file_descriptors_writes_little() -> None:
    """asyncio reports each connection that it cannot accept to the loop's handler."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.unforeseen)
    with written() as out:
        for _ in range(1_000):
            error = OSError(errno.EMFILE, "Too many open files")
            loop.call_exception_handler(
                {"message": "socket.accept() out of system resource", "exception": error}
            )
    # One more every five seconds.
    assert logs.AT_ONCE <= len(out.lines) < 2 * logs.AT_ONCE
    assert "Too many open files" in out.lines[0]


def test_arguments_that_do_not_fit_are_said_to() -> None:
    with written() as out:
        log.warning("%d cards", "jane@example.com")
        log.warning("%(no)s", {"jane": MAIL})
    assert [line.split(" ", 3)[3] for line in out.lines] == [
        "%d cards (its arguments do not fit)",
        "%(no)s (its arguments do not fit)",
    ]


def test_a_very_long_message_is_cut() -> None:
    with written() as out:
        log.warning("%s", "long " * 100_000)
    assert len(out.lines[0]) < logs.LONGEST + 200
    assert out.lines[0].endswith("…")


def test_cutting_a_line_leaves_no_half_secret() -> None:
    secret = "8f742231b10e8888abcd99"
    with written(secrets=[secret]) as out:
        for more in range(len(secret) + 2):
            # What stands before it is redacted to almost nothing, so that it would be seen.
            url = f"https://example.com/{'a' * (logs.MOST_READ - 22 - more)} "
            log.warning("%s%s%s", url, secret, " more" * 9)
    assert secret[:4] not in out.getvalue()
    assert out.lines[0].endswith("bot.somewhere https://example.com/…")


def test_libraries_are_quiet_and_the_bot_says_what_was_asked_for() -> None:
    with written("DEBUG") as out:
        for name in (
            "slack_bolt",
            "slack_sdk.web",
            "httpx",
            "httpcore",
            "asyncio",
            "procrastinate",
        ):
            logging.getLogger(name).info("payload")
            logging.getLogger(name).debug("payload")
        log.debug("ours")
    (line,) = out.lines
    assert line.endswith("DEBUG bot.somewhere ours")
    with written("ERROR") as out:
        log.warning("less")
    assert not out.lines


def test_warnings_of_python_are_lines_too() -> None:
    with written() as out, warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn("old\nways", stacklevel=1)
    (line,) = out.lines
    assert "old\\nways" in line


def test_a_crash_is_a_line_too() -> None:
    with written() as out:
        sys.excepthook(RuntimeError, RuntimeError("boom"), None)

        def work() -> None:
            raise RuntimeError("bang")

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    first, second = out.lines
    assert first.endswith("CRITICAL bot.logs the bot has crashed | RuntimeError: boom")
    assert "CRITICAL bot.logs a thread has crashed | RuntimeError: bang (" in second


async def test_an_error_that_nobody_waited_for_is_a_line_without_reprs() -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.unforeseen)
    with written() as out:
        loop.call_exception_handler(
            {"message": "never retrieved", "exception": ValueError(MAIL), "future": MAIL}
        )
        loop.call_exception_handler({"message": "just so", "handle": MAIL})
    first, second = out.lines
    assert first.endswith("ERROR bot.logs the event loop reports: never retrieved | ValueError")
    assert second.endswith("the event loop reports: just so")


def test_standard_error_is_where_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    with restored():
        logs.configure("INFO")
        log.info("here")
    said = capsys.readouterr()
    assert said.err.endswith("INFO bot.somewhere here\n")
    assert not said.out
