"""Triage the replies to your SendKit cold emails from Slack."""

__version__ = "1.0.0"
