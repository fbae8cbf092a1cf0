"""How often the app may call: Slack's tiers per method, and one message a second per channel.

https://docs.slack.dev/apis/web-api/rate-limits names the tiers (1+, 20+, 50+, 100+ calls a minute, per method
and workspace), tolerates "a small amount of burst" even in the first, and allows "short bursts" of messages
without saying how short; here ten calls of a method, and three messages into a channel, may come at once.
A bucket holds what may come at once and refills evenly, on the sandbox's clock: what comes evenly at the
named pace is never refused.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from consult_bot.sandbox.errors import Ratelimited

TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100
# "Hundreds of requests per minute" and "several hundred messages per minute per workspace", say the methods' pages.
SPECIAL = 300

CALL_BURST = 10
MESSAGE_BURST = 3
# Messages sent once a second arrive a little less than a second apart now and then: 0.95 s is never refused.
MESSAGE_GAP_SECONDS = 0.95
ROUNDING = 1e-6


@dataclass
class Bucket:
    """`left` calls may come at once; one more every `gap_seconds`, up to `most`."""

    most: int
    gap_seconds: float
    left: float
    at: float

    def take(self, now: float) -> None:
        """Uses up one call. Raises Ratelimited when none is left."""
        self.left = min(self.most, self.left + max(0.0, now - self.at) / self.gap_seconds)
        self.at = now
        if self.left < 1 - ROUNDING:
            raise Ratelimited(max(1, math.ceil((1 - self.left) * self.gap_seconds)))
        self.left -= 1


class Limits:
    """The buckets of one app in one workspace. Safe to use from several threads; forgotten at a restart."""

    def __init__(self, now_seconds: Callable[[], float]) -> None:
        self._now_seconds = now_seconds
        self._lock = threading.Lock()
        self._buckets: dict[str, Bucket] = {}

    def call(self, method: str, per_minute: int) -> None:
        """Counts one call of a method. Raises Ratelimited."""
        self._take(method, max(per_minute, CALL_BURST), 60 / per_minute)

    def post(self, channel_id: str) -> None:
        """Counts one message into a channel. Raises Ratelimited."""
        self._take(channel_id, MESSAGE_BURST, MESSAGE_GAP_SECONDS)

    def _take(self, name: str, most: int, gap_seconds: float) -> None:
        with self._lock:
            now = self._now_seconds()
            self._buckets.setdefault(name, Bucket(most, gap_seconds, most, now)).take(now)
