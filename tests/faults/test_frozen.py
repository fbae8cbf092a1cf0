"""Two workers of which one is frozen past its lease, and thawed when the other has done its work."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from consult_bot.case.delivery import Way
from storage.errors import Overloaded
from tests.faults.ledger import Findings, audit
from tests.faults.length import in_full
from tests.faults.people import Patient, Told
from tests.faults.points import Plan
from tests.faults.town import Found, Town, until

WITHIN_A_MOMENT_SECONDS = 1.5


def frozen_and_thawed(found: Found, plan: Plan, seed: str, way: Way) -> Findings:
    """Freeze a worker by plan, let a second one do everything, thaw the first; settle, and audit.

    The first one sends one way only: so nothing else of it is anywhere on its way when it freezes. One that froze inside a transaction of SQLite's would keep everyone out: then all is begun anew in another town.
    """
    for _ in range(5):
        town = found("web", "worker", "worker")
        web, first, second = town.seats
        web.start()
        told = Told()
        first.start(
            plan, waits={"consult_bot.worker.SENDER_COUNTS": {each: int(each is way) for each in Way}}
        )
        Patient(town, told, "P", seed).submit()
        town.let_time_pass()
        assert first.child and first.child.stopped.wait(20), (
            f"it never came past {plan.point} for the {plan.hit}th time"
        )
        if _writes(town):
            break
    second.start()
    until("the second worker to do it all", lambda: not town._unfinished(), 60)
    first.child.thaw()
    time.sleep(WITHIN_A_MOMENT_SECONDS)  # real time, in which the first one goes on where it was
    town.settle()
    return audit(town, told)


def _writes(town: Town) -> bool:
    try:
        town._advance_app(0)
    except Overloaded:
        return False
    return True


@pytest.mark.parametrize("kind", in_full("postgresql", "sqlite"))
@pytest.mark.parametrize(("way", "hit"), in_full((Way.SLACK, 1), (Way.SLACK, 2), (Way.MAIL, 1)))
def test_it_sends_nothing_twice_when_it_was_frozen_before_the_deadline_check(
    founded: Found, kind: str, seed: str, tell: Callable[[str], None], way: Way, hit: int
) -> None:
    found = frozen_and_thawed(founded, Plan("hold.before", hit, "freeze"), seed, way)
    tell(f"{kind}, {way} hold {hit}: {found.row}")
    assert found.facts == []
    assert found.repeated_letters == 0


@pytest.mark.parametrize("kind", in_full("postgresql", "sqlite"))
@pytest.mark.parametrize("hit", in_full(1, 2))
def test_it_takes_the_younger_back_when_it_was_frozen_after_the_deadline_check(
    founded: Found, kind: str, seed: str, tell: Callable[[str], None], hit: int
) -> None:
    found = frozen_and_thawed(founded, Plan("chat.postMessage.before", hit, "freeze"), seed, Way.SLACK)
    tell(f"{kind}, post {hit}: {found.row}")
    assert found.facts == []


@pytest.mark.parametrize("kind", in_full("postgresql", "sqlite"))
def test_it_repeats_an_email_with_the_same_link_when_it_was_frozen_after_the_deadline_check(
    founded: Found, kind: str, seed: str, tell: Callable[[str], None]
) -> None:
    found = frozen_and_thawed(founded, Plan("letter.before", 1, "freeze"), seed, Way.MAIL)
    tell(f"{kind}: {found.row}")
    assert found.facts == []
    assert found.repeated_letters == 1
