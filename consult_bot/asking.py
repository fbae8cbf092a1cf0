"""Asks the database what monitors want to know, and waits only so long: one that is frozen answers nothing at all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

PATIENCE_SECONDS = 2.5
"""How long a monitor waits for the database. Its own patience is longer: ten seconds of Prometheus, five of most others."""

T = TypeVar("T")


class Asking(Generic[T]):
    """Asks in a thread of its own, which keeps neither the answer nor the end of the process waiting.

    It takes none of the threads in which patients' pages are drawn: while the database hangs, those all wait for it.
    """

    def __init__(self, name: str, ask: Callable[[], T]) -> None:
        """`name` is that of the thread."""
        self._name = name
        self._ask = ask
        self._asked: Future[T] | None = None

    async def answer(self) -> T:
        """Return the answer. Raises TimeoutError where there is none in time, and whatever the asking raises.

        Only for the event loop. While one question hangs, no other is asked: its answer is that of all who wait.
        """
        if self._asked is None or self._asked.done():
            self._asked = self._begun()
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._asked)), PATIENCE_SECONDS)

    def _begun(self) -> Future[T]:
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(self._ask())
            except Exception as error:
                future.set_exception(error)

        threading.Thread(target=run, name=self._name, daemon=True).start()
        return future
