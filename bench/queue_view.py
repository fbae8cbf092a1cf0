"""How long the queue takes to show, with its count, as the tables fill: 1,000 to 1,000,000 cases, 5 % of them open.
App Home's four lists beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from statistics import median

from bench.databases import Database, fresh
from bench.many_cases import fill
from bench.result import Anomaly, Curve, Promise, Result
from bench.scale import scaled
from commands.look.queue import QUEUE
from consult_bot.case.glance import Listing
from consult_bot.case.home import Page
from storage.reads.queue import PAGE_CASES
from storage.store import Store, open_store
from tests.builders import ANA

SIZES = (1_000, 10_000, 100_000, 1_000_000)
TURNS = 20
A_TURN = 10
WARM_UP = 2
PROMISE = Promise("ratio ≤ 1.5", lambda result: result.ratio <= 1.5)

View = Callable[[Store], None]


def queue_view(database: Database) -> Iterator[Result]:
    """Measure the median milliseconds of a view at each size; the limit is the smallest size, measured in turns with it.

    The sizes shrink with BENCH_SCALE. Raises Anomaly where a view shows less than a whole page.
    """
    sizes = [scaled(size) for size in SIZES]
    with ExitStack() as opened:
        stores = [_filled(opened, database, place, size) for place, size in enumerate(sizes)]
        for name, view in (("queue_view", _queue), ("home_view", _home)):
            figures = _in_turns(stores, view)
            curve = Curve("cases", "ms", tuple(zip(map(float, sizes), figures, strict=True)), widely=True)
            for size, figure in zip(sizes, figures, strict=True):
                last = size == sizes[-1]
                unit = f"ms, {size:,} cases"
                promise = PROMISE if last else None
                yield Result(
                    name, database.name, 1, figure, figures[0], unit, promise, curve if last else None
                )


def _filled(opened: ExitStack, kind: Database, place: int, size: int) -> Store:
    database = opened.enter_context(fresh(kind, f"cases_{place}"))
    store = open_store(database.url, database.folder / "keys", database.folder / "attachments")
    opened.callback(store.close)
    fill(store, database, size)
    return store


def _in_turns(stores: Sequence[Store], view: View) -> list[float]:
    """The median milliseconds on each store, measured in turns so that the machine's moods meet all of them."""
    seconds: list[list[float]] = [[] for _ in stores]
    for turn in range(scaled(TURNS) + WARM_UP):
        for store, measured in zip(stores, seconds, strict=True):
            took = [_timed(view, store) for _ in range(A_TURN)]
            if turn >= WARM_UP:
                measured.extend(took)
    return [median(measured) * 1000 for measured in seconds]


def _timed(view: View, store: Store) -> float:
    began = time.perf_counter()
    view(store)
    return time.perf_counter() - began


def _queue(store: Store) -> None:
    with store.reading() as work:
        shown = QUEUE.answer(work.reads, ANA.id, "")
    if not isinstance(shown, Listing) or len(shown.glances) != PAGE_CASES:
        raise Anomaly("the queue does not show a whole page")


def _home(store: Store) -> None:
    with store.reading() as work:
        shelves = work.homes.lists(ANA, Page())
    if not all(shelf.rows for shelf in shelves[:1]):
        raise Anomaly("the Home does not show what its owner holds")
