"""The outbox: deliveries and timers, committed with the change that causes them, sent afterwards.

A worker claims deliveries under a lease; only the holder of the lease token can complete them. Leases run on the
database's real time, due times and lanes on that plus the clock's offset.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from consult_bot.case.delivery import (
    ABOUT_A_CARD,
    Cancel,
    Delivery,
    DeliveryKind,
    Priority,
    Way,
    about_dead,
)
from storage.compiled import Compiled
from storage.outbox.claim import CANDIDATES, IN_ORDER, NEXT_DUE, WAYS_FREE, first_of_each_channel
from storage.outbox.lanes import CHANNEL, SLACK_GAP, Lanes
from storage.outbox.rows import (
    CANCELLED,
    DEAD,
    GIVEN_UP,
    IS_DEAD,
    IS_LEASED,
    IS_UNFINISHED,
    IS_WAITING,
    LEASED,
    OUTBOX,
    SENT,
    SUPERSEDED,
    WAITING,
    Claim,
    Leased,
    Standing,
    adding,
    leased_of,
    row_of,
    standing_of,
)

LEASE = timedelta(seconds=60)
LONGEST_CALL = timedelta(seconds=15)
"""How long before its lease ends the sending of a delivery may begin at the latest: a call that shows something takes 10
seconds at most. The bytes of a photo may take 30, but show nothing by themselves."""

IN_HAND = timedelta(seconds=15)
"""How long after its claim a delivery keeps others out of its channel, in case its worker is no more."""

PROMPT_SECONDS = 0.05
"""So soon after its claim what goes out needs no other slot of its lane."""

NOT_IN_CHANNEL = (
    *("not_in_channel", "channel_not_found", "is_archived"),
    *("is_inactive", "posting_to_channel_denied"),
)
"""What Slack says of a channel that the app must be invited to again."""

CANCEL = Compiled(
    update(OUTBOX)
    .where(
        OUTBOX.c.number == bindparam("of_number"),
        OUTBOX.c.about == bindparam("of_about"),
        OUTBOX.c.status == WAITING,
    )
    .values(status=CANCELLED)
)
HASTEN = (
    update(OUTBOX)
    .where(IS_WAITING, OUTBOX.c.sequence == bindparam("of_sequence"))
    .where(OUTBOX.c.priority > Priority.URGENT.value)
    .values(priority=Priority.URGENT.value)
)
HELD = (OUTBOX.c.id == bindparam("held_id"), OUTBOX.c.lease_token == bindparam("held_token"))
TAKE = (
    update(OUTBOX)
    .where(OUTBOX.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        status=LEASED,
        lease_token=bindparam("token"),
        lease_until=bindparam("until"),
        attempts=OUTBOX.c.attempts + 1,
    )
    .returning(OUTBOX)
)
FINISH = Compiled(
    update(OUTBOX)
    .where(*HELD)
    .values(
        status=SENT,
        receipt=bindparam("given_receipt"),
        finished_at=bindparam("at"),
        lease_token=None,
        lease_until=None,
        last_error=None,
    )
)


class Outbox:
    """The outbox as one transaction sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.lanes = Lanes(connection)

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Write deliveries; one whose dedupe key is waiting already is dropped.

        Urgent ones hasten what waits before them in their sequence: nothing overtakes within a case.
        """
        # Those of a sequence stay in their order; all transactions go through the sequences in the same one.
        added = sorted(deliveries, key=lambda each: each.sequence)
        if not added:
            return
        adding(self._connection.dialect.name).run(self._connection, [row_of(each) for each in added])
        urgent = sorted({each.sequence for each in added if each.priority is Priority.URGENT})
        if urgent:
            self._connection.execute(HASTEN, [{"of_sequence": sequence} for sequence in urgent])

    def cancel(self, cancels: Iterable[Cancel]) -> None:
        """Take back what waits. What a worker holds at this moment goes out."""
        rows = [{"of_number": one.number, "of_about": one.about} for one in cancels]
        if rows:
            CANCEL.run(self._connection, rows)

    # For workers

    def ways_free(self, now: datetime, real_now: datetime) -> list[Way]:
        """Return the ways by which a delivery may go out now. Asked while reading, it keeps no writer waiting."""
        having = self._having(now, real_now, self.lanes.signals(now).let_through(tuple(DeliveryKind)))
        free = self._connection.execute(WAYS_FREE, having).one()
        return [way for way in Way if free._mapping[way.value]]

    def claim(
        self,
        now: datetime,
        real_now: datetime,
        kinds: Collection[DeliveryKind] = tuple(DeliveryKind),
        limit: int = 1,
    ) -> list[Leased]:
        """Lease the next deliveries of these kinds that may go out, at most `limit`; none where none may.

        Each is due, its lane free, and the first of its sequence. Two workers never get the same one, nor two of a lane.
        """
        began = time.monotonic()
        signals = self.lanes.signals(now)
        having = self._having(now, real_now, signals.let_through(kinds)) | {"most": limit * CANDIDATES}
        rows = [
            row
            for way in Way
            if not way.kinds.isdisjoint(kinds)
            for row in self._connection.execute(IN_ORDER[way], having)
        ]
        chosen = first_of_each_channel(rows)[:limit]
        slots = self._slots(chosen, now)
        deadline = began + (LEASE - LONGEST_CALL).total_seconds()
        claim = Claim(secrets.token_hex(16), began, deadline, now)
        ids = [row.id for row in chosen if row.lane in slots]
        return [
            leased_of(row, claim, slots[row.lane], signals.mended_by(row.lane, DeliveryKind(row.kind)))
            for row in self._taken(ids, claim.token, real_now + LEASE)
        ]

    def recover(self, real_now: datetime) -> int:
        """Give back what dead workers held; return how many. Repeating is harmless."""
        expired = self._connection.execute(
            select(OUTBOX.c.id, OUTBOX.c.lease_token).where(IS_LEASED, OUTBOX.c.lease_until < real_now)
        ).all()
        for row in expired:
            self._let_go(row.id, row.lease_token, status=WAITING, last_error="lease ended")
        return len(expired)

    def next_due(self) -> datetime | None:
        """Return when the next waiting delivery may be tried, None where none waits."""
        soonest = self._connection.execute(NEXT_DUE).one()
        return min((moment for moment in soonest if moment), default=None)

    def enter_late(self, leased: Leased) -> bool:
        """Take a new slot of the lane for what goes out late, so that the next one keeps its distance to it.

        False where another delivery has taken the lane meanwhile.
        """
        slot_until = leased.slot_until
        return slot_until is None or self.lanes.stay(leased.lane, slot_until, leased.claim.by_now + SLACK_GAP)

    # For the holder of a lease: each returns False where the lease was lost meanwhile, and changes nothing then

    def finish(self, leased: Leased, receipt: str | None, now: datetime) -> bool:
        """Note that it went out, and that the lanes it passed are not broken."""
        held = {"held_id": leased.id, "held_token": leased.claim.token}
        finished = FINISH.run(self._connection, {**held, "given_receipt": receipt, "at": now})
        self.lanes.mend(leased.mends)
        return finished.rowcount == 1

    def go_on(self, leased: Leased, receipt: str, now: datetime) -> bool:
        """Give it back with a part of it sent, so that the next part passes the lane in its turn.

        No newer delivery takes its place any more, whatever its dedupe key: that would not have the other parts.
        """
        return self._let_go(
            leased.id,
            leased.claim.token,
            status=WAITING,
            receipt=receipt,
            dedupe_key=None,
            next_try_at=now,
            attempts=0,
            last_error=None,
        )

    def keep_receipt(self, leased: Leased, receipt: str) -> bool:
        """Note what has gone out of it so far."""
        return self._update_held(leased.id, leased.claim.token, receipt=receipt)

    def stand_alone(self, leased: Leased) -> bool:
        """Let no newer delivery take its place, whatever its dedupe key: only its own retry looks for what it posts."""
        return self._update_held(leased.id, leased.claim.token, dedupe_key=None)

    def retry(self, leased: Leased, error: str, next_try_at: datetime) -> bool:
        """Give it back, to be tried again."""
        return self._let_go(
            leased.id, leased.claim.token, status=WAITING, last_error=error, next_try_at=next_try_at
        )

    def bury(self, leased: Leased, error: str, now: datetime) -> bool:
        """Make it a dead letter: it blocks nothing, and waits for a human."""
        return self._end(leased, DEAD, error, now)

    def drop(self, leased: Leased, error: str, now: datetime) -> bool:
        """Give it up without asking anybody."""
        return self._end(leased, GIVEN_UP, error, now)

    # For people

    def standing(self, delivery_id: int) -> Standing | None:
        """Return how it stands with a delivery, None for an unknown one."""
        row = self._connection.execute(select(OUTBOX).where(OUTBOX.c.id == delivery_id)).first()
        return standing_of(row) if row else None

    def revive(self, delivery_id: int, now: datetime) -> bool:
        """Try a dead letter again; False where it is none. What it had sent, it looks for first."""
        return self._decide(delivery_id, status=WAITING, next_try_at=now, finished_at=None)

    def give_up(self, delivery_id: int, now: datetime) -> bool:
        """Leave a dead letter unsent for good; False where it is none."""
        return self._decide(delivery_id, status=GIVEN_UP, finished_at=now)

    def told_of(self, number: int, delivery_id: int) -> bool:
        """Whether the leads have been told of a dead letter before."""
        return self._ever(number, about_dead(delivery_id))

    def warned_of_card(self, number: int) -> bool:
        """Whether the administrator has been mailed before, or is about to be, that Slack refuses this case's card."""
        return self._ever(number, ABOUT_A_CARD)

    def stuck(self, after_attempts: int = 3) -> list[Standing]:
        """Return what is dead or keeps failing, oldest first, at most 50."""
        failing = and_(IS_UNFINISHED, OUTBOX.c.attempts >= after_attempts, OUTBOX.c.last_error.is_not(None))
        rows = self._connection.execute(
            select(OUTBOX).where(or_(IS_DEAD, failing)).order_by(OUTBOX.c.id).limit(50)
        )
        return [standing_of(row) for row in rows]

    def let_in(self, lane: str, now: datetime) -> None:
        """Let what was kept out of a channel be tried at once. A lane held for another reason stays held."""
        kept_out = and_(OUTBOX.c.lane == lane, IS_WAITING, OUTBOX.c.last_error.in_(NOT_IN_CHANNEL))
        tried = self._connection.execute(update(OUTBOX).where(kept_out).values(next_try_at=now))
        if tried.rowcount:
            self.lanes.open(lane, now)

    def prune(self, finished_before: datetime, after_id: int = 0, at_most: int = 1000) -> tuple[int, int]:
        """Delete what was finished before then among the next rows by id; return (how many, the last id looked at).

        The last id is 0 at the end of the table. Dead letters stay until somebody decides. Repeating is harmless.
        """
        looked_at = (
            select(OUTBOX.c.id).where(OUTBOX.c.id > after_id).order_by(OUTBOX.c.id).limit(at_most)
        ).subquery()
        last_id, count = self._connection.execute(
            select(func.max(looked_at.c.id), func.count()).select_from(looked_at)
        ).one()
        if not count:
            return 0, 0
        over = OUTBOX.c.status.in_([SENT, CANCELLED, SUPERSEDED, GIVEN_UP])
        ended = func.coalesce(OUTBOX.c.finished_at, OUTBOX.c.due_at) < finished_before
        within = OUTBOX.c.id.between(after_id + 1, last_id)
        pruned = self._connection.execute(delete(OUTBOX).where(within, over, ended))
        return pruned.rowcount, last_id if count == at_most else 0

    def _ever(self, number: int, about: str) -> bool:
        """Whether anything of this case about this was ever written, as long as the outbox keeps it."""
        written = select(OUTBOX.c.id).where(OUTBOX.c.number == number, OUTBOX.c.about == about)
        return self._connection.scalar(written.limit(1)) is not None

    def _having(self, now: datetime, real_now: datetime, kinds: list[DeliveryKind]) -> dict[str, Any]:
        """Return the parameters by which what may go out is found."""
        return {"now": now, "in_hand_until": real_now + LEASE - IN_HAND, "kinds": kinds}

    def _taken(self, ids: list[int], token: str, until: datetime) -> list[Row[Any]]:
        """Lease these deliveries; return their rows in this order."""
        if not ids:
            return []
        taken = self._connection.execute(TAKE, {"ids": ids, "token": token, "until": until}).all()
        return sorted(taken, key=lambda row: ids.index(row.id))

    def _slots(self, rows: list[Row[Any]], now: datetime) -> dict[str, datetime | None]:
        """Take the lanes of these rows; return until when each is taken, None for those that have no slots.

        Only channels have slots; every other lane lets through what nothing holds.
        """
        channels = [row.lane for row in rows if row.lane.startswith(CHANNEL)]
        slots: dict[str, datetime | None] = {row.lane: None for row in rows if row.lane not in channels}
        until = now + SLACK_GAP
        return slots | dict.fromkeys(self.lanes.enter(channels, now, until), until)

    def _end(self, leased: Leased, status: str, error: str, now: datetime) -> bool:
        ended = {"status": status, "last_error": error, "finished_at": now}
        return self._update_held(leased.id, leased.claim.token, lease_token=None, lease_until=None, **ended)

    def _let_go(self, delivery_id: int, token: str, **values: Any) -> bool:
        """Let go of the lease. A newer delivery with the same dedupe key makes a retry superfluous."""
        free = {"lease_token": None, "lease_until": None}
        try:
            with self._connection.begin_nested():
                return self._update_held(delivery_id, token, **free, **values)
        except IntegrityError:
            return self._update_held(delivery_id, token, **free, status=SUPERSEDED)

    def _decide(self, delivery_id: int, **values: Any) -> bool:
        dead = update(OUTBOX).where(OUTBOX.c.id == delivery_id, IS_DEAD)
        try:
            with self._connection.begin_nested():
                return self._connection.execute(dead.values(**values)).rowcount == 1
        except IntegrityError:
            return self._connection.execute(dead.values(status=SUPERSEDED)).rowcount == 1

    def _update_held(self, delivery_id: int, token: str, **values: Any) -> bool:
        held = update(OUTBOX).where(OUTBOX.c.id == delivery_id, OUTBOX.c.lease_token == token)
        return self._connection.execute(held.values(**values)).rowcount == 1
