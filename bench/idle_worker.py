"""How much of a core a worker takes that has nothing to send, beside a loop that asks the database once a second."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.databases import Database, fresh
from bench.idler import SETTLING_SECONDS
from bench.on_command import on_command
from bench.result import Promise, Result
from bench.scale import scaled
from bench.servers import app_settings, free_port

SECONDS = 20
PROMISE = Promise("ours < 1 %", lambda result: result.ours < 1)


def idle_worker(database: Database) -> Iterator[Result]:
    """Measure percent of a core, housekeeping included, over 20 seconds on an empty outbox."""
    with fresh(database, "idle") as own:
        figures = [_share(own, which) for which in ("ours", "bare")]
    yield Result("idle_worker", database.name, 1, *figures, "% of a core", PROMISE)


def _share(database: Database, which: str) -> float:
    with on_command(1, "bench.idler", which, env=app_settings(database, free_port())) as (process,):
        process.go()
        time.sleep(SETTLING_SECONDS + scaled(SECONDS))
        return float(process.end())
