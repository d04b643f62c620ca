"""Ends the bot when the playground is gone, however it went: run beside it, not imported.

Standard input is a pipe that only the playground holds; it ends when the playground does.
"""

import os
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Wait for the end of standard input, then end the process that is named."""
    os.read(sys.stdin.fileno(), 1)
    with suppress(ProcessLookupError):
        os.kill(int(sys.argv[1]), signal.SIGKILL)


if __name__ == "__main__":
    main()
