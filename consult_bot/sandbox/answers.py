"""What the app answered to one callback."""

import json
from dataclasses import dataclass
from typing import Any

# Slack gives up on a callback after three seconds. The sandbox waits longer for interactions and commands,
# so that its log can tell how late the answer came, and treats it as too late all the same.
ACK_SECONDS = 3.0
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    """`status` is None when nothing came back, then `failure` says why in the words of Slack's retry reasons.

    An acknowledgement over a socket counts as status 200.
    """

    status: int | None
    text: str
    elapsed_seconds: float
    failure: str = ""
    wants_no_retry: bool = False

    @property
    def problem(self) -> str:
        """Slack's own name for what went wrong with an interaction or a command, or ""."""
        if self.late:
            return "operation_timeout"
        if self.status is None:
            return "dispatch_unknown_error"
        return "" if self.status == 200 else "dispatch_failed"

    @property
    def late(self) -> bool:
        return self.elapsed_seconds > ACK_SECONDS or self.failure in ("http_timeout", "timeout")

    @property
    def accepted(self) -> bool:
        return not self.problem

    @property
    def retry_reason(self) -> str:
        """Why an event has to be sent again, or "" when any 2xx came in time."""
        if self.failure:
            return self.failure
        if self.late:
            return "http_timeout"
        return "" if self.status is not None and 200 <= self.status < 300 else "http_error"

    @property
    def body(self) -> Any:
        """The body as JSON, or as text where it is none; "" when empty."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text

    def told(self) -> dict[str, Any]:
        """Returns the part of a control answer that every act shares."""
        told = {"ok": self.accepted, "status": self.status, "ack": self.body}
        return told if self.accepted else {**told, "error": self.problem}
