"""The way out to Slack, one call at a time. Nothing is tried again here: the outbox owns every retry."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from consult_bot.case.model import Case
from consult_bot.slack.blocks import Drawn
from consult_bot.slack.client import LOOPBACK
from consult_bot.slack.trouble import (
    FAILURES,
    RateLimited,
    RefusedForGood,
    SlackTrouble,
    TemporarilyDown,
    retry_after_seconds,
    trouble_of,
)

PAGE_MESSAGES = 200
PAGES_LOOKED_AT = 5
"""How far back an earlier try's message is looked for: a thousand messages."""

UPLOAD_TIMEOUT_SECONDS = 30
"""Half of the 60 seconds for which the outbox leases a delivery. Bytes that arrive later than that show nothing."""

EVENT_TYPE = "consult_case"
"""What marks a message's metadata as ours."""


class Shown(Protocol):
    """A message as the views draw it."""

    @property
    def text(self) -> str: ...

    @property
    def blocks(self) -> tuple[Drawn, ...]: ...


class ThreadPost(Shown, Protocol):
    """A message for a thread, which may be shown in the channel as well."""

    @property
    def broadcast(self) -> bool: ...


def metadata(case: Case, delivery_id: str) -> dict[str, Any]:
    """Return a message's metadata, by which it is found again: the case and the delivery, nothing else."""
    return {"event_type": EVENT_TYPE, "event_payload": {"case": case.spoken, "delivery": delivery_id}}


def delivery_metadata(delivery_id: str) -> dict[str, Any]:
    """Return the metadata of a message about no case."""
    return {"event_type": EVENT_TYPE, "event_payload": {"delivery": delivery_id}}


class SlackSender:
    """Every method makes one call and returns what is worth keeping.

    Each may raise RateLimited, TemporarilyDown, WorkspaceBroken or RefusedForGood. After TemporarilyDown the call may
    have taken effect: look with `find_by_delivery` or `is_shared` before repeating it.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def post_card(self, channel: str, view: Shown, metadata: dict[str, Any]) -> str:
        """Post a card and return its ts. A repeat posts another."""
        return self._post(channel, view, metadata)

    def update_card(self, channel: str, ts: str, view: Shown) -> None:
        """Redraw a card. Repeating is harmless.

        It keeps the metadata that it was posted with (docs.slack.dev, chat.update): by that its twin is found.
        """
        self._call(
            self._client.chat_update,
            channel=channel,
            ts=ts,
            text=view.text,
            blocks=list(view.blocks),
        )

    def post_reply(self, channel: str, thread_ts: str, post: ThreadPost, metadata: dict[str, Any]) -> str:
        """Post into a thread and return the reply's ts. A repeat posts another."""
        broadcast = {"reply_broadcast": True} if post.broadcast else {}
        return self._post(channel, post, metadata, thread_ts=thread_ts, **broadcast)

    def publish_home(self, slack_id: str, view: Drawn) -> str:
        """Show somebody their Home and return the view's id. Repeating is harmless."""
        answer = self._call(self._client.views_publish, user_id=slack_id, view=view)
        return str((answer.get("view") or {}).get("id") or "")

    def posted_by(self, channel: str, thread_ts: str | None, delivery_id: str) -> dict[str, list[str]]:
        """Return what a delivery has posted in the thread, or in the channel where `thread_ts` is None.

        The ts of each part, oldest first: parts are named by the delivery's id, or `<id>/<n>`. Looked through are the
        newest thousand messages of the channel, or the whole thread.
        """
        found: dict[str, list[str]] = {}
        for message in self._in_thread(channel, thread_ts) if thread_ts else self._in_channel(channel):
            told = message.get("metadata") or {}
            part = str((told.get("event_payload") or {}).get("delivery"))
            if told.get("event_type") == EVENT_TYPE and part.partition("/")[0] == delivery_id:
                found.setdefault(part, []).append(str(message["ts"]))
        return {part: sorted(ts) for part, ts in found.items()}

    def find_by_delivery(self, channel: str, thread_ts: str | None, part: str) -> str | None:
        """Return the ts of the oldest message of this part of a delivery, None where there is none."""
        found = self.posted_by(channel, thread_ts, part.partition("/")[0]).get(part)
        return found[0] if found else None

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours. Repeating is harmless."""
        try:
            self._call(self._client.chat_delete, channel=channel, ts=ts)
        except RefusedForGood as refusal:
            if refusal.error != "message_not_found":
                raise

    def start_upload(self, filename: str, length_bytes: int) -> tuple[str, str]:
        """Return a file id and the address for the bytes. A repeat starts another file, which nobody sees."""
        answer = self._call(self._client.files_getUploadURLExternal, filename=filename, length=length_bytes)
        return str(answer["file_id"]), str(answer["upload_url"])

    def upload(self, url: str, data: bytes) -> None:
        """Send a file's bytes to the address. Nobody sees the file yet."""
        request = urllib.request.Request(
            url, data=data, headers={"Content-Type": "application/octet-stream"}, method="POST"
        )
        try:
            with _opener(url).open(request, timeout=UPLOAD_TIMEOUT_SECONDS):
                return
        except urllib.error.HTTPError as refusal:
            raise _upload_trouble(refusal) from None
        except FAILURES as failure:
            raise TemporarilyDown(type(failure).__name__) from None

    def complete_upload(self, file_id: str, channel: str, thread_ts: str) -> None:
        """Share an uploaded file in a thread. Slack does so on its own time: see `is_shared`."""
        self._call(
            self._client.files_completeUploadExternal,
            files=[{"id": file_id}],
            channel_id=channel,
            thread_ts=thread_ts,
        )

    def is_shared(self, file_id: str, channel: str) -> bool:
        """Whether the file is to be seen in the channel by now."""
        return bool(self.shares(file_id, channel))

    def shares(self, file_id: str, channel: str) -> list[str]:
        """Return the ts of each message that shows the file in the channel, oldest first.

        None before it was completed: Slack does not know it yet.
        """
        try:
            answer = self._call(self._client.files_info, file=file_id)
        except RefusedForGood as refusal:
            if refusal.error == "file_not_found":
                return []
            raise
        shares = answer["file"].get("shares") or {}
        shown = (share.get("ts") for where in shares.values() for share in where.get(channel, ()))
        return sorted(ts for ts in shown if ts)

    def thread_link(self, channel: str, ts: str) -> str | None:
        """Return the address of the newest reply in a thread, which opens the thread; None where no reply is left.

        Slack gives addresses of messages that exist. Of a card that was deleted its replies do.
        """
        try:
            thread = self._call(self._client.conversations_replies, channel=channel, ts=ts, limit=1)
            newest = thread["messages"][0].get("latest_reply") if thread["messages"] else None
            if not newest:
                return None
            told = self._call(self._client.chat_getPermalink, channel=channel, message_ts=newest)
        except RefusedForGood as refusal:
            if refusal.error in ("thread_not_found", "message_not_found"):
                return None
            raise
        return str(told["permalink"])

    def _post(self, channel: str, view: Shown, metadata: dict[str, Any], **more: Any) -> str:
        answer = self._call(
            self._client.chat_postMessage,
            channel=channel,
            text=view.text,
            blocks=list(view.blocks),
            metadata=metadata,
            unfurl_links=False,
            unfurl_media=False,
            **more,
        )
        return str(answer["ts"])

    def _in_channel(self, channel: str) -> Iterator[dict[str, Any]]:
        """The channel's newest messages."""
        for page, found in enumerate(
            self._pages(self._client.conversations_history, channel=channel), start=1
        ):
            yield from found
            if page == PAGES_LOOKED_AT:
                return

    def _in_thread(self, channel: str, thread_ts: str) -> Iterator[dict[str, Any]]:
        for found in self._pages(self._client.conversations_replies, channel=channel, ts=thread_ts):
            yield from found

    def _pages(self, method: Callable[..., SlackResponse], **where: str) -> Iterator[list[dict[str, Any]]]:
        cursor: str | None = None
        while True:
            answer = self._call(
                method, limit=PAGE_MESSAGES, include_all_metadata=True, cursor=cursor, **where
            )
            yield answer["messages"]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    def _call(self, method: Callable[..., SlackResponse], **arguments: Any) -> SlackResponse:
        try:
            return method(**arguments)
        except FAILURES as failure:
            raise trouble_of(failure, method.__name__.replace("_", ".", 1)) from None


def _opener(url: str) -> urllib.request.OpenerDirector:
    """A proxy of the environment must not come between two ends on one machine."""
    direct = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
    return urllib.request.build_opener(*direct)


def _upload_trouble(refusal: urllib.error.HTTPError) -> SlackTrouble:
    with refusal:
        if refusal.code == 429:
            return RateLimited(retry_after_seconds(dict(refusal.headers.items())), "files.upload")
        return (
            TemporarilyDown(f"http_{refusal.code}")
            if refusal.code >= 500
            else RefusedForGood(f"http_{refusal.code}")
        )
