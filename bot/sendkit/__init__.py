"""SendKit: its API, its JSON, and the texts of its mails."""
