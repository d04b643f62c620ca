"""The times that tests run the bot on."""

from dataclasses import replace
from typing import Final

from bot.errors import HUNG_UP_SECONDS
from bot.timing import DEFAULT, DatabaseTiming, SocketTiming, Timing

# Stories run on shorter pauses; how long a call may take stays, for a busy machine's sake. Calls
# that nobody answers come through sooner than the playground's latest. What must not run out on a
# busy machine is longer than in production.
QUICK: Final = Timing(
    settling=HUNG_UP_SECONDS + 0.2,
    shortest_pause=0.2,
    silence=3.0,
    heartbeat=0.25,
    message_slot=0.2,
    most_given=1.0,
    drain=5.0,
    answer=30.0,
    check=5.0,
    form=8.0,
    health_check=20.0,
    database=DatabaseTiming(lock=20.0, statement=30.0, answer=60.0),
    socket=SocketTiming(pauses=(0.0, 0.1, 0.5, 1.0)),
)
# Where the database is locked: clicks are refused as early as in production.
LOCKED: Final = replace(QUICK, database=DEFAULT.database, answer=DEFAULT.answer)
# Where Slack enforces its rate.
RATED: Final = replace(QUICK, message_slot=1.0, most_given=10.0)
# Where replies of a busy machine come in time to share a message.
GATHERED: Final = replace(QUICK, message_slot=4.0, most_given=10.0)
# Seconds until a click has failed; a busy machine may need more than Slack's three.
PATIENT_SLACK: Final = 10.0
# For a process that is killed: its calls, too, end sooner than in production.
KILLED: Final = replace(
    QUICK,
    slack_call=4.0,
    sendkit_connect=4.0,
    sendkit_read=4.0,
    sendkit_call=4.4,
    settling=5.0,
    answer_held=2.0,
    answer_shown=1.0,
    due_look=0.3,
)
# Where SendKit takes longer than the answer to a form may wait.
HASTY: Final = replace(QUICK, form=0.4)
