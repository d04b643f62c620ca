"""The doctor: tries everything that the bot lives on, and says for each what to do."""
