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
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import choice, uniform

THREADS = Path("/proc/self/task")
CORES = Path("/proc/stat")
LOOKS_EVERY_SECONDS = 1.0
FULL = 0.9
"""While less of a core's time is in use than this share, nobody waits for it for long."""
WORTH_MOVING = 0.25
"""Another core is worth moving to, which costs all caches, where others leave so much more of its time free than here."""


def keep_to_one_core() -> None:
    """Keep the threads of this process together, now and from now on; when their core is full, they move to a roomier one.

    Call it once: two such keepers would hold each other where they are. Cores that this process may not use are left
    alone. Does nothing where there is one, or where the system is not Linux. Processes that are started afterwards stay
    on the core of the thread that started them.
    """
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) == 1 or not THREADS.is_dir():
        return
    threading.Thread(target=_keep_together, name="one core", daemon=True).start()


@dataclass(frozen=True, slots=True)
class Look:
    """How long each core has worked until a moment, and this process; in seconds."""

    at: float
    cores: Mapping[int, float]
    ours: float


def roomiest(here: int, before: Look, now: Look) -> int:
    """Return the core on which others worked least between two looks; `here`, where we worked, unless it is worth moving."""
    seconds = now.at - before.at
    others = {core: busy - before.cores.get(core, busy) for core, busy in now.cores.items()}
    if here in others:
        if others[here] < FULL * seconds:
            return here
        others[here] -= now.ours - before.ours
    best = min(others, key=lambda core: others[core], default=here)
    return best if here not in others or others[here] - others[best] > WORTH_MOVING * seconds else here


def gather(core: int) -> None:
    """Bring every thread of this process but the calling one to this core. What they start comes along."""
    for thread in THREADS.iterdir():
        if int(thread.name) != threading.get_native_id():
            # It has ended meanwhile, or the container does not let us: then they stay spread.
            with suppress(OSError):
                os.sched_setaffinity(int(thread.name), {core})


def _keep_together() -> None:
    """This thread alone may run anywhere, so that it knows which cores are allowed."""
    core, before = choice(sorted(os.sched_getaffinity(0))), None
    while True:
        with suppress(OSError):  # no file can be opened now: the next look may tell
            now = _look()
            core, before = roomiest(core, before, now) if before else core, now
            gather(core)
        # Not all at once: two processes on one core would go on meeting each other.
        time.sleep(LOOKS_EVERY_SECONDS * uniform(0.5, 1.5))


def _look() -> Look:
    """Source: proc(5), /proc/stat: hundredths of a second of user, nice, system, idle, iowait, irq, softirq and steal."""
    allowed, cores = os.sched_getaffinity(0), {}
    for line in CORES.read_text().splitlines():
        name, *ticks = line.split()
        if name.startswith("cpu") and name[3:].isdecimal() and int(name[3:]) in allowed:
            user, nice, system, _idle, _iowait, *interrupts = map(int, ticks[:8])
            worked = user + nice + system + sum(interrupts)
            cores[int(name[3:])] = worked / os.sysconf("SC_CLK_TCK")
    return Look(time.monotonic(), cores, time.process_time())
