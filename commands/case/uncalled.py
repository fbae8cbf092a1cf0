"""uncalled: nobody has made a call that the service opened by its time, so the channel is told."""

from __future__ import annotations

from consult_bot.case.errors import NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case as it is. Refused where the call `about` was made, is gone with its message, or is not due yet."""
    task = case.task(request.about) if request.about else None
    if task is None or not task.open:
        raise NotAllowed("That call is open no more.")
    if facts.now < task.due_at:
        raise NotAllowed("That call is not due yet.")
    return Change(case, (Event(Happened.UNCALLED, task=task.id, person=task.owner),))


UNCALLED = Verb(
    name="uncalled",
    label="Uncalled",
    help="a call was not made in time",
    perform=perform,
    typed=False,
)
