"""cover: a clinician takes over a case whose owner is away, or that cannot wait for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from commands.case.lease import held_by, with_calls_of
from consult_bot.case.errors import NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import WE_OWE_AN_ANSWER, Case, State
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.roster.eligibility import on_duty
from consult_bot.roster.facts import Facts

OWNER_AWAY = "away"
URGENT = "urgent"
HALF_GONE = "half_gone"


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with whoever asked as its owner; the event names the one who had it, and why.

    Raises NotAllowed while the owner is there, nothing is urgent and less than half of the promised time has passed.
    """
    why = _why(case, facts)
    if why is None:
        raise NotAllowed(_too_early(case, facts), who=case.owner)
    owner = request.actor.id
    covered = held_by(case, owner, facts) if case.state is State.CLAIMED else replace(case, owner=owner)
    covered = with_calls_of(covered, case.owner, owner)
    return Change(covered, (Event(Happened.COVERED, person=case.owner, reason=why),))


def _why(case: Case, facts: Facts) -> str | None:
    if not on_duty(facts, case.owner, case):
        return OWNER_AWAY
    if case.urgent:
        return URGENT
    half = half_of_the_promise(case, facts)
    return HALF_GONE if half is not None and facts.now >= half else None


def half_of_the_promise(case: Case, facts: Facts) -> datetime | None:
    """Return when half of the promised time has passed, None while it is the patient's turn: no promise runs then."""
    if case.state not in WE_OWE_AN_ANSWER:
        return None
    return case.due_at - (facts.practice.urgent_target if case.urgent else facts.practice.target) / 2


def _too_early(case: Case, facts: Facts) -> str:
    told = f"{{who}} has {case.spoken} and is here; nothing urgent waits."
    if half_of_the_promise(case, facts) is None:
        return f"{told} It is the patient's turn. A team lead can reassign it."
    return (
        f"{told} You can cover it once half of the promised time has passed, or a team lead can reassign it."
    )


COVER = Verb(
    name="cover",
    label="Cover",
    help="take over a case whose owner is away, or that cannot wait",
    perform=perform,
    takes=True,
    already=lambda case, request: case.open and case.owner == request.actor.id,
    happened="you have taken it over",
)
