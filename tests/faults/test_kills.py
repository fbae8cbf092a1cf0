"""Killed outright at every border and at any moment: nothing is lost, and Slack shows nothing twice or out of order.

`FAULT_KILLS` says how many kills on each database; `FAULT_SEED` repeats a run.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from tests.faults.kills import a_day_of_kills
from tests.faults.ledger import Findings
from tests.faults.length import KILLS, LONG
from tests.faults.points import POINTS
from tests.faults.town import Found

SEATS = ("web", "run", "worker")
KILLS_A_TOWN = 60
LONG_RUN = 500
"""From so many kills on, each point that is passed in the ordinary course of things must have been one's end."""

ONLY_AFTER_A_FAULT = ("chat.delete", "conversations.history", "conversations.replies", "views.open")


def test_it_loses_nothing_and_shows_nothing_twice_however_often_it_is_killed(
    founded: Found, kind: str, seed: str, tell: Callable[[str], None]
) -> None:
    found, at, began = Findings(), Counter[str](), time.monotonic()
    while at.total() < KILLS:
        town = founded(*SEATS)
        each = -(-min(KILLS - at.total(), KILLS_A_TOWN) // len(SEATS))
        there, killed = a_day_of_kills(town, f"{seed}/{at.total()}", each)
        found.add(there)
        at += killed
        town.close()
        assert not there.facts, f"seed {seed}, after {at.total()} kills: {there.row}\n" + "\n".join(
            there.facts
        )
    minutes = (time.monotonic() - began) / 60
    tell(f"{kind}: kills {at.total()}  {found.row}  ({at.total() / minutes:.0f} kills a minute)")
    tell(", ".join(f"{point} {times}" for point, times in sorted(at.items())))
    assert (found.lost, found.doubled, found.out_of_order) == (0, 0, 0)
    assert found.cases > 0 and found.messages > 0 and found.letters > 0
    if KILLS >= LONG_RUN:
        ordinary = {p for points in POINTS.values() for p in points if not p.startswith(ONLY_AFTER_A_FAULT)}
        assert ordinary <= set(at), f"never killed at {sorted(ordinary - set(at))}"


def test_it_would_show_messages_twice_if_it_did_not_look_before_resending(
    founded: Found, kind: str, seed: str, tell: Callable[[str], None]
) -> None:
    town = founded(*SEATS)
    found, killed = a_day_of_kills(town, f"{seed}/0", 10 if LONG else 2, looks=False)
    tell(f"{kind}, not looking: kills {killed.total()}  {found.row}")
    assert found.doubled > 0
    assert found.lost == 0
