"""By when a case must be answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from consult_bot.roster.facts import Hours


def answer_by(
    submitted_at: datetime, hours: Hours, target: timedelta, urgent_target: timedelta, *, urgent: bool
) -> datetime:
    """Return the moment, in UTC, by which an answer is due.

    The rule is the practice's own promise (TARGET_HOURS and URGENT_MINUTES): an urgent case is due
    `urgent_target` after it came, day or night. Any other is due `target` after the practice is next open:
    counted at once within its hours, otherwise from the next opening. Once counting, every hour counts,
    open or not, so that the promise is one a patient can work out.
    """
    if urgent:
        return submitted_at.astimezone(UTC) + urgent_target
    return hours.next_opening(submitted_at) + target
