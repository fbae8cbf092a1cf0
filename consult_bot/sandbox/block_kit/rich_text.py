"""Rich text: its four kinds of paragraphs and what stands in them.

The fields are those of https://docs.slack.dev/reference/block-kit/blocks/rich-text-block (2026).
"""

from __future__ import annotations

from consult_bot.sandbox.block_kit.checks import by_type, flag, listed, one_of, shape, string, whole
from consult_bot.sandbox.block_kit.composition import url

MANY = 10_000
LONGEST = 40_000

words_style = shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), flag))
mention_style = shape(
    {},
    dict.fromkeys(("bold", "italic", "strike", "highlight", "client_highlight", "unlink"), flag),
)

inline = by_type(
    {
        "text": shape({"text": string(LONGEST)}, {"style": words_style}),
        "link": shape(
            {"url": url},
            {"text": string(LONGEST, 0), "unsafe": flag, "style": words_style, "truncated": flag},
        ),
        "emoji": shape(
            {"name": string(255)},
            {"unicode": string(255), "skin_tone": whole(1, 6), "style": mention_style},
        ),
        "user": shape({"user_id": string(255)}, {"style": mention_style}),
        "channel": shape({"channel_id": string(255)}, {"style": mention_style}),
        "usergroup": shape({"usergroup_id": string(255)}, {"style": mention_style}),
        "team": shape({"team_id": string(255)}, {"style": mention_style}),
        "broadcast": shape({"range": one_of("here", "channel", "everyone")}, {"style": mention_style}),
        "color": shape({"value": string(7)}, {"style": mention_style}),
        "date": shape(
            {"timestamp": whole(0, 10**11), "format": string(255)},
            {"url": url, "fallback": string(255), "style": words_style},
        ),
    }
)

in_a_row = listed(inline, MANY, least=0)
section = shape({"elements": in_a_row})
indentation = {"indent": whole(0, 8), "border": whole(0, 1)}

paragraph = by_type(
    {
        "rich_text_section": section,
        "rich_text_list": shape(
            {
                "style": one_of("bullet", "ordered"),
                "elements": listed(by_type({"rich_text_section": section}), MANY),
            },
            {**indentation, "offset": whole(0, 10**6)},
        ),
        "rich_text_preformatted": shape(
            {"elements": in_a_row}, {"border": indentation["border"], "language": string(255)}
        ),
        "rich_text_quote": shape({"elements": in_a_row}, {"border": indentation["border"]}),
    }
)

rich_text = shape({"elements": listed(paragraph, MANY, least=0)}, {"block_id": string(255)})
rich_text_value = by_type({"rich_text": rich_text})
