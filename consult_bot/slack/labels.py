"""Codes of ours as clinicians read them."""

from __future__ import annotations

from datetime import datetime

from commands import VERB
from consult_bot.case.lifecycle import shown_state
from consult_bot.case.model import WE_OWE_AN_ANSWER, Case, State


def choice_label(verb: str, field: str, value: str | None) -> str:
    """Return what a choice of this verb's field reads, the value itself where it is none of the options."""
    options = next(f.options for f in VERB[verb].fields if f.name == field)
    return next(
        (option.label for option in options if option.value == value), (value or "").replace("_", " ")
    )


def title(case: Case) -> str:
    """Return all that a lock screen may show of a case: `C-1042 · urgent · new`."""
    urgency = ["urgent"] if case.urgent else []
    return " · ".join([case.spoken, *urgency, shown_state(case.state)])


def pressing_words(urgent: bool, state: State, due_at: datetime, now: datetime) -> str:
    """Return in mrkdwn what makes a case pressing, to stand before its due time; empty where nothing does.

    It is overdue when the due time has passed while it is we who owe the patient an answer.
    """
    overdue = state in WE_OWE_AN_ANSWER and due_at <= now
    return ("*URGENT* · " if urgent else "") + ("*OVERDUE* · " if overdue else "")


def counted(count: int, thing: str) -> str:
    """Return `1 photo`, `2 photos`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
