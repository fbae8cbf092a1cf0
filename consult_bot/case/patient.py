"""Who the patient is, as the submission says it. Everything here is health information."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from consult_bot.case.submission import Submission
from consult_bot.case.words import Words


@dataclass(frozen=True, slots=True)
class Patient:
    """How old the patient is, where letters go, and who writes for whom."""

    birth_date: date | None
    email: Words
    writing_for: str
    writer_name: Words | None
    relationship: Words | None

    @classmethod
    def of(cls, submission: Submission) -> Patient:
        """Return the patient of a submission; what was not asked is empty."""
        return cls(
            birth_date=submission.birth_date(),
            email=Words(submission.value("email")),
            writing_for=submission.value("writing_for"),
            writer_name=submission.shown("writer_name"),
            relationship=submission.shown("relationship"),
        )


def spoken_age(born: date, today: date) -> str:
    """Return the age as clinicians say it: days under a month, months under two years, else years."""
    days = (today - born).days
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months < 1:
        return _counted(max(days, 0), "day")
    if months < 24:
        return _counted(months, "month")
    return _counted(months // 12, "year")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
