"""Moments as people say them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from consult_bot.deadlines.hours_text import WEEK, clock_words

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def when(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return the deadline `at` as somebody in `zone` says it at `now`; both are aware.

    "today by 4:30 pm", "tomorrow by 9:00 am", "by Tuesday 9:00 am" within the coming six days, else
    "by Tuesday 1 December, 9:00 am". Seconds are left out.
    """
    there = at.astimezone(zone)
    clock = clock_words(there.hour * 60 + there.minute)
    days = (there.date() - now.astimezone(zone).date()).days
    if days == 0:
        return f"today by {clock}"
    if days == 1:
        return f"tomorrow by {clock}"
    if 2 <= days <= 6:
        return f"by {WEEK[there.weekday()]} {clock}"
    return f"by {day_words(there.date())}, {clock}"


def day_words(day: date) -> str:
    """Return the day as "Tuesday 1 December"; the year goes without saying for deadlines."""
    return f"{WEEK[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
