"""Faults on order: Slack being slow, strict or away, a given number of times."""

import threading
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Fault:
    """What goes wrong with calls of one method, or of every method with `*`.

    Three things that are no methods can go wrong by name: `files.upload`, the sending of a file's bytes;
    `files.share`, the showing of a completed file, which comes `retry_after_seconds` later, or never; and
    `ephemeral`, a message to one person alone, whichever way it was sent: it is lost without a word, whatever
    the order says (`lose_reply` fits best).

    `error` answers `ok: false`; `status` answers with that HTTP status; `lose_reply` does what was asked
    and cuts the connection before the answer.
    """

    method: str
    error: str = ""
    status: int = 0
    lose_reply: bool = False
    retry_after_seconds: int = 0
    times: int = 1

    @property
    def http_status(self) -> int:
        limited = self.retry_after_seconds > 0 or self.error in ("ratelimited", "rate_limited")
        return self.status or (429 if limited else 200)

    @property
    def headers(self) -> dict[str, str]:
        seconds = self.retry_after_seconds or (1 if self.http_status == 429 else 0)
        return {"Retry-After": str(seconds)} if seconds else {}

    @property
    def body(self) -> dict[str, object] | None:
        error = self.error or ("ratelimited" if self.http_status == 429 else "")
        return {"ok": False, "error": error} if error else None


class Faults:
    """The faults ordered and not yet used up, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Adds a fault; `times` of 0 takes back what was ordered for that method."""
        with self._lock:
            if fault.times <= 0:
                self._ordered = [other for other in self._ordered if other.method != fault.method]
            else:
                self._ordered.append(fault)

    def take(self, method: str, *, exactly: bool = False) -> Fault | None:
        """Returns the fault this call meets, using it up once; `exactly` leaves alone those of every method."""
        with self._lock:
            for index, fault in enumerate(self._ordered):
                if fault.method == method or (fault.method == "*" and not exactly):
                    left = replace(fault, times=fault.times - 1)
                    self._ordered[index : index + 1] = [left] if left.times else []
                    return fault
            return None
