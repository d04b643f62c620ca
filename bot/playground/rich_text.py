"""Rich text: the block, its four parts, and their inline elements.

Slack documents no maximum length for its texts.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from bot.playground.rules import (
    NO_LIMIT,
    Check,
    Shape,
    anything,
    array,
    boolean,
    by_type,
    integer,
    one_of,
    shaped,
    string,
    url,
)

# The elements' pages name different flags; Slack's types and messages have all of these.
STYLE = shaped(
    Shape(
        dict.fromkeys(
            (
                *("bold", "italic", "strike", "code", "underline", "unlink"),
                *("highlight", "client_highlight"),
            ),
            boolean,
        )
    )
)
TEXT = string(NO_LIMIT)
NAMED = string(NO_LIMIT, 1)
COLOURS = ("gray", "brown", "purple", "indigo", "blue", "green", "yellow", "orange", "red")


def _inline(*required: str, **fields: Check) -> Shape:
    return Shape({"type": anything, "style": STYLE, **fields}, required)


SOURCE: dict[str, Check] = {"citation_type": anything}
CITED: dict[str, Shape] = {
    "file": Shape({**SOURCE, "descriptor": TEXT, "file_id": NAMED}),
    "external": Shape({**SOURCE, "app_name": TEXT, "app_icon_url": url}),
    "web": Shape({**SOURCE, "display_name": TEXT, "title": TEXT, "snippet": TEXT}),
    "message": Shape({**SOURCE, "channel": NAMED, "message_ts": NAMED}),
    "memory": Shape({**SOURCE, "memory_id": NAMED}),
}
INLINE: dict[str, Shape] = {
    "text": _inline("text", text=NAMED),
    "link": _inline(
        "url",
        url=url,
        text=TEXT,
        **dict.fromkeys(("unsafe", "from_llm", "is_slack_url", "truncated"), boolean),
    ),
    "emoji": _inline("name", name=NAMED, unicode=NAMED, skin_tone=integer(1, 6)),
    "user": _inline("user_id", user_id=NAMED, from_llm=boolean),
    "usergroup": _inline("usergroup_id", usergroup_id=NAMED),
    "team": _inline("team_id", team_id=NAMED),
    "channel": _inline("channel_id", channel_id=NAMED, tab_id=NAMED, from_llm=boolean),
    "broadcast": _inline("range", range=one_of("here", "channel", "everyone")),
    "color": _inline("value", value=NAMED),
    "date": _inline(
        "timestamp",
        "format",
        timestamp=integer(0, 2**53),
        format=NAMED,
        timezone=NAMED,
        url=url,
        fallback=TEXT,
    ),
    "tag": _inline("text", text=NAMED, color=one_of(*COLOURS)),
    "citation": _inline(
        *("url", "text", "index", "details"),
        url=url,
        text=TEXT,
        index=integer(0, NO_LIMIT),
        details=by_type(CITED, name="citation_type"),
        from_llm=boolean,
        is_slack_url=boolean,
    ),
    "canvas": _inline(
        "file_id",
        file_id=NAMED,
        label=TEXT,
        hide_title=boolean,
        section_id=NAMED,
        text=TEXT,
        url=url,
        is_skill_invocation=boolean,
    ),
    "canvas_message_unfurl": _inline(
        "root_message_ts",
        "root_message_channel",
        root_message_ts=NAMED,
        root_message_channel=NAMED,
    ),
    "canvas_user_mention": _inline("user_id", user_id=NAMED, thread_id=NAMED),
    "file": _inline("file_id", file_id=NAMED, text=TEXT, url=url, is_skill_invocation=boolean),
    "list_record": _inline(
        "file_id", file_id=NAMED, record_id=NAMED, view_id=NAMED, text=TEXT, url=url
    ),
    "message_mention": _inline(
        *("channel_id", "message_ts"),
        **dict.fromkeys(("channel_id", "message_ts", "author_id", "thread_ts"), NAMED),
        text=TEXT,
        url=url,
    ),
    "attachment_mention": _inline(
        "url",
        url=url,
        icon_url=url,
        **dict.fromkeys(("text", "icon_name", "reference_object_type", "product_name"), TEXT),
        **dict.fromkeys(("app_id", "entity_id", "channel_id", "ts"), NAMED),
        full_size_preview_enabled=boolean,
    ),
    "salesforce_data_field": _inline(
        "salesforce_record_id",
        salesforce_record_id=NAMED,
        salesforce_field_label=TEXT,
        salesforce_field_api_name=TEXT,
        salesforce_include_field_label=boolean,
    ),
    "work_object_mention": _inline(
        *("entity_id", "app_id", "text", "url"),
        entity_id=NAMED,
        app_id=NAMED,
        text=TEXT,
        url=url,
        icon_url=url,
        full_size_preview_enabled=boolean,
        product_name=TEXT,
    ),
    "workflow_mention": _inline(
        *("workflow_id", "function_trigger_id", "text"),
        **dict.fromkeys(("workflow_id", "function_trigger_id", "channel_id", "ts"), NAMED),
        text=TEXT,
        url=url,
    ),
}
SECTION = Shape(
    {"type": anything, "elements": array(by_type(INLINE), NO_LIMIT, 0)},
    ("elements",),
)
BORDER = integer(0, 1)
PARTS: dict[str, Shape] = {
    "rich_text_section": SECTION,
    "rich_text_list": Shape(
        {
            "type": anything,
            "elements": array(by_type({"rich_text_section": SECTION}), NO_LIMIT, 0),
            "style": one_of("bullet", "ordered"),
            "indent": integer(0, NO_LIMIT),
            "offset": integer(0, NO_LIMIT),
            "border": BORDER,
        },
        ("elements", "style"),
    ),
    "rich_text_quote": Shape({**SECTION.fields, "border": BORDER}, ("elements",)),
    "rich_text_preformatted": Shape(
        {
            "type": anything,
            "elements": array(by_type(INLINE, ("text", "link")), NO_LIMIT, 0),
            "border": BORDER,
            "language": NAMED,
        },
        ("elements",),
    ),
}
# Slack's Block Kit Builder accepts rich text without any part.
RICH_TEXT = Shape(
    {
        "type": anything,
        "block_id": string(255),
        "elements": array(by_type(PARTS), NO_LIMIT, 0),
    },
    ("elements",),
)
ONE_RICH_TEXT: Check = by_type({"rich_text": RICH_TEXT})
