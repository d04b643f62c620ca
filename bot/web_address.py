"""Recognises addresses that a program can call. Pure."""

import re
from typing import Final
from urllib.parse import urlsplit

import yarl

_NAME: Final = re.compile("[0-9A-Za-z._-]+")


def is_web_address(text: str) -> bool:
    """Whether it is http:// or https:// with a possible host, without blanks and letters outside
    ASCII. Names with such letters have a form that begins with xn--."""
    if not re.fullmatch("[!-~]+", text):
        return False
    try:
        parts = urlsplit(text)
        host = yarl.URL(text).host or ""
        # A label of a name has 1 to 63 characters.
        host.encode("idna")
        is_known = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        return False
    return is_known and (":" in host or bool(_NAME.fullmatch(parts.hostname or "")))


def is_host(text: str) -> bool:
    """Whether it could be a name or an address on which a server listens."""
    if not text.isprintable() or re.search(r"[\s/\[\]@?#]", text):
        return False
    try:
        text.encode("idna")
    except UnicodeError:
        return False
    return True
