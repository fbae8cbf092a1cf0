"""The outbox: deliveries and timers, committed with the change that causes them, sent afterwards.

A worker claims one delivery at a time under a lease; only the holder of the lease token can complete it. Leases run on the
database's real time, due times and lanes on that plus the clock's offset.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from consult_bot.case.delivery import Cancel, Delivery, DeliveryKind
from storage import tables

OUTBOX = tables.deliveries
LANES = tables.lanes

LEASE = timedelta(seconds=60)
SLACK_GAP = timedelta(seconds=1)
"""Slack takes about one message a second and channel (docs.slack.dev, rate limits of chat.postMessage)."""

WAITING, LEASED, SENT, CANCELLED, SUPERSEDED, DEAD = (
    "waiting",
    "leased",
    "sent",
    "cancelled",
    "superseded",
    "dead",
)
UNFINISHED = (WAITING, LEASED)


@dataclass(frozen=True, slots=True)
class Leased:
    """One delivery in hand. `attempts` counts this one; `receipt` is what an earlier attempt left behind."""

    id: int
    kind: DeliveryKind
    number: int
    lane: str
    payload: Mapping[str, str]
    due_at: datetime
    attempts: int
    token: str
    receipt: str | None
    about: str | None


@dataclass(frozen=True, slots=True)
class Stuck:
    """A delivery that needs a human: given up, or failing again and again."""

    id: int
    kind: str
    number: int
    attempts: int
    status: str
    last_error: str


class Outbox:
    """The outbox as one transaction sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._insert = _insert_of(connection.dialect.name)

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Write deliveries; one whose dedupe key is waiting already is dropped."""
        rows = [_row(delivery) for delivery in deliveries]
        if rows:
            self._connection.execute(self._insert(OUTBOX).on_conflict_do_nothing(), rows)

    def cancel(self, cancels: Iterable[Cancel]) -> None:
        """Take back what waits. What a worker holds at this moment goes out."""
        for one in cancels:
            self._connection.execute(
                update(OUTBOX)
                .where(OUTBOX.c.number == one.number, OUTBOX.c.about == one.about, OUTBOX.c.status == WAITING)
                .values(status=CANCELLED)
            )

    def claim(
        self, now: datetime, real_now: datetime, kinds: Collection[DeliveryKind] = tuple(DeliveryKind)
    ) -> Leased | None:
        """Lease the next delivery of these kinds that may go out, None where none may.

        Due, its lane free, and first of its sequence. Two workers never get the same one.
        """
        row = self._connection.execute(self._next(now, kinds)).first()
        if row is None or not self._enter_lane(row.lane, now):
            return None
        token = secrets.token_hex(16)
        self._connection.execute(
            update(OUTBOX)
            .where(OUTBOX.c.id == row.id)
            .values(
                status=LEASED, lease_token=token, lease_until=real_now + LEASE, attempts=OUTBOX.c.attempts + 1
            )
        )
        return _leased(row, token)

    def _next(self, now: datetime, kinds: Collection[DeliveryKind]) -> Any:
        earlier = OUTBOX.alias("earlier")
        blocked = exists().where(
            earlier.c.sequence == OUTBOX.c.sequence,
            earlier.c.status.in_(UNFINISHED),
            tuple_(earlier.c.due_at, earlier.c.id) < tuple_(OUTBOX.c.due_at, OUTBOX.c.id),
        )
        held = exists().where(LANES.c.name == OUTBOX.c.lane, LANES.c.free_at > now)
        return (
            select(OUTBOX)
            .where(OUTBOX.c.status == WAITING, OUTBOX.c.next_try_at <= now, ~blocked, ~held)
            .where(OUTBOX.c.kind.in_([kind.value for kind in kinds]))
            .order_by(OUTBOX.c.priority, OUTBOX.c.next_try_at, OUTBOX.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )

    def _enter_lane(self, lane: str, now: datetime) -> bool:
        """Take the lane's next slot; False where another worker took it first."""
        if not lane.startswith("slack:"):
            return True
        taken = self._connection.execute(
            self._insert(LANES)
            .values(name=lane, free_at=now + SLACK_GAP)
            .on_conflict_do_update(
                index_elements=[LANES.c.name], set_={"free_at": now + SLACK_GAP}, where=LANES.c.free_at <= now
            )
            .returning(LANES.c.name)
        )
        return taken.first() is not None

    def renew(self, leased: Leased, real_now: datetime) -> bool:
        """Lengthen the lease, right before something goes out; False where it was lost meanwhile."""
        return self._update_held(leased, lease_until=real_now + LEASE)

    def finish(self, leased: Leased, receipt: str | None, now: datetime) -> bool:
        """Note that it went out; False where the lease was lost meanwhile."""
        return self._settle(leased, status=SENT, receipt=receipt, finished_at=now, last_error=None)

    def go_on(self, leased: Leased, receipt: str, now: datetime) -> bool:
        """Give it back with a part of it sent, so that the next part passes the lane in its turn."""
        return self._settle(
            leased, status=WAITING, receipt=receipt, next_try_at=now, attempts=0, last_error=None
        )

    def keep_receipt(self, leased: Leased, receipt: str) -> bool:
        """Note what has gone out of a delivery of several parts; False where the lease was lost meanwhile."""
        return self._update_held(leased, receipt=receipt)

    def retry(self, leased: Leased, error: str, next_try_at: datetime) -> bool:
        """Give it back, to be tried again; False where the lease was lost meanwhile."""
        return self._settle(leased, status=WAITING, last_error=error, next_try_at=next_try_at)

    def bury(self, leased: Leased, error: str, now: datetime) -> bool:
        """Give it up: it blocks nothing, and `stuck` lists it. False where the lease was lost meanwhile."""
        return self._settle(leased, status=DEAD, last_error=error, finished_at=now)

    def hold_lane(self, lane: str, until: datetime) -> None:
        """Let nothing through a lane before `until`; a longer hold stays."""
        self._connection.execute(
            self._insert(LANES)
            .values(name=lane, free_at=until)
            .on_conflict_do_update(
                index_elements=[LANES.c.name], set_={"free_at": until}, where=LANES.c.free_at < until
            )
        )

    def recover(self, real_now: datetime) -> int:
        """Give back what dead workers held; return how many. Repeating is harmless."""
        expired = self._connection.execute(
            select(OUTBOX).where(OUTBOX.c.status == LEASED, OUTBOX.c.lease_until < real_now)
        ).all()
        for row in expired:
            self._settle(_leased(row, row.lease_token), status=WAITING, last_error="lease ended")
        return len(expired)

    def next_due(self, kinds: Collection[DeliveryKind] = tuple(DeliveryKind)) -> datetime | None:
        """Return when the next waiting delivery of these kinds may be tried, None where none waits."""
        soonest = select(func.min(OUTBOX.c.next_try_at)).where(
            OUTBOX.c.status == WAITING, OUTBOX.c.kind.in_([kind.value for kind in kinds])
        )
        found: datetime | None = self._connection.scalar(soonest)
        return found

    def stuck(self, after_attempts: int = 3) -> list[Stuck]:
        """Return what was given up or keeps failing, oldest first, at most 50."""
        rows = self._connection.execute(
            select(OUTBOX)
            .where(
                or_(
                    OUTBOX.c.status == DEAD,
                    and_(
                        OUTBOX.c.status.in_(UNFINISHED),
                        OUTBOX.c.attempts >= after_attempts,
                        OUTBOX.c.last_error.is_not(None),
                    ),
                )
            )
            .order_by(OUTBOX.c.id)
            .limit(50)
        )
        return [Stuck(r.id, r.kind, r.number, r.attempts, r.status, r.last_error or "") for r in rows]

    def _settle(self, leased: Leased, **values: Any) -> bool:
        """Let go of the lease. A newer delivery with the same dedupe key makes a retry superfluous."""
        try:
            with self._connection.begin_nested():
                return self._update_held(leased, lease_token=None, lease_until=None, **values)
        except IntegrityError:
            return self._update_held(leased, lease_token=None, lease_until=None, status=SUPERSEDED)

    def _update_held(self, leased: Leased, **values: Any) -> bool:
        held = update(OUTBOX).where(OUTBOX.c.id == leased.id, OUTBOX.c.lease_token == leased.token)
        return self._connection.execute(held.values(**values)).rowcount == 1


def _insert_of(dialect: str) -> Any:
    """Return the INSERT that knows ON CONFLICT. Only the dialect in use is imported: PostgreSQL's takes 0.1 s."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert

    return sqlite_insert


def _row(delivery: Delivery) -> dict[str, Any]:
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


def _leased(row: Row[Any], token: str) -> Leased:
    return Leased(
        id=row.id,
        kind=DeliveryKind(row.kind),
        number=row.number,
        lane=row.lane,
        payload=json.loads(row.payload),
        due_at=row.due_at,
        attempts=row.attempts + 1,
        token=token,
        receipt=row.receipt,
        about=row.about,
    )
