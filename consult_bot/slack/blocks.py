"""Pieces of Block Kit. What people wrote goes into rich text or plain text, where no markup works, never into mrkdwn.

Everything is built from slack_sdk's models, whose `to_dict` refuses what Slack would refuse for its length.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from slack_sdk.models.blocks import (
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextQuoteElement,
    RichTextSectionElement,
    SectionBlock,
)

from consult_bot.case.words import Words
from consult_bot.forms.safe_text import for_display

Drawn = dict[str, Any]
"""One block, element or view as Slack's JSON."""

NOT_ASKED = "not asked"
DAY_AND_TIME = "{date_short_pretty} at {time}"
TO_THE_SECOND = "{time_secs}"


def escaped(text: str) -> str:
    """Return the text so that mrkdwn shows it as it stands."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mention(slack_id: str) -> str:
    """Return the person as mrkdwn names and notifies them."""
    return f"<@{slack_id}>"


def moment(at: datetime, form: str = DAY_AND_TIME) -> str:
    """Return the moment in mrkdwn: each reader sees it in their own zone."""
    return f"<!date^{int(at.timestamp())}^{form}|{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC>"


def shown(words: Words | None, most_characters: int | None = None) -> str:
    """Return what somebody wrote as it is shown, `not asked` where there is nothing.

    Longer than `most_characters`, it is shortened and ends with an ellipsis: the whole is elsewhere.
    """
    if not words:
        return NOT_ASKED
    text = for_display(words.reveal()).strip()
    if most_characters is None or len(text) <= most_characters:
        return text
    return text[: most_characters - 1].rstrip() + "…"


def section(mrkdwn: str) -> Drawn:
    """Return a paragraph of our own words."""
    return SectionBlock(text=MarkdownTextObject(text=mrkdwn)).to_dict()


def header(text: str) -> Drawn:
    """Return a headline of our own words, at most 150 characters."""
    return HeaderBlock(text=PlainTextObject(text=text, emoji=False)).to_dict()


def small(text: str) -> Drawn:
    """Return a line in small print, in which nothing works."""
    return ContextBlock(elements=[PlainTextObject(text=text, emoji=False)]).to_dict()


def divider() -> Drawn:
    return DividerBlock().to_dict()


def text(words: str) -> Drawn:
    """Return words as a part of rich text."""
    return RichTextElementParts.Text(text=words).to_dict()


def bold(words: str) -> Drawn:
    """Return bold words as a part of rich text."""
    return RichTextElementParts.Text(text=words, style={"bold": True}).to_dict()


def line(*parts: Drawn) -> Drawn:
    """Return parts in a row."""
    return RichTextSectionElement(elements=list(parts)).to_dict()


def quote(words: str) -> Drawn:
    """Return words set off as somebody's own."""
    return RichTextQuoteElement(elements=[text(words)]).to_dict()


def rich(*elements: Drawn) -> Drawn:
    """Return a block of rich text from lines and quotes."""
    return RichTextBlock(elements=list(elements)).to_dict()
