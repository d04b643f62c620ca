"""Ends the bot when the playground has ended. Run as a separate process, not imported.

Standard input is a pipe that only the playground holds, so it ends with the playground.
"""

import os
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Waits for the end of standard input, then ends the given process."""
    os.read(sys.stdin.fileno(), 1)
    with suppress(ProcessLookupError):
        os.kill(int(sys.argv[1]), signal.SIGKILL)


if __name__ == "__main__":
    main()
