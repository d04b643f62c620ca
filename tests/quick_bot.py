"""`python -m bot serve`, on the times of tests that kill it."""

import sys

from bot.__main__ import main
from tests.timings import KILLED

if __name__ == "__main__":
    sys.exit(main(["serve"], KILLED))
