"""Deadlines as people say them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from consult_bot.deadlines.hours_text import clock_words
from consult_bot.deadlines.zones import zone_words
from consult_bot.texts.days import WEEKDAYS, day_words


def when(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return the deadline `at` as somebody in `zone` says it at `now`; both are aware.

    "today by 4:30 pm", "tomorrow by 9:00 am", "by Tuesday 9:00 am" within the coming six days, else
    "by Tuesday 1 December, 9:00 am", with the year where it is not this year's. Seconds are left out.
    """
    there, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = clock_words(there.hour * 60 + there.minute)
    days = (there.date() - today).days
    if days == 0:
        return f"today by {clock}"
    if days == 1:
        return f"tomorrow by {clock}"
    if 2 <= days <= 6:
        return f"by {WEEKDAYS[there.weekday()]} {clock}"
    return f"by {day_words(there.date(), today)}, {clock}"


def when_with_zone(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return the same for somebody who may be in another zone: "today by 4:30 pm (Pacific time)"."""
    return f"{when(at, now, zone)} ({zone_words(zone)})"
