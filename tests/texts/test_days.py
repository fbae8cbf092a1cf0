"""Days are said in English, wherever the machine stands."""

from __future__ import annotations

import time
from datetime import date

import pytest

from consult_bot.case.model import Disposition
from consult_bot.texts.days import date_words, day_words
from consult_bot.texts.guidance import to_do


def test_it_says_the_weekday_the_day_and_the_month():
    assert day_words(date(2026, 12, 1)) == "Tuesday 1 December"


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2027, 1, 1), "Tuesday 5 January"),
        (date(2026, 12, 31), "Tuesday 5 January 2027"),
        (date(2028, 1, 5), "Tuesday 5 January 2027"),
    ],
)
def test_it_adds_the_year_where_it_is_not_this_year(today: date, said: str):
    assert day_words(date(2027, 1, 5), today) == said


def test_it_says_a_date_of_birth_without_its_weekday():
    assert date_words(date(2019, 4, 30)) == "30 April 2019"


def test_it_does_not_ask_the_machine_s_locale(monkeypatch: pytest.MonkeyPatch):
    """What %A and %B call a day is up to the locale, and a server may speak another than its patients."""
    monkeypatch.delattr(time, "strftime")
    assert day_words(date(2026, 12, 1)) == "Tuesday 1 December"
    guidance = to_do(Disposition.VISIT_BY, date(2026, 12, 1))
    assert guidance == "See a clinician in person by Tuesday 1 December."
