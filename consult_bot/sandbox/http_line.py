"""Slack's payloads over HTTP: signed, posted to the app's one address, each with its retry headers."""

import hashlib
import hmac
import ssl
import time
import urllib.error
import urllib.request
from email.message import Message
from http.client import HTTPException

from consult_bot.sandbox.answers import Answer

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class HttpLine:
    """One app's request address, `/slack/events` below `app_url`."""

    def __init__(self, signing_secret: str, app_url: str) -> None:
        self._key = signing_secret.encode()
        self._address = app_url.rstrip("/") + "/slack/events"
        # A proxy of the environment must not come between two ends on one machine.
        self._http = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def post(
        self, body: bytes, content_type: str, patience_seconds: float, headers: dict[str, str] | None = None
    ) -> Answer:
        """Returns the app's answer, or what failed when none came within `patience_seconds`. Raises nothing."""
        about = {"Content-Type": content_type, "User-Agent": "Slackbot 1.0"}
        request = urllib.request.Request(
            self._address, data=body, headers={**about, **self._signature(body), **(headers or {})}
        )
        started = time.monotonic()
        try:
            with self._http.open(request, timeout=patience_seconds) as response:
                status, text, told = response.status, response.read().decode(), response.headers
        except urllib.error.HTTPError as refusal:
            with refusal:
                status, text, told = refusal.code, refusal.read().decode(errors="replace"), refusal.headers
        except (OSError, HTTPException) as failure:
            return Answer(None, "", time.monotonic() - started, _named(failure))
        return Answer(status, text, time.monotonic() - started, wants_no_retry=_wants_no_retry(told))

    def _signature(self, body: bytes) -> dict[str, str]:
        """Slack's v0 signature, made with real time: the app must refuse what is minutes old."""
        stamp = str(int(time.time()))
        digest = hmac.new(self._key, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def retry_headers(number: int, reason: str) -> dict[str, str]:
    """Returns what tells the app that it gets an event again; nothing the first time."""
    return {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason} if number else {}


def _named(failure: Exception) -> str:
    cause = failure.reason if isinstance(failure, urllib.error.URLError) else failure
    if isinstance(cause, TimeoutError):
        return "http_timeout"
    if isinstance(cause, ssl.SSLError):
        return "ssl_error"
    return "connection_failed" if isinstance(cause, OSError) else "unknown_error"


def _wants_no_retry(headers: Message) -> bool:
    return headers.get("X-Slack-No-Retry", "").strip() == "1"
