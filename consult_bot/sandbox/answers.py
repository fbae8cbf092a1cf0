"""What the app answered to one callback."""

import json
from dataclasses import dataclass
from typing import Any

# Slack gives up on a callback after three seconds. The sandbox waits longer, so that its log can tell how
# late the answer came, and treats it as too late all the same.
ACK_SECONDS = 3.0


@dataclass(frozen=True)
class Answer:
    """`status` is None when nothing came back; `problem` is Slack's own name for what went wrong, or ""."""

    status: int | None
    text: str
    elapsed_seconds: float

    @property
    def problem(self) -> str:
        if self.status is None or self.elapsed_seconds > ACK_SECONDS:
            return "operation_timeout" if self.elapsed_seconds > ACK_SECONDS else "dispatch_unknown_error"
        return "" if self.status == 200 else "dispatch_failed"

    @property
    def accepted(self) -> bool:
        return not self.problem

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
