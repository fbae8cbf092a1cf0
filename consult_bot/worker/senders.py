"""The senders of one way out, and when enough of them are free to claim for them."""

from __future__ import annotations

import threading
import time

HANDFUL = 8
"""So many free senders are worth a claim, which costs as much as five deliveries however many it gives."""

AT_A_TIME = 16
"""No more are claimed for at once: the last of 32 went out so late after their claim that each needed a new slot of its lane."""

GATHERING_SECONDS = 0.02
"""How long a free sender waits at most for others, while the rest are busy."""


class Senders:
    """How many senders are free. Safe to share between threads; whoever takes some gives them back."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._handful = min(count, HANDFUL)
        self._gathering_until = 0.0
        self._lock = threading.Lock()

    def take(self) -> int:
        """Take those that are free, at most AT_A_TIME; none where it is better to wait for others a moment longer."""
        with self._lock:
            if self._free < self._handful and time.monotonic() < self._gathering_until:
                return 0
            taken = min(self._free, AT_A_TIME)
            self._free -= taken
            self._gathering_until = time.monotonic() + GATHERING_SECONDS
            return taken

    def give_back(self, count: int = 1) -> bool:
        """Let others have them; return whether it is worth claiming now."""
        with self._lock:
            self._free += count
            return self._free >= self._handful

    @property
    def are_busy(self) -> bool:
        """Whether fewer than a handful are free."""
        with self._lock:
            return self._free < self._handful
