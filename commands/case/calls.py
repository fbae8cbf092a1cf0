"""Calls to the patient that a verb opens: whom to call, at which number, and why; and which come before all else."""

from __future__ import annotations

from datetime import datetime

from consult_bot.case.model import SYSTEM, Case, MessageKind, Task, TaskKind
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


def pressing_calls(case: Case, now: datetime) -> list[Task]:
    """Return the open calls that come before all else, the first due first: those that words to the patient opened
    (emergency advice, urgent guidance, a letter that never arrived), and any that is overdue."""
    calls = [task for task in case.open_tasks if task.kind is TaskKind.CALL]
    pressing = (task for task in calls if task.due_at <= now or _opened_for_words(case, task))
    return sorted(pressing, key=lambda task: task.due_at)


def _opened_for_words(case: Case, task: Task) -> bool:
    """Whether a verb opened the call. One for emergency advice is tied to no message, so that no "I understand" ends it:
    it is known by its moment."""
    warned = (message for message in case.messages if message.kind is MessageKind.EMERGENCY)
    return (
        task.opened_by == SYSTEM
        or task.for_message is not None
        or any((m.author, m.written_at) == (task.opened_by, task.opened_at) for m in warned)
    )


def _voicemail(case: Case) -> str:
    """Whether a message may be left, where the form asked."""
    told = {"true": ", voicemail is fine", "false": ", leave no voicemail"}
    return told.get(case.submission.value("voicemail_ok"), "")
