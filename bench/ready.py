"""How soon the app is ready after it was started, beside the same web server with an empty app."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.databases import Database
from bench.result import Promise, Result
from bench.scale import scaled
from bench.servers import app_settings, free_port, running

STARTS = 7
PROMISE = Promise("ours < 2 s", lambda result: result.ours < 2)


def ready() -> Iterator[Result]:
    """Measure seconds from the start of the process to the first answer of /readyz, on a fresh SQLite database."""
    ours, bare = [], []
    for _ in range(scaled(STARTS)):
        with tempfile.TemporaryDirectory() as name:
            port = free_port()
            database = Database("sqlite", f"sqlite:///{name}/consult.db", Path(name))
            ours.append(_start(port, "-m", "consult_bot", "run", env=app_settings(database, port)))
            bare.append(_start(port, "-m", "bench.bare", str(port), env={}))
    yield Result("ready", "sqlite", 1, median(ours), median(bare), "s", PROMISE)


def _start(port: int, *command: str, env: dict[str, str]) -> float:
    began = time.perf_counter()
    with running(port, *command, env=env):
        return time.perf_counter() - began
