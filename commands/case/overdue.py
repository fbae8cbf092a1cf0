"""overdue: the promised time has passed without an answer, so the channel is told."""

from __future__ import annotations

from consult_bot.case.errors import NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case as it is. A timer that was set for an earlier promise is refused."""
    if facts.now < case.due_at:
        raise NotAllowed(f"{case.spoken} is not overdue.")
    return Change(case, (Event(Happened.OVERDUE, person=case.owner),))


OVERDUE = Verb(
    name="overdue", label="Overdue", help="the promised time has passed", perform=perform, typed=False
)
