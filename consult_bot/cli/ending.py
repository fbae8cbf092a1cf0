"""How a command ends: by a signal, after finishing what is in hand."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable

SECONDS_TO_FINISH = 24.0
"""One less than what containers and service managers must grant, so that it is us who end."""

NOT_FINISHED = 1

log = logging.getLogger(__name__)


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


def finish(*stops: Callable[[], None], seconds: float = SECONDS_TO_FINISH) -> None:
    """Call all of these at once and return when each has finished what is in hand; after so many seconds the process ends.

    One after the other they took up to 45 seconds, and whoever asked would have killed us amidst it. What is cut off is
    safe: a request was not answered, a delivery's lease ends, and both are tried again.
    """
    _end_after(seconds)
    threads = [threading.Thread(target=stop, name="ending", daemon=True) for stop in stops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _end_after(seconds: float) -> None:
    """Senders' threads keep a process alive even after its last line; this one does not, and looks until the very end."""
    last_call = threading.Timer(seconds, _end)
    last_call.daemon = True
    last_call.start()


def _end() -> None:
    log.error("ended with something in hand, which is tried again")
    os._exit(NOT_FINISHED)
