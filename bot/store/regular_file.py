"""Checks that a database's path is a file, before anything opens it or changes its mode.

Otherwise the bot would open and lock a device, a pipe or a folder, and change its mode.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bot.errors import SettingsWrong

# Files that the bot and SQLite create beside the database. https://www.sqlite.org/tempfiles.html
BESIDE: Final = ("", "-lock", "-wal", "-shm", "-journal")
_KINDS: Final[tuple[tuple[Callable[[int], bool], str], ...]] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def require(path: Path) -> None:
    """SettingsWrong if the path, or one of the paths beside it, is something other than a file.
    Missing or inaccessible paths are left to the opening."""
    real = os.path.realpath(path)
    for ending in BESIDE:
        try:
            mode = Path(real + ending).stat().st_mode
        except (OSError, ValueError):
            continue
        if not stat.S_ISREG(mode):
            kind = next((name for is_it, name in _KINDS if is_it(mode)), "no file")
            raise SettingsWrong(
                f"The database cannot be opened: {real}{ending} is {kind}. "
                "Give DATABASE_URL the path of a file."
            )
