"""How often something may be done, as far as this process remembers."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from datetime import timedelta
from threading import Lock

MOST_KEYS = 10_000
"""Keys remembered at most; the oldest is forgotten first, so that nobody fills the memory."""


class Allowance:
    """Lets each key through `most` times within a time that begins with its first. Safe to share between threads.

    Keys must say nothing about a patient: a nonce, or an address hashed with a key.
    """

    def __init__(self, most: int, within: timedelta) -> None:
        self._most = most
        self._within_seconds = within.total_seconds()
        self._used: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: Hashable, at_seconds: float | None = None) -> bool:
        """Tell whether the key may once more, and count it. `at_seconds` is the time, by default the process's own."""
        now = time.monotonic() if at_seconds is None else at_seconds
        with self._lock:
            began, times = self._used.get(key, (now, 0))
            if now - began >= self._within_seconds:
                began, times = now, 0
            if times >= self._most:
                return False
            self._used[key] = (began, times + 1)
            while len(self._used) > MOST_KEYS:
                self._used.popitem(last=False)
            return True
