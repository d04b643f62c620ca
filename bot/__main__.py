"""python -m bot: the bot; without any credential, the playground."""

import argparse
import asyncio
import io
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from bot import __version__, certificates, logs
from bot.doctor import is_well, summary
from bot.errors import Later, TriageError
from bot.settings import Settings, address, from_file, has_credentials
from bot.timing import DEFAULT, Timing

# Bolt reads these by itself, and would let them override what the settings say.
READ_BY_BOLT = (
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_VERIFICATION_TOKEN",
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
)


def main(arguments: Sequence[str], timing: Timing = DEFAULT) -> int:
    """The exit status: 0 after a stop that was asked for, 1 where the doctor found something to
    mend, 2 when it cannot, and says why."""
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        choices=["serve", "playground", "connect", "doctor"],
        help="serve with the credentials of the environment and .env, play without any, "
        "connect SendKit’s webhook, or have the doctor try everything; left out, what the "
        "credentials allow",
    )
    parser.add_argument(
        "host", nargs="?", default="", metavar="ADDRESS", help="for connect: https://…"
    )
    parser.add_argument(
        "--transport", choices=["socket", "http"], help="for playground: how its bot is connected"
    )
    parser.add_argument("--version", action="store_true", help="say which version this is")
    wanted = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal need not know the doctor's marks.
        sys.stdout.reconfigure(errors="backslashreplace")
    if wanted.host and wanted.what != "connect":
        parser.error("only connect takes an address")
    if wanted.transport and wanted.what != "playground":
        parser.error("only playground takes --transport: for the bot, SLACK_APP_TOKEN decides")
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
            case _:
                _play(environ, wanted.transport or "socket")
    except Later as later:
        print(f"{later}. Try again in a minute.", file=sys.stderr)
        return 2
    except TriageError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _serve(environ: Mapping[str, str], timing: Timing) -> None:
    settings = _settings(environ)
    from bot.app import serve  # noqa: PLC0415

    asyncio.run(serve(settings, timing))


def _connect(environ: Mapping[str, str], host: str) -> None:
    settings = _settings(environ)
    from bot.app import connected  # noqa: PLC0415

    print(asyncio.run(connected(settings, host)))


def _examine(environ: Mapping[str, str]) -> int:
    certificates.check(os.environ)
    from bot import checkup  # noqa: PLC0415

    settings, _ = Settings.read(environ)
    logs.configure("ERROR", settings.log_format, settings.secrets)
    findings = asyncio.run(checkup.from_outside(environ))
    print(*findings, summary(findings), sep="\n")
    return 0 if is_well(findings) else 1


def _settings(environ: Mapping[str, str]) -> Settings:
    settings = Settings.from_env(environ)
    # This comes before the modules that import aiohttp, which has OpenSSL read the certificates.
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
