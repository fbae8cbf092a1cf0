"""How often something may be done."""

from __future__ import annotations

from datetime import timedelta

from consult_bot.portal import allowance
from consult_bot.portal.allowance import Allowance


def test_it_lets_each_key_through_as_often_as_said_and_again_later() -> None:
    twice = Allowance(2, timedelta(minutes=10))
    assert [twice.take("a", at) for at in (0.0, 1.0, 2.0, 599.0)] == [True, True, False, False]
    assert twice.take("b", 2.0)
    assert twice.take("a", 600.0)


def test_it_goes_by_the_process_s_own_time_where_none_is_given() -> None:
    once = Allowance(1, timedelta(days=1))
    assert once.take(b"a") and not once.take(b"a")


def test_it_forgets_the_oldest_key_before_it_grows_too_large(monkeypatch) -> None:
    monkeypatch.setattr(allowance, "MOST_KEYS", 2)
    once = Allowance(1, timedelta(days=1))
    for key in "abc":
        assert once.take(key)
    assert not once.take("c") and not once.take("b") and once.take("a")
