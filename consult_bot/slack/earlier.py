"""What the thread of a card is told that was posted again: where the conversation went on before. Pure."""

from __future__ import annotations

import re

from consult_bot.case.model import Case
from consult_bot.slack.blocks import section
from consult_bot.slack.post import Post

POSTED_AGAIN = "The card of this case was posted again here. Please go on in this thread."

_ADDRESS = re.compile(r"https?://[^\s<>|]+")


def earlier_conversation(case: Case, link: str | None) -> Post:
    """Return the first reply below a card that was posted again. `link` leads into the earlier thread
    (`SlackSender.thread_link`), None where nothing is left of it."""
    known = link and _ADDRESS.fullmatch(link)
    told = f"{POSTED_AGAIN} <{link}|Earlier conversation>" if known else POSTED_AGAIN
    return Post(f"{case.spoken} · posted again", (section(told),))
