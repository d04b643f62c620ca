"""SendKit: its JSON, its client, and the words of its mails."""
