"""How many forms are taken in a second: `POST /intake/general` over real HTTP, beside the same server and parsing with
a handler that runs the submission's recorded SQL."""

from __future__ import annotations

from collections.abc import Iterator

from bench.databases import Database
from bench.doors import FilledForm
from bench.house import app_here
from bench.load import Load, in_turns, load, median_per_second
from bench.result import Promise, Result
from bench.scale import CLIENTS, promised, scaled
from bench.servers import app_settings, free_port, running

TURNS = 12
A_TURN = 50
WARM_UP = 100
PROMISE = Promise("ratio ≥ 0.7", lambda result: result.ratio >= 0.7)


def intake(database: Database) -> Iterator[Result]:
    """Measure the median requests per second, for each number of clients."""
    port, bare_port = free_port(), free_port()
    with app_here(database) as here:
        form = FilledForm(here.port, here.store.keys)
        for _ in range(2):
            request, nonce = form.request()
            task = here.record(request, f"form:{nonce}")
        ours = running(port, "-m", "consult_bot", "web", env=app_settings(database, port))
        bare = running(bare_port, "-m", "bench.bare_intake", str(bare_port), str(task), env={})
        with ours, bare:
            load(port, form.requests(scaled(WARM_UP)), 1, b"case-number")
            load(bare_port, form.requests(scaled(WARM_UP)), 1, b"Done")
            for clients in CLIENTS:
                yield _measured(database.name, form, port, bare_port, clients)


def _measured(database: str, form: FilledForm, port: int, bare_port: int, clients: int) -> Result:
    def turn(of: int, answer: bytes) -> Load:
        return load(of, form.requests(max(scaled(A_TURN), 2 * clients)), clients, answer)

    ours, bare = in_turns(lambda: turn(port, b"case-number"), lambda: turn(bare_port, b"Done"), scaled(TURNS))
    figures = median_per_second(ours), median_per_second(bare)
    promise = PROMISE if promised(database, clients) else None
    return Result("intake", database, clients, *figures, "requests/s", promise)
