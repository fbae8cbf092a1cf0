"""One owner: four processes claim the same case at the same moment, again and again, beside a race of bare
`UPDATE … WHERE owner IS NULL`. A race without exactly one winner is an error."""

from __future__ import annotations

import multiprocessing
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from statistics import median

from sqlalchemy import select

from bench.databases import Database, fresh
from bench.racers import RACERS, Ran, Start, join, race_bare, race_ours
from bench.result import Anomaly, Result
from bench.scale import scaled
from consult_bot.case.events import Happened
from consult_bot.case.verb import THE_PATIENT
from storage import tables
from storage.store import Store, open_store
from tests.builders import World

RACES = 10_000
A_TURN = 1_000
BARE_SHARE = 5
"""One bare race for so many of ours: they are only the measure."""

Race = Callable[[int, Sequence[int]], Ran]


def claim_race(database: Database) -> Iterator[Result]:
    """Measure races per second through the desk, in turns with bare ones. Raises Anomaly for two winners, or none."""
    with fresh(database, "races") as own:
        store = open_store(own.url, own.folder / "keys", own.folder / "attachments")
        World(store)
        with store.writing() as work:
            work.people.replace_all(RACERS)
        yield _measured(store, own)
        store.close()


def _measured(store: Store, database: Database) -> Result:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(len(RACERS))
    ours, bare, left = [], [], scaled(RACES)
    with ProcessPoolExecutor(
        len(RACERS), context, join, (Start(start, database.url, database.folder),)
    ) as pool:
        _together(pool, race_ours, _new_cases(store, len(RACERS)))  # everyone has begun
        while left > 0:
            races = min(left, A_TURN)
            ours.append(_together(pool, race_ours, _new_cases(store, races)))
            bare.append(_together(pool, race_bare, _new_cases(store, max(1, races // BARE_SHARE))))
            left -= races
    _check_history(store)
    return Result("claim_race", database.name, len(RACERS), median(ours), median(bare), "races/s")


def _together(pool: ProcessPoolExecutor, race: Race, numbers: Sequence[int]) -> float:
    """Let everybody run for each of these cases; return races per second."""
    ran = [each.result() for each in [pool.submit(race, place, numbers) for place in range(len(RACERS))]]
    winners = Counter(number for each in ran for number in each.won)
    if set(winners) != set(numbers) or set(winners.values()) != {1}:
        odd = [f"C-{number}: {winners[number]}" for number in numbers if winners[number] != 1]
        raise Anomaly(f"not exactly one winner: {', '.join(odd[:5])}")
    return len(numbers) / max(each.seconds for each in ran)


def _check_history(store: Store) -> None:
    """Every case that went through the desk was claimed once, by the owner that it has."""
    claimed = select(tables.history.c.number, tables.history.c.actor).where(
        tables.history.c.event == Happened.CLAIMED.value
    )
    with store.reading() as work:
        told = work.connection.execute(claimed).all()
        owners = dict(work.connection.execute(select(tables.cases.c.number, tables.cases.c.owner)).all())
    twice = [number for number, times in Counter(row.number for row in told).items() if times > 1]
    wrong = [row.number for row in told if owners[row.number] != row.actor]
    if twice or wrong:
        raise Anomaly(f"claimed twice: {twice[:5]}; not its owner's: {wrong[:5]}")


def _new_cases(store: Store, count: int) -> list[int]:
    """Add so many copies of one case without their deliveries, in one transaction, and return their numbers."""
    model = World(store).submit()
    with store.writing() as work:
        work.people.replace_all(RACERS)
        numbers = [work.cases.draw_number() for _ in range(count)]
        for number in numbers:
            copy = replace(model, number=number, id=secrets.token_hex(16), version=0)
            work.cases.add(copy, (), THE_PATIENT, model.created_at)
    return numbers
