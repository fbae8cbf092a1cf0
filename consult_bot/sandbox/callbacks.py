"""Sends Slack's callbacks to the app, by a socket where one is open, else over HTTP; the log remembers each."""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

from consult_bot.sandbox.answers import ACK_SECONDS, PATIENCE_SECONDS, Answer
from consult_bot.sandbox.call_log import CallLog
from consult_bot.sandbox.envelopes import event_callback
from consult_bot.sandbox.http_line import FORM, JSON, HttpLine, retry_headers
from consult_bot.sandbox.retries import Retries, Undelivered
from consult_bot.sandbox.sockets import Sockets
from consult_bot.sandbox.workspace import Workspace

# What Slack shows an answer to; of other interactions the acknowledgement alone counts.
ANSWERED_INTERACTIONS = ("view_submission", "block_suggestion")
AT_ONCE = 4


class Callbacks:
    """One app's ears. Commands and interactions are tried once and answered at once; events queue up, in
    order, and are tried again as Slack does until the app acknowledges them within three seconds."""

    def __init__(
        self,
        workspace: Workspace,
        log: CallLog,
        app_url: str,
        sockets: Sockets,
        enterprise_id: str | None = None,
    ) -> None:
        self._workspace = workspace
        self._log = log
        self._http = HttpLine(workspace.secrets["signing_secret"], app_url)
        self._sockets = sockets
        self._enterprise_id = enterprise_id
        self._queue = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-events")
        # A retry waits for no other event, and none for it.
        self._again = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="sandbox-retry")
        self._retries = Retries(workspace.clock.now_seconds, self._retry)

    def close(self) -> None:
        self._retries.close()
        for pool in (self._queue, self._again):
            pool.shutdown(wait=False, cancel_futures=True)

    def clock_moved(self) -> None:
        """Sends again, without waiting for it, what has become due."""
        self._retries.clock_moved()

    def command(self, fields: dict[str, str]) -> Answer:
        kind = f"command {fields['command']}"
        if self._sockets.open:
            answer = self._sockets.deliver("slash_commands", fields, PATIENCE_SECONDS, answered=True)
            return self._remembered(kind, fields, answer, by="socket")
        answer = self._http.post(urlencode(fields).encode(), FORM, PATIENCE_SECONDS)
        return self._remembered(kind, fields, answer, by="http")

    def interaction(self, payload: dict[str, Any]) -> Answer:
        kind = payload["type"]
        if self._sockets.open:
            answered = kind in ANSWERED_INTERACTIONS
            answer = self._sockets.deliver("interactive", payload, PATIENCE_SECONDS, answered=answered)
            return self._remembered(kind, payload, answer, by="socket")
        body = urlencode({"payload": json.dumps(payload)}).encode()
        answer = self._http.post(body, FORM, PATIENCE_SECONDS)
        return self._remembered(kind, payload, answer, by="http")

    def event(self, event: dict[str, Any]) -> "Future[Answer]":
        """Queues one event and returns at once; the future holds the app's answer to the first try."""
        envelope = event_callback(self._workspace, event, self._enterprise_id)
        now = self._workspace.clock.now_seconds()
        return self._queue.submit(self._try, Undelivered(f"event {event['type']}", envelope, now))

    def _retry(self, event: Undelivered) -> None:
        self._again.submit(self._try, event)

    def _try(self, event: Undelivered) -> Answer:
        by, answer = self._sent(event)
        self._remembered(event.kind, event.envelope, answer, by, event)
        again = event.again(answer.retry_reason) if answer.retry_reason else None
        if again and not answer.wants_no_retry:
            self._retries.add(again)
        return answer

    def _sent(self, event: Undelivered) -> tuple[str, Answer]:
        if self._sockets.open:
            retried = {"retry_attempt": event.retry, "retry_reason": event.reason}
            return "socket", self._sockets.deliver("events_api", event.envelope, ACK_SECONDS, **retried)
        headers = retry_headers(event.retry, event.reason)
        return "http", self._http.post(json.dumps(event.envelope).encode(), JSON, ACK_SECONDS, headers)

    def _remembered(
        self, kind: str, told: dict[str, Any], answer: Answer, by: str, event: Undelivered | None = None
    ) -> Answer:
        retried = {"retry_num": event.retry, "retry_reason": event.reason} if event and event.retry else {}
        self._log.called_back(
            {
                "kind": kind,
                "at": self._workspace.clock.now_seconds(),
                "payload": told,
                "by": by,
                **retried,
                "elapsed_seconds": round(answer.elapsed_seconds, 4),
                **answer.told(),
            }
        )
        return answer
