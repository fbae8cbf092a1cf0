"""Layout blocks, and on which surface each may stand.

The fields and limits are those of https://docs.slack.dev/reference/block-kit/blocks (2026). `alert` works in
modals only. Of the blocks made for agents and dashboards only the required fields are looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from consult_bot.sandbox.block_kit.checks import (
    Check,
    anything,
    at_least_one,
    by_type,
    complaint,
    exactly_one,
    flag,
    listed,
    one_of,
    shape,
    string,
)
from consult_bot.sandbox.block_kit.composition import slack_file, text, web_url
from consult_bot.sandbox.block_kit.elements import IMAGE, in_accessory, in_actions, in_input
from consult_bot.sandbox.block_kit.rich_text import rich_text

BLOCK: dict[str, Check] = {"block_id": string(255)}

small_text = text(2000)
in_context = by_type({**IMAGE, "plain_text": small_text, "mrkdwn": small_text})
cell = by_type(
    {
        "raw_text": shape({"text": string(3000)}),
        "raw_number": shape({"value": anything, "text": string(3000)}),
        "rich_text": rich_text,
    }
)


def action_ids_differ(block: Any, at: str) -> Iterator[str]:
    ids = Counter(element.get("action_id") for element in block["elements"])
    for action_id, times in ids.items():
        if action_id is not None and times > 1:
            yield complaint(f"`action_id` {action_id} already exists", f"{at}/elements")


def loose(*required: str) -> Check:
    """A block of which only the required fields are looked at."""

    def check(block: Any, at: str) -> Iterator[str]:
        for name in required:
            if block.get(name) is None:
                yield complaint(f"missing required field: {name}", at)

    return check


EVERYWHERE: dict[str, Check] = {
    "section": shape(
        {},
        {
            **BLOCK,
            "text": text(3000),
            "fields": listed(small_text, 10),
            "accessory": in_accessory,
            "expand": flag,
        },
        at_least_one("text", "fields"),
    ),
    "header": shape({"text": text(150, plain=True)}, BLOCK),
    "context": shape({"elements": listed(in_context, 10)}, BLOCK),
    "divider": shape({}, BLOCK),
    "image": shape(
        {"alt_text": string(2000)},
        {**BLOCK, "image_url": web_url, "slack_file": slack_file, "title": text(2000, plain=True)},
        exactly_one("image_url", "slack_file"),
    ),
    "actions": shape({"elements": listed(in_actions, 25)}, BLOCK, action_ids_differ),
    "input": shape(
        {"label": text(2000, plain=True), "element": in_input},
        {**BLOCK, "hint": text(2000, plain=True), "optional": flag, "dispatch_action": flag},
    ),
    "rich_text": rich_text,
    "video": shape(
        {
            "alt_text": string(2000),
            "title": text(200, plain=True),
            "thumbnail_url": web_url,
            "video_url": web_url,
        },
        {
            **BLOCK,
            "author_name": string(50),
            "description": text(200, plain=True),
            "provider_icon_url": web_url,
            "provider_name": string(255),
            "title_url": web_url,
        },
    ),
}

IN_MODALS: dict[str, Check] = {
    "alert": shape(
        {"text": text(3000)}, {**BLOCK, "level": one_of("default", "info", "warning", "error", "success")}
    ),
}

IN_MESSAGES: dict[str, Check] = {
    "file": shape({"external_id": string(255), "source": one_of("remote")}, BLOCK),
    "markdown": shape({"text": string(12_000)}, BLOCK),
    "table": shape(
        {"rows": listed(listed(cell, 20), 100)},
        {
            **BLOCK,
            "column_settings": listed(
                shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": flag}), 20
            ),
        },
    ),
    "context_actions": shape(
        {"elements": listed(by_type(dict.fromkeys(("feedback_buttons", "icon_button"), anything)), 5)}, BLOCK
    ),
    "task_card": loose("task_id", "title"),
    "plan": loose("title"),
    "card": loose(),
    "carousel": loose("elements"),
    "container": loose("child_blocks"),
    "data_table": loose("rows"),
    "data_visualization": loose(),
}

PLACES: dict[str, dict[str, Check]] = {
    "message": EVERYWHERE | IN_MESSAGES,
    "modal": EVERYWHERE | IN_MODALS,
    "home": EVERYWHERE,
}
