"""The load: requests over plain sockets that stay open, so many at a time."""

import selectors
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tests.bench.clicks import Request

PATIENCE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Answered:
    """`began` is in nanoseconds of the machine's monotonic clock, which all processes share."""

    key: str
    began: int
    ended: int

    @property
    def ms(self) -> float:
        return (self.ended - self.began) / 1e6


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request: Request | None = None
        self._began = 0
        self._got = b""

    def send(self, request: Request) -> None:
        self._request, self._got = request, b""
        self._began = time.monotonic_ns()
        self.socket.sendall(request.raw)

    def receive(self) -> Answered | None:
        """The answer, once all of it is there."""
        data = self.socket.recv(65536)
        ended = time.monotonic_ns()
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found and data:
            return None
        if not head.startswith(b"HTTP/1.1 200 "):
            raise ConnectionError(f"answered with {head[:200]!r}")
        if len(body) < _length(head):
            return None
        assert self._request is not None
        return Answered(self._request.key, self._began, ended)


def drive(
    port: int, requests: Iterable[Request], in_flight: int = 1, pause: float = 0.0
) -> list[Answered]:
    """Sends them all, so many at a time, each connection `pause` seconds after its last answer.

    ConnectionError for any answer but a 200.
    """
    waiting = iter(requests)
    answered: list[Answered] = []
    with selectors.DefaultSelector() as selector:
        connections = [_Connection(port) for _ in range(in_flight)]
        busy = 0
        # In this order: a request that finds no connection must not be taken.
        for connection, request in zip(connections, waiting, strict=False):
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)
            busy += 1
        while busy:
            events = selector.select(PATIENCE_SECONDS)
            if not events:
                raise ConnectionError(f"no answer in {PATIENCE_SECONDS:.0f} s")
            for event, _ in events:
                if (answer := event.data.receive()) is None:
                    continue
                answered.append(answer)
                if pause:
                    time.sleep(pause)
                if (following := next(waiting, None)) is None:
                    selector.unregister(event.data.socket)
                    busy -= 1
                else:
                    event.data.send(following)
        for connection in connections:
            connection.socket.close()
    return answered


def rate(answered: list[Answered]) -> float:
    """A second, from the first request to the last answer."""
    began = min(each.began for each in answered)
    return len(answered) * 1e9 / (max(each.ended for each in answered) - began)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
