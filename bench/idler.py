"""A worker with nothing to do, and how much of a core it took: `python -m bench.idler ours` with the app's settings;
`python -m bench.idler bare` is a loop that asks the database for the time once a second."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

from sqlalchemy import text

from bench.on_command import serve
from consult_bot.app import build
from consult_bot.config import load_settings
from consult_bot.worker import IDLE_SECONDS, Worker
from storage.engine import open_engines

SETTLING_SECONDS = 2.0
"""What is done once at the start, such as looking people up, is no idling."""


class BareLoop:
    """Asks for the time, and nothing else."""

    def __init__(self, url: str) -> None:
        _, self._reader = open_engines(url)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._stopping.wait(IDLE_SECONDS):
            with self._reader.connect() as connection:
                connection.execute(text("SELECT CURRENT_TIMESTAMP"))


def share_of(worker: Worker | BareLoop) -> tuple[Callable[[], None], Callable[[], float]]:
    """Return how to start it, and how to stop it and learn its share of a core in percent once it had settled."""
    began: list[tuple[float, float]] = []

    def start() -> None:
        worker.start()
        time.sleep(SETTLING_SECONDS)
        began.append((time.process_time(), time.monotonic()))

    def stop() -> float:
        worked, passed = time.process_time() - began[0][0], time.monotonic() - began[0][1]
        worker.stop()
        return 100 * worked / passed

    return start, stop


if __name__ == "__main__":
    settings = load_settings(env_file=None)
    serve(*share_of(build(settings).worker if sys.argv[1] == "ours" else BareLoop(settings.database_url)))
