"""Runs the bot as a separate process that can be stopped, killed and started again."""

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.playground import die_with_parent

Phase = Literal["stopped", "starting", "running", "stopping"]

MOST_LINES = 200
LONGEST_LINE = 2**20
LAST_SECONDS = 3.0


@dataclass(eq=False)
class BotProcess:
    """One process at a time: `python -m bot` with this environment, in this directory.

    `ready` returns once the bot takes requests; `changed` is called after every change. `status` is
    None until the first process has ended, and negative if a signal ended the last one. `log` holds
    the last of the `written` lines.
    """

    environ: Mapping[str, str]
    directory: Path
    ready: Callable[[], Awaitable[object]]
    changed: Callable[[], None]
    phase: Phase = "stopped"
    status: int | None = None
    log: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_LINES))
    written: int = 0

    def __post_init__(self) -> None:
        self._process: Process | None = None
        self._ended = asyncio.Event()
        self._ended.set()
        self._watching: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The id of the running process, if there is one."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Starts the bot unless it runs."""
        if not self._ended.is_set():
            return
        self._ended.clear()
        self._enter("starting")
        self._process = await self._run("-m", "bot", stdin=DEVNULL, stdout=PIPE)
        script = str(Path(die_with_parent.__file__))
        held = await self._run("-I", script, str(self._process.pid), stdin=PIPE)
        self._watching = asyncio.create_task(self._watch(self._process, held))

    async def _run(self, *arguments: str, stdin: int, stdout: int = DEVNULL) -> Process:
        # In a session of its own, so that Ctrl-C in the terminal reaches the playground alone.
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            stdin=stdin,
            stdout=stdout,
            stderr=STDOUT,
            limit=LONGEST_LINE,
            cwd=self.directory,
            env=self.environ,
            start_new_session=True,
        )

    def stop(self) -> None:
        """Asks the process to end with SIGTERM, as a deployment does."""
        if self._send(signal.SIGTERM):
            self._enter("stopping")

    def kill(self) -> None:
        """Ends the process at once with SIGKILL."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> bool:
        if self._process is None:
            return False
        with suppress(ProcessLookupError):
            self._process.send_signal(number)
        return True

    async def ended(self) -> None:
        """Waits until no process runs."""
        await self._ended.wait()

    async def close(self) -> None:
        """Ends the process for good, by force if it does not stop."""
        self.stop()
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await self.ended()
        except TimeoutError:
            self.kill()
            await self.ended()
        if self._watching is not None:
            await self._watching

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.changed()

    async def _watch(self, process: Process, held: Process) -> None:
        waiting = asyncio.create_task(self._announce())
        await self._read(process)
        status = await process.wait()
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        held.kill()
        await held.wait()
        self._process, self.status = None, status
        self._ended.set()
        self._enter("stopped")

    async def _announce(self) -> None:
        await self.ready()
        if self.phase == "starting":
            self._enter("running")

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self.log.append(line.decode(errors="replace").rstrip())
            self.written += 1
            self.changed()
