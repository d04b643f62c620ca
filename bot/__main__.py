"""The command line of `python -m bot`: the bot, or the playground if no credential is set."""

import argparse
import asyncio
import io
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from bot import __version__, certificates, dates, logs
from bot.errors import Later, SettingsWrong, TriageError
from bot.findings import is_well, summary
from bot.settings import Settings, address, from_file, has_credentials
from bot.timing import DEFAULT, Timing

# Bolt reads these by itself, and would let them override the settings.
READ_BY_BOLT = (
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_VERIFICATION_TOKEN",
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
)
SHORTEST_AGE = 24 * 3600.0


def main(arguments: Sequence[str], timing: Timing = DEFAULT) -> int:
    """Returns the exit status: 0 after a requested stop, 1 if the doctor or the audit found
    something to fix, 2 after an error, which it prints."""
    wanted = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal may lack the doctor's marks.
        sys.stdout.reconfigure(errors="backslashreplace")
    if wanted.version:
        print(f"SendKit Triage {__version__}")
        return 0
    try:
        environ = {**from_file(Path(".env")), **os.environ}
        for name in READ_BY_BOLT:
            os.environ.pop(name, None)
        match wanted.what or ("serve" if has_credentials(environ) else "playground"):
            case "serve":
                _serve(environ, timing)
            case "connect":
                _connect(environ, wanted.host)
            case "doctor":
                return _examine(environ)
            case "audit":
                return _audit(environ)
            case "forget" | "prune" | "log" | "drop-open":
                _operate(environ, wanted)
            case _:
                _play(environ, getattr(wanted, "transport", "socket"))
    except TriageError as error:
        said = f"{error}. Try again in a minute." if isinstance(error, Later) else error
        print(said, file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of the output has gone:
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        description="Without a command it runs the bot, or the playground if no credential is set. "
        "Settings come from the environment and from .env.",
    )
    parser.add_argument("--version", action="store_true", help="say which version this is")
    commands = parser.add_subparsers(dest="what", metavar="COMMAND", title="commands")

    def command(name: str, meaning: str, more: str = "") -> argparse.ArgumentParser:
        described = f"{meaning[:1].upper()}{meaning[1:]}. {more}".strip()
        return commands.add_parser(name, help=meaning, description=described)

    command("serve", "run the bot with the credentials of the environment and .env")
    playground = command("playground", "run the bot with a simulated Slack and SendKit")
    playground.add_argument(
        "--transport",
        choices=["socket", "http"],
        default="socket",
        help="how its bot is connected (default: %(default)s)",
    )
    command(
        "doctor",
        "try every credential, scope and channel, and say what to do",
        "The exit status is 0 if all is well, and 1 if something needs fixing.",
    )
    connect = command("connect", "make SendKit call the bot for each reply")
    connect.add_argument(
        "host", nargs="?", default="", metavar="ADDRESS", help="the bot’s address: https://…"
    )
    command(
        "audit",
        "prove that every unread reply has a card",
        "It compares SendKit's unread conversations with the bot's cards, and posts nothing. The "
        "exit status is 0 if every reply that should have a card has one, and 1 if not. The bot "
        "may be running.",
    )
    forget = command(
        "forget",
        "delete what the database has about a lead, or about a person of your team",
        "About a lead that is conversations, cards, decisions about them, lists, and work that "
        "waits. It names the messages that are left in Slack. The bot may be running.",
    )
    forget.add_argument(
        "who",
        metavar="EMAIL_OR_USER_ID",
        help="the lead’s address; or the Slack user id of a person of your team, such as "
        "U012AB3CD, whose name is then removed from their decisions",
    )
    prune = command(
        "prune",
        "delete old conversations with their decisions and cards",
        "A conversation is old when nothing happened in it for that long; its lead gets a new card "
        "when they write again. Older decisions and failed work are deleted too. The bot may be "
        "running.",
    )
    prune.add_argument(
        "--older", required=True, type=_age, metavar="AGE", help="such as 180d or 26w"
    )
    log = command(
        "log",
        "write who decided what, when and where",
        "It goes to standard output, the oldest first. The bot may be running.",
    )
    log.add_argument(
        "--since",
        type=_since,
        default=0.0,
        metavar="WHEN",
        help="an age such as 7d or 12h, or a date in UTC such as 2026-11-01 (default: all)",
    )
    log.add_argument(
        "--format", choices=["csv", "json"], default="csv", help="(default: %(default)s)"
    )
    command(
        "drop-open",
        "cancel all work that waits",
        "For a database that was restored from an older back-up: the work that waited then has "
        "been done since.",
    )
    return parser


def _age(text: str) -> float:
    seconds = dates.seconds(text)
    if seconds is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not an age, such as 30d")
    if seconds < SHORTEST_AGE:
        raise argparse.ArgumentTypeError(f"{text!r} is less than a day. Give an age such as 30d")
    return seconds


def _since(text: str) -> float:
    seconds = dates.seconds(text)
    at = dates.from_iso(text) if seconds is None else time.time() - seconds
    if at is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither an age, such as 7d, nor a date, such as 2026-11-01"
        )
    return at


def _serve(environ: Mapping[str, str], timing: Timing) -> None:
    settings = _settings(environ)
    from bot.app import serve  # noqa: PLC0415

    asyncio.run(serve(settings, timing))


def _connect(environ: Mapping[str, str], host: str) -> None:
    settings = _settings(environ)
    from bot.clients import connected  # noqa: PLC0415

    print(asyncio.run(connected(settings, host)))


def _examine(environ: Mapping[str, str]) -> int:
    certificates.check(os.environ)
    if not has_credentials(environ):
        raise SettingsWrong(
            "No credential of Slack or SendKit is set, so there is nothing to try. Copy "
            ".env.example to .env and fill it in, or play without any: make run"
        )
    from bot.doctor import checks  # noqa: PLC0415

    settings, problems = Settings.read(environ)
    logs.configure("ERROR", settings.log_format, settings.secrets)
    findings = asyncio.run(checks.examine(settings, problems))
    print(*findings, summary(findings), sep="\n")
    return 0 if is_well(findings) else 1


def _audit(environ: Mapping[str, str]) -> int:
    certificates.check(os.environ)
    from bot import operate  # noqa: PLC0415

    settings = operate.database_of(environ)
    logs.configure("ERROR", settings.log_format, settings.secrets)
    is_complete, told = asyncio.run(operate.audit(settings))
    print(told)
    return 0 if is_complete else 1


def _operate(environ: Mapping[str, str], wanted: argparse.Namespace) -> None:
    certificates.check(os.environ)
    from bot import operate  # noqa: PLC0415

    settings = operate.database_of(environ)
    logs.configure("ERROR", settings.log_format, settings.secrets)
    match wanted.what:
        case "forget":
            print(asyncio.run(operate.forget(settings, wanted.who)))
        case "prune":
            print(asyncio.run(operate.prune(settings, wanted.older)))
        case "drop-open":
            print(asyncio.run(operate.drop_open(settings)))
        case _:
            asyncio.run(operate.log(settings, wanted.since, wanted.format, sys.stdout))
            sys.stdout.flush()


def _settings(environ: Mapping[str, str]) -> Settings:
    settings = Settings.from_env(environ)
    # Before the modules that import aiohttp, since that makes OpenSSL read the certificates.
    certificates.check(os.environ)
    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    return settings


def _play(environ: Mapping[str, str], transport: Literal["socket", "http"]) -> None:
    for name in certificates.NAMES:
        os.environ.pop(name, None)  # the playground calls no server that has a certificate
    from bot.playground.launcher import play  # noqa: PLC0415
    from bot.web.server import cannot_listen  # noqa: PLC0415

    host, port = address(environ)
    try:
        asyncio.run(play(host=host, port=port, environ=environ, transport=transport))
    except OSError as error:
        raise cannot_listen(host, port, error) from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
