"""claim: a clinician takes a case from the queue."""

from __future__ import annotations

from commands.case.lease import held_by
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case held by whoever asked."""
    owner = request.actor.id
    return Change(held_by(case, owner, facts), (Event(Happened.CLAIMED, person=owner),))


CLAIM = Verb(
    name="claim",
    label="Claim",
    help="take a case from the queue",
    perform=perform,
    takes=True,
    already=lambda case, request: case.open and case.owner == request.actor.id,
    style="primary",
    happened="you have claimed it",
)
