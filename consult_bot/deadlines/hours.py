"""When the practice is open, by the clock on its wall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from consult_bot.deadlines.hours_text import ALWAYS, DAY_MINUTES, Week, described_week, parse_week
from consult_bot.deadlines.zones import find_zone, zone_words

# A span that falls into the hour a spring night skips is empty that week, but never two weeks running.
_DAYS_AHEAD = 15


@dataclass(frozen=True, slots=True)
class PracticeHours:
    """The spans of each weekday, Monday first, in minutes after midnight on the zone's clock.

    A clock time that a night repeats means its first occurrence; one that a night skips counts with the
    offset from before the gap. Source: RFC 5545, section 3.3.5.
    """

    week: Week
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str, zone: str) -> PracticeHours:
        """Return the hours in a text such as "Mon-Fri 08:00-18:00; Sat 09:00-12:00", or "always".

        Raises HoursError or ZoneError, both ValueErrors that say what to write instead.
        """
        return cls(parse_week(text), find_zone(zone))

    @property
    def never_close(self) -> bool:
        """Whether the practice is open at all times."""
        return self.week == ALWAYS

    def is_open(self, at: datetime) -> bool:
        """Tell whether the practice is open at this aware moment; it is at opening, not at closing."""
        return any(opens <= at < closes for opens, closes in self._spans_around(at))

    def next_opening(self, at: datetime) -> datetime:
        """Return the first open moment from `at` on, in UTC: `at` itself while open."""
        upcoming = (opens for opens, closes in self._spans_around(at) if at < closes)
        return max(at, next(upcoming)).astimezone(UTC)

    def described(self) -> str:
        """Return the hours for people: "Monday to Friday 8:00 am to 6:00 pm (Pacific time)"."""
        if self.never_close:
            return "At any time, day and night"
        return f"{described_week(self.week)} ({zone_words(self.zone)})"

    def _spans_around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield (opens, closes) in UTC, earliest first, from the day before `at` on."""
        today = at.astimezone(self.zone).date()
        for days in range(-1, _DAYS_AHEAD):
            day = today + timedelta(days=days)
            for span in self.week[day.weekday()]:
                opens, closes = (self._moment(day, minutes) for minutes in (span.opens, span.closes))
                if opens < closes:
                    yield opens, closes

    def _moment(self, day: date, minutes: int) -> datetime:
        days, minute = divmod(minutes, DAY_MINUTES)
        clock = time(minute // 60, minute % 60, tzinfo=self.zone)
        return datetime.combine(day + timedelta(days=days), clock).astimezone(UTC)
