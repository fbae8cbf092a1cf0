"""Several webs and workers at once, clocks apart: no anomaly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.ledger import audit
from tests.faults.length import LONG, in_full
from tests.faults.people import at_work
from tests.faults.town import Found, until

CASES = 10 if LONG else 4
TEN_MINUTES_SECONDS = 600


@pytest.mark.parametrize("kind", in_full("postgresql", "sqlite"))
@pytest.mark.parametrize("off_seconds", in_full(TEN_MINUTES_SECONDS, 0, -TEN_MINUTES_SECONDS))
def test_it_works_the_same_with_two_webs_and_two_workers_whatever_their_clocks_say(
    founded: Found, kind: str, seed: str, tell: Callable[[str], None], off_seconds: int
) -> None:
    town = founded("web", "web", "worker", "worker")
    *_, last = town.seats
    last.start(clock_off_seconds=off_seconds)
    town.open()
    with at_work(town, seed, patients=2, most=CASES // 2) as crowd:
        until("cases", lambda: len(crowd.told.emails) >= CASES, 60)
    found = audit(town, crowd.told)
    tell(f"{kind}, one clock {off_seconds} s off: {found.row}")
    assert found.facts == []
    assert (crowd.told.tries, found.repeated_letters, found.unheard_notes) == (0, 0, 0)
