"""A small Slack and a small SendKit: every test and every newcomer runs the bot against them."""
