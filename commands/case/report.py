"""report: after guidance, the patient says how it goes."""

from __future__ import annotations

from dataclasses import replace

from commands.case.lease import back_with_owner, reopened
from commands.case.reopen import BY_WRITING
from commands.case.undo import unsent_returned
from consult_bot.case.errors import BadField
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import PATIENT, Case, Message, MessageKind, Report, State
from consult_bot.case.verb import Change, Field, FieldKind, Option, Request, Verb
from consult_bot.case.words import Words
from consult_bot.deadlines.targets import answer_by
from consult_bot.roster.facts import Facts

HOW = (
    Option(Report.BETTER, "It is better"),
    Option(Report.SAME, "It is the same"),
    Option(Report.WORSE, "It is worse"),
)


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with the report. Worse makes it urgent and brings it back, to its own clinician if they are there."""
    how = _how(request)
    case, returned = unsent_returned(case, facts)
    message = Message(
        id=facts.ids[0],
        kind=MessageKind.REPORT,
        author=PATIENT,
        words=request.words("words") or Words(""),
        written_at=facts.now,
        visible_at=facts.now,
        report=how,
    )
    before, case = case, case.with_message(message)
    if how is Report.WORSE:
        case = _urgent(case, facts)
    came_back = how is Report.WORSE and case.state is State.NEW and before.state is not State.NEW
    events = [
        *returned,
        Event(Happened.REPORTED, message=message.id, person=case.owner, reason=_told(how, came_back)),
    ]
    if case.open and not before.open:
        events.append(Event(Happened.REOPENED, person=case.owner, reason=BY_WRITING))
    return Change(case, tuple(events))


BACK_IN_QUEUE = "worse_and_back_in_queue"
"""The reason of a report for which nobody was there, so that the channel is told where the case is."""


def _told(how: Report, came_back: bool) -> str:
    return BACK_IN_QUEUE if came_back else how.value


def _urgent(case: Case, facts: Facts) -> Case:
    case = back_with_owner(case if case.open else reopened(case), facts)
    return replace(case, urgent=True, due_at=answer_by(facts.practice, facts.now, urgent=True))


def _how(request: Request) -> Report:
    try:
        return Report(request.text("report"))
    except ValueError:
        raise BadField("Choose how it goes: better, the same, or worse.", field="report") from None


REPORT = Verb(
    name="report",
    label="Report",
    help="the patient says how it goes",
    perform=perform,
    fields=(
        Field("report", "How is it going?", kind=FieldKind.CHOICE, options=HOW),
        Field("words", "Anything to add?", multiline=True, required=False),
    ),
    typed=False,
)
