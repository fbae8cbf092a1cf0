"""How long it takes until everything is out after Slack was away for an hour: 3,600 deliveries over 1, 20 and 200
channels, beside what Slack's pace of one message a second and channel allows. The store's clock is moved over the waits.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

from sqlalchemy import func, select

from bench.databases import Database, fresh
from bench.null_slack import NullSlack, Out
from bench.result import Anomaly, Promise, Result
from bench.scale import scaled
from bench.servers import app_settings, free_port
from consult_bot.app import House, build
from consult_bot.case.delivery import Delivery, DeliveryKind, Priority, Way, to_slack
from consult_bot.config import load_settings
from storage import tables
from storage.outbox.lanes import SLACK_PACE
from storage.outbox.rows import IS_LEASED, IS_UNFINISHED, IS_WAITING, OUTBOX
from storage.store import Work

CASES = 1_200
CHANNELS = (1, 20, 200)
KINDS = (DeliveryKind.CARD, DeliveryKind.THREAD, DeliveryKind.THREAD)
"""What a submission sends to Slack."""

EVERY_URGENT = 20
"""One case in so many is urgent."""

AWAY = timedelta(hours=1)
POLL_SECONDS = 0.005
PROMISE = Promise("ratio ≤ 1.2", lambda result: result.ratio <= 1.2)


def backlog_catch_up(database: Database) -> Iterator[Result]:
    """Measure seconds by the store's clock from Slack's return until the last delivery, for each number of channels.

    Raises Anomaly where something is lost or doubled, a case's order is broken or a routine case goes before an urgent
    one of its channel.
    """
    for channels in CHANNELS:
        slack = NullSlack()
        with fresh(database, f"backlog_{channels}") as own, slack.in_place():
            house = build(load_settings(app_settings(own, free_port()), env_file=None))
            backlog = _fill(house, channels)
            took = _catch_up(house)
            house.store.close()
        _check(slack.out, backlog)
        slowest = ceil(scaled(CASES) / channels) * len(KINDS)
        pace = max(1, slowest - 1) * SLACK_PACE.total_seconds()
        yield Result("backlog_catch_up", database.name, channels, took.total_seconds(), pace, "s", PROMISE)


def _fill(house: House, channels: int) -> list[Delivery]:
    """Put an hour of submissions into the outbox, evenly over the hour and the channels."""
    with house.store.writing() as work:
        back = work.now()
        step = AWAY / scaled(CASES)
        backlog = [
            to_slack(
                kind,
                1 + case,
                f"C{case % channels:04}",
                back - AWAY + case * step,
                # Spread over the channels: with every twentieth case, 20 channels would have all of them in one.
                priority=Priority.URGENT if case // channels % EVERY_URGENT == 0 else Priority.NORMAL,
            )
            for case in range(scaled(CASES))
            for kind in KINDS
        ]
        work.outbox.add(backlog)
    return backlog


def _catch_up(house: House) -> timedelta:
    """Let the worker work, and move the clock whenever nothing may go out; return how far it went in all."""
    with house.store.reading() as work:
        began = work.now()
    house.worker.start()
    while house.store.commit(_looked):
        house.worker.nudge()
        time.sleep(POLL_SECONDS)
    with house.store.reading() as work:
        took = work.now() - began
    house.worker.stop()
    return took


def _looked(work: Work) -> bool:
    """Whether anything is still to go out. Where it only waits, move the clock to when it may."""
    unfinished = select(IS_LEASED).where(IS_UNFINISHED)
    if work.connection.execute(unfinished.limit(1)).first() is None:
        return False
    in_hand = work.connection.execute(unfinished.where(IS_LEASED).limit(1)).first()
    now = work.now()
    if in_hand is None and Way.SLACK not in work.outbox.ways_free(*work.times()):
        lanes = select(func.min(tables.lanes.c.free_at)).where(tables.lanes.c.free_at > now)
        tries = select(func.min(OUTBOX.c.next_try_at)).where(IS_WAITING, OUTBOX.c.next_try_at > now)
        ahead = [moment for each in (lanes, tries) if (moment := work.connection.scalar(each)) is not None]
        work.advance_clock(_seconds_until(min(ahead, default=now), now))
    return True


def _seconds_until(then: datetime, now: datetime) -> float:
    """A thousandth more: SQLite tells the time in thousandths."""
    return (then - now).total_seconds() + 0.001


def _check(out: Sequence[Out], backlog: Sequence[Delivery]) -> None:
    """Everything once, each case in order, and within a channel what is urgent before what is routine."""
    if len(out) != len(backlog) or len({each.id for each in out}) != len(out):
        raise Anomaly(f"{len(backlog)} deliveries, and {len(out)} went out")
    urgent = {each.number for each in backlog if each.priority is Priority.URGENT}
    cases, lanes = defaultdict(list), defaultdict(list)
    for each in out:
        cases[each.number].append(each.id)
        lanes[each.lane].append(each.number not in urgent)
    if any(ids != sorted(ids) for ids in cases.values()):
        raise Anomaly("the order within a case is broken")
    if any(sooner > later for order in lanes.values() for sooner, later in pairwise(order)):
        raise Anomaly("a routine case went before an urgent one")
