"""How many deliveries leave in a second: real workers in one and two processes with a Slack that does nothing, 2,000
lanes, each completion committed, beside bare statements that lease and complete. And how close two deliveries come to
each other in one lane."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sqlalchemy import delete, literal_column, select

from bench.databases import Database, fresh
from bench.null_slack import Out
from bench.on_command import on_command
from bench.result import Anomaly, Curve, Points, Promise, Result
from bench.scale import scaled
from bench.servers import app_settings, free_port
from consult_bot.case.delivery import DeliveryKind, to_slack
from storage import tables
from storage.outbox.lanes import SLACK_PACE
from storage.store import Store, open_store

LANES = 2_000
IN_A_LANE = 10
PROCESSES = (1, 2)
LEAST_GAP_SECONDS = 0.95
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 300
POINTS = 50

FAST = Promise("ours ≥ 1,000", lambda result: result.ours >= 1_000)
SPACED = Promise(f"ours ≥ {LEAST_GAP_SECONDS}", lambda result: result.ours >= LEAST_GAP_SECONDS)

UNFINISHED = select(literal_column("1")).where(
    literal_column("deliveries.status IN ('waiting', 'leased')"), tables.deliveries.c.kind == "answer"
)


def outbox_drain(database: Database) -> Iterator[Result]:
    """Measure deliveries per second for each number of workers, and the smallest gap in a lane in seconds.

    Raises Anomaly where something goes out twice or not at all, or sooner than 0.95 s behind its forerunner.
    """
    with fresh(database, "outbox") as own:
        store = open_store(own.url, own.folder / "keys", own.folder / "attachments")
        for processes in PROCESSES:
            bare = _drained(store, own, processes, "bench.bare_drainer", own.url)
            ours = _drained(store, own, processes, "bench.drainer")
            yield _speed(database.name, processes, ours, bare)
            yield _gap(database.name, processes, ours)
        store.close()


def _speed(database: str, processes: int, ours: Sequence[Out], bare: Sequence[Out]) -> Result:
    curve = Curve("seconds", "deliveries out", _over_time(ours), _over_time(bare))
    promise = FAST if database == "postgresql" and processes == 1 else None
    figures = _per_second(ours), _per_second(bare)
    return Result("outbox_drain", database, processes, *figures, "deliveries/s", promise, curve)


def _gap(database: str, processes: int, ours: Sequence[Out]) -> Result:
    """The smallest gap in any lane; the limit is what Slack asks for."""
    gap = _smallest_gap(ours)
    if gap < LEAST_GAP_SECONDS:
        raise Anomaly(f"two deliveries in one lane within {gap:.3f} s")
    return Result("outbox_gap", database, processes, gap, SLACK_PACE.total_seconds(), "s", SPACED)


def _drained(store: Store, database: Database, processes: int, *command: str) -> list[Out]:
    """Fill the outbox and have it drained; return what went out, in its order."""
    ids = _fill(store)
    with on_command(processes, *command, env=app_settings(database, free_port())) as workers:
        for worker in workers:
            worker.go()
        _wait_until_empty(store)
        out = sorted((each for worker in workers for each in worker.end()), key=lambda each: each.at)
    if sorted(each.id for each in out) != ids:
        raise Anomaly(f"{len(ids)} deliveries, and {len(out)} went out")
    return out


def _fill(store: Store) -> list[int]:
    """Put the same number of deliveries into each lane of an empty outbox, and return their ids."""
    lanes = scaled(LANES)
    count = lanes * max(2, scaled(IN_A_LANE))
    with store.writing() as work:
        for table in (tables.deliveries, tables.lanes):
            work.connection.execute(delete(table))
        now = work.now()
        names = [f"C{lane:04}" for lane in range(lanes)]
        free = [{"name": f"slack:{name}", "free_at": now} for name in names]
        work.connection.execute(tables.lanes.insert(), free)
        work.outbox.add(
            to_slack(DeliveryKind.ANSWER, 1 + place, names[place % lanes], now) for place in range(count)
        )
        wanted = select(tables.deliveries.c.id).order_by(tables.deliveries.c.id)
        return list(work.connection.scalars(wanted))


def _wait_until_empty(store: Store) -> None:
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_SECONDS:
        with store.reading() as work:
            if work.connection.execute(UNFINISHED.limit(1)).first() is None:
                return
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"the outbox was not empty within {PATIENCE_SECONDS} s")


def _per_second(out: Sequence[Out]) -> float:
    return len(out) / (out[-1].at - out[0].at)


def _smallest_gap(out: Sequence[Out]) -> float:
    lanes = defaultdict(list)
    for each in out:
        lanes[each.lane].append(each.at)
    return min(later - sooner for times in lanes.values() for sooner, later in pairwise(times))


def _over_time(out: Sequence[Out]) -> Points:
    step = max(1, len(out) // POINTS)
    return tuple((each.at - out[0].at, float(place)) for place, each in enumerate(out) if place % step == 0)
