"""Checks SSL_CERT_FILE and SSL_CERT_DIR before anything opens them.

OpenSSL opens them as soon as aiohttp is imported. It ignores missing files, so that it trusts no
server, and waits forever for a named pipe.
https://docs.openssl.org/3.0/man3/SSL_CTX_load_verify_locations/
"""

import os
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bot.errors import SettingsWrong

FILE: Final = "SSL_CERT_FILE"
FOLDER: Final = "SSL_CERT_DIR"
NAMES: Final = (FILE, FOLDER)
# In a folder, OpenSSL finds certificates by the hash of their subject, such as 3513523f.0.
_HASHED: Final = re.compile(r"[0-9a-f]{8}\.[0-9]+")
_MEND: Final = "Correct {name}, or remove it to use the usual certificates."


def check(environ: Mapping[str, str]) -> None:
    """SettingsWrong if no server could be trusted with these certificates."""
    file, folders = environ.get(FILE), environ.get(FOLDER)
    if file:
        _check_file(Path(file))
    for folder in folders.split(os.pathsep) if folders else ():
        _check_folder(Path(folder), is_needed=not file)


def _check_file(path: Path) -> None:
    try:
        if not path.is_file():
            raise _wrong(FILE, path, "is not a file" if path.exists() else "does not exist")
        ssl.create_default_context(cafile=path)
    except ssl.SSLError as error:
        raise _wrong(FILE, path, "has no certificate in PEM format that can be read") from error
    except OSError as error:
        raise _wrong(FILE, path, f"cannot be read ({error.strerror})") from error


def _check_folder(path: Path, *, is_needed: bool) -> None:
    try:
        if path.exists() and not path.is_dir():
            raise _wrong(FOLDER, path, "is not a folder")
        if not is_needed:
            return
        if not path.exists():
            raise _wrong(FOLDER, path, "does not exist")
        if not any(_HASHED.fullmatch(each.name) for each in path.iterdir()):
            raise _wrong(FOLDER, path, "has no certificate that `openssl rehash` has named")
    except OSError as error:
        raise _wrong(FOLDER, path, f"cannot be read ({error.strerror})") from error


def _wrong(name: str, path: Path, problem: str) -> SettingsWrong:
    return SettingsWrong(f"{name} is wrong: {path} {problem}. {_MEND.format(name=name)}")
