"""Whose photos are decoded now: decoding takes seconds and memory, and the threads it waits in serve others too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

AT_ONCE = 2
"""Forms whose photos are decoded at the same time. A photo takes up to 300 MB meanwhile."""

MOST_WAITING = 4
WAIT_SECONDS = 5.0


class OthersFirst(Exception):
    """Too many forms with photos came at the same moment. Trying again a little later can help."""


class Turns:
    """Lets a few forms in at a time, a few more wait a little, and tells all others at once."""

    def __init__(self, wait_seconds: float = WAIT_SECONDS) -> None:
        self._wait_seconds = wait_seconds
        self._inside = BoundedSemaphore(AT_ONCE)
        self._waiting = BoundedSemaphore(MOST_WAITING)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a turn. Raises OthersFirst at once where others wait already, and after `wait_seconds` without one."""
        if not (self._inside.acquire(blocking=False) or self._waited()):
            raise OthersFirst
        try:
            yield
        finally:
            self._inside.release()

    def _waited(self) -> bool:
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            return self._inside.acquire(timeout=self._wait_seconds)
        finally:
            self._waiting.release()


PHOTO_TURNS = Turns()
"""The turns of this process, which all pages share."""
