"""What a verb costs without web and Slack: a claim through the desk, beside just the claim's recorded SQL."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from statistics import median

from bench.databases import Database
from bench.recorded import Recording, recording, replay
from bench.result import Result
from bench.scale import scaled
from consult_bot.case.verb import Actor, Done, Request
from storage.inbound import hashed
from storage.store import Store, open_store
from tests.builders import ANA, World

CLAIMS = 300
WARM_UP = 20


def verb(database: Database) -> Iterator[Result]:
    """Measure the median milliseconds of one client's claims; the two kinds take turns."""
    store = open_store(database.url, database.folder / "keys", database.folder / "attachments")
    world = World(store)
    recorded = _recorded(world)
    ours, bare = [], []
    for place in range(scaled(CLAIMS) + WARM_UP):
        mine, other = world.submit().number, world.submit().number
        took = _timed(lambda mine=mine: _claim(world, mine))
        took_bare = _timed(lambda other=other: _replay(store, recorded, other))
        if place >= WARM_UP:
            ours.append(took)
            bare.append(took_bare)
    store.close()
    yield Result("verb", database.name, 1, median(ours) * 1000, median(bare) * 1000, "ms")


def _recorded(world: World) -> Recording:
    case = world.submit()
    with recording(world.store) as statements:
        _claim(world, case.number)
    return Recording(tuple(statements), case.number, case.id, hashed(_once_key(case.number)))


def _once_key(number: int) -> str:
    return f"command:{number}"


def _claim(world: World, number: int) -> None:
    request = Request("claim", Actor(ANA.id), number, once_key=_once_key(number))
    outcome = world.desk.handle(request)
    if not isinstance(outcome, Done):
        raise TypeError(f"the claim came to {type(outcome).__name__}")


def _replay(store: Store, recorded: Recording, number: int) -> None:
    with store.writing() as work:
        replay(work.connection, recorded, secrets.token_hex(16), secrets.token_hex(32), number)


def _timed(do: Callable[[], None]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began
