"""By when the practice means to answer."""

from __future__ import annotations

from datetime import datetime

from consult_bot.deadlines.targets import answer_by
from consult_bot.roster.facts import Facts


def answer_due(facts: Facts, *, urgent: bool) -> datetime:
    """Return when an answer to a message arriving now is due, by the practice's hours and targets."""
    practice = facts.practice
    return answer_by(facts.now, practice.hours, practice.target, practice.urgent_target, urgent=urgent)
