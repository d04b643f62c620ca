"""The form in which the phrases of each language are given.

They are regular expressions over what bot.opt_outs makes of a text: lower case without
accents, apostrophes and hyphens, one blank between words, ` . ` or ` ? ` between sentences, `@` for
an address. The phrases may keep accents and apostrophes, since they are made plain as well. `<3>`
stands for up to three other words, and `<first>` for the beginning of a sentence. Only lower-case
escapes work. For speed, a pattern begins with `\\b` and two letters; otherwise it is tried on texts
that have one of its language's stems.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """`asks`: a request. `unless`: what its sentence may not have. `commands`: requests if nothing
    but `courtesies` is beside them, as words with commas between. `stems`: what a text has where a
    pattern does not begin with a word."""

    stems: Sequence[str] = ()
    asks: Sequence[str] = ()
    unless: Sequence[str] = ()
    commands: str = ""
    courtesies: str = ""
