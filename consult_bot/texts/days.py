"""Days in words, in English whatever the machine's locale."""

from __future__ import annotations

from datetime import date

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day_words(day: date, today: date | None = None) -> str:
    """Return a day near by, as "Tuesday 1 December"; with its year where that is not the year of `today`."""
    year = f" {day.year}" if today and today.year != day.year else ""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}{year}"


def date_words(day: date) -> str:
    """Return a date of any year, such as a date of birth, as "30 April 2019"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
