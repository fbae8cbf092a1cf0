"""task: something a human must do outside the conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from commands.case.crossing import required_words
from commands.case.lease import renewed
from consult_bot.case.errors import BadField
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, Task, TaskKind
from consult_bot.case.verb import Change, Field, FieldKind, Option, Request, Verb
from consult_bot.roster.facts import Facts

KINDS = (
    Option(TaskKind.CALL, "Phone call"),
    Option(TaskKind.IN_PERSON, "In-person visit"),
    Option(TaskKind.PRESCRIPTION, "Prescription"),
    Option(TaskKind.LAB, "Lab test"),
    Option(TaskKind.REFERRAL, "Referral"),
    Option(TaskKind.OPINION, "Second opinion"),
    Option(TaskKind.TRANSLATE, "Translation"),
    Option(TaskKind.CHART, "Chart entry"),
)


def called(kind: TaskKind) -> str:
    """Return a kind of task as it is called within a sentence: `phone call`."""
    return next(option.label for option in KINDS if option.value == kind).lower()


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with an open task, owned by whoever opened it."""
    task = Task(
        id=facts.ids[0],
        kind=_kind(request),
        words=required_words(request, "words"),
        opened_by=request.actor.id,
        opened_at=facts.now,
        due_at=_due(request, facts),
        owner=request.actor.id,
    )
    return Change(renewed(case.with_task(task), request, facts), (Event(Happened.TASK_OPENED, task=task.id),))


def _kind(request: Request) -> TaskKind:
    try:
        return TaskKind(request.text("kind"))
    except ValueError:
        kinds = ", ".join(TaskKind)
        raise BadField(f"Choose what kind of task it is: {kinds}.", field="kind") from None


def _due(request: Request, facts: Facts) -> datetime:
    """The due time as Slack's picker sends it (Unix seconds); a day from now where it was left open."""
    text = request.text("due")
    if not text:
        return facts.now + timedelta(days=1)
    try:
        due = datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise BadField("Choose the day and time by which it should be done.", field="due") from None
    if due <= facts.now:
        raise BadField("That time has passed. Choose a later one.", field="due")
    return due


TASK = Verb(
    name="task",
    label="Add a task",
    help="note something that a human must do outside",
    perform=perform,
    fields=(
        Field("kind", "What kind?", kind=FieldKind.CHOICE, options=KINDS),
        Field("words", "What is to be done?", multiline=True),
        Field("due", "By when?", kind=FieldKind.DATETIME, required=False, hint="Left open: within a day."),
    ),
    happened="a task is open",
)
