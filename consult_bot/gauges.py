"""What an operator alarms on, as gauges for Prometheus: what waits, what is dead, what is broken. Nothing about anybody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING

from storage.outbox.backlog import MOST_COUNTED, Backlog

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily

PATIENCE_SECONDS = 3.0
"""How long a scrape waits for the database; Prometheus itself gives up after ten."""

log = logging.getLogger(__name__)


class Gauges:
    """Asks at each scrape. Safe to share between threads."""

    def __init__(self, look: Callable[[], Backlog]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._asked: Future[Backlog] | None = None

    def text(self) -> bytes:
        """Return the gauges as Prometheus reads them. Where the database does not answer, all are left out but
        `consult_database_up 0`; nothing is raised."""
        from prometheus_client import CollectorRegistry, generate_latest

        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; called by the registry."""
        from prometheus_client.core import GaugeMetricFamily

        backlog = self._backlog()
        up = "Whether the database answered in time. Where it did not, the other gauges of the outbox are left out."
        yield GaugeMetricFamily("consult_database_up", up, 0 if backlog is None else 1)
        if backlog:
            yield from _gauges(backlog)

    def _backlog(self) -> Backlog | None:
        """What waits; None where that cannot be told in time. While one look hangs, no other is begun."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = _begun(self._look)
            asked = self._asked
        try:
            return asked.result(PATIENCE_SECONDS)
        except Exception as error:
            log.warning("the gauges are left out", extra={"error": type(error).__name__})
            return None


def _begun(look: Callable[[], Backlog]) -> Future[Backlog]:
    """Look in a thread that keeps neither a scrape nor the end of the process waiting."""
    future: Future[Backlog] = Future()

    def run() -> None:
        try:
            future.set_result(look())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=run, name="gauges", daemon=True).start()
    return future


def _gauges(backlog: Backlog) -> Iterator[GaugeMetricFamily]:
    from prometheus_client.core import GaugeMetricFamily

    stops = f"Counting stops at {MOST_COUNTED}."
    due = GaugeMetricFamily(
        "consult_deliveries_due", f"Deliveries that are due and wait. {stops}", labels=["way"]
    )
    oldest = GaugeMetricFamily(
        "consult_oldest_due_delivery_age_seconds",
        "For how long the oldest delivery that waits has been due; 0 where none is.",
        labels=["way"],
    )
    for way, waiting in backlog.ways.items():
        due.add_metric([way], waiting.due)
        oldest.add_metric([way], waiting.oldest_seconds)
    dead = f"Deliveries that somebody must decide about. {stops}"
    yield from (due, oldest)
    yield GaugeMetricFamily("consult_dead_letters", dead, backlog.dead_letters)
    broken = "Lanes that somebody must mend, such as that of an archived channel, or of all Slack with a revoked token."
    yield GaugeMetricFamily("consult_broken_lanes", broken, backlog.broken_lanes)
