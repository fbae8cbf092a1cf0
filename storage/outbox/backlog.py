"""What waits in the outbox, for monitors: counts and ages, nothing about anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select

from consult_bot.case.delivery import Priority, Way
from storage.outbox.claim import NOW, OF_WAY
from storage.outbox.lanes import LANES
from storage.outbox.rows import IS_DEAD, IS_WAITING, OUTBOX

MOST_COUNTED = 1000
"""Counting stops there, so that it takes no longer when much is waiting."""


@dataclass(frozen=True, slots=True)
class WayBacklog:
    """What is due and waits for one way out: how many, at most MOST_COUNTED, and for how long the oldest has been due."""

    due: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits, by way out; dead letters, at most MOST_COUNTED; and lanes that wait for a human to mend them."""

    ways: Mapping[str, WayBacklog]
    dead_letters: int
    broken_lanes: int


def backlog(connection: Connection, now: datetime) -> Backlog:
    """Return what waits at this moment. One statement, which takes no longer the more there is."""
    row = connection.execute(_backlog(), {"now": now}).mappings().one()
    ways = {way.value: WayBacklog(row[f"{way}_due"], _age_seconds(row, way, now)) for way in Way}
    return Backlog(ways, row["dead"], row["broken"])


def _age_seconds(row: RowMapping, way: Way, now: datetime) -> float:
    began = [row[label] for label in _labels(way) if row[label] is not None]
    return max(0.0, (now - min(began)).total_seconds()) if began else 0.0


def _labels(way: Way) -> list[str]:
    """The names of the moments of which the earliest is that of the oldest."""
    if way is Way.TIMER:
        return [f"{way}_since"]
    return [f"{way}_since_{priority.name}" for priority in Priority]


def _counted(due: Select[Any]) -> ColumnElement[int]:
    return select(func.count()).select_from(due.limit(MOST_COUNTED).subquery()).scalar_subquery()


def _of(way: Way) -> list[ColumnElement[Any]]:
    """The columns about one way. Each looks in the index of the way in that one's order, and at its first rows only."""
    waits = select(OUTBOX.c.id).where(IS_WAITING, OF_WAY[way])
    if way is Way.TIMER:
        tried = OUTBOX.c.next_try_at
        first = waits.with_only_columns(tried).order_by(tried).limit(1)
        due = waits.where(tried <= NOW).order_by(tried)
        return [first.scalar_subquery().label(_labels(way)[0]), _counted(due).label(f"{way}_due")]
    firsts = [
        waits.with_only_columns(OUTBOX.c.due_at)
        .where(OUTBOX.c.priority == priority.value)
        .order_by(OUTBOX.c.due_at)
        .limit(1)
        .scalar_subquery()
        .label(label)
        for priority, label in zip(Priority, _labels(way), strict=True)
    ]
    due = waits.where(OUTBOX.c.due_at <= NOW).order_by(OUTBOX.c.priority, OUTBOX.c.due_at)
    return [*firsts, _counted(due).label(f"{way}_due")]


@cache
def _backlog() -> Select[Any]:
    """The statement, built at the first scrape: a worker that nobody scrapes never needs it."""
    dead = select(OUTBOX.c.id).where(IS_DEAD).order_by(OUTBOX.c.id)
    broken = select(func.count()).where(LANES.c.broken.is_not(None))
    ways = (column for way in Way for column in _of(way))
    return select(*ways, _counted(dead).label("dead"), broken.scalar_subquery().label("broken"))
