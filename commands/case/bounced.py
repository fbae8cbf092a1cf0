"""bounced: a letter will never arrive, so somebody must call."""

from __future__ import annotations

from consult_bot.case.events import Event, Happened
from consult_bot.case.model import SYSTEM, Case, Task, TaskKind
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.case.words import Words
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with an open call for its owner; a case whose call of this kind is open stays as it is."""
    if any(task.opened_by == SYSTEM and task.kind is TaskKind.CALL for task in case.open_tasks):
        return Change(case)
    call = Task(
        id=facts.ids[0],
        kind=TaskKind.CALL,
        words=Words("Call the patient: our email was refused, so they do not know that something waits."),
        opened_by=SYSTEM,
        opened_at=facts.now,
        due_at=facts.now + facts.practice.urgent_target,
        owner=case.owner,
    )
    return Change(case.with_task(call), (Event(Happened.TASK_OPENED, task=call.id),))


BOUNCED = Verb(
    name="bounced", label="Bounced", help="a letter will never arrive", perform=perform, typed=False
)
