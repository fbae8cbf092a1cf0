"""The four who race for cases, each in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import bindparam, update

from consult_bot.case.verb import Actor, Done, Refused, Request
from consult_bot.desk import Desk
from consult_bot.roster.people import Person
from storage import tables
from storage.store import Store, open_store
from tests.builders import PRACTICE

RACERS = tuple(Person(f"U0RACER{place}", f"Racer {place}", credentials="MD") for place in range(4))
PATIENCE_SECONDS = 60

TAKE = (
    update(tables.cases)
    .where(tables.cases.c.number == bindparam("sought"), tables.cases.c.owner.is_(None))
    .values(owner=bindparam("taker"), state="claimed")
)


@dataclass(frozen=True)
class Start:
    """Where everyone meets before each race, and the database they race on."""

    line: Barrier
    url: str
    folder: Path


@dataclass(frozen=True)
class Ran:
    """What one racer won, and how long all its races took."""

    won: tuple[int, ...]
    seconds: float


@dataclass(frozen=True)
class _Here:
    start: Start
    store: Store
    desk: Desk


_here: list[_Here] = []


def join(start: Start) -> None:
    """Make ready in a new process."""
    store = open_store(start.url, start.folder / "keys", start.folder / "attachments")
    _here.append(_Here(start, store, Desk(store, PRACTICE)))


def race_ours(place: int, numbers: Sequence[int]) -> Ran:
    """Claim each of these cases through the desk, all racers at the same moment. Raises TypeError for an odd answer."""
    return _run(numbers, lambda number: _claim(_here[0].desk, RACERS[place], number))


def race_bare(place: int, numbers: Sequence[int]) -> Ran:
    """Take each of these cases with a single statement, all racers at the same moment."""
    return _run(numbers, lambda number: _take(_here[0].store, RACERS[place], number))


def _run(numbers: Iterable[int], wins: Callable[[int], bool]) -> Ran:
    line, won = _here[0].start.line, []
    line.wait(PATIENCE_SECONDS)
    began = time.perf_counter()
    for number in numbers:
        line.wait(PATIENCE_SECONDS)
        if wins(number):
            won.append(number)
    return Ran(tuple(won), time.perf_counter() - began)


def _claim(desk: Desk, racer: Person, number: int) -> bool:
    outcome = desk.handle(Request("claim", Actor(racer.id), number, once_key=f"{racer.id}:{number}"))
    if not isinstance(outcome, Done | Refused):
        raise TypeError(f"the claim came to {type(outcome).__name__}")
    return isinstance(outcome, Done)


def _take(store: Store, racer: Person, number: int) -> bool:
    with store.writing() as work:
        taken = work.connection.execute(TAKE, {"sought": number, "taker": racer.id})
        return taken.rowcount == 1
