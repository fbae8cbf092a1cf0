"""Slack's end of Socket Mode: tickets, open sockets, and payloads that wait for their acknowledgement.

What is sent and when follows docs.slack.dev/apis/events-api/using-socket-mode; the reason
`too_many_websockets` is told in slackapi/node-slack-sdk#1654.

Faults are ordered through the control's `fault` under methods of their own:

- `socket.disconnect` with `error` `warning`, `refresh_requested` or `link_disabled`: the oldest open socket is
  told so (of `link_disabled` all of them), now or as soon as one opens. It is closed
  `retry_after_seconds` later (real seconds, 10 unless told; `link_disabled` at once), and until then gets
  payloads only where no other socket is open.
- `socket.drop`: the oldest open socket is cut without a word.
- `socket.duplicate`: the next payload goes to two sockets, as soon as two are open.
- `socket.ack`: the next acknowledgement is lost on its way.
"""

import json
import secrets
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from typing import Any
from uuid import uuid4

from consult_bot.sandbox import people
from consult_bot.sandbox.answers import Answer
from consult_bot.sandbox.faults import Faults
from consult_bot.sandbox.socket_link import SocketLink

MOST_SOCKETS = 10
TICKET_SECONDS = 30.0
GRACE_SECONDS = 10.0


class Sockets:
    """The open sockets of the one app. Safe to use from several threads."""

    def __init__(self, url: str, faults: Faults) -> None:
        self._address = "ws" + url.removeprefix("http") + "/link/"
        self._faults = faults
        self._lock = threading.RLock()
        self._tickets: dict[str, float] = {}
        self._links: list[SocketLink] = []
        self._turn = 0
        self._waiting: dict[str, Future[str]] = {}

    @property
    def open(self) -> int:
        """How many sockets are open."""
        return len(self._links)

    def address(self) -> str:
        """Returns a new address, good for one socket within half a minute."""
        ticket = secrets.token_urlsafe(24)
        with self._lock:
            self._tickets[ticket] = time.monotonic() + TICKET_SECONDS
        return f"{self._address}?ticket={ticket}&app_id={people.APP_ID}"

    def use_ticket(self, ticket: str) -> bool:
        """Whether the ticket was good; it is not any more."""
        with self._lock:
            return self._tickets.pop(ticket, 0.0) > time.monotonic()

    def welcome(self, link: SocketLink) -> bool:
        """Greets a new socket, or sends it away when there are too many. Returns whether it may stay."""
        with self._lock:
            if len(self._links) >= MOST_SOCKETS:
                link.send(_disconnect("too_many_websockets"))
                return False
            link.send(_hello(len(self._links) + 1))
            self._links.append(link)
        self.obey_faults()
        return True

    def gone(self, link: SocketLink) -> None:
        with self._lock:
            self._links = [other for other in self._links if other is not link]

    def acknowledged(self, text: str) -> None:
        """Takes what the app sent; whatever is no acknowledgement of a waiting payload is passed over."""
        try:
            told = json.loads(text)
            envelope_id, payload = told["envelope_id"], told.get("payload")
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        if self._faults.take("socket.ack", exactly=True):
            return
        with self._lock:
            waiting = self._waiting.pop(envelope_id, None)
        if waiting:
            waiting.set_result(json.dumps(payload) if payload else "")

    def deliver(
        self,
        kind: str,
        payload: dict[str, Any],
        patience_seconds: float,
        answered: bool = False,
        **retried: Any,
    ) -> Answer:
        """Sends a payload by one of the open sockets and waits for the app. Raises nothing.

        What the app adds to its acknowledgement counts only where `answered` says that an answer is shown.
        """
        envelope_id = str(uuid4())
        about = {"envelope_id": envelope_id, "type": kind, "accepts_response_payload": answered}
        waiting: Future[str] = Future()
        started = time.monotonic()
        with self._lock:
            self._waiting[envelope_id] = waiting
            chosen = self._chosen()
            for link in chosen:
                link.send({"payload": payload, **about, **retried})
        try:
            text = waiting.result(patience_seconds if chosen else 0)
        except NotInTime:
            with self._lock:
                self._waiting.pop(envelope_id, None)
            return Answer(None, "", time.monotonic() - started, "timeout")
        return Answer(200, text if answered else "", time.monotonic() - started)

    def _chosen(self) -> list[SocketLink]:
        """Each socket in turn, those that are about to close only where no other is open."""
        staying = [link for link in self._links if not link.leaving] or self._links
        if not staying:
            return []
        self._turn += 1
        first = self._turn % len(staying)
        twice = len(staying) > 1 and self._faults.take("socket.duplicate", exactly=True)
        return [staying[first], staying[first - 1]] if twice else [staying[first]]

    def obey_faults(self) -> None:
        """Does to the open sockets what was ordered and is not done yet."""
        with self._lock:
            while any(not link.leaving for link in self._links):
                if self._faults.take("socket.drop", exactly=True):
                    link = self._oldest()
                    link.drop()
                    self.gone(link)
                elif fault := self._faults.take("socket.disconnect", exactly=True):
                    self._disconnect(fault.error or "warning", fault.retry_after_seconds or GRACE_SECONDS)
                else:
                    return

    def _disconnect(self, reason: str, grace_seconds: float) -> None:
        if reason != "link_disabled":
            link = self._oldest()
            link.send(_disconnect(reason))
            link.close_after(grace_seconds)
            return
        for link in self._links:
            link.send(_disconnect(reason))
            link.close_after(0.0)
        self._links = []

    def _oldest(self) -> SocketLink:
        return next(link for link in self._links if not link.leaving)


def _hello(count: int) -> dict[str, Any]:
    started = time.strftime("%Y-%m-%d %H:%M:%S.000", time.gmtime())
    debug = {**_debug_info(), "started": started, "build_number": 1, "approximate_connection_time": 3600}
    connection = {"app_id": people.APP_ID}
    return {"type": "hello", "num_connections": count, "debug_info": debug, "connection_info": connection}


def _disconnect(reason: str) -> dict[str, Any]:
    return {"type": "disconnect", "reason": reason, "debug_info": _debug_info()}


def _debug_info() -> dict[str, Any]:
    return {"host": "sandbox"}
