"""How a command ends: by a signal, after finishing what is in hand."""

from __future__ import annotations

import signal
import threading


def wait_for_the_end() -> None:
    """Return when the process is asked to end (SIGTERM, Ctrl-C). A second request ends it at once.

    Servers run in threads of their own: uvicorn in the main thread would end the process by the signal itself, before
    the worker has finished.
    """
    asked = threading.Event()

    def note(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        asked.set()

    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, note)
    asked.wait()
