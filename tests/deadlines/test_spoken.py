"""A deadline sounds as a person says it where the patient is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult_bot.deadlines.spoken import when, when_with_zone

PACIFIC = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 23, 16, 30, tzinfo=PACIFIC), "today by 4:30 pm"),
        (datetime(2026, 11, 23, 12, 0, tzinfo=PACIFIC), "today by 12:00 pm"),
        (datetime(2026, 11, 24, 9, 0, tzinfo=PACIFIC), "tomorrow by 9:00 am"),
        (datetime(2026, 11, 24, 7, 59, 59, tzinfo=UTC), "today by 11:59 pm"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), "tomorrow by 12:00 am"),
        (datetime(2026, 11, 25, 9, 0, tzinfo=PACIFIC), "by Wednesday 9:00 am"),
        (datetime(2026, 11, 29, 9, 0, tzinfo=PACIFIC), "by Sunday 9:00 am"),
        (datetime(2026, 11, 30, 9, 0, tzinfo=PACIFIC), "by Monday 30 November, 9:00 am"),
        (datetime(2026, 12, 1, 9, 0, tzinfo=PACIFIC), "by Tuesday 1 December, 9:00 am"),
        (datetime(2026, 11, 22, 9, 0, tzinfo=PACIFIC), "by Sunday 22 November, 9:00 am"),
        (datetime(2027, 1, 5, 9, 0, tzinfo=PACIFIC), "by Tuesday 5 January 2027, 9:00 am"),
    ],
)
def test_it_says_when(at: datetime, said: str):
    assert when(at, NOW, PACIFIC) == said


def test_it_names_the_zone_for_somebody_who_may_be_elsewhere():
    at = datetime(2026, 11, 24, 9, 0, tzinfo=PACIFIC)
    assert when_with_zone(at, NOW, PACIFIC) == "tomorrow by 9:00 am (Pacific time)"


def test_it_says_tomorrow_over_a_night_of_twenty_five_hours():
    evening = datetime(2026, 10, 31, 23, 30, tzinfo=PACIFIC).astimezone(UTC)
    assert when(evening + timedelta(hours=25), evening, PACIFIC) == "tomorrow by 11:30 pm"


@given(st.integers(0, 365 * 24 * 60), st.integers(0, 400))
def test_it_names_no_weekday_that_could_be_today(minutes: int, hours: int):
    now = NOW + timedelta(minutes=minutes)
    said = when(now + timedelta(hours=hours), now, PACIFIC)
    today = now.astimezone(PACIFIC).strftime("%A")
    assert f"by {today} " not in said or "," in said
