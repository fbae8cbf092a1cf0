"""The claim lease: how long a silent claim lasts. Whatever the owner does renews it."""

from __future__ import annotations

from dataclasses import replace

from consult_bot.case.model import Case, State
from consult_bot.case.verb import Request
from consult_bot.roster.facts import Facts


def held_by(case: Case, owner: str, facts: Facts) -> Case:
    """Return the case claimed by this owner, with a fresh lease."""
    return replace(case, state=State.CLAIMED, owner=owner, lease_until=facts.now + facts.practice.claim_lease)


def renewed(case: Case, request: Request, facts: Facts) -> Case:
    """Return the case with a fresh lease where its owner just did something, else unchanged."""
    if case.state is State.CLAIMED and case.owner == request.actor.id:
        return replace(case, lease_until=facts.now + facts.practice.claim_lease)
    return case


def back_in_queue(case: Case) -> Case:
    """Return the case as anyone eligible may claim it."""
    return replace(case, state=State.NEW, owner=None, lease_until=None)
