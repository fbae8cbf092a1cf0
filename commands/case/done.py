"""done: a task ends with an outcome."""

from __future__ import annotations

from dataclasses import replace

from commands.case.lease import renewed
from consult_bot.case.errors import BadField, NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, Task, TaskKind
from consult_bot.case.verb import Change, Field, FieldKind, Option, Request, Verb
from consult_bot.roster.facts import Facts

CALL_OUTCOMES = frozenset({"reached", "voicemail", "no_answer", "refused"})
OUTCOMES = (
    Option("reached", "Call: reached"),
    Option("voicemail", "Call: left a voicemail"),
    Option("no_answer", "Call: no answer"),
    Option("refused", "Call: refused"),
    Option("completed", "Other tasks: completed"),
    Option("not_needed", "Other tasks: no longer needed"),
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


def _meant(case: Case, request: Request) -> Task:
    if request.about:
        task = case.task(request.about)
        if task is None or not task.open:
            raise NotAllowed("That task is done already.")
        return task
    if len(case.open_tasks) != 1:
        raise NotAllowed(
            f"{case.spoken} has {len(case.open_tasks)} open tasks. Press Done beside the one you mean, in its thread."
        )
    return case.open_tasks[0]


def _outcome(task: Task, request: Request) -> str:
    outcome = request.text("outcome")
    known = {option.value for option in OUTCOMES}
    fitting = CALL_OUTCOMES if task.kind is TaskKind.CALL else known - CALL_OUTCOMES
    if outcome not in fitting:
        labels = ", ".join(option.label for option in OUTCOMES if option.value in fitting)
        raise BadField(f"Say how it went: {labels}.", field="outcome")
    return outcome


DONE = Verb(
    name="done",
    label="Done",
    help="end a task and say how it went",
    perform=perform,
    fields=(
        Field("outcome", "How did it go?", kind=FieldKind.CHOICE, options=OUTCOMES),
        Field("words", "Anything to add?", required=False, multiline=True),
    ),
    already=lambda case, request: _done_before(case, request),
)


def _done_before(case: Case, request: Request) -> bool:
    task = case.task(request.about) if request.about else None
    return task is not None and task.done_by == request.actor.id and task.outcome == request.text("outcome")
