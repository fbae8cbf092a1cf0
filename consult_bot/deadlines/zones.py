"""Time zones by name, and what people call them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

# What people in the United States say instead of "PST in winter and PDT in summer".
_UNITED_STATES = {
    "AST": "Atlantic",
    "EST": "Eastern",
    "CST": "Central",
    "MST": "Mountain",
    "PST": "Pacific",
    "AKST": "Alaska",
    "HST": "Hawaii",
}
_AMERICAN = ("America/", "US/", "Pacific/Honolulu")
_MIDWINTER = datetime(2026, 1, 15, tzinfo=UTC)
_MIDSUMMER = datetime(2026, 7, 15, tzinfo=UTC)


class ZoneError(ValueError):
    """The name is no time zone; the message gives examples of names that are."""


def find_zone(name: str) -> ZoneInfo:
    """Return the zone with this IANA name, such as America/Los_Angeles. Raises ZoneError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ZoneError(
            f'"{name}" is not a time zone. Use a name such as America/New_York, America/Chicago, '
            "America/Denver or America/Los_Angeles."
        ) from None


def zone_words(zone: ZoneInfo) -> str:
    """Return what people call the zone all year round: "Pacific time", "CET/CEST", "UTC+05"."""
    winter, summer = (_abbreviation(zone, at) for at in (_MIDWINTER, _MIDSUMMER))
    if zone.key.startswith(_AMERICAN) and winter in _UNITED_STATES:
        return f"{_UNITED_STATES[winter]} time"
    return winter if winter == summer else f"{winter}/{summer}"


def _abbreviation(zone: ZoneInfo, at: datetime) -> str:
    name = at.astimezone(zone).tzname() or zone.key
    return f"UTC{name}" if name[0] in "+-" else name
