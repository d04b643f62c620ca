"""How the log is written: one line an event, and nothing of what leads wrote or who they are."""

import logging


def configure(level: str) -> None:
    """Sends the log to standard error from this level on."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(message)s")
    # Its lines are whole addresses of requests, and a search has a lead's mail address in it.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # At DEBUG these write down whole payloads.
    for name in ("slack_bolt", "slack_sdk", "httpcore", "aiohttp"):
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLogger().level))
