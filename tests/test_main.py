"""`python -m bot`: what it starts, and what it says when it cannot."""

import asyncio
import errno
import os
import queue
import signal
import socket
import stat
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError

import certifi
import pytest

from bot import __main__, __version__, certificates
from bot.playground.sendkit import Fault, SendKit
from bot.playground.slack import Slack
from bot.settings import CREDENTIALS
from bot.store.ledger import Ledger
from bot.store.sqlite import SqliteDatabase
from bot.triage import Conversation
from bot.web.server import cannot_listen
from tests import servers
from tests.log_asserts import restored
from tests.view_asserts import JANE

ROOT = Path(__main__.__file__).parents[1]
GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-not-real",
    "SLACK_SIGNING_SECRET": "not-real",
    "SENDKIT_API_KEY": "sk_not_real",
    "TRIAGE_CHANNEL": "C0TRIAGE",
    "SENDKIT_POLL_SECONDS": "0",
    # Nothing listens there: the bot starts without either service.
    "SLACK_API_URL": "http://127.0.0.1:9/",
    "SENDKIT_API_URL": "http://127.0.0.1:9",
}


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A folder and an environment without anything of the bot's."""
    monkeypatch.chdir(tmp_path)
    others = ("PORT", "HOST", "TRIAGE_CHANNEL", "DISPLAY", "WAYLAND_DISPLAY")
    for name in (*CREDENTIALS, *others, *certificates.NAMES):
        monkeypatch.delenv(name, raising=False)
    with restored():
        yield


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    found = servers.free_port()
    monkeypatch.setenv("PORT", str(found))
    return found


Given = Callable[[Mapping[str, str]], None]
Refused = Callable[..., str]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """Sets all of these variables of the environment."""

    def setting(environ: Mapping[str, str]) -> None:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)

    return setting


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs a command that ends with the status 2; what it says, on standard error alone."""

    def running(*arguments: str) -> str:
        assert __main__.main(list(arguments)) == 2
        told = capsys.readouterr()
        assert told.out == ""
        return told.err

    return running


def _stop_when_it_answers(url: str) -> threading.Thread:
    def wait() -> None:
        while True:
            with suppress(URLError, ConnectionError), urllib.request.urlopen(url, timeout=60):
                break
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_it_serves_until_it_is_told_to_stop(given: Given, port: int) -> None:
    given(GOOD)
    waiting = _stop_when_it_answers(f"http://127.0.0.1:{port}/healthz")
    assert __main__.main([]) == 0
    waiting.join()
    assert "SLACK_BOT_TOKEN" not in os.environ
    assert Path("triage.db").exists()


def test_without_credentials_it_plays(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    waiting = _stop_when_it_answers(f"http://127.0.0.1:{port}/")
    assert __main__.main(["playground", "--transport", "http"]) == 0
    waiting.join()
    assert f"http://127.0.0.1:{port}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "https://bot.example.com"], "unrecognized arguments: https://bot.example.com"),
        (["serve", "--transport", "http"], "unrecognized arguments: --transport http"),
        (["prune", "--older", "30"], "'30' is not an age, such as 30d"),
        (["prune", "--older", "0d"], "'0d' is less than a day. Give an age such as 30d"),
        (["log", "--since", "monday"], "'monday' is neither an age, such as 7d, nor a date, such"),
    ],
)
def test_an_argument_that_would_be_ignored_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        __main__.main(arguments)
    assert end.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("database", "arguments", "told"),
    [
        ("mysql://localhost/triage", ["log"], "DATABASE_URL is wrong"),
        ("sqlite:///none.db", ["log"], "none.db"),
        ("sqlite:///triage.db", ["forget", "bob@example.com"], "knows no lead with the address"),
    ],
)
def test_a_command_on_the_database_that_cannot_be_done_says_why(
    database: str, arguments: list[str], told: str, given: Given, refused: Refused
) -> None:
    _remember(JANE)
    given({"DATABASE_URL": database})
    assert told in refused(*arguments)


def _remember(*conversations: Conversation) -> None:
    """Puts a database with these conversations into the current folder."""

    async def write() -> None:
        async with SqliteDatabase(Path("triage.db")) as database:
            for each in conversations:
                await Ledger(database).remember(each, 1.0)

    asyncio.run(write())


def test_without_a_card_forget_says_nothing_of_slack(capsys: pytest.CaptureFixture[str]) -> None:
    _remember(JANE)
    assert __main__.main(["forget", JANE.lead.email]) == 0
    deleted, left = capsys.readouterr().out.splitlines()
    assert deleted == "Deleted from the bot’s database: 1 conversation."
    assert left.startswith("Delete the lead in SendKit too")


def test_it_ends_quietly_if_its_reader_has_gone(capsys: pytest.CaptureFixture[str]) -> None:
    _remember(JANE)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone, redirect_stdout(gone):
        assert __main__.main(["log"]) == 1
    assert capsys.readouterr().err == ""


def test_all_that_is_missing_is_named_at_once(given: Given, refused: Refused) -> None:
    given({"SENDKIT_API_KEY": "sk_not_real"})
    told = refused()
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET", "TRIAGE_CHANNEL"):
        assert f"{name} is missing" in told
    assert "sk_not_real" not in told


def test_the_environment_wins_over_the_file(given: Given, refused: Refused) -> None:
    Path(".env").write_text("SLACK_BOT_TOKEN=xoxb-of-the-file\nTRIAGE_CHANNEL=#triage\nEMPTY\n")
    given({"SLACK_BOT_TOKEN": "of-the-environment"})
    told = refused()
    assert "SLACK_BOT_TOKEN is wrong" in told
    assert "TRIAGE_CHANNEL is wrong" in told


FILE = "SLACK_BOT_TOKEN=wrong\nQUICK_TAGS=Löschen\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_in_utf_8_may_begin_with_a_byte_order_mark(encoding: str, refused: Refused) -> None:
    Path(".env").write_text(FILE, encoding)
    assert "SLACK_BOT_TOKEN is wrong" in refused("serve")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
@pytest.mark.parametrize("what", ["serve", "doctor", "playground"])
def test_a_file_in_another_encoding_is_named(what: str, encoding: str, refused: Refused) -> None:
    Path(".env").write_text(FILE, encoding)
    told = refused(what)
    assert told.startswith(f"{Path('.env').absolute()} is not UTF-8 text")
    assert "Save it as UTF-8" in told


def _folder(path: Path) -> None:
    path.mkdir()


def _dangling(path: Path) -> None:
    path.symlink_to("gone")


def _loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_folder, "Is a directory. Make it a file"),
        (_dangling, "is a link to a file that does not exist. Correct the link"),
        (_loop, "Too many levels of symbolic links. Make it a file"),
        (os.mkfifo, "is a device or a pipe. Make it a file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    make: Callable[[Path], None], sentence: str, refused: Refused
) -> None:
    make(Path(".env"))
    told = refused("serve")
    assert str(Path(".env").absolute()) in told
    assert sentence in told


@pytest.mark.parametrize("line", ["SLACK_BOT_TOKEN: xoxb-1", "SLACK_BOT_TOKEN='xoxb-1", "a b = c"])
def test_a_line_of_the_file_that_is_no_setting_is_named(line: str, refused: Refused) -> None:
    Path(".env").write_text(f"# a note\n\nexport PORT=3000 # another\n{line}\n")
    assert refused() == (
        f"Line 4 of {Path('.env').absolute()} is no setting. Write it as NAME=value, or begin it "
        "with # if it is a note.\n"
    )


def test_a_file_that_a_container_hides_is_empty(refused: Refused) -> None:
    try:
        os.mknod(".env", stat.S_IFCHR | 0o666, os.makedev(1, 3))  # as /dev/null is
    except OSError:
        pytest.skip("only root may make a device")
    assert "SLACK_BOT_TOKEN is missing" in refused("serve")


def _unreadable(path: Path) -> None:
    """Not even root can follow this link."""
    path.symlink_to("a" * 300)


def _pem(text: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(f"-----BEGIN {text}-----\nAAAA\n-----END {text}-----\n")

    return write


def _nothing(path: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("name", "make", "sentence"),
    [
        ("SSL_CERT_FILE", _nothing, "ca does not exist."),
        ("SSL_CERT_FILE", _folder, "ca is not a file."),
        ("SSL_CERT_FILE", os.mkfifo, "ca is not a file."),
        ("SSL_CERT_FILE", _loop, "ca does not exist."),
        ("SSL_CERT_FILE", _unreadable, "ca cannot be read (File name too long)."),
        ("SSL_CERT_FILE", Path.touch, "ca has no certificate in PEM format that can be read."),
        ("SSL_CERT_FILE", _pem("CERTIFICATE"), "ca has no certificate in PEM format"),
        ("SSL_CERT_FILE", _pem("PRIVATE KEY"), "ca has no certificate in PEM format"),
        ("SSL_CERT_DIR", _nothing, "ca does not exist."),
        ("SSL_CERT_DIR", _unreadable, "ca cannot be read (File name too long)."),
        ("SSL_CERT_DIR", Path.touch, "ca is not a folder."),
        ("SSL_CERT_DIR", os.mkfifo, "ca is not a folder."),
        ("SSL_CERT_DIR", _folder, "ca has no certificate that `openssl rehash` has named."),
    ],
)
@pytest.mark.parametrize("command", [["serve"], ["doctor"], ["connect", "https://a.example"]])
def test_certificates_that_cannot_be_used_are_named_with_what_to_do(
    command: list[str],
    name: str,
    make: Callable[[Path], None],
    sentence: str,
    given: Given,
    refused: Refused,
) -> None:
    make(Path("ca"))
    given({**GOOD, name: str(Path("ca").absolute())})
    told = refused(*command)
    assert told.startswith(f"{name} is wrong: ")
    assert sentence in told
    assert f"Correct {name}, or remove it" in told


def test_certificates_that_can_be_used_are(
    given: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path("cas")
    folder.mkdir()
    (folder / "3513523f.0").symlink_to(certifi.where())
    with services() as environ:
        for named in (
            {"SSL_CERT_FILE": certifi.where()},
            {"SSL_CERT_FILE": "", "SSL_CERT_DIR": str(folder)},
            # Where the file has certificates, the folder need not exist.
            {"SSL_CERT_FILE": certifi.where(), "SSL_CERT_DIR": "missing"},
        ):
            given({**environ, **named})
            assert __main__.main(["doctor"]) == 0, capsys.readouterr().out


def _ran(command: str, environ: Mapping[Any, Any]) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, with nothing else in its environment."""
    return subprocess.run(
        [sys.executable, "-m", "bot", command],
        env={"PYTHONPATH": str(ROOT), **environ},
        timeout=120,
        check=False,
        capture_output=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", ["serve", "doctor", "playground"])
def test_a_pipe_in_place_of_certificates_is_not_waited_for(command: str) -> None:
    """OpenSSL reads them when aiohttp is imported, which happens once in a process."""
    os.mkfifo("pipe")
    # Without a port that can be listened at, the playground ends too.
    elsewhere = {"HOST": "198.51.100.1", "PATH": os.environ["PATH"]}
    run = _ran(command, {**GOOD, "SSL_CERT_FILE": "pipe", **elsewhere})
    assert run.returncode == 2
    said = b"Cannot listen" if command == "playground" else b"SSL_CERT_FILE is wrong"
    assert said in run.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_the_doctor_tells_all_to_a_terminal_that_lacks_its_marks(encoding: str) -> None:
    run = _ran("doctor", {**GOOD, "PYTHONIOENCODING": encoding})
    assert run.returncode == 1
    assert rb"\u2717 SendKit: " in run.stdout
    assert run.stderr == b""


@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_a_setting_that_is_not_utf_8_is_a_wrong_setting(command: str) -> None:
    run = _ran(command, {**GOOD, "SENDKIT_API_KEY": b"sk_\xff"})
    assert b"SENDKIT_API_KEY has bytes that are not UTF-8 text." in run.stdout + run.stderr
    assert b"Error" not in run.stdout + run.stderr


def _taken(port: int) -> str:
    return (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. Give another PORT, "
        "for example: PORT=3001 make run\n"
    )


def test_an_address_that_the_bot_may_not_use_is_said_plainly() -> None:
    wrong = cannot_listen(
        "0.0.0.0", 80, PermissionError(errno.EACCES, "[Errno 13] ('0.0.0.0', 80)")
    )
    assert (
        str(wrong) == "Cannot listen on 0.0.0.0:80: Permission denied. Give another HOST or PORT."
    )


@pytest.mark.parametrize("environ", [GOOD, {}], ids=["the bot", "the playground"])
def test_a_taken_port_is_said_plainly(
    environ: Mapping[str, str], given: Given, port: int, refused: Refused
) -> None:
    given(environ)
    with socket.create_server(("127.0.0.1", port)):
        assert refused().endswith(_taken(port))


@pytest.mark.usefixtures("port")
def test_the_doctor_has_a_line_for_each(given: Given, capsys: pytest.CaptureFixture[str]) -> None:
    given(GOOD | {"TRIAGE_CHANNEL": "", "SENDKIT_POLL_SECONDS": "60"})
    assert __main__.main(["doctor"]) == 1
    first, *findings, last = capsys.readouterr().out.splitlines()
    assert first.startswith("✗ Settings: TRIAGE_CHANNEL is missing: the id of a channel")
    named = dict(each.split(": ", 1) for each in findings)
    assert named["✓ Database"].startswith("triage.db is not there yet")
    assert named["✗ SendKit"].startswith("It cannot be reached.")
    assert last == "3 problems, 2 warnings."


def test_the_doctor_likes_a_bot_that_works(
    given: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    with services() as environ:
        given(environ)
        assert __main__.main(["doctor"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-1] == "All good."
    assert {each[0] for each in told[:-1]} == {"✓"}


def test_the_doctor_has_nothing_to_try_without_credentials(refused: Refused) -> None:
    told = refused("doctor")
    assert told.startswith("No credential of Slack or SendKit is set")
    assert told.endswith("make run\n")


@contextmanager
def services() -> Iterator[Mapping[str, str]]:
    """Slack and SendKit, in a thread of their own, and the settings that lead to them."""
    ready, over = queue.SimpleQueue[Mapping[str, str]](), threading.Event()

    async def serve() -> None:
        async with Slack() as slack, SendKit() as sendkit:
            # The bot's public address does not exist here.
            sendkit.faults.add(Fault(text='{"success": true}'), "POST", "*/test", times=None)
            ready.put(
                {
                    "SLACK_BOT_TOKEN": slack.bot_token,
                    "SLACK_APP_TOKEN": slack.app_token,
                    "SENDKIT_API_KEY": sendkit.api_key,
                    "TRIAGE_CHANNEL": "C0TRIAGE",
                    "SLACK_API_URL": slack.api_url,
                    "SENDKIT_API_URL": sendkit.url,
                }
            )
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        yield ready.get(timeout=120)
    finally:
        over.set()
        thread.join()


def test_the_bot_says_at_start_that_it_is_not_in_the_channel() -> None:
    with services() as environ:
        serving = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            env={**environ, "TRIAGE_CHANNEL": "C0RANDOM", "PORT": "0", "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert serving.stderr is not None
        with serving:
            said = "TRIAGE_CHANNEL: The bot is not in #random. Type /invite @triage in it"
            assert any(said in each for each in serving.stderr)
            serving.terminate()
            serving.stderr.read()
        assert serving.returncode == 0


def test_its_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["--version"]) == 0
    assert capsys.readouterr().out == f"SendKit Triage {__version__}\n"


def test_it_runs_without_a_standard_output() -> None:
    with redirect_stdout(None):
        assert __main__.main(["--version"]) == 0


def test_connect_registers_the_webhook(given: Given, capsys: pytest.CaptureFixture[str]) -> None:
    with services() as environ:
        given({**environ, "SENDKIT_WEBHOOK_SECRET": "a long random text"})
        assert __main__.main(["connect", "https://bot.example.com"]) == 0
    assert capsys.readouterr().out == (
        "The webhook https://bot.example.com/sendkit/webhook is registered, and SendKit sent its "
        "test. The bot’s log shows it.\n"
    )


@pytest.mark.parametrize(
    ("secret", "host", "told"),
    [
        ("", "https://bot.example.com", "SENDKIT_WEBHOOK_SECRET is missing"),
        ("a long random text", "bot.example.com", "The host is wrong"),
        ("a long random text", "https://bot example.com", "The host is wrong"),
        ("a long random text", "https://bot.\udcff", "The host is wrong"),
        ("a long random text", "https://bot.example.com", "SendKit is not responding. Try again"),
    ],
)
def test_connect_says_what_came_of_it(
    secret: str, host: str, told: str, given: Given, refused: Refused
) -> None:
    given(GOOD | {"SENDKIT_WEBHOOK_SECRET": secret})
    assert told in refused("connect", host)
