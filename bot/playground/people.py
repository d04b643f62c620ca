"""The people and channels of the playground's workspace."""

import time

from bot.playground.workspace import Channel, Clock, User, Workspace

PEOPLE = (
    User("U0ADA", "ada", "Ada Okafor", "Ada"),
    User("U0BEN", "ben", "Ben Lindqvist", "Ben"),
    User("U0CHLOE", "chloe", "Chloé Martin", "Chloé", tz="Europe/Paris"),
    User("U0DEV", "dev", "Dev Raman", "", tz="Asia/Kolkata", tz_offset=19800),
)
# Two more people, to try out who may decide.
GUEST = User("U0GIL", "gil", "Gil Meyer", "Gil", guest="one channel")
OUTSIDER = User("U0PIA", "pia", "Pia Holm", "Pia", team="T0PARTNER")
# How the page introduces them.
ABOUT = {
    "U0ADA": "A salesperson, in every channel.",
    "U0BEN": "A salesperson, in every channel.",
    "U0CHLOE": "A salesperson in Paris, not in #deals.",
    "U0DEV": "The engineer who runs the bot, not in #deals.",
    "U0GIL": "A guest: sees the cards in #triage and may not decide. Try it.",
    "U0PIA": "From a partner company, in #triage by Slack Connect: may not decide. Try it.",
}
BOT = User("U0TRIAGE", "triage", "SendKit Triage", "SendKit Triage", is_bot=True)

# The scopes in the app's manifest.
SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "im:history",
        "reactions:read",
        "usergroups:read",
        "users:read",
    }
)
APP_SCOPES = frozenset({"connections:write"})


def furnished(clock: Clock = time.time) -> Workspace:
    """A workspace with four people and five channels; the bot is not in #random."""
    space = Workspace(PEOPLE, BOT, app_name="SendKit Triage", clock=clock)
    people = tuple(user.id for user in PEOPLE)
    everybody = (*people, BOT.id)
    for channel in (
        Channel("C0TRIAGE", "triage", members=everybody),
        Channel("C0GENERAL", "general", members=everybody),
        Channel("C0RANDOM", "random", members=people),
        Channel("C0DEALS", "deals", private=True, members=(*people[:2], BOT.id)),
        Channel("C0OLD", "old-campaigns", archived=True, members=everybody),
    ):
        space.add_channel(channel)
    return space
