"""Settings in the environment, and the sentences about wrong ones."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsWrong
from bot.permissions import GroupId, Members
from bot.settings import CREDENTIALS, LOG_LEVELS, Settings, address, from_file, has_credentials
from bot.triage import UserId
from tests.strategies import anything, calm

SOCKET = {
    "SLACK_BOT_TOKEN": "xoxb-bot",
    "SLACK_APP_TOKEN": "xapp-app",
    "SENDKIT_API_KEY": "sk_live",
    "TRIAGE_CHANNEL": "C0123456789",
}
NAMES = (
    *CREDENTIALS, "SENDKIT_WORKSPACE_ID", "SENDKIT_WEBHOOK_SECRET", "TRIAGE_CHANNEL",
    "TRIAGE_MEMBERS", "QUICK_TAGS", "CONFIRM_TAGS", "EMOJI", "REPLIES", "SENDKIT_POLL_SECONDS",
    "DATABASE_URL", "HOST", "PORT", "SLACK_API_URL", "SENDKIT_API_URL", "SENDKIT_APP_URL",
    "LOG_LEVEL", "LOG_FORMAT",
)  # fmt: skip


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsWrong) as caught:
        Settings.from_env(environ)
    return str(caught.value).split("\n")


def test_four_settings_are_enough_and_the_rest_has_defaults() -> None:
    assert Settings.from_env(SOCKET) == Settings(
        slack_bot_token="xoxb-bot",
        slack_app_token="xapp-app",
        slack_signing_secret=None,
        sendkit_api_key="sk_live",
        sendkit_workspace_id=None,
        sendkit_webhook_secret=None,
        triage_channel=Settings.from_env(SOCKET).triage_channel,
        triage_members=Members(),
        quick_tags=(),
        emoji={},
        confirm_tags=(),
        replies=False,
        sendkit_poll_seconds=60.0,
        database_url="sqlite:///triage.db",
        host="127.0.0.1",
        port=3000,
        slack_api_url="https://slack.com/api/",
        sendkit_api_url="https://api.sendkit.ai",
        sendkit_app_url=None,
        log_level="INFO",
        log_format="text",
    )


PAGE = "https://app.sendkit.ai/inbox/{id}?tab=mail"
LINKS = (
    "https://acme.slack.com/archives/C012",
    "https://acme.enterprise.slack.com/archives/C012/p1764000000000000?thread_ts=1764000000.0",
    "https://acme.slack-gov.com/archives/C012",
    "https://app.slack.com/client/T0ACME/C012",
    "https://app.slack.com/client/E0ACME/C012/thread/C012-1764000000.000000",
)
STAR, CHECK = {"star": "interested"}, {"white_check_mark": "read"}
ALIASES = {"+1": "read", "heart": "not now"}
OURS = {"star": "later, maybe", "our-logo": "untag"}
TAKEN: list[tuple[dict[str, str], str, Any]] = [
    ({"SLACK_BOT_TOKEN": "  xoxb-1  "}, "slack_bot_token", "xoxb-1"),
    ({"SLACK_APP_TOKEN": "xapp-2"}, "slack_app_token", "xapp-2"),
    ({"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "s3"}, "slack_app_token", None),
    ({"SLACK_SIGNING_SECRET": "s3"}, "slack_signing_secret", "s3"),
    ({"SENDKIT_API_KEY": "sk_other"}, "sendkit_api_key", "sk_other"),
    ({"SENDKIT_API_KEY": "sk_user_1", "SENDKIT_WORKSPACE_ID": "w9"}, "sendkit_workspace_id", "w9"),
    ({"SENDKIT_WORKSPACE_ID": "   "}, "sendkit_workspace_id", None),
    ({"SENDKIT_WEBHOOK_SECRET": f" {'5f0c' * 4} "}, "sendkit_webhook_secret", "5f0c" * 4),
    ({"SENDKIT_WEBHOOK_SECRET": "  "}, "sendkit_webhook_secret", None),
    ({"TRIAGE_CHANNEL": "G01ABCDEF"}, "triage_channel", "G01ABCDEF"),
    ({"TRIAGE_CHANNEL": "D01ABCDEF"}, "triage_channel", "D01ABCDEF"),
    ({"TRIAGE_MEMBERS": " "}, "triage_members", Members()),
    ({"TRIAGE_MEMBERS": " , ,"}, "triage_members", Members()),
    ({"TRIAGE_MEMBERS": "U0ADA"}, "triage_members", Members((UserId("U0ADA"),))),
    ({"TRIAGE_MEMBERS": " W0BEN ,S0SALES,, U0ADA,W0BEN,S0SALES "}, "triage_members",
     Members((UserId("W0BEN"), UserId("U0ADA")), (GroupId("S0SALES"),))),
    ({"QUICK_TAGS": " interested ,Not Now,, "}, "quick_tags", ("interested", "Not Now")),
    ({"QUICK_TAGS": 'a, "yes, please" ,c'}, "quick_tags", ("a", "yes, please", "c")),
    ({"QUICK_TAGS": " , ,"}, "quick_tags", ()),
    ({"CONFIRM_TAGS": "a,b, c ,d"}, "confirm_tags", ("a", "b", "c", "d")),
    ({"SENDKIT_APP_URL": PAGE}, "sendkit_app_url", PAGE),
    ({"QUICK_TAGS": '"'}, "quick_tags", ()),
    ({"EMOJI": "white_check_mark:read, star:interested"}, "emoji", {**CHECK, **STAR}),
    ({"EMOJI": ":star::interested,✅:read,"}, "emoji", {**CHECK, **STAR}),
    ({"EMOJI": "STAR: interested"}, "emoji", STAR),
    ({"EMOJI": "thumbsup::skin-tone-3:read,❤:not now"}, "emoji", ALIASES),
    ({"EMOJI": '"star:later, maybe",our-logo:untag'}, "emoji", OURS),
    ({}, "replies", False),
    ({"REPLIES": " ON "}, "replies", True),
    ({"SENDKIT_POLL_SECONDS": "0"}, "sendkit_poll_seconds", 0.0),
    ({"SENDKIT_POLL_SECONDS": "0.5"}, "sendkit_poll_seconds", 0.5),
    ({"DATABASE_URL": "sqlite:////var/lib/t.db"}, "database_url", "sqlite:////var/lib/t.db"),
    ({"DATABASE_URL": "postgres://me:it@db/x"}, "database_url", "postgres://me:it@db/x"),
    ({"DATABASE_URL": "postgresql:///x"}, "database_url", "postgresql:///x"),
    ({"HOST": "0.0.0.0"}, "host", "0.0.0.0"),
    ({"PORT": "0"}, "port", 0),
    ({"PORT": "65535"}, "port", 65535),
    ({"SLACK_API_URL": "http://localhost:1/api"}, "slack_api_url", "http://localhost:1/api/"),
    ({"SLACK_API_URL": "http://localhost:1/api//"}, "slack_api_url", "http://localhost:1/api/"),
    ({"SENDKIT_API_URL": "http://localhost:1/"}, "sendkit_api_url", "http://localhost:1"),
    *(({"TRIAGE_CHANNEL": each}, "triage_channel", "C012") for each in LINKS),
    ({"LOG_LEVEL": "debug"}, "log_level", "DEBUG"),
    ({"LOG_LEVEL": ""}, "log_level", "INFO"),
    ({"LOG_FORMAT": "JSON"}, "log_format", "json"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "name", "value"), TAKEN, ids=lambda part: str(part)[:50])
def test_a_setting_is_taken_as_it_is_meant(said: dict[str, str], name: str, value: Any) -> None:
    assert getattr(Settings.from_env(SOCKET | said), name) == value


NO_WAY_IN = (
    "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is missing: the first for Socket Mode, "
    "the second for HTTP."
)
SHORT_SECRET = (
    "SENDKIT_WEBHOOK_SECRET is too short: choose a random text of at least 16 characters, such as "
    "openssl rand -hex 32 writes."
)
NO_CHANNEL = "TRIAGE_CHANNEL is wrong: it is the id of a channel, such as C0123456789, or its link."
NO_MEMBERS = (
    "TRIAGE_MEMBERS is wrong: it is ids of people, U… or W…, and of user groups, S…, "
    "with commas between."
)
TOO_MANY_TAGS = "QUICK_TAGS is wrong: it takes at most 3 aiTags, with commas between."
NO_PAGE = (
    "SENDKIT_APP_URL is wrong: it is the https:// address of a conversation’s page in SendKit, "
    "with {id} in place of the conversation’s id."
)
NO_TAGS = "QUICK_TAGS is wrong: it is one line of aiTags, with commas between."
NO_EMOJI = (
    "EMOJI is wrong at “{}”: it is an emoji’s name, a colon, and read, unread, untag or an aiTag, "
    "such as star:interested."
)
UNASKED = (
    "EMOJI cannot set “Not-Now”: CONFIRM_TAGS wants Slack to ask first, and an emoji has no "
    "dialog. Remove it from one of the two."
)
NO_PORT = "PORT is wrong: it is a number from 0 to 65535."
NO_SECONDS = "SENDKIT_POLL_SECONDS is wrong: it is a number of seconds, 0 for never."
NO_DATABASE = (
    "DATABASE_URL is wrong: it is sqlite:/// and the path of a file, or postgresql:// and where a "
    "PostgreSQL database is."
)
NO_SLACK = "SLACK_API_URL is wrong: it is a web address, such as https://slack.com/api/"
NO_SENDKIT = "SENDKIT_API_URL is wrong: it is a web address, such as https://api.sendkit.ai"
NO_HOST = "HOST is wrong: it is an address of this machine, such as 127.0.0.1."
NO_TEXT = "DATABASE_URL is wrong: a %… in it does not stand for UTF-8 text. Write it anew."
ODD_ADDRESSES = (
    *("http://a b/", "http://a..b", f"http://{'a' * 64}/", "http://a/\x7f", "http://ä.example/"),
    *("http://a\nb/", "http://xn--/", "http://*/", "http://a%zz/", "http://a?q", "http://a#f"),
)
ODD_HOSTS = ("a b", "a..b", "a" * 64, "a\nb", "a\x01", "http://localhost", "[::1]", "me@a")
UNSENT = ("a b", "a\nb", "a\tb", "ä", "\u200b", "a\x7f")


NO_LINKS = (
    "https://evil.example/archives/C0123456789",
    "https://acme.slack.com.evil.example/archives/C0123456789",
    "https://acmeslack.com/archives/C0123456789",
    "https://acme.slack.com/team/U0123456789",
    "https://acme.slack.com/archives/",
    "C0123456789/p1",
)


def no_header(name: str) -> str:
    return (
        f"{name} is wrong: it has a blank, or a character other than a-z, A-Z, 0-9 and ASCII "
        "punctuation. Copy it again."
    )


WRONG = [
    ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN is missing: it begins with xoxb-"),
    ({"SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN is wrong: it begins with xoxb-"),
    ({"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN is wrong: it begins with xapp-"),
    ({"SLACK_APP_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"},
     "SLACK_APP_TOKEN is wrong: it begins with xapp-"),
    ({"SLACK_APP_TOKEN": ""}, NO_WAY_IN),
    ({"SLACK_APP_TOKEN": "   ", "SLACK_SIGNING_SECRET": " "}, NO_WAY_IN),
    ({"SENDKIT_API_KEY": " "}, "SENDKIT_API_KEY is missing: it begins with sk_"),
    ({"SENDKIT_API_KEY": "key"}, "SENDKIT_API_KEY is wrong: it begins with sk_"),
    ({"SENDKIT_API_KEY": "sk_user_1"},
     "SENDKIT_WORKSPACE_ID is missing: a key sk_user_… needs it."),
    ({"SENDKIT_WORKSPACE_ID": "w1"},
     "SENDKIT_WORKSPACE_ID goes with a key sk_user_… only: remove it."),
    ({"TRIAGE_CHANNEL": ""},
     "TRIAGE_CHANNEL is missing: the id of a channel, such as C0123456789."),
    ({"SENDKIT_WEBHOOK_SECRET": "5f0c5f0c5f0c5f0"}, SHORT_SECRET),
    ({"TRIAGE_CHANNEL": "#triage"}, NO_CHANNEL),
    ({"TRIAGE_CHANNEL": "U0123456789"}, NO_CHANNEL),
    ({"TRIAGE_CHANNEL": "C0123456789 x"}, NO_CHANNEL),
    *(({"TRIAGE_CHANNEL": each}, NO_CHANNEL) for each in NO_LINKS),
    ({"TRIAGE_MEMBERS": "@ada"}, NO_MEMBERS),
    ({"TRIAGE_MEMBERS": "U0ADA U0BEN"}, NO_MEMBERS),
    ({"TRIAGE_MEMBERS": "U0ADA;U0BEN"}, NO_MEMBERS),
    ({"TRIAGE_MEMBERS": "u0ada"}, NO_MEMBERS),
    ({"TRIAGE_MEMBERS": "U0ADA,C0SALES,x"}, NO_MEMBERS),
    ({"TRIAGE_MEMBERS": "U,S"}, NO_MEMBERS),
    ({"QUICK_TAGS": "a,b,c,d"}, TOO_MANY_TAGS),
    ({"QUICK_TAGS": "a\nb"}, NO_TAGS),
    ({"EMOJI": "star"}, NO_EMOJI.format("star")),
    ({"EMOJI": "star:"}, NO_EMOJI.format("star:")),
    ({"EMOJI": ":read"}, NO_EMOJI.format(":read")),
    ({"EMOJI": "a b:read"}, NO_EMOJI.format("a b:read")),
    ({"EMOJI": "star:interested:read"}, NO_EMOJI.format("star:interested:read")),
    ({"EMOJI": "star:Not-Now", "CONFIRM_TAGS": "not_now"}, UNASKED),
    ({"EMOJI": "+1:read,thumbsup:unread"}, "EMOJI gives :+1: two meanings. Keep one of them."),
    ({"SENDKIT_APP_URL": "https://app.sendkit.ai/inbox"}, NO_PAGE),
    ({"SENDKIT_APP_URL": "http://app.sendkit.ai/{id}"}, NO_PAGE),
    ({"SENDKIT_APP_URL": "{id}"}, NO_PAGE),
    ({"SENDKIT_APP_URL": "https://app.sendkit.ai/{id}|Safe"}, NO_PAGE),
    ({"SENDKIT_APP_URL": "https://app.sendkit.ai/{id} x"}, NO_PAGE),
    ({"SENDKIT_APP_URL": f"https://app.sendkit.ai/{'x' * 450}/{{id}}"}, NO_PAGE),
    ({"SENDKIT_POLL_SECONDS": "often"}, NO_SECONDS),
    ({"SENDKIT_POLL_SECONDS": "-1"}, NO_SECONDS),
    ({"SENDKIT_POLL_SECONDS": "nan"}, NO_SECONDS),
    ({"SENDKIT_POLL_SECONDS": "inf"}, NO_SECONDS),
    ({"DATABASE_URL": "mysql://me:secret@db/x"}, NO_DATABASE),
    ({"DATABASE_URL": "postgresql://"}, NO_DATABASE),
    ({"DATABASE_URL": "sqlite:///"}, NO_DATABASE),
    ({"PORT": "http"}, NO_PORT),
    ({"PORT": "65536"}, NO_PORT),
    ({"PORT": "-1"}, NO_PORT),
    ({"PORT": "²"}, NO_PORT),
    ({"PORT": "9" * 5000}, NO_PORT),
    ({"SLACK_API_URL": "slack.com/api"}, NO_SLACK),
    ({"SLACK_API_URL": "ftp://slack.com"}, NO_SLACK),
    ({"SLACK_API_URL": "http://[half"}, NO_SLACK),
    ({"SENDKIT_API_URL": "https://"}, NO_SENDKIT),
    ({"SENDKIT_API_URL": "https://:443"}, NO_SENDKIT),
    ({"SENDKIT_API_URL": "https://api.sendkit.ai:70000"}, NO_SENDKIT),
    ({"SENDKIT_API_URL": "https://api.sendkit.ai:https"}, NO_SENDKIT),
    ({"SENDKIT_API_URL": "https://api.sendkit.ai:0"}, NO_SENDKIT),
    *(({"SENDKIT_API_URL": each}, NO_SENDKIT) for each in ODD_ADDRESSES),
    *(({"SLACK_API_URL": each}, NO_SLACK) for each in ODD_ADDRESSES),
    *(({"HOST": each}, NO_HOST) for each in ODD_HOSTS),
    *(({"DATABASE_URL": each}, NO_DATABASE) for each in ("sqlite:///:memory:", "sqlite:///a/")),
    *(({"DATABASE_URL": f"postgresql://db/{each}"}, NO_TEXT) for each in ("%ff", "a%00b")),
    *(({"SLACK_BOT_TOKEN": f"xoxb-{each}"}, no_header("SLACK_BOT_TOKEN")) for each in UNSENT),
    *(({"SLACK_APP_TOKEN": f"xapp-{each}"}, no_header("SLACK_APP_TOKEN")) for each in UNSENT),
    *(({"SENDKIT_API_KEY": f"sk_{each}"}, no_header("SENDKIT_API_KEY")) for each in UNSENT),
    *(
        (
            {"SENDKIT_API_KEY": "sk_user_1", "SENDKIT_WORKSPACE_ID": each},
            no_header("SENDKIT_WORKSPACE_ID"),
        )
        for each in UNSENT
    ),
    ({"REPLIES": "yes"}, "REPLIES is wrong: it is one of on, off."),
    ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is wrong: it is one of text, json."),
    ({"LOG_LEVEL": "loud"}, f"LOG_LEVEL is wrong: it is one of {', '.join(LOG_LEVELS)}."),
]  # fmt: skip


@pytest.mark.parametrize(("said", "problem"), WRONG, ids=lambda part: str(part)[:50])
def test_a_wrong_setting_is_named_with_what_is_right(said: dict[str, str], problem: str) -> None:
    assert problems(SOCKET | said) == [problem]


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_that_is_not_utf_8_is_named_and_nothing_else_is_said_of_it(name: str) -> None:
    """Python shows such bytes of the environment as half characters."""
    value = f"{SOCKET.get(name, '')}\udcff"
    said = problems({**SOCKET, name: value})
    assert f"{name} has bytes that are not UTF-8 text. Type it again." in said
    assert [each for each in said if each.startswith(name)] == said


def test_everything_that_is_wrong_is_told_at_once() -> None:
    told = problems({"PORT": "x", "LOG_LEVEL": "loud", "DATABASE_URL": "mysql://"})
    assert [line.split(" ")[0] for line in told] == [
        "SLACK_APP_TOKEN", "SENDKIT_API_KEY", "SLACK_BOT_TOKEN", "TRIAGE_CHANNEL", "DATABASE_URL",
        "PORT", "LOG_LEVEL",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "name", "value"),
    [
        ({"SLACK_BOT_TOKEN": "wrong"}, "slack_bot_token", ""),
        ({"SENDKIT_API_KEY": "wrong"}, "sendkit_api_key", ""),
        ({"SENDKIT_WORKSPACE_ID": "w1"}, "sendkit_workspace_id", None),
        ({"TRIAGE_CHANNEL": "#triage"}, "triage_channel", ""),
        ({"DATABASE_URL": "mysql://"}, "database_url", ""),
        ({"SENDKIT_POLL_SECONDS": "nan"}, "sendkit_poll_seconds", 60.0),
        ({"SLACK_API_URL": "http://[half"}, "slack_api_url", "https://slack.com/api/"),
        ({"SENDKIT_API_URL": "sendkit"}, "sendkit_api_url", "https://api.sendkit.ai"),
    ],
)
def test_wrong_settings_are_not_readable(said: dict[str, str], name: str, value: Any) -> None:
    settings, told = Settings.read(SOCKET | said)
    assert [line.split(" ")[0] for line in told] == list(said)
    assert getattr(settings, name) == value
    assert settings.slack_app_token == SOCKET["SLACK_APP_TOKEN"]


def test_a_workspace_is_not_asked_about_while_the_key_is_unknown() -> None:
    told = problems(SOCKET | {"SENDKIT_API_KEY": "", "SENDKIT_WORKSPACE_ID": "w1"})
    assert told == ["SENDKIT_API_KEY is missing: it begins with sk_"]


def test_a_secret_is_shown_neither_by_repr_nor_by_an_error() -> None:
    secrets = {
        "SLACK_BOT_TOKEN": "xoxb-hush1",
        "SLACK_APP_TOKEN": "xapp-hush2",
        "SLACK_SIGNING_SECRET": "hush3",
        "SENDKIT_API_KEY": "sk_hush4",
        "DATABASE_URL": "sqlite:///hush5",
        "SENDKIT_WEBHOOK_SECRET": "hush6" * 4,
    }
    assert "hush" not in repr(Settings.from_env(SOCKET | secrets))
    wrong = {name: f"hush {name}" for name in secrets}
    told = "\n".join(problems(SOCKET | wrong))
    assert "hush" not in told
    assert told.count(" is wrong: ") == 4  # any text is a secret of a webhook, or of a signature


@pytest.mark.parametrize("name", CREDENTIALS)
def test_any_credential_means_that_the_bot_is_to_run(name: str) -> None:
    assert has_credentials({name: "x"})
    assert not has_credentials({name: "  ", "TRIAGE_CHANNEL": "C0123"})


def test_the_playground_needs_only_an_address() -> None:
    assert address({}) == ("127.0.0.1", 3000)
    assert address({"HOST": "::1", "PORT": "8080", "LOG_LEVEL": "loud"}) == ("::1", 8080)
    with pytest.raises(SettingsWrong, match="PORT is wrong"):
        address({"PORT": "80 80"})


@calm
@given(st.dictionaries(st.sampled_from(NAMES), anything))
def test_any_environment_is_either_settings_or_a_list_of_problems(said: dict[str, str]) -> None:
    told: list[str] = []
    try:
        Settings.from_env(SOCKET | said)
    except SettingsWrong as error:
        told = str(error).split("\n")
    assert all(line.startswith(NAMES) for line in told)


@pytest.mark.parametrize(
    "name", [each for each in NAMES if not each.endswith("_TAGS") and each != "EMOJI"]
)
@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_around_a_value_are_named_once_and_left_out(name: str, quote: str) -> None:
    value = SOCKET.get(name, "1")
    said = problems({**SOCKET, name: f"{quote}{value}{quote}"})
    assert [each for each in said if each.startswith(f"{name} has quotes around its value")] == [
        f"{name} has quotes around its value: remove them. "
        "A shell takes quotes away; docker’s --env-file keeps them."
    ]
    unquoted, _ = Settings.read({**SOCKET, name: value})
    quoted, _ = Settings.read({**SOCKET, name: f"{quote}{value}{quote}"})
    assert quoted == unquoted


def test_quotes_around_an_ai_tag_with_a_comma_belong_to_it() -> None:
    settings = Settings.from_env({**SOCKET, "QUICK_TAGS": '"Later, maybe"'})
    assert settings.quick_tags == ("Later, maybe",)
    (said,) = problems({**SOCKET, "QUICK_TAGS": "'Interested, Later'"})
    assert said.startswith("QUICK_TAGS has quotes around its value")


@pytest.mark.parametrize(
    ("tag", "encoding"),
    [("Prêt", "utf-16"), ("Prêt", "utf-16-le"), ("Hot", "utf-16-le"), ("Prêt", "latin-1")],
)
def test_an_env_file_in_odd_bytes_is_wrong(tmp_path: Path, tag: str, encoding: str) -> None:
    path = tmp_path / ".env"
    path.write_bytes(f"QUICK_TAGS={tag}".encode(encoding))
    with pytest.raises(SettingsWrong, match="UTF-8"):
        from_file(path)
