"""Calls to the patient that a verb opens: whom to call, at which number, and why."""

from __future__ import annotations

from consult_bot.case.model import Case, Task, TaskKind
from consult_bot.case.words import Words
from consult_bot.roster.facts import Facts


def call(
    case: Case, facts: Facts, task_id: str, why: str, *, by: str, owner: str | None, about: str | None = None
) -> Task:
    """Return an open call, due as what is urgent is.

    `why` ends the sentence "Call the patient ...". `by` opened it; `about` is the message until whose understanding it
    stays open, None for a call that only a human ends.
    """
    phone = case.submission.value("phone")
    whom = f"Call the patient at {phone}" if phone else "Call the patient (no number was given)"
    return Task(
        id=task_id,
        kind=TaskKind.CALL,
        words=Words(f"{whom}{_voicemail(case)}: {why}"),
        opened_by=by,
        opened_at=facts.now,
        due_at=facts.now + facts.practice.urgent_target,
        owner=owner,
        for_message=about,
    )


def _voicemail(case: Case) -> str:
    """Whether a message may be left, where the form asked."""
    told = {"true": ", voicemail is fine", "false": ", leave no voicemail"}
    return told.get(case.submission.value("voicemail_ok"), "")
