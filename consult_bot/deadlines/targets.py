"""By when a case must be answered."""

from __future__ import annotations

from datetime import UTC, datetime

from consult_bot.roster.facts import Practice


def answer_by(practice: Practice, at: datetime, *, urgent: bool) -> datetime:
    """Return the moment, in UTC, by which what the patient sends at `at` is answered.

    The rule is the practice's own promise (TARGET_HOURS and URGENT_MINUTES): what is urgent is due
    `practice.urgent_target` after it came, day or night. Anything else is due `practice.target` after the practice
    is next open: counted at once within its hours, otherwise from the next opening. Once counting, every hour
    counts, open or not, so that the promise is one a patient can work out.
    """
    if urgent:
        return at.astimezone(UTC) + practice.urgent_target
    return practice.hours.next_opening(at) + practice.target
