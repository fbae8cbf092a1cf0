"""withdraw: the patient takes the question back."""

from __future__ import annotations

from dataclasses import replace

from commands.case.close import closed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import PATIENT, Case, CloseReason, Task, TaskKind
from consult_bot.case.verb import Change, Field, Request, Verb
from consult_bot.roster.facts import Facts

NOT_NEEDED = "not_needed"


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case closed. Open calls stay, because somebody may be in danger; other tasks end.

    What is on its way to the patient still goes out: it may be what they need to know.
    """
    dropped = tuple(task for task in case.open_tasks if task.kind is not TaskKind.CALL)
    ended = replace(
        closed(case, CloseReason.WITHDRAWN, PATIENT, facts), urgent=case.urgent, drafts=case.drafts
    )
    for task in dropped:
        ended = ended.with_task(_no_longer_needed(task, facts))
    return Change(
        ended,
        (
            Event(Happened.WITHDRAWN, person=case.owner, words=request.words("reason")),
            *(Event(Happened.TASK_DONE, task=task.id) for task in dropped),
        ),
    )


def _no_longer_needed(task: Task, facts: Facts) -> Task:
    return replace(task, outcome=NOT_NEEDED, done_by=PATIENT, done_at=facts.now)


WITHDRAW = Verb(
    name="withdraw",
    label="Withdraw",
    help="the patient takes the question back",
    perform=perform,
    fields=(Field("reason", "Why do you withdraw it?", multiline=True, required=False),),
    already=lambda case, request: case.close_reason is CloseReason.WITHDRAWN,
    typed=False,
)
