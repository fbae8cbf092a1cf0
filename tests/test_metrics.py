"""/metrics over real HTTP, on both databases: what waits is told in numbers, and nothing breaks it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event, text

from consult_bot import asking
from consult_bot.app import WebServer, listen
from consult_bot.case.delivery import WORKSPACE, Delivery, DeliveryKind, Priority, letter, timer, to_slack
from consult_bot.health import health_router
from storage.outbox.backlog import MOST_COUNTED, backlog
from storage.store import Store
from tests.builders import ANA, World

OF_THE_OUTBOX = ("consult_deliveries", "consult_oldest", "consult_dead", "consult_broken")
OURS = (*OF_THE_OUTBOX, "consult_database")
"""The counts of a process stand beside them: there once another test has counted, which says nothing here."""


@dataclass
class Monitor:
    """Scrapes /metrics of a web process over this store."""

    store: Store
    url: str

    def scraped(self) -> str:
        answer = httpx.get(f"{self.url}/metrics", trust_env=False, timeout=10)
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
        return answer.text

    def gauges(self) -> dict[str, float]:
        lines = (line for line in self.scraped().splitlines() if line.startswith(OURS))
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def add(self, *deliveries: Delivery) -> None:
        with self.store.writing() as work:
            work.outbox.add(deliveries)

    def now(self) -> datetime:
        with self.store.reading() as work:
            return work.now()


@pytest.fixture
def monitor(store: Store) -> Iterator[Monitor]:
    web, listening = FastAPI(), listen(0)
    web.include_router(health_router(store))
    server = WebServer(web, listening)
    server.start()
    yield Monitor(store, f"http://127.0.0.1:{listening.getsockname()[1]}")
    server.stop()


def card(number: int, due: datetime, priority: Priority = Priority.NORMAL) -> Delivery:
    return to_slack(DeliveryKind.CARD, number, "C1", due, priority=priority)


def test_it_tells_that_nothing_waits(monitor: Monitor) -> None:
    later = monitor.now() + timedelta(hours=1)
    monitor.add(card(1001, later), timer(1001, "overdue", later))
    found = monitor.gauges()
    assert found.pop("consult_database_up") == 1
    assert len(found) == 10 and set(found.values()) == {0}


def test_it_tells_of_each_way_out_how_many_wait_and_for_how_long(monitor: Monitor) -> None:
    now = monitor.now()
    monitor.add(
        card(1001, now - timedelta(seconds=30), Priority.URGENT),
        card(1002, now - timedelta(minutes=10), Priority.LAST),
        card(1003, now + timedelta(hours=1), Priority.FIRST),
        letter(1001, "received", now - timedelta(minutes=5)),
        timer(1001, "overdue", now - timedelta(minutes=2)),
        timer(1002, "overdue", now + timedelta(hours=1)),
    )
    found = monitor.gauges()
    due = {
        way: found[f'consult_deliveries_due{{way="{way}"}}'] for way in ("slack", "mail", "alarm", "timer")
    }
    assert due == {"slack": 2, "mail": 1, "alarm": 0, "timer": 1}
    for way, seconds in {"slack": 600, "mail": 300, "alarm": 0, "timer": 120}.items():
        age = found[f'consult_oldest_due_delivery_age_seconds{{way="{way}"}}']
        assert seconds <= age < seconds + (20 if seconds else 1)


def test_it_tells_of_dead_letters_and_broken_lanes(monitor: Monitor) -> None:
    now = monitor.now()
    monitor.add(card(1001, now), card(1002, now))
    with monitor.store.writing() as work:
        (leased,) = work.outbox.claim(*work.times())
        work.outbox.bury(leased, "invalid_blocks", now)
        work.outbox.lanes.hold(WORKSPACE, now + timedelta(minutes=1))
        work.outbox.lanes.mark_broken(WORKSPACE, "token_revoked", now)
    found = monitor.gauges()
    assert (found["consult_dead_letters"], found["consult_broken_lanes"]) == (1, 1)
    assert found['consult_deliveries_due{way="slack"}'] == 1, "the dead one waits no more"


def test_it_stops_counting_when_much_waits_and_still_knows_the_oldest(monitor: Monitor) -> None:
    now = monitor.now()
    monitor.add(*(card(1000 + place, now, Priority.URGENT) for place in range(MOST_COUNTED + 5)))
    monitor.add(card(9000, now - timedelta(hours=1), Priority.LAST))
    found = monitor.gauges()
    assert found['consult_deliveries_due{way="slack"}'] == MOST_COUNTED
    assert found['consult_oldest_due_delivery_age_seconds{way="slack"}'] >= 3600


def test_it_says_nothing_about_anybody(monitor: Monitor) -> None:
    world = World(monitor.store)
    number = world.submit(concern="canary").number
    world.did("claim", ANA, number)
    series = [line.rsplit(" ", 1) for line in monitor.scraped().splitlines() if line.startswith("consult_")]
    assert all(float(value) >= 0 for _, value in series), (
        "what is measured is a number, and may hold any digits"
    )
    told = "\n".join(name for name, _ in series)
    for secret in ("canary", "zarbex", str(number), ANA.id, "C0"):
        assert secret not in told


def test_it_leaves_the_gauges_out_when_the_database_fails_and_has_them_again_afterwards(
    monitor: Monitor, caplog: pytest.LogCaptureFixture
) -> None:
    with monitor.store.writing() as work:
        work.connection.execute(text("ALTER TABLE lanes RENAME TO away"))
    told = monitor.scraped()
    assert "consult_database_up 0.0" in told and "process_open_fds" in told
    assert not any(name in told for name in OF_THE_OUTBOX)
    assert "the gauges are left out" in caplog.text and "lanes" not in caplog.text
    with monitor.store.writing() as work:
        work.connection.execute(text("ALTER TABLE away RENAME TO lanes"))
    assert monitor.gauges()["consult_database_up"] == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_it_does_not_wait_for_a_database_that_hangs(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0.1)
    with monitor.store.writing() as work:
        work.connection.execute(text("LOCK TABLE lanes"))
        for _ in range(3):
            assert monitor.gauges() == {"consult_database_up": 0}
        looking = [thread for thread in threading.enumerate() if thread.name == "gauges"]
        assert len(looking) == 1, "while one look hangs, no other is begun"
    looking[0].join(10)
    monkeypatch.undo()
    assert monitor.gauges()["consult_database_up"] == 1


def test_it_reads_by_the_indexes_of_what_waits(sqlite_store: Store) -> None:
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if "deliveries" in statement:
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(step[3] for step in plan)

    with sqlite_store.reading() as work:
        event.listen(work.connection, "before_cursor_execute", explain)
        backlog(work.connection, work.now())
    for name in ("slack", "mail", "alarm", "timers", "dead"):
        assert any(f"INDEX ix_deliveries_{name}" in step for step in plans), plans
    of_deliveries = [step for step in plans if "deliveries" in step]
    assert all("INDEX ix_deliveries_" in step for step in of_deliveries), plans
    assert not any("TEMP B-TREE" in step for step in plans), plans
