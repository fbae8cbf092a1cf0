"""How much memory the embedded app holds after many requests without photos, beside FastAPI and uvicorn alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

from bench.databases import Database
from bench.doors import INTAKE, FilledForm, claims
from bench.house import app_here
from bench.load import http_request, load
from bench.result import Curve, Promise, Result
from bench.scale import scaled
from bench.servers import app_settings, free_port, resident_mb, running

REQUESTS = 10_000
CLIENTS = 4
A_ROUND = 500
"""Memory is looked at after each round, so that a leak shows as a curve that goes on rising."""
PROMISE = Promise("ours < 150 MB", lambda result: result.ours < 150)


def memory() -> Iterator[Result]:
    """Measure resident MB of `run` on SQLite after forms shown, forms sent and slash commands in equal parts."""
    port, bare_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as name:
        database = Database("sqlite", f"sqlite:///{name}/consult.db", Path(name))
        ours = running(port, "-m", "consult_bot", "run", env=app_settings(database, port))
        bare = running(bare_port, "-m", "bench.bare", str(bare_port), env={})
        with ours as process, bare as bare_process, app_here(database) as here:
            form = FilledForm(here.port, here.store.keys)
            held = [_Held(0, resident_mb(process), resident_mb(bare_process))]
            while (left := scaled(REQUESTS) - held[-1].requests) > 0:
                requests = _mixed(form, here.new_cases(1 + min(left, A_ROUND) // 3))[:left]
                load(port, requests, CLIENTS, b"")
                load(bare_port, requests, CLIENTS, b"")
                answered = held[-1].requests + len(requests)
                held.append(_Held(answered, resident_mb(process), resident_mb(bare_process)))
        yield _result(held)


class _Held(NamedTuple):
    """How many MB the two processes hold after so many requests."""

    requests: int
    ours: float
    bare: float


def _result(held: list[_Held]) -> Result:
    ours = tuple((float(each.requests), each.ours) for each in held)
    bare = tuple((float(each.requests), each.bare) for each in held)
    curve = Curve("requests answered", "MB resident", ours, bare)
    return Result("memory", "sqlite", CLIENTS, held[-1].ours, held[-1].bare, "MB", PROMISE, curve)


def _mixed(form: FilledForm, numbers: list[int]) -> list[bytes]:
    """A form shown, a form sent and a claim, in turn; three requests for each case number."""
    shown = repeat(http_request("GET", INTAKE), len(numbers))
    return [
        each
        for three in zip(shown, form.requests(len(numbers)), claims(numbers), strict=True)
        for each in three
    ]
