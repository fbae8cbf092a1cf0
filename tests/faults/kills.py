"""SIGKILL, again and again: each process of a town dies by its plan, which the seed fixes, and is started anew."""

from __future__ import annotations

import threading
from collections import Counter
from random import Random
from typing import Any

from tests.faults.ledger import Findings, audit
from tests.faults.people import at_work
from tests.faults.points import POINTS, Plan
from tests.faults.town import Seat, Town

OFTEN_PASSED = ("commit.before", "commit.after", "chat.postMessage.before", "chat.postMessage.after")
THE_WORST = Plan("chat.postMessage.after", 1)
"""Each day begins with it: Slack has the message, and we do not know."""

LONGEST_LIFE_SECONDS = 6.0
"""Whoever has not come past the planned point by then dies at that moment: as good a random moment as any."""

LATEST_MOMENT_SECONDS = 3.0
PATIENCE_SECONDS = 15.0
"""So long THE_WORST is waited for: a first case must have come before it."""


def drawn(seed: str, seat: Seat, nth: int) -> tuple[Plan | None, float]:
    """Return what befalls a seat's nth process: (plan, seconds after which it dies all the same)."""
    if nth == 0 and seat.command != "web":
        return THE_WORST, PATIENCE_SECONDS
    random = Random(f"{seed}/{seat.name}/{nth}")
    if random.random() < 0.1:
        return None, random.uniform(0.1, LATEST_MOMENT_SECONDS)
    points = POINTS[seat.command]
    often = [point for point in OFTEN_PASSED if point in points]
    point = random.choice(often if random.random() < 0.5 else points)
    return Plan(point, random.randint(1, 30 if point.startswith("commit") else 2)), LONGEST_LIFE_SECONDS


class Kills:
    """Kills every process of a town a number of times. `at` counts where; a moment is where no point is."""

    def __init__(self, town: Town, seed: str, **changes: Any) -> None:
        self._town = town
        self._seed = seed
        self._changes = changes
        self.at: Counter[str] = Counter()
        self._lock = threading.Lock()

    def kill_all(self, each: int) -> None:
        """Let every process die so many times, all of them at the same time. They are down afterwards."""
        threads = [threading.Thread(target=self._kill, args=(seat, each)) for seat in self._town.seats]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _kill(self, seat: Seat, times: int) -> None:
        for nth in range(times):
            plan, longest_seconds = drawn(self._seed, seat, nth)
            child = seat.start(plan, **self._changes)
            by_plan = child.over.wait(longest_seconds)
            child.kill()
            if child.code != -9:
                raise AssertionError(f"{seat.name} ended by itself with code {child.code}; see its log")
            with self._lock:
                self.at[plan.point if plan and by_plan else "a moment"] += 1


def a_day_of_kills(town: Town, seed: str, each: int, **changes: Any) -> tuple[Findings, Counter[str]]:
    """Let people work while every process is killed so many times; then settle, and audit what is left."""
    kills = Kills(town, seed, **changes)
    with at_work(town, seed) as crowd:
        kills.kill_all(each)
        town.open(**changes)
    found = audit(town, crowd.told)
    found.lost_answers = crowd.told.tries
    for patient in crowd.patients:
        patient.read(patient.mine[-2:])
    return found, kills.at
