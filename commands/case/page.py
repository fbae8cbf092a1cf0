"""page: an urgent case has waited too long in the queue, so somebody outside Slack is told."""

from __future__ import annotations

from consult_bot.case.errors import NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, State
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.roster.facts import Facts

NO_ADDRESS = "no_address"


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case as it is. Refused where somebody has it by now, or it is not urgent any more."""
    if not case.urgent or case.state is not State.NEW:
        raise NotAllowed(f"Nobody needs to be paged for {case.spoken}.")
    return Change(case, (Event(Happened.PAGED, reason=None if facts.practice.oncall else NO_ADDRESS),))


PAGE = Verb(name="page", label="Page", help="nobody has claimed an urgent case", perform=perform, typed=False)
