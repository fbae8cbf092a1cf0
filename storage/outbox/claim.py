"""Claiming: which deliveries may go out now, and in which order."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    tuple_,
)

from consult_bot.case.delivery import DeliveryKind, Way
from storage.outbox.lanes import CHANNEL, LANES
from storage.outbox.rows import IS_TIMER, IS_WAITING, LEASED, OUTBOX, UNFINISHED, written_out
from storage.tables import UtcDateTime

EARLIER = OUTBOX.alias("earlier")
SENDING = OUTBOX.alias("sending")
NOW = bindparam("now", type_=UtcDateTime())
IN_HAND_UNTIL = bindparam("in_hand_until", type_=UtcDateTime())
CANDIDATES = 4
"""How many are looked at for each that is wanted: several may share one lane."""

OF_WAY: dict[Way, ColumnElement[bool]] = {
    Way.SLACK: literal_column("deliveries.kind NOT IN ('timer', 'letter', 'alarm', 'warning')"),
    Way.MAIL: OUTBOX.c.kind == written_out(DeliveryKind.LETTER.value),
    Way.ALARM: literal_column("deliveries.kind IN ('alarm', 'warning')"),
    Way.TIMER: IS_TIMER,
}
"""Written as in the indexes, of which each way out has its own. Behind 20,000 messages that wait for Slack, looking for a
letter in an index of all kinds went through every one of them."""


def _free(way: Way) -> Select[Any]:
    """Select what may go out this way: due, first of its sequence, its lane free."""
    blocked = exists().where(
        EARLIER.c.sequence == OUTBOX.c.sequence,
        EARLIER.c.status.in_(UNFINISHED),
        tuple_(EARLIER.c.due_at, EARLIER.c.id) < tuple_(OUTBOX.c.due_at, OUTBOX.c.id),
    )
    held = exists().where(LANES.c.name == OUTBOX.c.lane, LANES.c.free_at > NOW)
    free = select(OUTBOX).where(IS_WAITING, OF_WAY[way], OUTBOX.c.next_try_at <= NOW, ~blocked, ~held)
    if way is Way.TIMER:
        return free
    wanted = OUTBOX.c.kind.in_(bindparam("kinds", expanding=True))
    return free.where(OUTBOX.c.due_at <= NOW, wanted, *([_no_other_in_hand()] if way is Way.SLACK else []))


def _no_other_in_hand() -> ColumnElement[bool]:
    """A channel waits for what a worker is sending into it, so that nothing overtakes what takes long."""
    in_hand = select(SENDING.c.lane).where(
        SENDING.c.status == written_out(LEASED),
        SENDING.c.lease_until > IN_HAND_UNTIL,
        SENDING.c.lane.startswith(CHANNEL),
    )
    return OUTBOX.c.lane.not_in(in_hand)


# Built once: building them took longer than the database takes to answer.
FREE: dict[Way, Select[Any]] = {way: _free(way) for way in Way}

MOST = bindparam("most", type_=Integer())
IN_ORDER: dict[Way, Select[Any]] = {
    way: free.with_only_columns(OUTBOX.c.id, OUTBOX.c.lane)
    .order_by(
        *((OUTBOX.c.next_try_at,) if way is Way.TIMER else (OUTBOX.c.priority, OUTBOX.c.due_at)), OUTBOX.c.id
    )
    .limit(MOST)
    .with_for_update(skip_locked=True, of=OUTBOX)
    for way, free in FREE.items()
}
"""Urgent first, then as it fell due; timers as they fall due. No more of each than it takes to choose: most are left."""

WAYS_FREE = select(*(FREE[way].exists().label(way.value) for way in Way))
NEXT_DUE = select(
    *(
        select(func.min(OUTBOX.c.next_try_at))
        .where(IS_WAITING, OF_WAY[way])
        .scalar_subquery()
        .label(way.value)
        for way in Way
    )
)


def first_of_each_channel(rows: list[Row[Any]]) -> list[Row[Any]]:
    """Return the rows that may go out together: a channel takes one at a time, any other lane takes all."""
    channels: set[str] = set()
    chosen = []
    for row in rows:
        if row.lane not in channels:
            chosen.append(row)
        if row.lane.startswith(CHANNEL):
            channels.add(row.lane)
    return chosen
