"""Slack's own markup in what people typed, as the plain words that they saw."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"<([^<>\n]+)>")
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")


def plain(text: str) -> str:
    """Return typed text as it looked: `&lt;` is `<`, links and mentions read as they did on the screen.

    Source: docs.slack.dev/messaging/formatting-message-text
    """
    looked = _TOKEN.sub(lambda found: _looked(found.group(1)), text)
    return looked.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mentioned(text: str) -> str | None:
    """Return the Slack id where the text is one mention and nothing else."""
    found = _MENTION.fullmatch(text.strip())
    return found.group(1) if found else None


def _looked(token: str) -> str:
    target, _, label = token.partition("|")
    if target[:1] in {"@", "#", "!"}:
        name = label or target[1:]
        return name if name[:1] in {"@", "#"} else f"{'#' if target[0] == '#' else '@'}{name}"
    return f"{label} ({target})" if label and label not in target else target
