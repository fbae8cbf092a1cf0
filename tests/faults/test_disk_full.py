"""The disk is full: what was not kept is not acknowledged, and all goes on when there is room again."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.faults.ledger import audit
from tests.faults.length import in_full
from tests.faults.people import NoAnswer, Patient, Told
from tests.faults.town import Found, Town


@contextmanager
def no_room(town: Town) -> Iterator[None]:
    """No process of the town can write another byte into a file: the kernel refuses, as a full disk does."""
    pids = [seat.child.pid for seat in town.seats if seat.child]
    before = [resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids]
    for pid, (_, hard) in zip(pids, before, strict=True):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        for pid, limits in zip(pids, before, strict=True):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("kind", in_full("sqlite", "postgresql"))
def test_it_acknowledges_nothing_that_it_could_not_keep_and_goes_on_when_there_is_room(
    founded: Found, kind: str, seed: str, tell: Callable[[str], None]
) -> None:
    town = founded("web", "worker")
    town.open()
    told = Told()
    patients = [Patient(town, told, f"P{place}", seed) for place in range(4)]
    for patient in patients:
        patient.submit()
        patient.fill_in(photos=1)  # its file has no room, wherever the database is
    with no_room(town):
        for patient in patients:
            with pytest.raises(NoAnswer, match="503"):
                patient.press_once()
    for patient in patients:
        patient.press()
    town.settle()
    found = audit(town, told)
    tell(f"{kind}: {found.row}")
    assert found.facts == []
    assert found.cases == 8
