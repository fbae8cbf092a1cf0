"""What the patient reads around a clinician's words: the same on their page and in the clinician's preview."""

from __future__ import annotations

from datetime import date

from consult_bot.case.model import Disposition, MessageKind, Report
from consult_bot.texts.days import day_words

HEADING = {
    MessageKind.QUESTION: "A question for you",
    MessageKind.GUIDANCE: "Guidance",
    MessageKind.CORRECTION: "A correction",
    MessageKind.UPDATE: "How things stand",
    MessageKind.EMERGENCY: "Please do this now",
    MessageKind.REPLY: "You wrote",
    MessageKind.REPORT: "You told us how it goes",
}

GOING = {
    Report.BETTER: "It is better.",
    Report.SAME: "It is the same.",
    Report.WORSE: "It is worse.",
}

CORRECTED = "This was not right. Please do not follow it: the correction below takes its place."

OUTRANKED = "We wrote this before the emergency advice above. Follow the advice above first."

SOONER = "When to get help sooner"

TO_DO = {
    Disposition.HOME: "You can take care of this at home.",
    Disposition.VISIT_BY: "See a clinician in person.",
    Disposition.IN_PERSON_TODAY: "Be seen in person today.",
    Disposition.EMERGENCY_NOW: "This is an emergency. Call 911 now.",
}


def to_do(disposition: Disposition | None, visit_by: date | None) -> str | None:
    """Return what guidance tells the patient to do, None for anything but guidance."""
    if disposition is None:
        return None
    if visit_by is not None:
        return f"See a clinician in person by {day_words(visit_by)}."
    return TO_DO[disposition]
