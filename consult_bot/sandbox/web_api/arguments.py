"""The arguments of one Web API call, however they were sent."""

import base64
import binascii
import json
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from consult_bot.sandbox.errors import SlackError

ASKS_FOR_BLOCKS = {"blocks": "invalid_blocks_format", "metadata": "invalid_metadata_format"}


def parsed(content_type: str, body: bytes, query: str) -> dict[str, Any]:
    """Returns what a form or JSON body and the query say together. Raises SlackError by Slack's names."""
    named = dict(parse_qsl(query, keep_blank_values=True))
    header = Message()
    header["content-type"] = content_type
    if not body:
        return named
    if header.get_content_type() == "application/json":
        return named | _json_object(body)
    if header.get_content_type() == "application/x-www-form-urlencoded":
        return named | dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    raise SlackError("invalid_post_type")


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(given, dict):
        raise SlackError("json_not_object")
    return given


class Arguments:
    """Reads arguments by kind; a missing required one is `invalid_arguments`, naming it."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = {name: value for name, value in given.items() if value is not None}

    def told(self) -> dict[str, Any]:
        """Returns the arguments as they were sent, without the token."""
        return {name: value for name, value in self._given.items() if name != "token"}

    def has(self, name: str) -> bool:
        return name in self._given

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise SlackError("invalid_arguments", [f"[ERROR] missing required field: {name}"])
        return value

    def text(self, name: str) -> str | None:
        value = self._given.get(name)
        return None if value is None else str(value)

    def flag(self, name: str) -> bool:
        return str(self._given.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, otherwise: int) -> int:
        try:
            return int(self._given.get(name, otherwise))
        except (TypeError, ValueError):
            raise SlackError("invalid_arguments", [f"[ERROR] must be a number: {name}"]) from None

    def json(self, name: str) -> Any:
        """Returns a structured argument, which a form body carries as a JSON string."""
        value = self._given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            refusal = ASKS_FOR_BLOCKS.get(name, "invalid_arguments")
            raise SlackError(refusal, [f"[ERROR] must be valid JSON: {name}"]) from None

    def page(self, items: list[Any], otherwise: int, most: int) -> tuple[list[Any], str]:
        """Returns the asked page of a list and the cursor of the next, "" at the end."""
        limit = min(self.number("limit", otherwise), most)
        if limit < 1:
            raise SlackError("invalid_limit")
        start = _offset(self.text("cursor") or "")
        rest = start + limit
        return items[start:rest], _cursor(rest) if rest < len(items) else ""


def _cursor(offset: int) -> str:
    return base64.b64encode(f"offset:{offset}".encode()).decode()


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("offset:"))
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
