"""Redacts secrets and addresses in any text that goes into the log. Pure, in linear time."""

import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

BLOT: Final = "…"

# Prefixes of Slack's tokens, SendKit's keys and webhook secrets.
_TOKEN: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:xox[a-z]-|xapp-|sk_|whsec_?)[A-Za-z0-9][A-Za-z0-9_-]+"
)
# Paths and queries of web addresses are capabilities (a response_url, a socket's ticket) or hold
# search terms. A password may stand before the host.
_URL: Final = re.compile(r"(?i)((?:https?|wss?)://)([^\s/?#\"'<>]*)([/?#][^\s\"'<>]*)?")
_HOOK: Final = re.compile(r"(?i)(hooks\.slack\.com)/[^\s\"'<>]+")
_LOGIN: Final = re.compile(r"://[^\s/@\"'<>]*@")

_AT: Final = re.compile(r"@|%40")
# Characters that end an address, to its left and to its right.
_LOCAL: Final = re.compile(r"[^\s<>()\[\]{}\"',;:=|/\\&?…]*")
_DOMAIN: Final = re.compile(r"[^\W_]|\[")

# Control characters, line ends and direction overrides.
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Redactor:
    """Replaces these secrets, and everything that looks like one, in a text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if secret for form in _spellings(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def __call__(self, text: str) -> str:
        text = self._secrets.sub(BLOT, text)
        text = _TOKEN.sub(BLOT, text)
        text = _URL.sub(_host, text)
        text = _HOOK.sub(rf"\1/{BLOT}", text)
        text = _LOGIN.sub(f"://{BLOT}@", text)
        return _shortened(text)


def one_line(text: str) -> str:
    """The text without line ends and hidden characters."""
    return _UNSEEN.sub(lambda found: json.dumps(found.group())[1:-1], text)


def _spellings(secret: str) -> set[str]:
    """The secret itself, and as it is written in an address, in JSON and in a repr."""
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}


def _host(found: re.Match[str]) -> str:
    scheme, host, rest = found.groups(default="")
    login, at, host = host.rpartition("@")
    return f"{scheme}{BLOT if login else ''}{at}{host}{f'/{BLOT}' if len(rest) > 1 else rest}"


def _shortened(text: str) -> str:
    """Shortens mail addresses to their first letter and domain: j…@example.com."""
    done: list[str] = []
    start = 0
    for found in _AT.finditer(text):
        before = text[start : found.start()]
        if _DOMAIN.match(text, found.end()):
            before = _without_local(before)
        done += before, found.group()
        start = found.end()
    return "".join([*done, text[start:]])


def _without_local(before: str) -> str:
    if before.endswith('"') and (opening := before.rfind('"', 0, -1)) >= 0:
        return f"{before[:opening]}{BLOT}"  # in quotes, it may have spaces in it
    local = _LOCAL.match(before[::-1])
    length = local.end() if local else 0
    if not length:
        return before
    first = before[-length] if length > 1 else ""
    return f"{before[:-length]}{first}{BLOT}"
