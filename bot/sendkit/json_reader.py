"""Parses long JSON answers in pieces, so that other tasks run in between.

A thread would not help, since the parser holds the GIL. Measured on 20 MB of mails, it blocks the
event loop for 80 to 100 ms, in a thread or not, and so do other parsers.
"""

import asyncio
import json
import re
from collections.abc import Sequence
from typing import Final

# About how many characters are parsed at once, which takes some milliseconds.
PIECE: Final = 256_000
# A value shorter than one of these is parsed at once, a longer one step by step.
WINDOWS: Final = (2_000, 64_000)
# What a step costs, in characters.
STEP: Final = 200

_SPACE: Final = re.compile(r"[ \t\n\r]*+")
# A part of a string. Surrogate pairs stay together.
_PART: Final = re.compile(
    r"""(?:[^"\\\x00-\x1f]{1,2000}+|\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[\da-fA-F]{4}"""
    r"""|u[\da-fA-F]{4}|["\\/bfnrt])){1,500}+"""
)


async def read_json(body: bytes, piece: int = PIECE, windows: Sequence[int] = WINDOWS) -> object:
    """The value in the body. Raises ValueError and RecursionError like json.loads."""
    if len(body) <= piece:
        return json.loads(body)
    text = body.decode(json.detect_encoding(body), "surrogatepass")
    return await _Reading(text, piece, windows).all()


class _Reading:
    def __init__(self, text: str, piece: int, windows: Sequence[int]) -> None:
        self._text = text
        self._piece = piece
        self._windows = windows
        self._at = 0
        self._worked = 0
        self._decoder = json.JSONDecoder()

    async def all(self) -> object:
        value = await self._value()
        if self._next():
            raise ValueError("something follows the value")
        return value

    async def _value(self) -> object:
        await self._pause(STEP)
        opening = self._next()
        for window in self._windows:
            text = self._text[self._at : self._at + window]
            self._worked += len(text)
            try:
                value, length = self._decoder.raw_decode(text)
            except ValueError:
                continue
            # A number that is cut off is still a number.
            if length < len(text) or self._at + length == len(self._text):
                self._worked += length - len(text)
                self._at += length
                return value
        if opening == "{":
            return await self._object()
        if opening == "[":
            return await self._list()
        return await self._string()

    async def _pause(self, worked: int) -> None:
        """Yields to other tasks once enough was parsed since the last time."""
        self._worked += worked
        if self._worked >= self._piece:
            self._worked = 0
            await asyncio.sleep(0)

    async def _object(self) -> dict[str, object]:
        found: dict[str, object] = {}
        self._at += 1
        if self._took("}"):
            return found
        while True:
            name = await self._string()
            self._take(":")
            found[name] = await self._value()
            if self._took("}"):
                return found
            self._take(",")

    async def _list(self) -> list[object]:
        found: list[object] = []
        self._at += 1
        if self._took("]"):
            return found
        while True:
            found.append(await self._value())
            if self._took("]"):
                return found
            self._take(",")

    async def _string(self) -> str:
        self._take('"')
        parts: list[str] = []
        while part := _PART.match(self._text, self._at):
            self._at = part.end()
            parts.append(json.loads(f'"{part.group()}"'))
            await self._pause(len(part.group()))
        if self._text[self._at : self._at + 1] != '"':
            raise ValueError("the end of a string was expected")
        self._at += 1
        return "".join(parts)

    def _next(self) -> str:
        """The next character that is not a space; empty at the end."""
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._text[self._at : self._at + 1]

    def _took(self, mark: str) -> bool:
        taken = self._next() == mark
        self._at += taken
        return taken

    def _take(self, mark: str) -> None:
        if not self._took(mark):
            raise ValueError(f"{mark} was expected")
