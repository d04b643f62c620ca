"""A small Slack and a small SendKit. Tests and newcomers run the bot against them."""
