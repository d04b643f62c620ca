"""Locks that give one process exclusive use of a SQLite database.

The first lock is a file beside the database, which can be locked before the database exists. The
second is on the database file itself, and also works if two paths lead to one file by a hard link
or a bind mount. With a write-ahead log for each path, the file would be ruined.
"""

import fcntl
import os
import struct
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bot.errors import SettingsWrong

# A byte that SQLite never locks: it uses the 512 from 2**30 on.
# https://www.sqlite.org/src/file/src/os.h
_BYTE: Final = 2**40


def lock_beside(path: Path) -> str:
    """The file that a running bot locks, the same for all symbolic links to one database."""
    return f"{os.path.realpath(path)}-lock"


def lock(path: Path) -> int:
    """Takes the lock beside the database; returns its descriptor. SettingsWrong on failure."""
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
    """Takes the lock on the database itself; returns its descriptor. SettingsWrong if another
    process has it, OSError if the file cannot be opened.

    SQLite's locks end as soon as its process closes any descriptor of the file, so close this one
    after SQLite's. This lock belongs to the descriptor, so that SQLite's closing does not end it.
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
    """Whether a bot runs on this database."""
    # It may be this process, which must not open and close the file itself.
    return _is_locked_beside(path) or _is_claimed(path)


def require_the_bot_s_path(path: Path) -> None:
    """SettingsWrong if a bot runs on the same file by another path."""
    if not _is_locked_beside(path) and _is_claimed(path):
        raise SettingsWrong(
            f"The database {path.name} is in use by a bot that has another path to it. "
            "Give the same DATABASE_URL as the bot has."
        )


def no_place(path: Path, reason: str) -> SettingsWrong:
    """The folder does not exist, or the bot cannot use it for `reason`."""
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
    """BlockingIOError if another descriptor has the lock. Only on Linux; elsewhere flock would
    exclude SQLite's own locks, and the lock beside must do."""
    if sys.platform == "linux":  # pragma: no branch
        # struct flock: l_type, l_whence, l_start, l_len, l_pid, which has to be 0.
        wanted = struct.pack("hhqqi0q", fcntl.F_WRLCK, os.SEEK_SET, _BYTE, 1, 0)
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
