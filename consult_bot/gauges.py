"""What an operator alarms on, as gauges for Prometheus: what waits, what is dead, what is broken. Nothing about anybody."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consult_bot.asking import Asking
from storage.outbox.backlog import MOST_COUNTED, Backlog

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily

log = logging.getLogger(__name__)


class Gauges:
    """Asks at each scrape."""

    def __init__(self, look: Callable[[], Backlog]) -> None:
        self._looking = Asking("gauges", look)

    async def text(self) -> bytes:
        """Return the gauges as Prometheus reads them. Where the database does not answer, all are left out but
        `consult_database_up 0`; nothing is raised."""
        from prometheus_client import CollectorRegistry, generate_latest

        registry = CollectorRegistry()
        registry.register(_Scrape(await self._backlog()))
        return generate_latest(registry)

    async def _backlog(self) -> Backlog | None:
        """What waits; None where that cannot be told in time."""
        try:
            return await self._looking.answer()
        except Exception as error:
            log.warning("the gauges are left out", extra={"error": type(error).__name__})
            return None


@dataclass(frozen=True, eq=False)
class _Scrape:
    """What one look found, as a registry collects it."""

    backlog: Backlog | None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges."""
        from prometheus_client.core import GaugeMetricFamily

        up = "Whether the database answered in time. Where it did not, the other gauges of the outbox are left out."
        yield GaugeMetricFamily("consult_database_up", up, 0 if self.backlog is None else 1)
        if self.backlog:
            yield from _gauges(self.backlog)


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
