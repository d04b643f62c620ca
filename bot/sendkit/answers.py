"""Reads the JSON of long answers with pauses, in which other tasks have their turn.

A thread would not help: the parser holds the interpreter's lock until it is done. Measured on
20 MB of mails, it held the event loop for 80 to 100 ms in a thread as without one, and as other
parsers do.
"""

import asyncio
import json
import re
from typing import Any, Final

# Characters that are read at once, about; this takes some milliseconds.
PIECE: Final = 256_000
# A page's envelope, its data, its list, a conversation, its messages. What is deeper is read whole.
DEPTH: Final = 5

_SPACE: Final = re.compile(r"[ \t\n\r]*+")


async def parsed(body: bytes, piece: int = PIECE) -> object:
    """The value in a body. Raises ValueError and RecursionError, as json.loads does."""
    if len(body) <= piece:
        return json.loads(body)
    text = body.decode(json.detect_encoding(body), "surrogatepass")
    return await _Reading(text, piece).all()


class _Reading:
    def __init__(self, text: str, piece: int) -> None:
        self._text = text
        self._piece = piece
        self._at = 0
        self._paused_at = 0
        self._decoder = json.JSONDecoder()

    async def all(self) -> object:
        value = await self._value(0)
        if self._next():
            raise ValueError("something follows the value")
        return value

    async def _value(self, depth: int) -> object:
        if self._at - self._paused_at >= self._piece:
            self._paused_at = self._at
            await asyncio.sleep(0)
        opening = self._next()
        if depth < DEPTH and opening == "{":
            return await self._object(depth + 1)
        if depth < DEPTH and opening == "[":
            return await self._list(depth + 1)
        return self._whole()

    async def _object(self, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        self._at += 1
        if self._took("}"):
            return found
        while True:
            if self._next() != '"':
                raise ValueError("a name was expected")
            name: Any = self._whole()
            self._take(":")
            found[name] = await self._value(depth)
            if self._took("}"):
                return found
            self._take(",")

    async def _list(self, depth: int) -> list[object]:
        found: list[object] = []
        self._at += 1
        if self._took("]"):
            return found
        while True:
            found.append(await self._value(depth))
            if self._took("]"):
                return found
            self._take(",")

    def _whole(self) -> Any:
        value, self._at = self._decoder.raw_decode(self._text, self._at)
        return value

    def _next(self) -> str:
        """The next character that is no space; empty at the end."""
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
