"""What Slack refuses in a message's blocks, in a modal and in App Home, taken as a whole.

What each block may hold is said in `block_kit`. Each problem reads like the messages Slack puts under
`response_metadata.messages`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from consult_bot.sandbox.block_kit.checks import (
    Check,
    anything,
    by_type,
    complaint,
    flag,
    listed,
    shape,
    string,
)
from consult_bot.sandbox.block_kit.composition import option, option_group, text
from consult_bot.sandbox.block_kit.layout import PLACES

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
# Measured near this number on Slack itself; a message is refused as a whole, never cut.
MESSAGE_BLOCK_CHARACTERS = 13_200
MARKDOWN_CHARACTERS = 12_000
MOST_OPTIONS = 100

Blocks = list[dict[str, Any]]


def problems(blocks: Any, place: str) -> list[str]:
    """Returns what Slack would refuse these blocks for; `place` is message, modal or home."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return [complaint("must be an array of blocks", "/blocks")]
    most = MESSAGE_BLOCKS if place == "message" else VIEW_BLOCKS
    each_by_itself = listed(by_type(PLACES[place]), most, least=0)(blocks, "/blocks")
    return [*each_by_itself, *_between_blocks(blocks, place)]


def characters(blocks: Blocks) -> int:
    """Returns how many characters of text the blocks hold together."""
    return sum(_characters(block) for block in blocks)


def _characters(part: Any) -> int:
    if isinstance(part, list):
        return sum(_characters(item) for item in part)
    if not isinstance(part, dict):
        return 0
    own = part.get("text")
    return (len(own) if isinstance(own, str) else 0) + sum(_characters(value) for value in part.values())


def _between_blocks(blocks: Blocks, place: str) -> Iterator[str]:
    ids = Counter(block["block_id"] for block in blocks if isinstance(block.get("block_id"), str))
    for block_id, times in ids.items():
        if times > 1:
            yield complaint(f"`block_id` {block_id} already exists", "/blocks")
    if _count(blocks, "table") > 1:
        yield complaint("only one table is allowed", "/blocks")
    if characters([block for block in blocks if block.get("type") == "markdown"]) > MARKDOWN_CHARACTERS:
        yield complaint(f"must be less than {MARKDOWN_CHARACTERS + 1} characters of markdown", "/blocks")
    inputs = [
        (at, block["element"]) for at, block in enumerate(blocks) if isinstance(block.get("element"), dict)
    ]
    for index, element in inputs:
        if element.get("type") == "file_input" and place != "modal":
            yield complaint("unsupported type: file_input", f"/blocks/{index}/element/type")
    if sum(element.get("focus_on_load") is True for _, element in inputs) > 1:
        yield complaint("only one element may have focus_on_load", "/blocks")


def _count(blocks: Blocks, kind: str) -> int:
    return sum(block.get("type") == kind for block in blocks)


# Options that an external menu asked for


def options_problems(answer: Any) -> list[str]:
    """Returns what Slack would refuse an answer to `block_suggestion` for."""
    if not isinstance(answer, dict) or not ("options" in answer or "option_groups" in answer):
        return ["[ERROR] the answer must hold `options` or `option_groups`"]
    rules = {
        "options": listed(option(), MOST_OPTIONS, least=0),
        "option_groups": listed(option_group, MOST_OPTIONS, least=0),
    }
    return list(shape({}, rules)(answer, ""))


# Views

BLOCKS_COUNTED = {"blocks": listed(anything, VIEW_BLOCKS)}
IN_EVERY_VIEW: dict[str, Check] = {
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
    "private_metadata": string(3000, 0),
}
VIEWS: dict[str, Check] = {
    "modal": shape(
        {"title": text(24, plain=True), **BLOCKS_COUNTED},
        {
            **IN_EVERY_VIEW,
            "submit": text(24, plain=True),
            "close": text(24, plain=True),
            "clear_on_close": flag,
            "notify_on_close": flag,
        },
    ),
    "home": shape(BLOCKS_COUNTED, IN_EVERY_VIEW),
}


def view_problems(view: Any) -> list[str]:
    """Returns what Slack would refuse a modal or App Home for."""
    found = list(by_type(VIEWS)(view, "/view"))
    if (
        not isinstance(view, dict)
        or view.get("type") not in VIEWS
        or not isinstance(view.get("blocks"), list)
    ):
        return found
    inside = [
        each.replace("pointer:/", "pointer:/view/", 1) for each in problems(view["blocks"], view["type"])
    ]
    return [*dict.fromkeys([*found, *inside, *_without_submit(view)])]


def _without_submit(view: dict[str, Any]) -> Iterator[str]:
    has_input = any(isinstance(block, dict) and block.get("type") == "input" for block in view["blocks"])
    if view["type"] == "modal" and has_input and view.get("submit") is None:
        yield complaint("missing required field: submit", "/view")
