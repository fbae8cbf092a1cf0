"""Sends Slack's callbacks to the app: signed, over real HTTP, each remembered in the log."""

import hashlib
import hmac
import json
import secrets
import time
import urllib.error
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

from consult_bot.sandbox import people
from consult_bot.sandbox.answers import Answer
from consult_bot.sandbox.call_log import CallLog
from consult_bot.sandbox.workspace import Workspace

PATIENCE_SECONDS = 10.0
FORM = "application/x-www-form-urlencoded"


class Callbacks:
    """One app's request address. Commands and clicks are answered at once; events queue up, in order."""

    def __init__(self, workspace: Workspace, log: CallLog, app_url: str) -> None:
        self._workspace = workspace
        self._log = log
        self._address = app_url.rstrip("/") + "/slack/events"
        # A proxy of the environment must not come between two ends on one machine.
        self._http = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._queue = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-events")

    def close(self) -> None:
        self._queue.shutdown(wait=False, cancel_futures=True)

    def command(self, fields: dict[str, str]) -> Answer:
        return self._send(f"command {fields['command']}", urlencode(fields).encode(), FORM, fields)

    def interaction(self, payload: dict[str, Any]) -> Answer:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return self._send(payload["type"], body, FORM, payload)

    def event(self, event: dict[str, Any]) -> "Future[Answer]":
        """Queues one event and returns at once; the future holds the app's answer."""
        envelope = {
            "token": self._workspace.secrets["verification"],
            "team_id": people.TEAM_ID,
            "api_app_id": people.APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": "Ev" + secrets.token_hex(5).upper(),
            "event_time": int(self._workspace.clock.now_seconds()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": people.TEAM_ID,
                    "user_id": people.BOT_USER_ID,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
        }
        body = json.dumps(envelope).encode()
        return self._queue.submit(self._send, f"event {event['type']}", body, "application/json", envelope)

    def _send(self, kind: str, body: bytes, content_type: str, told: dict[str, Any]) -> Answer:
        headers = {"Content-Type": content_type, "User-Agent": "Slackbot 1.0", **self._signature(body)}
        request = urllib.request.Request(self._address, data=body, headers=headers, method="POST")
        started = time.monotonic()
        status, text = self._post(request)
        answer = Answer(status, text, time.monotonic() - started)
        self._log.called_back(
            {
                "kind": kind,
                "at": self._workspace.clock.now_seconds(),
                "payload": told,
                "elapsed_seconds": round(answer.elapsed_seconds, 4),
                **answer.told(),
            }
        )
        return answer

    def _post(self, request: urllib.request.Request) -> tuple[int | None, str]:
        try:
            with self._http.open(request, timeout=PATIENCE_SECONDS) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode(errors="replace")
        except (OSError, HTTPException):
            return None, ""

    def _signature(self, body: bytes) -> dict[str, str]:
        """Slack's v0 signature, made with real time: the app must refuse what is minutes old."""
        stamp = str(int(time.time()))
        key = self._workspace.secrets["signing_secret"].encode()
        digest = hmac.new(key, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}
