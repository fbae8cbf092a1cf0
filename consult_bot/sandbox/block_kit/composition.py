"""Composition objects: texts, options and their groups, confirmations, filters.

The limits are those of https://docs.slack.dev/reference/block-kit/composition-objects (2026).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consult_bot.sandbox.block_kit.checks import (
    Check,
    at_least_one,
    complaint,
    exactly_one,
    flag,
    listed,
    one_of,
    shape,
    spelled,
    string,
)

url = spelled(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", "must be a valid URL")
web_url = spelled(r"https?://\S+", "must be a valid URL")


def text(longest: int, plain: bool = False) -> Check:
    """A text object; `plain` allows no mrkdwn. `emoji` belongs to plain text, `verbatim` to mrkdwn."""
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    own = {"plain_text": {"emoji": flag}, "mrkdwn": {"verbatim": flag}}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict) or value.get("type") not in kinds:
            yield complaint(f"must be a {' or '.join(kinds)} object", at)
        else:
            yield from shape({"text": string(longest)}, own[value["type"]])(value, at)

    return check


def option(formatted: bool = False, with_url: bool = False) -> Check:
    """One choice. `formatted` ones (radio buttons, checkboxes) may use mrkdwn; only overflow's have a url."""
    more: dict[str, Check] = {"url": url} if with_url else {}
    words = text(75, plain=not formatted)
    return shape({"text": words, "value": string(150)}, {"description": words, **more})


def options(most: int, **kind: bool) -> Check:
    return listed(option(**kind), most)


option_group = shape({"label": text(75, plain=True), "options": options(100)})

confirm = shape(
    {
        "title": text(100, plain=True),
        "text": text(300),
        "confirm": text(30, plain=True),
        "deny": text(30, plain=True),
    },
    {"style": one_of("primary", "danger")},
)

conversation_filter = shape(
    {},
    {
        "include": listed(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
    at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),
)

dispatch_action_config = shape(
    {"trigger_actions_on": listed(one_of("on_enter_pressed", "on_character_entered"), 2)}
)

slack_file = shape({}, {"id": string(255), "url": web_url}, exactly_one("id", "url"))
