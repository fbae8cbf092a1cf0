"""What a message says, checked as Slack checks it, however the app sends it."""

from __future__ import annotations

import json
from typing import Any

from consult_bot.sandbox.block_rules import MESSAGE_BLOCK_CHARACTERS, characters, problems
from consult_bot.sandbox.elements import with_ids
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.store import Record

TEXT_CHARACTERS = 40_000
MARKDOWN_TEXT_CHARACTERS = 12_000
MOST_ATTACHMENTS = 100
# Slack names no figure; 16 KB is far more than an app should put there.
METADATA_BYTES = 16_000


def said(
    text: str = "", blocks: Any = None, attachments: Any = None, metadata: Any = None, markdown_text: str = ""
) -> Record:
    """Returns the message's own parts. Raises SlackError by Slack's names: `no_text`, `invalid_blocks`, …"""
    if markdown_text and (text or blocks):
        raise SlackError("markdown_text_conflict")
    if len(markdown_text) > MARKDOWN_TEXT_CHARACTERS:
        raise SlackError("msg_too_long")
    drawn = {"blocks": checked_blocks(blocks), "attachments": checked_attachments(attachments)}
    if not (text or markdown_text or any(drawn.values())):
        raise SlackError("no_text")
    parts = {name: part for name, part in drawn.items() if part}
    # What is longer than Slack takes is cut, not refused (chat.postMessage's page).
    return {"text": (text or markdown_text)[:TEXT_CHARACTERS], **parts, **checked_metadata(metadata)}


def checked_blocks(blocks: Any) -> list[Record]:
    """Returns the blocks with their ids. Raises SlackError `invalid_blocks_format`, `invalid_blocks` or
    `msg_blocks_too_long`."""
    if blocks is None or blocks == []:
        return []
    wrong = problems(blocks, "message")
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SlackError("invalid_blocks_format", wrong)
    if wrong:
        raise SlackError("invalid_blocks", wrong)
    if characters(blocks) > MESSAGE_BLOCK_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    return with_ids(blocks)


def checked_attachments(attachments: Any) -> list[Record]:
    """Returns the attachments as they are. Raises SlackError `invalid_attachments` or `too_many_attachments`."""
    if attachments is None:
        return []
    if not isinstance(attachments, list) or not all(isinstance(each, dict) for each in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return attachments


def checked_metadata(metadata: Any) -> Record:
    """Returns `{"metadata": …}`, with None for an empty object, which takes it away, or {} where none is given.
    Raises SlackError `invalid_metadata_format` or `metadata_too_large`."""
    if metadata is None:
        return {}
    if metadata == {}:
        return {"metadata": None}
    sound = isinstance(metadata, dict) and set(metadata) == {"event_type", "event_payload"}
    if not sound or not isinstance(metadata["event_type"], str) or not metadata["event_type"]:
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata["event_payload"], dict):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return {"metadata": metadata}
