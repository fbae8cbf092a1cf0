"""reassign: a lead gives a case to somebody."""

from __future__ import annotations

from dataclasses import replace

from commands.case.lease import held_by, with_calls_of
from consult_bot.case.errors import BadField
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, State
from consult_bot.case.verb import Change, Field, FieldKind, Request, Verb
from consult_bot.roster.eligibility import check_may_take
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with its new owner, who must be eligible and not the present one."""
    person = check_may_take(facts.person(request.text("to")), case)
    if person.id == case.owner:
        raise BadField(f"{{who}} already has {case.spoken}. Choose somebody else.", who=person.id, field="to")
    if case.state in {State.NEW, State.CLAIMED}:
        given = held_by(case, person.id, facts)
    else:
        given = replace(case, owner=person.id)
    given = with_calls_of(given, case.owner, person.id)
    return Change(given, (Event(Happened.REASSIGNED, person=person.id, words=request.words("reason")),))


REASSIGN = Verb(
    name="reassign",
    label="Reassign",
    help="give a case to somebody (leads)",
    perform=perform,
    fields=(
        Field("to", "To", kind=FieldKind.PERSON),
        Field("reason", "Why (for your colleagues)", required=False),
    ),
    happened="{who} has it now",
)
