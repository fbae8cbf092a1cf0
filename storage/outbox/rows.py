"""A delivery's row: its statuses, how it is written, and what of it a worker holds."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Insert, Row, literal_column

from consult_bot.case.delivery import Delivery, DeliveryKind
from storage import tables
from storage.compiled import Compiled

OUTBOX = tables.deliveries

WAITING, LEASED, SENT, CANCELLED, SUPERSEDED, DEAD, GIVEN_UP = (
    "waiting",
    "leased",
    "sent",
    "cancelled",
    "superseded",
    "dead",
    "given_up",
)


def written_out(word: str) -> ColumnElement[str]:
    """A status or kind as a literal: with a bound parameter no database knows that a partial index will do.

    Behind 4,000 cases that Slack did not take, claiming took 6,660 ms of the write lock on SQLite; so it takes 6.
    """
    return literal_column(f"'{word}'")


IS_WAITING = OUTBOX.c.status == written_out(WAITING)
IS_LEASED = OUTBOX.c.status == written_out(LEASED)
IS_DEAD = OUTBOX.c.status == written_out(DEAD)
UNFINISHED = [written_out(WAITING), written_out(LEASED)]
IS_UNFINISHED = OUTBOX.c.status.in_(UNFINISHED)
IS_TIMER = OUTBOX.c.kind == written_out(DeliveryKind.TIMER.value)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the deliveries of one claim share: the token, and when it was.

    `began_seconds` and `deadline_seconds` on this process's monotonic clock, `now` on ours. After the deadline nothing
    more may be sent.
    """

    token: str
    began_seconds: float
    deadline_seconds: float
    now: datetime

    @property
    def age_seconds(self) -> float:
        """How long ago it was, on the monotonic clock."""
        return time.monotonic() - self.began_seconds

    @property
    def by_now(self) -> datetime:
        """Our time at this moment, without asking the database."""
        return self.now + timedelta(seconds=self.age_seconds)

    @property
    def is_over(self) -> bool:
        """Whether another worker may have it by now."""
        return time.monotonic() > self.deadline_seconds


@dataclass(frozen=True, slots=True)
class Leased:
    """One delivery in hand.

    `attempts` counts this one; `receipt` is what an earlier attempt left behind. `slot_until`: until when its slot lasts
    for it, None where the lane has no slots. `mends`: lanes that are known to be broken, and are not if this goes out.
    """

    id: int
    kind: DeliveryKind
    number: int
    lane: str
    payload: Mapping[str, str]
    due_at: datetime
    attempts: int
    claim: Claim
    receipt: str | None
    about: str | None
    slot_until: datetime | None
    mends: tuple[str, ...] = ()

    @property
    def has_to_look(self) -> bool:
        """Whether an earlier attempt may have sent it."""
        return self.attempts > 1


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with one delivery, for people to read. `lease_until` is None where no worker has it in hand."""

    id: int
    kind: str
    number: int
    sequence: str
    attempts: int
    status: str
    last_error: str
    receipt: str | None
    payload: Mapping[str, str]
    next_try_at: datetime
    lease_until: datetime | None


def row_of(delivery: Delivery) -> dict[str, Any]:
    """Return the columns of a delivery that waits."""
    return {
        "kind": delivery.kind.value,
        "priority": delivery.priority.value,
        "number": delivery.number,
        "sequence": delivery.sequence,
        "lane": delivery.lane,
        "dedupe_key": delivery.dedupe_key,
        "about": delivery.about,
        "payload": json.dumps(dict(delivery.payload)),
        "due_at": delivery.due_at,
        "next_try_at": delivery.due_at,
        "status": WAITING,
        "attempts": 0,
    }


def leased_of(row: Row[Any], claim: Claim, slot_until: datetime | None, mends: tuple[str, ...]) -> Leased:
    """Return what a worker holds of a row as its claim has made it."""
    return Leased(
        id=row.id,
        kind=DeliveryKind(row.kind),
        number=row.number,
        lane=row.lane,
        payload=json.loads(row.payload),
        due_at=row.due_at,
        attempts=row.attempts,
        claim=claim,
        receipt=row.receipt,
        about=row.about,
        slot_until=slot_until,
        mends=mends,
    )


def standing_of(row: Row[Any]) -> Standing:
    """Return how it stands with a row."""
    return Standing(
        id=row.id,
        kind=row.kind,
        number=row.number,
        sequence=row.sequence,
        attempts=row.attempts,
        status=row.status,
        last_error=row.last_error or "",
        receipt=row.receipt,
        payload=json.loads(row.payload),
        next_try_at=row.next_try_at,
        lease_until=row.lease_until,
    )


@cache
def adding(dialect: str) -> Compiled:
    """Return the INSERT of deliveries that drops those whose dedupe key is waiting already; built once for every verb.

    The one that waits is locked: a worker that took it before this transaction commits would draw things as they were.
    """
    added: Insert = insert_of(dialect)(OUTBOX).on_conflict_do_update(
        index_elements=[OUTBOX.c.dedupe_key],
        index_where=IS_WAITING,
        set_={"dedupe_key": OUTBOX.c.dedupe_key},
    )
    return Compiled(added.inline())


@cache
def insert_of(dialect: str) -> Any:
    """Return the INSERT that knows ON CONFLICT. Only the dialect in use is imported: PostgreSQL's takes 0.1 s."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert

    return sqlite_insert
