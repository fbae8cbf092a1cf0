"""What has to be sent to the app again, each at its time by the sandbox's clock."""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# At once, after one minute, after five minutes, counted from the first delivery
# (docs.slack.dev/apis/events-api, "Retries").
WAITS_SECONDS = (0.0, 60.0, 300.0)


@dataclass(frozen=True)
class Undelivered:
    """An event on its way: `retry` is 0 the first time, `reason` why it is sent again."""

    kind: str
    envelope: dict[str, Any]
    first_at: float
    retry: int = 0
    reason: str = ""

    def again(self, reason: str) -> "Undelivered | None":
        """Returns the next try, None after the last one."""
        if self.retry == len(WAITS_SECONDS):
            return None
        return Undelivered(self.kind, self.envelope, self.first_at, self.retry + 1, reason)

    @property
    def due_at(self) -> float:
        """Epoch seconds of the sandbox's clock."""
        return self.first_at + (WAITS_SECONDS[self.retry - 1] if self.retry else 0.0)


class Retries:
    """Hands over what is due, in a thread of its own. `send` must not block."""

    def __init__(self, now_seconds: Callable[[], float], send: Callable[[Undelivered], object]) -> None:
        self._now = now_seconds
        self._send = send
        self._waiting: list[tuple[float, int, Undelivered]] = []
        self._order = itertools.count()
        self._moved = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sandbox-retries", daemon=True)
        self._thread.start()

    def add(self, event: Undelivered) -> None:
        with self._moved:
            heapq.heappush(self._waiting, (event.due_at, next(self._order), event))
            self._moved.notify()

    def clock_moved(self) -> None:
        """Looks again at what is due now."""
        with self._moved:
            self._moved.notify()

    def close(self) -> None:
        with self._moved:
            self._closed = True
            self._moved.notify()
        self._thread.join(5)

    def _run(self) -> None:
        while (event := self._next_due()) is not None:
            self._send(event)

    def _next_due(self) -> Undelivered | None:
        """Waits for the next event that is due; None at the end."""
        with self._moved:
            while not self._closed:
                wait = self._waiting[0][0] - self._now() if self._waiting else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._waiting)[2]
                self._moved.wait(wait)
            return None
