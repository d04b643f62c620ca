"""Triage the replies to your SendKit cold mails from Slack."""
