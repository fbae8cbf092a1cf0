"""Numbers as people say them, ages as clinicians say them."""

from __future__ import annotations

from datetime import date

import pytest

from consult_bot.case.model import heard, spoken
from consult_bot.case.patient import spoken_age


@pytest.mark.parametrize(
    "said", ["C-1042", "c-1042", "C1042", "1042", "#1042", " C - 1042 ", "C\u20131042", "c\u22121042"]
)
def test_it_hears_a_number_however_it_is_written(said: str) -> None:
    assert heard(said) == 1042


@pytest.mark.parametrize("said", ["", "C-", "D-1042", "C-10 42", "C-1042x", "-1", "C-9999999999999"])
def test_it_hears_no_number_where_there_is_none(said: str) -> None:
    assert heard(said) is None


def test_it_says_a_number_short() -> None:
    assert spoken(1042) == "C-1042"


@pytest.mark.parametrize(
    ("born", "said"),
    [
        (date(2026, 3, 2), "0 days"),
        (date(2026, 3, 1), "1 day"),
        (date(2026, 2, 3), "27 days"),
        (date(2026, 2, 2), "1 month"),
        (date(2024, 3, 3), "23 months"),
        (date(2024, 3, 2), "2 years"),
        (date(1936, 3, 3), "89 years"),
    ],
)
def test_it_counts_days_under_a_month_and_months_under_two_years(born: date, said: str) -> None:
    assert spoken_age(born, date(2026, 3, 2)) == said
