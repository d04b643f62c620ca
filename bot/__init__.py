"""Triage the replies to your SendKit cold emails from Slack."""
