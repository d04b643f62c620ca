"""Locks by which one process has an SQLite database for itself.

The first is a file beside the database, so it can be had before there is one. The second is on the
database file itself: it also holds where two paths lead to one file, by a hard link or a bind
mount. Each path would have a write-ahead log of its own, and the file would be ruined.
"""

import fcntl
import os
import struct
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bot.errors import SettingsWrong

# A byte that SQLite never locks: its own are the 512 from 2**30 on.
# https://www.sqlite.org/src/file/src/os.h
_BYTE: Final = 2**40


def lock_beside(path: Path) -> str:
    """The file that a running bot locks: the same for all symbolic links to one database."""
    return f"{os.path.realpath(path)}-lock"


def lock(path: Path) -> int:
    """Gives the descriptor that holds the lock beside. SettingsWrong where it cannot be had."""
    try:
        beside = os.open(lock_beside(path), os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise no_place(path, str(error.strerror)) from error
    try:
        fcntl.flock(beside, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(beside)
        raise in_use(path) from error
    return beside


def claim(path: Path) -> int:
    """Gives the descriptor that holds the lock on the database itself. SettingsWrong when another
    process has it, OSError when it cannot be opened.

    SQLite's own locks end when its process closes any descriptor of the file: this one may be
    closed only after SQLite's. The lock is the descriptor's, so SQLite's closing cannot end it.
    https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
    """
    claimed = os.open(path, os.O_RDWR)
    with ExitStack() as on_failure:
        on_failure.callback(os.close, claimed)
        try:
            _lock_byte(claimed)
        except BlockingIOError as error:
            raise in_use(path) from error
        on_failure.pop_all()
    return claimed


def is_in_use(path: Path) -> bool:
    """Whether a bot runs on it."""
    # The process may be this one, which must not open and close the file itself.
    return _is_locked_beside(path) or _is_claimed(path)


def require_the_bot_s_path(path: Path) -> None:
    """SettingsWrong where a bot runs on the same file by another path."""
    if not _is_locked_beside(path) and _is_claimed(path):
        raise SettingsWrong(
            f"The database {path.name} is in use by a bot that has another path to it. "
            "Give the same DATABASE_URL as the bot has."
        )


def no_place(path: Path, reason: str) -> SettingsWrong:
    """The folder is not there, or the bot cannot use it for `reason`."""
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        return SettingsWrong(
            f"The database {path.name} cannot be opened: there is no folder {folder}. "
            "Make it, or give another DATABASE_URL."
        )
    return SettingsWrong(
        f"The database {path.name} cannot be opened: {reason}. See that the bot may write to the "
        f"folder {folder}, or give another DATABASE_URL."
    )


def in_use(path: Path) -> SettingsWrong:
    return SettingsWrong(
        f"The database {path.name} is in use by another process of the bot. Stop that one, "
        "or give this one another DATABASE_URL."
    )


def _is_locked_beside(path: Path) -> bool:
    try:
        beside = os.open(lock_beside(path), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(beside, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(beside)
    return False


def _is_claimed(path: Path) -> bool:
    looking = os.open(path, os.O_RDWR)
    try:
        _lock_byte(looking)
    except BlockingIOError:
        return True
    finally:
        os.close(looking)
    return False


def _lock_byte(descriptor: int) -> None:
    """BlockingIOError when another descriptor has it. Elsewhere than on Linux the lock beside has
    to do: flock there excludes SQLite's own locks."""
    if sys.platform == "linux":  # pragma: no branch
        # struct flock: l_type, l_whence, l_start, l_len, l_pid, which has to be 0.
        wanted = struct.pack("hhqqi0q", fcntl.F_WRLCK, os.SEEK_SET, _BYTE, 1, 0)
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
