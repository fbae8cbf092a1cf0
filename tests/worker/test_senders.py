"""Senders: when it claims for them, and for how many."""

from __future__ import annotations

import pytest

from consult_bot.worker import senders
from consult_bot.worker.senders import AT_A_TIME, GATHERING_SECONDS, HANDFUL, Senders


class Watch:
    """This process's monotonic clock, moved by the test."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(senders, "time", watch)
    return watch


def test_it_takes_so_many_at_a_time_as_long_as_there_are_enough(watch: Watch) -> None:
    crew = Senders(2 * AT_A_TIME + HANDFUL)
    assert [crew.take() for _ in range(4)] == [AT_A_TIME, AT_A_TIME, HANDFUL, 0]


def test_it_waits_for_others_but_not_for_long(watch: Watch) -> None:
    crew = Senders(HANDFUL)
    assert not crew.are_busy
    assert crew.take() == HANDFUL
    assert not crew.give_back()
    assert crew.take() == 0 and crew.are_busy
    watch.seconds += GATHERING_SECONDS
    assert crew.take() == 1, "somebody may hang for half a minute"


def test_it_need_not_wait_once_a_handful_is_back(watch: Watch) -> None:
    crew = Senders(AT_A_TIME)
    assert crew.take() == AT_A_TIME
    told = [crew.give_back() for _ in range(HANDFUL)]
    assert told == [False] * (HANDFUL - 1) + [True]
    assert crew.take() == HANDFUL


@pytest.mark.parametrize("count", [1, 2])
def test_it_takes_all_of_a_few(watch: Watch, count: int) -> None:
    crew = Senders(count)
    assert crew.take() == count and crew.take() == 0
    assert crew.give_back(count) and crew.take() == count
