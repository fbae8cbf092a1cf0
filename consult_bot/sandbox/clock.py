"""The sandbox's time: real time, pushed forward by whoever plays with it, and Slack's message stamps."""

import threading
import time
from collections.abc import Callable


class Clock:
    """Time as epoch seconds. Stamps are strictly increasing, also after a restart."""

    def __init__(self, offset_seconds: float, last_stamp: str = "0.000000") -> None:
        self.offset_seconds = offset_seconds
        self._last_microseconds = _microseconds(last_stamp)
        self._lock = threading.Lock()

    def now_seconds(self) -> float:
        return time.time() + self.offset_seconds

    def advance(self, seconds: float) -> None:
        self.offset_seconds += seconds

    def stamp(self) -> str:
        """Returns the next `ts`: seconds, a dot and six digits, larger than all before it."""
        with self._lock:
            microseconds = max(int(self.now_seconds() * 1_000_000), self._last_microseconds + 1)
            self._last_microseconds = microseconds
        return f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"


Advance = Callable[[float], None]


def _microseconds(stamp: str) -> int:
    seconds, _, fraction = stamp.partition(".")
    return int(seconds) * 1_000_000 + int(fraction.ljust(6, "0")[:6] or 0)
