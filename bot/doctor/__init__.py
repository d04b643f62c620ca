"""The doctor: checks everything that the bot depends on, and says what to do about each problem."""
