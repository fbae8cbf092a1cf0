"""The arguments of one Web API call, however they were sent."""

import base64
import binascii
import json
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from consult_bot.sandbox.errors import SlackError

ASKS_FOR_BLOCKS = {
    "attachments": "invalid_attachments",
    "blocks": "invalid_blocks_format",
    "metadata": "invalid_metadata_format",
}
CHARSETS = ("utf-8", "utf8", "iso-8859-1")


def parsed(content_type: str, body: bytes, query: str) -> dict[str, Any]:
    """Returns what a form or JSON body and the query say together. Raises SlackError by Slack's names.

    A token in a JSON body counts for nothing: there it belongs into the Authorization header.
    """
    named: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    if not body:
        return named
    if not content_type:
        raise SlackError("missing_post_type")
    header = Message()
    header["content-type"] = content_type
    charset = header.get_content_charset("utf-8")
    if charset not in CHARSETS:
        raise SlackError("invalid_charset")
    match header.get_content_type():
        case "application/json":
            return named | _json_object(body)
        case "application/x-www-form-urlencoded":
            fields = body.decode(charset, errors="replace")
            return named | dict(parse_qsl(fields, keep_blank_values=True))
        case "multipart/form-data":
            return named | _form_data(content_type, body)
    raise SlackError("invalid_post_type")


def _form_data(content_type: str, body: bytes) -> dict[str, str]:
    whole = f"Content-Type: {content_type}\r\n\r\n".encode() + body
    parts = BytesParser(EmailMessage, policy=HTTP).parsebytes(whole)
    fields = {}
    for part in parts.iter_parts() if parts.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            fields[name] = part.get_payload(decode=True).decode(errors="replace")
    if not fields:
        raise SlackError("invalid_form_data")
    return fields


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(given, dict):
        raise SlackError("json_not_object")
    return {name: value for name, value in given.items() if name != "token"}


class Arguments:
    """Reads arguments by kind. What a method must be given is seen to beforehand, by its signature."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = {name: value for name, value in given.items() if value is not None}

    def told(self) -> dict[str, Any]:
        """Returns the arguments as they were sent, without the token."""
        return {name: value for name, value in self.given.items() if name != "token"}

    def has(self, name: str) -> bool:
        return name in self.given

    def required(self, name: str) -> str:
        return str(self.given[name])

    def text(self, name: str) -> str | None:
        value = self.given.get(name)
        return None if value is None else str(value)

    def flag(self, name: str) -> bool:
        return str(self.given.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, otherwise: int) -> int:
        try:
            return int(self.given.get(name, otherwise))
        except (TypeError, ValueError):
            raise SlackError("invalid_arguments", [f"[ERROR] must be a number: {name}"]) from None

    def limit(self, otherwise: int, most: int) -> int:
        limit = self.number("limit", otherwise)
        if not 1 <= limit <= most:
            raise SlackError("invalid_limit")
        return limit

    def json(self, name: str) -> Any:
        """Returns a structured argument, which a form body carries as a JSON string."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            refusal = ASKS_FOR_BLOCKS.get(name, "invalid_arguments")
            raise SlackError(refusal, [f"[ERROR] must be valid JSON: {name}"]) from None

    def page(self, items: list[Any], otherwise: int, most: int) -> tuple[list[Any], str]:
        """Returns the asked page of a list and the cursor of the next, "" at the end. Raises SlackError
        `invalid_limit` outside 1 to `most`, and `invalid_cursor`."""
        limit = self.limit(otherwise, most)
        start = _offset(self.text("cursor") or "")
        rest = start + limit
        return items[start:rest], _cursor(rest) if rest < len(items) else ""


def _cursor(offset: int) -> str:
    return base64.b64encode(f"offset:{offset}".encode()).decode()


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, offset = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
    if word != "offset" or not offset.isdecimal():
        raise SlackError("invalid_cursor")
    return int(offset)
