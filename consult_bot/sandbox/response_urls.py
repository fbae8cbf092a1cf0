"""`response_url`: an address good for 30 minutes and five messages, made for one interaction."""

import secrets
import threading
from dataclasses import dataclass, replace
from typing import Any

from consult_bot.sandbox import people
from consult_bot.sandbox.contents import said
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.store import Record
from consult_bot.sandbox.workspace import Workspace

LIFE_SECONDS = 1800.0
USES = 5


@dataclass(frozen=True)
class ReplyAddress:
    """Where a later answer to one interaction goes: `original_ts` is the message that was clicked."""

    channel_id: str
    user_id: str
    original_ts: str | None
    original_is_ephemeral: bool
    until: float
    uses_left: int = USES


class ResponseUrls:
    """Makes addresses and carries out what is sent to them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._addresses: dict[str, ReplyAddress] = {}

    def make(
        self, channel_id: str, user_id: str, original_ts: str | None = None, ephemeral: bool = False
    ) -> str:
        """Returns the secret part of a new address."""
        token = secrets.token_urlsafe(18)
        until = self._workspace.clock.now_seconds() + LIFE_SECONDS
        with self._lock:
            self._addresses[token] = ReplyAddress(channel_id, user_id, original_ts, ephemeral, until)
        return token

    def receive(self, token: str, content: dict[str, Any]) -> Record | None:
        """Does what the app sent and returns the message made, if any. Raises SlackError `used_url` or
        `expired_url`, and `invalid_blocks`. An answer that says nothing uses the address up all the same."""
        address = self._use(token)
        if content.get("delete_original"):
            self._replace(address, None)
            return None
        if content.get("replace_original") and address.original_ts:
            self._replace(address, _message(content))
            return None
        return deliver(self._workspace, address.channel_id, address.user_id, content)

    def _use(self, token: str) -> ReplyAddress:
        with self._lock:
            address = self._addresses.get(token)
            if address is None or self._workspace.clock.now_seconds() > address.until:
                raise SlackError("expired_url")
            if not address.uses_left:
                raise SlackError("used_url")
            self._addresses[token] = replace(address, uses_left=address.uses_left - 1)
            return address

    def _replace(self, address: ReplyAddress, content: Record | None) -> None:
        if address.original_ts is None:
            return
        if address.original_is_ephemeral:
            self._workspace.replace_whisper(address.original_ts, content)
        elif content is None:
            self._workspace.delete(address.channel_id, address.original_ts)
        else:
            self._workspace.update(address.channel_id, address.original_ts, {"blocks": None, **content})


def deliver(workspace: Workspace, channel_id: str, user_id: str, content: dict[str, Any]) -> Record:
    """Shows an answer to a command or interaction: to this person alone unless it says `in_channel`."""
    message = _message(content)
    if content.get("response_type") != "in_channel":
        return workspace.whisper(channel_id, user_id, message)
    return workspace.post(channel_id, message)


def _message(content: dict[str, Any]) -> Record:
    words = said(content.get("text") or "", content.get("blocks"), content.get("attachments"))
    made_by = {"user": people.BOT_USER_ID, "bot_id": people.BOT_ID, "app_id": people.APP_ID}
    thread = {"thread_ts": content["thread_ts"]} if content.get("thread_ts") else {}
    return {**made_by, **words, **thread}
