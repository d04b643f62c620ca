"""Findings about this machine: its settings and its clock. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.findings import Finding, bad, good, warning

CLOCK: Final = "Clock"
SETTINGS: Final = "Settings"

WARNING_SECONDS: Final = 60
# https://docs.slack.dev/authentication/verifying-requests-from-slack
BAD_SECONDS: Final = 300

_WHERE: Final[Mapping[str, str]] = {
    "SLACK_BOT_TOKEN": "Copy it from api.slack.com/apps, page OAuth & Permissions.",
    "SLACK_APP_TOKEN": "Copy it from api.slack.com/apps, page Basic Information.",
    "SENDKIT_API_KEY": "Make one in SendKit.",
    "TRIAGE_CHANNEL": "It is at the end of the channel’s details in Slack.",
}


def settings(problems: Sequence[str]) -> Sequence[Finding]:
    """A finding for each missing or wrong setting."""
    if not problems:
        return [good(SETTINGS, "Complete.")]
    return [bad(SETTINGS, _with_place(each)) for each in problems]


def _with_place(problem: str) -> str:
    place = next((said for name, said in _WHERE.items() if problem.startswith(name)), "")
    return f"{problem.rstrip('.')}. {place}".rstrip()


def clock(ahead: Mapping[str, float | None]) -> Finding:
    """Compares the clocks. `ahead`: by how many seconds each service's clock is ahead of this
    machine's."""
    known = {service: seconds for service, seconds in ahead.items() if seconds is not None}
    if not known:
        return warning(CLOCK, "Neither Slack nor SendKit told the time, so it was not compared.")
    service, seconds = max(known.items(), key=lambda each: abs(each[1]))
    if abs(seconds) <= WARNING_SECONDS:
        return good(CLOCK, f"It agrees with {' and '.join(known)}.")
    side = "behind" if seconds > 0 else "ahead of"
    off = f"This machine’s clock is {abs(seconds):.0f} seconds {side} {service}’s"
    remedy = "Switch on its synchronisation: timedatectl set-ntp true."
    if abs(seconds) <= BAD_SECONDS:
        return warning(CLOCK, f"{off}. {remedy}")
    return bad(
        CLOCK, f"{off}: past {BAD_SECONDS} seconds the bot refuses what Slack sends. {remedy}"
    )
