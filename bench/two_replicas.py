"""Two web processes on one PostgreSQL beside one: forms taken in a second, and every one of them a case, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from sqlalchemy import func, select

from bench.databases import Database, fresh
from bench.doors import FilledForm
from bench.house import Here, app_here
from bench.load import Load, in_turns, load, median_per_second
from bench.result import Anomaly, Promise, Result
from bench.scale import scaled
from bench.servers import app_settings, free_port, running
from storage import tables

CLIENTS = 16
TURNS = 10
A_TURN = 200
TAKEN = b"case-number"
PROMISE = Promise("ratio ≥ 0.95", lambda result: result.ratio >= 0.95)
"""No slower than one, but for what a machine's figures differ by from turn to turn."""


def two_replicas(database: Database) -> Iterator[Result]:
    """Measure the median forms per second; the limit is one process. Raises Anomaly where cases are missing or doubled."""
    ports = [free_port(), free_port()]
    with fresh(database, "replicas") as own, app_here(own) as here, ExitStack() as replicas:
        form = FilledForm(here.port, here.store.keys)
        for port in ports:
            replicas.enter_context(running(port, "-m", "consult_bot", "web", env=app_settings(own, port)))
            load(port, form.requests(scaled(A_TURN)), 1, TAKEN)
        sent = [scaled(A_TURN)] * len(ports)

        def turn(to: Sequence[int]) -> Load:
            requests = form.requests(max(scaled(A_TURN), 2 * CLIENTS))
            sent.append(len(requests))
            return _spread(to, requests)

        two, one = in_turns(lambda: turn(ports), lambda: turn(ports[:1]), scaled(TURNS))
        _check(here, sum(sent))
    figures = median_per_second(two), median_per_second(one)
    yield Result("two_replicas", database.name, CLIENTS, *figures, "requests/s", PROMISE)


def _spread(ports: Sequence[int], requests: Sequence[bytes]) -> Load:
    """Send the requests to these replicas in equal parts at the same moment, from the same number of clients in all."""
    clients = CLIENTS // len(ports)
    with ThreadPoolExecutor(len(ports)) as pool:
        parts = [
            pool.submit(load, port, requests[place :: len(ports)], clients, TAKEN)
            for place, port in enumerate(ports)
        ]
        loads = [part.result() for part in parts]
    latencies = tuple(latency for each in loads for latency in each.latencies)
    return Load(latencies, max(each.elapsed for each in loads))


def _check(here: Here, sent: int) -> None:
    """As many cases as forms, each with its card waiting once."""
    cards = select(func.count()).where(tables.deliveries.c.kind == "card")
    with here.store.reading() as work:
        cases = work.connection.scalar(select(func.count()).select_from(tables.cases))
        told = work.connection.scalar(cards)
    if not cases == told == sent:
        raise Anomaly(f"{sent} forms, {cases} cases, {told} cards")
