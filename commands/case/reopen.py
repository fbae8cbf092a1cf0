"""reopen: a closed case goes on, with its own clinician if they are there."""

from __future__ import annotations

from dataclasses import replace

from commands.case.lease import back_with_owner, reopened
from consult_bot.case.errors import NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, spoken
from consult_bot.case.verb import Change, Field, Request, Verb
from consult_bot.deadlines.targets import answer_by
from consult_bot.roster.facts import Facts

BY_WRITING = "by_writing"
"""The reason where the patient's own words brought it back, which tell it already."""


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case open again, with a fresh promise.

    Raises NotAllowed where another case goes on from it: the patient is there, and would not see this one.
    """
    if facts.goes_on_in is not None:
        raise NotAllowed(f"{case.spoken} goes on in {spoken(facts.goes_on_in)}. Write to the patient there.")
    again = replace(
        back_with_owner(reopened(case), facts),
        due_at=answer_by(facts.practice, facts.now, urgent=case.urgent),
    )
    return Change(again, (Event(Happened.REOPENED, person=again.owner, words=request.words("reason")),))


REOPEN = Verb(
    name="reopen",
    label="Reopen",
    help="go on with a closed case (leads)",
    perform=perform,
    fields=(Field("reason", "Why (for your colleagues)", required=False),),
    happened="it is open again, and {who} has it",
)
