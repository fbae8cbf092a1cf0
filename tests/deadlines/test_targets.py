"""An answer is due a fixed time after the practice could first see the case."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult_bot.deadlines.hours import PracticeHours
from consult_bot.deadlines.targets import answer_by
from tests.builders import PRACTICE

PACIFIC = ZoneInfo("America/Los_Angeles")
USUAL = PracticeHours.parse("Mon-Fri 08:00-18:00", "America/Los_Angeles")
OURS = replace(PRACTICE, hours=USUAL, target=timedelta(hours=24), urgent_target=timedelta(minutes=30))


def pacific(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=PACIFIC).astimezone(UTC)


@pytest.mark.parametrize(
    ("submitted", "due"),
    [
        (pacific(2026, 11, 23, 10, 15), pacific(2026, 11, 24, 10, 15)),
        (pacific(2026, 11, 23, 19, 0), pacific(2026, 11, 25, 8, 0)),
        (pacific(2026, 11, 28, 19, 0), pacific(2026, 12, 1, 8, 0)),
        (pacific(2026, 3, 7, 10, 0), pacific(2026, 3, 10, 8, 0)),
    ],
)
def test_it_counts_from_the_next_open_moment(submitted: datetime, due: datetime):
    found = answer_by(OURS, submitted, urgent=False)
    assert found == due
    assert found.tzinfo is UTC


def test_it_gives_an_urgent_case_its_minutes_day_or_night():
    sunday_night = pacific(2026, 11, 29, 2, 0)
    due = answer_by(OURS, sunday_night.astimezone(PACIFIC), urgent=True)
    assert due == sunday_night + timedelta(minutes=30)


@given(st.integers(0, 365 * 24 * 60), st.integers(1, 72))
def test_it_leaves_at_least_the_target_after_the_submission(minutes: int, target_hours: int):
    submitted = pacific(2026, 1, 1) + timedelta(minutes=minutes)
    target = timedelta(hours=target_hours)
    due = answer_by(replace(OURS, target=target), submitted, urgent=False)
    assert due - submitted >= target
    assert USUAL.is_open(due - target)
