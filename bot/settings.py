"""Reads the settings from the environment and from .env."""

import csv
import io
import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from bot.errors import SettingsWrong
from bot.permissions import GroupId, Members
from bot.shortcodes import emoji_name
from bot.triage import ChannelId, UserId, same_name
from bot.web_address import is_host, is_web_address

CREDENTIALS = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SENDKIT_API_KEY",
)
# A shorter secret could be guessed, and so be used to make the bot look at conversations.
SHORTEST_SECRET = 16
# https://acme.slack.com/archives/C0123456789, or https://app.slack.com/client/T0123456789/C0123…
_CHANNEL = re.compile(
    r"([CGD][A-Z0-9]{2,})|"
    r"https://(?:[a-z0-9-]+\.)*slack(?:-gov)?\.com/(?:archives|client/[TE][A-Z0-9]+)/"
    r"([CGD][A-Z0-9]{2,})(?:[/?#].*)?"
)
# star:interested, :star: interested, :wave::skin-tone-2:read
_EMOJI = re.compile(r":?([^:\s]+)(?:::skin-tone-[2-6])?:{1,2}\s*([^:\s][^:]*)")
# The longest id of a conversation, and the longest address that a message takes.
ID_LENGTH, ADDRESS_LIMIT = 64, 500
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOG_FORMATS = ("text", "json")


def from_file(path: Path) -> Mapping[str, str]:
    """The settings in a .env file; none without the file. SettingsWrong if it cannot be read."""
    where = path.absolute()
    try:
        found = path.stat()
        # A container hides a file of its image behind /dev/null.
        if stat.S_ISCHR(found.st_mode) and found.st_rdev == Path(os.devnull).stat().st_rdev:
            return {}
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise SettingsWrong(f"{where} is a device or a pipe. Make it a file, or remove it.")
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        if path.is_symlink():
            raise SettingsWrong(
                f"{where} is a link to a file that does not exist. Correct the link or remove it."
            ) from error
        return {}
    except OSError as error:
        raise SettingsWrong(
            f"The bot cannot read {where}: {error.strerror}. "
            "Make it a file that the bot’s user may read, or remove it."
        ) from error
    except UnicodeDecodeError as error:
        raise _not_utf_8(where) from error
    # UTF-16 without a byte order mark is UTF-8 with a zero byte after each letter.
    if "\0" in text:
        raise _not_utf_8(where)
    for each in parse_stream(io.StringIO(text)):
        if each.error:
            raise SettingsWrong(
                f"Line {each.original.line} of {where} is no setting. Write it as NAME=value, or "
                "begin it with # if it is a note."
            )
    values = dotenv_values(stream=io.StringIO(text))
    return {name: value for name, value in values.items() if value is not None}


def _not_utf_8(path: Path) -> SettingsWrong:
    return SettingsWrong(
        f"{path} is not UTF-8 text, so no setting in it can be read. Save it as UTF-8: "
        "Notepad and Visual Studio Code offer that under “Encoding”."
    )


def has_credentials(environ: Mapping[str, str]) -> bool:
    """Whether any credential is set. Without one, only the playground can run."""
    return any(environ.get(name, "").strip() for name in CREDENTIALS)


def address(environ: Mapping[str, str]) -> tuple[str, int]:
    """HOST and PORT alone, for the playground, which needs no other setting."""
    reader = _Reader(environ)
    found = reader.host(), reader.port()
    reader.done()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Secrets stay out of repr. `emoji`: what each emoji's name means on a card, a verb or an
    aiTag. `replies`: people may answer leads."""

    slack_bot_token: str = field(repr=False)
    slack_app_token: str | None = field(repr=False)
    slack_signing_secret: str | None = field(repr=False)
    sendkit_api_key: str = field(repr=False)
    sendkit_workspace_id: str | None
    sendkit_webhook_secret: str | None = field(repr=False)
    triage_channel: ChannelId
    triage_members: Members
    quick_tags: tuple[str, ...]
    emoji: Mapping[str, str]
    confirm_tags: tuple[str, ...]
    replies: bool
    sendkit_poll_seconds: float
    database_url: str = field(repr=False)
    host: str
    port: int
    slack_api_url: str
    sendkit_api_url: str
    sendkit_app_url: str | None
    log_level: str
    log_format: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Reads every setting. One SettingsWrong names all that are missing or wrong."""
        settings, problems = cls.read(environ)
        if problems:
            raise SettingsWrong("\n".join(problems))
        return settings

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "tuple[Settings, Sequence[str]]":
        """The settings, and the problems with them. A wrong setting is empty or has its default."""
        reader = _Reader(environ)
        app_token = reader.prefixed("SLACK_APP_TOKEN", "xapp-")
        signing_secret = reader.optional("SLACK_SIGNING_SECRET")
        if not signing_secret and not reader.optional("SLACK_APP_TOKEN"):
            reader.wrong(
                "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is missing: the first for Socket Mode, "
                "the second for HTTP."
            )
        api_key = reader.prefixed("SENDKIT_API_KEY", "sk_", required=True)
        confirm_tags = reader.names("CONFIRM_TAGS")
        settings = cls(
            slack_bot_token=reader.prefixed("SLACK_BOT_TOKEN", "xoxb-", required=True) or "",
            slack_app_token=app_token,
            slack_signing_secret=signing_secret,
            sendkit_api_key=api_key or "",
            sendkit_workspace_id=reader.workspace(api_key),
            sendkit_webhook_secret=reader.secret("SENDKIT_WEBHOOK_SECRET"),
            triage_channel=reader.channel("TRIAGE_CHANNEL"),
            triage_members=reader.members("TRIAGE_MEMBERS"),
            quick_tags=reader.names("QUICK_TAGS", most=3),
            emoji=reader.emoji("EMOJI", confirm_tags),
            confirm_tags=confirm_tags,
            replies=reader.one_of("REPLIES", ("on", "off"), "off") == "on",
            sendkit_poll_seconds=reader.seconds("SENDKIT_POLL_SECONDS", "60"),
            database_url=reader.database("DATABASE_URL", "sqlite:///triage.db"),
            host=reader.host(),
            port=reader.port(),
            slack_api_url=reader.url("SLACK_API_URL", "https://slack.com/api/").rstrip("/") + "/",
            sendkit_api_url=reader.url("SENDKIT_API_URL", "https://api.sendkit.ai").rstrip("/"),
            sendkit_app_url=reader.page("SENDKIT_APP_URL"),
            log_level=reader.one_of("LOG_LEVEL", LOG_LEVELS, "INFO"),
            log_format=reader.one_of("LOG_FORMAT", LOG_FORMATS, "text"),
        )
        return settings, reader.problems

    @property
    def secrets(self) -> tuple[str, ...]:
        """All values that must not appear in the log."""
        values = (
            self.slack_bot_token,
            self.slack_app_token,
            self.slack_signing_secret,
            self.sendkit_api_key,
            self.sendkit_webhook_secret,
            *_passwords(self.database_url),
        )
        return tuple(value for value in values if value)


def _passwords(url: str) -> Sequence[str]:
    """https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS"""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ()  # the database cannot be opened with it, either
    return [unquote(parts.password or ""), *parse_qs(parts.query).get("password", [])]


def _is_utf_8(url: str) -> bool:
    try:
        return "\0" not in unquote(url, errors="strict")
    except UnicodeDecodeError:
        return False


class _Reader:
    """Reads one value at a time and collects the problems, so that they are reported together."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._garbled: dict[str, None] = {}
        self.problems: list[str] = []

    def done(self) -> None:
        if self.problems:
            raise SettingsWrong("\n".join(self.problems))

    def wrong(self, problem: str) -> None:
        if not problem.startswith(tuple(f"{name} " for name in self._garbled)):
            self.problems.append(problem)

    def optional(self, name: str, quotes: str = "\"'") -> str | None:
        """The value. `quotes` around it are removed and reported as a problem."""
        value = self._environ.get(name, "").strip()
        # Python represents bytes of the environment that are not UTF-8 as surrogates.
        if re.search("[\ud800-\udfff]", value):
            self.wrong(f"{name} has bytes that are not UTF-8 text. Type it again.")
            self._garbled[name] = None
            return None
        if len(value) > 1 and value[0] == value[-1] and value[0] in quotes:
            problem = (
                f"{name} has quotes around its value: remove them. "
                "A shell takes quotes away; docker’s --env-file keeps them."
            )
            if problem not in self.problems:
                self.wrong(problem)
            value = value[1:-1].strip()
        return value or None

    def prefixed(self, name: str, prefix: str, *, required: bool = False) -> str | None:
        value = self.optional(name)
        if value is None:
            if required:
                self.wrong(f"{name} is missing: it begins with {prefix}")
            return None
        if not value.startswith(prefix):
            self.wrong(f"{name} is wrong: it begins with {prefix}")
            return None
        return self._header(name, value)

    def _header(self, name: str, value: str) -> str | None:
        """A value for an HTTP header."""
        if not re.fullmatch("[!-~]+", value):
            self.wrong(
                f"{name} is wrong: it has a blank, or a character other than a-z, A-Z, 0-9 and "
                "ASCII punctuation. Copy it again."
            )
            return None
        return value

    def secret(self, name: str) -> str | None:
        """A secret that the user chooses."""
        value = self.optional(name)
        if value is not None and len(value) < SHORTEST_SECRET:
            self.wrong(
                f"{name} is too short: choose a random text of at least {SHORTEST_SECRET} "
                "characters, such as openssl rand -hex 32 writes."
            )
            return None
        return value

    def workspace(self, api_key: str | None) -> str | None:
        value = self.optional("SENDKIT_WORKSPACE_ID")
        if api_key is None:
            return value
        if api_key.startswith("sk_user_") and value is None:
            self.wrong("SENDKIT_WORKSPACE_ID is missing: a key sk_user_… needs it.")
        elif value is not None and not api_key.startswith("sk_user_"):
            self.wrong("SENDKIT_WORKSPACE_ID goes with a key sk_user_… only: remove it.")
            return None
        return value and self._header("SENDKIT_WORKSPACE_ID", value)

    def channel(self, name: str) -> ChannelId:
        value = self.optional(name)
        if value is None:
            self.wrong(f"{name} is missing: the id of a channel, such as C0123456789.")
            return ChannelId("")
        found = _CHANNEL.fullmatch(value)
        if found is None:
            self.wrong(
                f"{name} is wrong: it is the id of a channel, such as C0123456789, or its link."
            )
            return ChannelId("")
        return ChannelId(found[1] or found[2])

    def members(self, name: str) -> Members:
        people: dict[UserId, None] = {}
        groups: dict[GroupId, None] = {}
        for each in filter(None, (part.strip() for part in (self.optional(name) or "").split(","))):
            if re.fullmatch(r"[UW][A-Z0-9]{2,}", each):
                people[UserId(each)] = None
            elif re.fullmatch(r"S[A-Z0-9]{2,}", each):
                groups[GroupId(each)] = None
            else:
                self.wrong(
                    f"{name} is wrong: it is ids of people, U… or W…, and of user groups, S…, "
                    "with commas between."
                )
                break
        return Members(tuple(people), tuple(groups))

    def names(self, name: str, *, most: int | None = None) -> tuple[str, ...]:
        value = self.optional(name, quotes="'")  # "…" is around an aiTag that has a comma
        if value is None:
            return ()
        try:
            row = next(csv.reader([value], skipinitialspace=True))
        except csv.Error:
            self.wrong(f"{name} is wrong: it is one line of aiTags, with commas between.")
            return ()
        names = tuple(item.strip() for item in row if item.strip())
        if most is not None and len(names) > most:
            self.wrong(f"{name} is wrong: it takes at most {most} aiTags, with commas between.")
        return names

    def emoji(self, name: str, confirmed: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        asked = {same_name(each) for each in confirmed}
        for each in self.names(name):
            parts = _EMOJI.fullmatch(each)
            emoji = emoji_name(parts[1]) if parts else ""
            if parts is None:
                self.wrong(
                    f"{name} is wrong at “{each}”: it is an emoji’s name, a colon, and read, "
                    "unread, untag or an aiTag, such as star:interested."
                )
            elif emoji in found:
                self.wrong(f"{name} gives :{emoji}: two meanings. Keep one of them.")
            elif same_name(meaning := parts[2].strip()) in asked:
                self.wrong(
                    f"{name} cannot set “{meaning}”: CONFIRM_TAGS wants Slack to ask first, and an "
                    "emoji has no dialog. Remove it from one of the two."
                )
            else:
                found[emoji] = meaning
        return found

    def seconds(self, name: str, default: str) -> float:
        value = self.optional(name) or default
        try:
            seconds = float(value)
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds < 1e9:
            self.wrong(f"{name} is wrong: it is a number of seconds, 0 for never.")
            return float(default)
        return seconds

    def host(self) -> str:
        value = self.optional("HOST") or "127.0.0.1"
        if not is_host(value):
            self.wrong("HOST is wrong: it is an address of this machine, such as 127.0.0.1.")
            return "127.0.0.1"
        return value

    def port(self) -> int:
        value = self.optional("PORT") or "3000"
        if not re.fullmatch(r"[0-9]{1,5}", value) or int(value) > 65535:
            self.wrong("PORT is wrong: it is a number from 0 to 65535.")
            return 0
        return int(value)

    def database(self, name: str, default: str) -> str:
        value = self.optional(name) or default
        if not re.match(r"sqlite:///(?!:memory:$).*[^/]$|postgres(ql)?://.", value, re.DOTALL):
            self.wrong(
                f"{name} is wrong: it is sqlite:/// and the path of a file, or postgresql:// and "
                "where a PostgreSQL database is."
            )
            return ""
        if not value.startswith("sqlite:") and not _is_utf_8(value):
            self.wrong(f"{name} is wrong: a %… in it does not stand for UTF-8 text. Write it anew.")
            return ""
        return value

    def url(self, name: str, default: str) -> str:
        value = self.optional(name) or default
        if not is_web_address(value) or re.search("[?#]", value):
            self.wrong(f"{name} is wrong: it is a web address, such as {default}")
            return default
        return value

    def page(self, name: str) -> str | None:
        """The address of a page, with {id} in it. It stands in messages, so it has to be short."""
        value = self.optional(name)
        if value is None:
            return None
        address = value.replace("{id}", "1" * ID_LENGTH)
        if (
            address == value
            or not value.startswith("https://")
            or not is_web_address(address)
            or len(address) > ADDRESS_LIMIT
            or re.search("[<>|]", address)
        ):
            self.wrong(
                f"{name} is wrong: it is the https:// address of a conversation’s page in SendKit, "
                "with {id} in place of the conversation’s id."
            )
            return None
        return value

    def one_of(self, name: str, words: tuple[str, ...], default: str) -> str:
        value = (self.optional(name) or default).casefold()
        found = next((word for word in words if word.casefold() == value), None)
        if found is None:
            self.wrong(f"{name} is wrong: it is one of {', '.join(words)}.")
        return found or default
