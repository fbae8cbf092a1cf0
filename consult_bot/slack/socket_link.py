"""One WebSocket to Slack, from its greeting to its end."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from consult_bot.slack.client import LOOPBACK

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

Envelope = dict[str, Any]

OPEN_SECONDS = 10.0
CLOSE_SECONDS = 1.0
"""Slack does not end the connection after the goodbye (slackapi/node-slack-sdk#2752)."""
PING_SECONDS = 10.0
LARGEST_PAYLOAD_BYTES = 4_000_000

SILENT = logging.Logger("slack-socket")
"""What `websockets` logs are whole frames, with what people wrote in them."""
SILENT.disabled = True


class Link:
    """Reads in a thread of its own and hands every payload to `take`. It never opens twice.

    `settled` is set once Slack has greeted or refused us; `wants_successor` when Slack is about to close it, or it is
    over. `goodbye` is then Slack's reason, or the name of what broke it.
    """

    def __init__(self, url: str, take: Callable[[Link, Envelope], None]) -> None:
        self._url = url
        self._take = take
        self._connection: ClientConnection | None = None
        self._thread = threading.Thread(target=self._run, name="slack-socket-reader", daemon=True)
        self.settled = threading.Event()
        self.wants_successor = threading.Event()
        self.goodbye = ""

    @property
    def alive(self) -> bool:
        """Whether payloads can still arrive by it."""
        return self._connection is not None

    def start(self) -> None:
        """Connect and read, in the background."""
        self._thread.start()

    def send(self, message: dict[str, Any]) -> bool:
        """Send an acknowledgement. Returns whether the socket was still there for it."""
        from websockets.exceptions import ConnectionClosed

        connection = self._connection
        if connection is None:
            return False
        try:
            connection.send(json.dumps(message))
        except (ConnectionClosed, OSError):
            return False
        return True

    def close(self) -> None:
        """Say goodbye. Repeating is harmless."""
        connection = self._connection
        if connection is not None:
            connection.close()

    def _run(self) -> None:
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        try:
            with connect(
                self._url,
                # A proxy of the environment must not come between two ends on one machine.
                proxy=None if urlsplit(self._url).hostname in LOOPBACK else True,
                compression=None,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                ping_interval=PING_SECONDS,
                ping_timeout=PING_SECONDS,
                max_size=LARGEST_PAYLOAD_BYTES,
                logger=SILENT,
            ) as self._connection:
                for text in self._connection:
                    self._hear(text)
        except (OSError, WebSocketException) as failure:
            self._leave(type(failure).__name__)
        finally:
            self._connection = None
            self._leave("closed")

    def _hear(self, text: str | bytes) -> None:
        message = _read(text)
        if message.get("type") == "hello":
            self.settled.set()
        elif message.get("type") == "disconnect":
            self._leave(str(message.get("reason") or "warning"))
        elif isinstance(message.get("payload"), dict) and message.get("envelope_id"):
            self._take(self, message)

    def _leave(self, reason: str) -> None:
        self.goodbye = self.goodbye or reason
        self.settled.set()
        self.wants_successor.set()


def is_private(url: str) -> bool:
    """Whether nobody between us and the other end can read what goes over this address."""
    at = urlsplit(url)
    return at.scheme == "wss" or (at.scheme == "ws" and at.hostname in LOOPBACK)


def _read(text: str | bytes) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
