"""done: a task ends with an outcome."""

from __future__ import annotations

from dataclasses import replace

from commands.case.lease import renewed
from consult_bot.case.errors import BadField, NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import PATIENT, Case, Task, TaskKind
from consult_bot.case.verb import Change, Field, FieldKind, Option, Request, Verb
from consult_bot.roster.facts import Facts

OF_A_CALL = (
    Option("reached", "Reached"),
    Option("voicemail", "Left a voicemail"),
    Option("no_answer", "No answer"),
    Option("refused", "Refused"),
)
OF_ANOTHER = (
    Option("completed", "Completed"),
    Option("not_needed", "No longer needed"),
)


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with the task `about` done; `about` may be left out where only one is open."""
    task = _meant(case, request)
    ended = replace(
        task,
        outcome=_outcome(task, request),
        outcome_words=request.words("words"),
        done_by=request.actor.id,
        done_at=facts.now,
    )
    done = renewed(case.with_task(ended), request, facts)
    if not done.open and not done.open_tasks:
        # A closed case was urgent only for the call that an emergency opened.
        done = replace(done, urgent=False)
    return Change(done, (Event(Happened.TASK_DONE, task=task.id),))


def check(case: Case, request: Request) -> None:
    """Raises NotAllowed where there is no task that could be done."""
    _meant(case, request)


def _meant(case: Case, request: Request) -> Task:
    if request.about:
        task = case.task(request.about)
        if task is None:
            raise NotAllowed("That task was taken back, together with the message that it belonged to.")
        if not task.open:
            by = "the patient" if task.done_by == PATIENT else "{who}"
            raise NotAllowed(
                f"That task is done already, by {by}. The thread says how it went.", who=task.done_by
            )
        return task
    if len(case.open_tasks) != 1:
        raise NotAllowed(
            f"{case.spoken} has {len(case.open_tasks)} open tasks. Press Done beside the one you mean, in its thread."
        )
    return case.open_tasks[0]


def _outcomes(task: Task) -> tuple[Option, ...]:
    """What can have become of a task of its kind."""
    return OF_A_CALL if task.kind is TaskKind.CALL else OF_ANOTHER


def _outcome(task: Task, request: Request) -> str:
    outcome = request.text("outcome")
    fitting = _outcomes(task)
    if outcome not in {option.value for option in fitting}:
        labels = ", ".join(option.label for option in fitting)
        raise BadField(f"Say how it went: {labels}.", field="outcome")
    return outcome


def _only_task(case: Case) -> str | None:
    return case.open_tasks[0].id if len(case.open_tasks) == 1 else None


def _fields(case: Case, about: str | None) -> tuple[Field, ...]:
    task = case.task(about) if about else None
    return (_went(_outcomes(task)), ADDED) if task else DONE.fields


def _went(options: tuple[Option, ...]) -> Field:
    return Field("outcome", "How did it go?", kind=FieldKind.CHOICE, options=options)


ADDED = Field("words", "Anything to add?", required=False, multiline=True)

DONE = Verb(
    name="done",
    label="Done",
    help="end a task and say how it went",
    perform=perform,
    fields=(_went((*OF_A_CALL, *OF_ANOTHER)), ADDED),
    check=check,
    subject=_only_task,
    fields_about=_fields,
    already=lambda case, request: _done_before(case, request),
    happened="the task is done",
)


def _done_before(case: Case, request: Request) -> bool:
    task = case.task(request.about) if request.about else None
    return task is not None and task.done_by == request.actor.id and task.outcome == request.text("outcome")
