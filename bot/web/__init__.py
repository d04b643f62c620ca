"""The bot's HTTP server, its health and its metrics."""
