"""Socket Mode: Slack's payloads by a WebSocket that we open, for a practice that Slack cannot reach.

Not slack_sdk's own client (3.48): it closes the old socket the moment the new one stands, with payloads still in it,
closes it even when the new one could not be opened, and tries again at a fixed pace for ever. This one follows
docs.slack.dev/apis/events-api/using-socket-mode and leaves frames, pings and proxies to `websockets`, which is
imported only when a socket is opened: 18 ms and 2 MB (measured on two cores).
"""

from __future__ import annotations

import contextlib
import json
import logging
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse

from consult_bot.slack.client import slack_client
from consult_bot.slack.shape import dispatched
from consult_bot.slack.socket_link import OPEN_SECONDS, Envelope, Link, is_private
from consult_bot.slack.trouble import FAILURES, RateLimited, trouble_of

AT_ONCE = 20
"""Payloads dispatched side by side, so that a slow one holds up no other."""

LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 10.0
"""A socket that lasted this long was a good one; after shorter ones the pauses grow."""
GREETING_SECONDS = OPEN_SECONDS + 5.0
RETIREMENT_SECONDS = 15.0
"""Slack closes a socket about ten seconds after its warning; then we do."""
STOP_SECONDS = 5.0

APP_TOKEN_REMEDIES = {
    "invalid_auth": "Check SLACK_APP_TOKEN: api.slack.com/apps, your app, Basic Information, App-Level Tokens.",
    "not_allowed_token_type": "SLACK_APP_TOKEN must be an app-level token, which starts with xapp-.",
    "missing_scope": "Give the app-level token the scope connections:write.",
    "token_revoked": "The app-level token was revoked: make another one and set SLACK_APP_TOKEN to it.",
    "token_expired": "The app-level token has expired: make another one and set SLACK_APP_TOKEN to it.",
    "account_inactive": "The app was removed from the workspace: reinstall it.",
    "link_disabled": "Turn Socket Mode on in the app's settings, or leave SLACK_APP_TOKEN empty.",
    "too_many_websockets": "Slack allows ten sockets: run fewer web processes with SLACK_APP_TOKEN.",
    "unencrypted_address": "The server of SLACK_API_URL must give an address that starts with wss.",
}
"""What to do about what Slack calls the trouble with the app-level token or the sockets."""

log = logging.getLogger(__name__)


class NotOpened(Exception):
    """No socket stands. `error` is Slack's name for it, or ours."""

    def __init__(self, error: str, retry_after_seconds: float = 0.0) -> None:
        super().__init__(error)
        self.error = error
        self.retry_after_seconds = retry_after_seconds


class SocketMode:
    """One app's socket to Slack: opened again when it breaks, exchanged when Slack asks for it.

    What it brings goes through `app`, whose answer is the acknowledgement. What fails is not acknowledged: Slack sends
    an event again, and tells a person that it did not work. What comes twice is the desk's to recognise.
    """

    def __init__(self, app: App, app_token: str, api_url: str) -> None:
        self._app = app
        self._token = app_token
        self._client = slack_client(None, api_url, int(OPEN_SECONDS))
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="slack-payload")
        self._stopping = threading.Event()
        # The newest last; those before it are about to be closed, and are still read.
        self._links: list[Link] = []
        self._keeper = threading.Thread(target=self._keep_open, name="slack-socket", daemon=True)

    def connected(self) -> bool:
        """Return whether payloads can arrive just now."""
        return any(link.alive for link in self._links)

    def start(self) -> None:
        """Open the socket in the background, and keep one open. To be called once."""
        self._keeper.start()

    def stop(self) -> None:
        """Take nothing more, finish and acknowledge what is in hand, then say goodbye. Repeating is harmless."""
        self._stopping.set()
        self._workers.shutdown(wait=True)
        for link in self._links:
            link.wants_successor.set()
            link.close()
        if self._keeper.is_alive():
            self._keeper.join(STOP_SECONDS)

    def _keep_open(self) -> None:
        pauses = _pauses()
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                link = self._opened()
            except NotOpened as problem:
                self._stopping.wait(_told(problem) or next(pauses))
                continue
            except Exception as failure:
                # Whatever a server answers, the keeper goes on: without it nothing would ever reach us again.
                log.error("Slack's socket could not be opened; it is tried again", exc_info=failure)
                self._stopping.wait(next(pauses) or 1.0)
                continue
            self._use(link)
            link.wants_successor.wait()
            if time.monotonic() - began > STEADY_SECONDS:
                pauses = _pauses()
            self._stopping.wait(next(pauses))

    def _use(self, link: Link) -> None:
        old = [each for each in self._links if each.alive]
        self._links = [*old, link]
        self._retire(old)
        log.info("Slack's socket is open")
        if self._stopping.is_set():
            link.close()

    def _opened(self) -> Link:
        """Return a new socket that Slack has greeted. Raises NotOpened."""
        link = Link(self._address(), self._take)
        link.start()
        link.settled.wait(GREETING_SECONDS)
        # A server that does not greet, and does not refuse either, is taken as it is.
        if not link.alive or link.goodbye:
            link.close()
            raise NotOpened(link.goodbye or "no_answer")
        return link

    def _address(self) -> str:
        try:
            url = self._client.apps_connections_open(app_token=self._token).get("url")
        except FAILURES as failure:
            trouble = trouble_of(failure)
            wait = trouble.retry_after_seconds if isinstance(trouble, RateLimited) else 0.0
            raise NotOpened(trouble.error, wait) from None
        if not isinstance(url, str) or not url:
            raise NotOpened("no_address")
        if not is_private(url):
            raise NotOpened("unencrypted_address")
        return url

    def _retire(self, links: list[Link]) -> None:
        for link in links:
            closing = threading.Timer(RETIREMENT_SECONDS, link.close)
            closing.daemon = True
            closing.start()

    def _take(self, link: Link, envelope: Envelope) -> None:
        """Have a payload worked on; at the end none is taken, so that Slack gives it to another socket."""
        with contextlib.suppress(RuntimeError):
            self._workers.submit(self._work, link, envelope)

    def _work(self, link: Link, envelope: Envelope) -> None:
        try:
            answer = dispatched(self._app, _request(envelope))
        except Exception as failure:
            log.error("a payload of Slack failed", exc_info=failure)
            return
        if answer.status == 200:
            self._acknowledge(link, _acknowledgement(envelope, answer))

    def _acknowledge(self, link: Link, message: dict[str, Any]) -> None:
        """By the socket it came by, or where that is gone by any other: Slack knows it by its envelope."""
        if not any(each.send(message) for each in (link, *reversed(self._links))):
            log.warning("an acknowledgement could not be sent; Slack repeats the event")


def _request(envelope: Envelope) -> BoltRequest:
    """Return the payload as Bolt takes it over HTTP too, a retry told in the same headers."""
    told = {"num": envelope.get("retry_attempt"), "reason": envelope.get("retry_reason")}
    headers = {f"x-slack-retry-{name}": str(value) for name, value in told.items() if value}
    return BoltRequest(mode="socket_mode", body=envelope["payload"], headers=headers)


def _acknowledgement(envelope: Envelope, answer: BoltResponse) -> dict[str, Any]:
    """Return what Bolt answered as Slack wants it; without content where Slack takes none."""
    message = {"envelope_id": envelope["envelope_id"]}
    if not answer.body or not envelope.get("accepts_response_payload", True):
        return message
    kind = answer.headers.get("content-type", [""])[0]
    content = json.loads(answer.body) if kind.startswith("application/json") else {"text": answer.body}
    return {**message, "payload": content}


def _told(problem: NotOpened) -> float:
    """Say why there is no socket. Returns for how long it is in vain to try again, 0 where nobody knows."""
    remedy = APP_TOKEN_REMEDIES.get(problem.error)
    if remedy:
        log.error("Slack's socket cannot be opened", extra={"error": problem.error, "remedy": remedy})
        return LONGEST_PAUSE_SECONDS
    log.warning("Slack's socket is not open; it is tried again", extra={"error": problem.error})
    return problem.retry_after_seconds


def _pauses() -> Iterator[float]:
    """Yield seconds: none at first, then longer ones, scattered so that many processes do not knock together."""
    yield 0.0
    pause = 1.0
    while True:
        yield pause * random.uniform(0.5, 1.0)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
