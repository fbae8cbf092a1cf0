"""Remembers what crossed between the app and the sandbox, so that a test or a newcomer can look."""

import threading
from collections import deque
from typing import Any

REMEMBERED = 5_000


class CallLog:
    """The newest calls and callbacks, oldest first. Memory only: it holds what people wrote."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self._callbacks: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)

    def called(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._calls.append(entry)

    def called_back(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._callbacks.append(entry)

    def told(self) -> dict[str, list[dict[str, Any]]]:
        with self._lock:
            return {"calls": list(self._calls), "callbacks": list(self._callbacks)}
