"""Opening hours as an administrator writes them and as a patient reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from consult_bot.texts.days import WEEKDAYS

DAY_MINUTES = 24 * 60

_EXAMPLE = 'Write them like "Mon-Fri 08:00-18:00; Sat 09:00-12:00", or "always".'
_PART = re.compile(r"(?P<days>[a-z,\s-]*[a-z])\s+(?P<times>[0-9][0-9:,\s-]*)", re.IGNORECASE)
_TIMES = re.compile(r"\s*([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})\s*")
_ALWAYS_WRITTEN = frozenset({"always", "24/7"})


class HoursError(ValueError):
    """A text does not say opening hours; the message names the part at fault and how to write it."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"The hours cannot be read: {problem}. {_EXAMPLE}")


class Span(NamedTuple):
    """From opening to closing, in minutes after midnight; closing may be 24:00."""

    opens: int
    closes: int


Week = tuple[tuple[Span, ...], ...]

ALWAYS: Week = ((Span(0, DAY_MINUTES),),) * len(WEEKDAYS)


def parse_week(text: str) -> Week:
    """Return each weekday's spans, Monday first, sorted and without overlaps. Raises HoursError."""
    text = re.sub(r"[\u2010-\u2015]", "-", text).strip()
    if text.casefold() in _ALWAYS_WRITTEN:
        return ALWAYS
    week: list[list[Span]] = [[] for _ in WEEKDAYS]
    for part in filter(None, (part.strip() for part in text.split(";"))):
        found = _PART.fullmatch(part)
        if not found:
            raise HoursError(f'"{part}" is not days followed by times')
        spans = [_span(times) for times in found["times"].split(",")]
        for day in _days(found["days"]):
            week[day].extend(spans)
    if not any(week):
        raise HoursError("they name no day")
    return tuple(_merged(spans) for spans in week)


def _days(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, *last = (_day(name) for name in part.split("-", 1))
        count = (last[0] - first) % len(WEEKDAYS) if last else 0
        yield from ((first + step) % len(WEEKDAYS) for step in range(count + 1))


def _day(name: str) -> int:
    wanted = name.strip().casefold()
    for number, day in enumerate(WEEKDAYS):
        if len(wanted) >= 3 and day.casefold().startswith(wanted):
            return number
    raise HoursError(f'"{name.strip()}" is not a day; use Mon, Tue, Wed, Thu, Fri, Sat or Sun')


def _span(text: str) -> Span:
    found = _TIMES.fullmatch(text)
    if not found:
        raise HoursError(f'"{text.strip()}" is not a time to a time; use the 24-hour clock, as 08:00-18:00')
    opens_hour, opens_minute, closes_hour, closes_minute = map(int, found.groups())
    opens, closes = opens_hour * 60 + opens_minute, closes_hour * 60 + closes_minute
    if max(opens_minute, closes_minute) > 59 or max(opens, closes) > DAY_MINUTES:
        raise HoursError(f'"{text.strip()}" holds a time that no clock shows; the last one is 24:00')
    if closes == opens:
        raise HoursError(f'"{text.strip()}" opens and closes at the same time; a whole day is 00:00-24:00')
    if closes < opens:
        raise HoursError(
            f'"{text.strip()}" goes past midnight; write it as two, such as Fri 20:00-24:00; Sat 00:00-02:00'
        )
    return Span(opens, closes)


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.opens <= merged[-1].closes:
            merged[-1] = Span(merged[-1].opens, max(merged[-1].closes, span.closes))
        else:
            merged.append(span)
    return tuple(merged)


def described_week(week: Week) -> str:
    """Return the week in words, days with the same hours joined: "Monday to Friday 8:00 am to 6:00 pm"."""
    return ", ".join(
        f"{_days_in_words([day for day, _ in run])} {_spans_in_words(spans)}"
        for spans, run in _runs(week)
        if spans
    )


def _runs(week: Week) -> list[tuple[tuple[Span, ...], list[tuple[str, tuple[Span, ...]]]]]:
    return [
        (spans, list(run)) for spans, run in groupby(zip(WEEKDAYS, week, strict=True), lambda pair: pair[1])
    ]


def _days_in_words(days: list[str]) -> str:
    if len(days) == len(WEEKDAYS):
        return "Every day"
    if len(days) > 2:
        return f"{days[0]} to {days[-1]}"
    return " and ".join(days)


def _spans_in_words(spans: tuple[Span, ...]) -> str:
    return " and ".join(f"{clock_words(span.opens)} to {clock_words(span.closes)}" for span in spans)


def clock_words(minutes: int) -> str:
    """Return a time of day, in minutes after midnight, as "8:00 am"; the day's end is "midnight"."""
    if minutes == DAY_MINUTES:
        return "midnight"
    hour, minute = divmod(minutes, 60)
    return f"{(hour - 1) % 12 + 1}:{minute:02d} {'am' if hour < 12 else 'pm'}"
