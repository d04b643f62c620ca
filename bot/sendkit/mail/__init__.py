"""The text of mails: a lead’s newest words, without the mails that the reply quotes."""
