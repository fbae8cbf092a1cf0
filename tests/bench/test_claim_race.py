"""A race without exactly one winner fails the benchmark."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.claim_race import _check_history, _new_cases, _together
from bench.racers import RACERS, Ran
from bench.result import Anomaly
from consult_bot.case.verb import Actor
from storage import tables
from tests.builders import World


def _won(*winners: int) -> float:
    def race(place: int, numbers: object) -> Ran:
        return Ran((1042,) if place in winners else (), 0.5)

    with ThreadPoolExecutor(len(RACERS)) as pool:
        return _together(pool, race, [1042])


def test_it_counts_a_race_with_one_winner() -> None:
    assert _won(2) == 2.0


@pytest.mark.parametrize("winners", [(), (0, 3)])
def test_it_refuses_a_race_with_two_winners_or_none(winners: tuple[int, ...]) -> None:
    with pytest.raises(Anomaly, match="C-1042"):
        _won(*winners)


def test_it_refuses_a_case_whose_owner_is_not_who_claimed_it(sqlite_world: World) -> None:
    store = sqlite_world.store
    number, *_ = _new_cases(store, 1)
    sqlite_world.did("claim", Actor(RACERS[0].id), number)
    _check_history(store)
    with store.writing() as work:
        work.connection.execute(tables.cases.update().values(owner=RACERS[1].id))
    with pytest.raises(Anomaly, match="not its owner's"):
        _check_history(store)
